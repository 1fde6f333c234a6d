"""The ASGI app of what is loaded while media flows already: who asks for it earlier waits, and never sees half of it."""

import asyncio
from collections.abc import Callable

from yiwang.web.http import Receive, Scope, Send


class LateApp:
    """Answers by an app that comes later (`come`)."""

    def __init__(self) -> None:
        self._app: Callable[..., object] | None = None
        self._is_there = asyncio.Event()

    def come(self, app: Callable[..., object]) -> None:
        """Answer all who wait, and whoever asks from now on."""
        self._app = app
        self._is_there.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._is_there.wait()
        await self._app(scope, receive, send)  # type: ignore[misc]
