"""`/api/cmcd`: where players report how they fare (CMCD version 2, event mode; ADR 41)."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from yiwang.base.errors import WireError
from yiwang.net import wall_clock
from yiwang.services.network import Network
from yiwang.web.views import ViewersView

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from yiwang.audience.viewing import Viewing

PATH = "/api/cmcd"
MEDIA_TYPE = "application/cmcd"
MOST_OCTETS = 65_536
LOG_EVERY_MS = 60_000

log = structlog.get_logger()


class CmcdDesk:
    """Takes reports and keeps what they sum up to; what it is made of is read from the disk with the first one."""

    def __init__(self, network: Network) -> None:
        self.is_open = network.config.audience.cmcd
        self.viewing: Viewing | None = None
        self.outcomes: Counter[str] = Counter()
        """How many reports were taken, repeated, malformed, or of content that is no channel here."""
        self._network = network
        self._logged_ms = -LOG_EVERY_MS
        self._not_logged = 0

    def take(self, octets: bytes) -> WireError | None:
        """Count the reports of a body; the first error where none of them could be read."""
        # a node that nobody watches in a browser does not need these
        from yiwang.audience.viewing import Viewing
        from yiwang.cmcd.report import parse_reports

        if self.viewing is None:
            self.viewing = Viewing(self._network.channels.__contains__)
        first: WireError | None = None
        understood, now_ms = False, wall_clock.now_ms()
        for report in parse_reports(octets):
            if isinstance(report, WireError):
                first = first or report
                self._note_malformed(report)
            else:
                understood = True
                self.outcomes[self.viewing.take(report, now_ms)] += 1
        return None if understood else first

    def _note_malformed(self, error: WireError) -> None:
        self.outcomes["malformed"] += 1
        self._not_logged += 1
        now_ms = wall_clock.monotonic_ms()
        if now_ms - self._logged_ms >= LOG_EVERY_MS:
            log.warning("malformed CMCD reports", since_last_told=self._not_logged, newest=str(error))
            self._logged_ms, self._not_logged = now_ms, 0

    def viewers(self, channel: str) -> ViewersView | None:
        """Return what the players of a channel's viewers say; None: none has reported."""
        tally = self.viewing.tallies.get(channel) if self.viewing is not None else None
        if self.viewing is None or tally is None:
            return None
        now = self.viewing.now(wall_clock.now_ms()).get(channel)
        rate, latency = (now.bit_rate_kbps, now.latency_ms) if now is not None else (None, None)
        return ViewersView(
            viewers=now.viewers if now is not None else 0,
            bit_rate_bps=None if rate is None else 1000 * rate,
            latency_s=None if latency is None else latency / 1000,
            sessions=tally.sessions,
            played_s=tally.played_ms / 1000,
            stalls=tally.stalls,
            stalled_s=tally.stalled_ms / 1000,
            errors=tally.errors,
        )

    def collect(self) -> "Iterable[Metric]":
        """Return the families of `/metrics`; none before the first report."""
        if self.viewing is None:
            return ()
        from yiwang.web.audience_metrics import audience_metrics

        return audience_metrics(self.viewing, self.outcomes, wall_clock.now_ms())


def cmcd_router(desk: CmcdDesk) -> APIRouter:
    """Make the route."""
    router = APIRouter()
    no_store = {"Cache-Control": "no-store"}

    def refuse(status: int, text: str) -> Response:
        return PlainTextResponse(text + "\n", status_code=status, headers=no_store)

    @router.post(PATH, status_code=204, response_class=Response)
    async def report(request: Request) -> Response:
        """Take reports of a player: CMCD version 2 in event mode, one a line. 410: this node takes none."""
        if not desk.is_open:
            return refuse(410, "this node takes no reports (audience.cmcd = false)")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
            return refuse(415, f"expected Content-Type: {MEDIA_TYPE}")
        octets = b""
        async for chunk in request.stream():
            octets += chunk
            if len(octets) > MOST_OCTETS:
                return refuse(413, f"more than {MOST_OCTETS} octets")
        error = desk.take(octets)
        return refuse(400, str(error)) if error else Response(status_code=204, headers=no_store)

    return router
