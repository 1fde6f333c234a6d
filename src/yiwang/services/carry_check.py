"""Looks at streams of others' lists before they become sources: what is no MPEG-TS, and what comes from here (ADR 42)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from yiwang.net import wall_clock
from yiwang.net.source_url import HlsSpec, HttpSpec, SourceSpec

AT_ONCE = 4
FIRST_AGAIN_MS, LONGEST_AGAIN_MS = 15_000, 600_000
"""What cannot be a source is asked again after so long, then twice as long; what can be one is not asked again."""
ORIGINAL = "/stream.ts"
"""How a node's transport streams end (`/live/{service}/stream.ts`): others' do not say by which nodes they come."""


@dataclass(slots=True)
class _Known:
    """``trouble`` is None until it has been asked."""

    trouble: str | None = None
    again_ms: int = 0
    times: int = 0


class CarryCheck:
    """Tells of each source whether it can be used; asks in the background.

    Parameters
    ----------
    changed : callable    called when something is known of a source that was not before
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._known: dict[HttpSpec | HlsSpec, _Known] = {}
        self._wanted = asyncio.Event()

    def want(self, specs: Iterable[SourceSpec]) -> None:
        """Take that these, and no others, are to be known."""
        asked = {s for s in specs if isinstance(s, HlsSpec) or (isinstance(s, HttpSpec) and _may_be_a_loop(s))}
        self._known = {spec: self._known.get(spec) or _Known() for spec in asked}
        if self._due():
            self._wanted.set()

    @property
    def has_work(self) -> bool:
        """Whether anything is to be known."""
        return bool(self._known)

    def trouble(self, spec: SourceSpec) -> str | None:
        """Return why it cannot be a source; empty: it can; None: not known yet, and it is not to be used before."""
        known = self._known.get(spec) if isinstance(spec, HttpSpec | HlsSpec) else None
        if known is None or (known.trouble is None and isinstance(spec, HttpSpec)):
            return ""
        return known.trouble

    async def run(self) -> None:
        """Ask until cancelled."""
        from yiwang.net.source_check import new_client, trouble_of  # its client is 4 MB that most nodes never need

        async with new_client() as client:
            while True:
                due = self._due()
                if due:
                    await asyncio.gather(*(self._ask(spec, trouble_of(client, spec)) for spec in due[:AT_ONCE]))
                    continue
                self._wanted.clear()
                first = min((known.again_ms for known in self._known.values() if known.trouble), default=None)
                try:
                    async with asyncio.timeout(
                        None if first is None else max(first - wall_clock.monotonic_ms(), 0) / 1000
                    ):
                        await self._wanted.wait()
                except TimeoutError:
                    pass

    def _due(self) -> list[HttpSpec | HlsSpec]:
        now_ms = wall_clock.monotonic_ms()
        return [
            spec
            for spec, known in self._known.items()
            if known.trouble is None or (known.trouble and known.again_ms <= now_ms)
        ]

    async def _ask(self, spec: HttpSpec | HlsSpec, answer: Awaitable[str]) -> None:
        try:
            trouble = await answer
        except Exception as error:  # ours: one source that cannot be used, and never the others'
            trouble = repr(error)
        known = self._known.get(spec)
        if known is None:
            return  # no list names it any longer
        known.again_ms = wall_clock.monotonic_ms() + min(FIRST_AGAIN_MS << known.times, LONGEST_AGAIN_MS)
        known.times = min(known.times + 1, 10)
        if trouble != known.trouble:
            known.trouble = trouble
            self._changed()


def _may_be_a_loop(spec: HttpSpec) -> bool:
    return spec.location.partition("?")[0].endswith(ORIGINAL)
