"""Routes that are made when somebody asks for one of them: most nodes run for months without an operator's action."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from yiwang.web.refusals import tell_refusals


class LateRoutes(BaseRoute):
    """All paths under some prefixes.

    Parameters
    ----------
    prefixes : tuple of str
    make : callable      makes the router
    """

    def __init__(self, prefixes: tuple[str, ...], make: Callable[[], APIRouter]) -> None:
        self._prefixes = prefixes
        self._make = make
        self._made: FastAPI | None = None

    @property
    def app(self) -> FastAPI:
        """The routes, with a description of their own."""
        if self._made is None:
            self._made = FastAPI(title="yiwang", docs_url=None, redoc_url=None, openapi_url=None)
            tell_refusals(self._made)
            self._made.include_router(self._make())
        return self._made

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take what is under the prefixes."""
        path = scope.get("path", "")
        is_ours = any(path == prefix or path.startswith(prefix + "/") for prefix in self._prefixes)
        return (Match.FULL if is_ours and scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.app({**scope, "app": self.app}, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """Nothing here is linked by name."""
        from starlette.routing import NoMatchFound

        raise NoMatchFound(name, path_params)


def describe_with(app: FastAPI, late: LateRoutes) -> None:
    """Let the app's OpenAPI document tell of late routes, too."""
    own = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described, more = own(), late.app.openapi()
            described["paths"] |= more["paths"]
            schemas = described.setdefault("components", {}).setdefault("schemas", {})
            schemas |= more.get("components", {}).get("schemas", {})
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
