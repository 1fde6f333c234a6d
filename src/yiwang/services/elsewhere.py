"""A channel that another process has (ADR 43): read like any other, its figures are those that were told last."""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from yiwang.mpegts.ait import Ait, Application
from yiwang.mpegts.eit import EitEvent
from yiwang.mpegts.pmt import Pmt
from yiwang.mpegts.service_information import PresentFollowing, ServiceKey
from yiwang.mpegts.tr_101_290 import INDICATORS, PcrMeasurement
from yiwang.net.source import Source
from yiwang.net.source_url import SourceSpec
from yiwang.origin.delivery import Delivery
from yiwang.packaging.timeline import TimelineState
from yiwang.services.channel import Channel
from yiwang.services.health import Health
from yiwang.services.messages import UseSource
from yiwang.services.source_report import SourceReport
from yiwang.services.switched_source import SwitchedSource
from yiwang.store.config_file import Packaging, Service

if TYPE_CHECKING:
    from yiwang.mpegts.t_std import BufferMeasurement

Figures = dict[str, Any]
"""By the names of `yiwang.services.figures.figures_of`."""


@dataclass(frozen=True, slots=True)
class MonitorFigures:
    """What a `Monitor` says."""

    indicators: tuple[int | None, ...] = (0,) * len(INDICATORS)
    rates_bps: tuple[tuple[int, int], ...] = ()
    measurements: tuple[PcrMeasurement, ...] = ()
    unreferenced: tuple[int, ...] = ()
    measured_27m: int = 0
    of_buffers: "tuple[BufferMeasurement, ...]" = ()
    names: tuple[tuple[int, str], ...] = ()

    def counts(self) -> list[int | None]:
        """How often each of INDICATORS has been seen; None: not measured."""
        return list(self.indicators)

    def buffers(self) -> "tuple[BufferMeasurement, ...]":
        """What is known of the decoder's buffers."""
        return self.of_buffers

    def bit_rates(self) -> dict[int, int]:
        """Bit rate by PID."""
        return dict(self.rates_bps)

    def carried(self) -> dict[int, str]:
        """What the tables say is on each PID that there is."""
        return dict(self.names)

    def pcrs(self) -> list[PcrMeasurement]:
        """What is known of each PID that has PCRs."""
        return list(self.measurements)

    def unreferenced_pids(self) -> list[int]:
        """PIDs that are unreferenced."""
        return list(self.unreferenced)


@dataclass(frozen=True, slots=True)
class PictureFigures:
    """What `PictureAlarms` say."""

    luma_mean: float | None
    difference: float | None
    rms_db: float | None
    peak_db: float | None
    at_ms: int | None
    on: frozenset[str]
    lasted: tuple[tuple[str, int], ...]

    def is_on(self, alarm: str) -> bool:
        """Tell whether it has been so for longer than it may."""
        return alarm in self.on

    def lasted_ms(self, alarm: str) -> int | None:
        """For how long it has been so, alarm or not; None: it is not."""
        return dict(self.lasted).get(alarm)


@dataclass(frozen=True, slots=True)
class ScheduleFigures:
    """What an EIT schedule says."""

    revision: int
    events: list[EitEvent]


@dataclass(slots=True)
class TablesElsewhere:
    """What is known of the stream's tables: of one programme, that of the channel."""

    key: ServiceKey | None = None
    present: PresentFollowing | None = None
    linked: tuple[tuple[Ait, Application], ...] = ()
    schedules: dict[ServiceKey, ScheduleFigures] = field(default_factory=dict)

    def key_of(self, service_id: int) -> ServiceKey | None:
        """The service's triplet."""
        return self.key

    def now_next(self, service_id: int) -> PresentFollowing | None:
        """What is on, and what comes next."""
        return self.present

    def applications(self, pmt: Pmt) -> Iterator[tuple[Ait, Application]]:
        """Yield the applications that are linked to the programme."""
        yield from self.linked


@dataclass(frozen=True, slots=True)
class SourceInUse:
    """The source that is open; of several also the place of the one in use, and of the one that is held."""

    url: str
    place: int | None = None
    held: int | None = None
    urls: tuple[str, ...] = ()


class SwitchedElsewhere(SwitchedSource):
    """Several sources, one of them in use: what is told of them."""

    def __init__(self, told: SourceInUse) -> None:
        # None of what a SwitchedSource is made of: that would be its sources.
        self.url = told.url
        self.feeds = [cast(Any, SimpleNamespace(spec=SimpleNamespace(url=url))) for url in told.urls]
        self.machine = cast(Any, SimpleNamespace(in_use=told.place, held=told.held))

    def use(self, url: str | None) -> None:
        """Take note of it, until there is news."""
        self.machine.held = None if url is None else self._places.get(url)
        self.url = url or self.url

    def set_sources(self, specs: Sequence[SourceSpec]) -> None:
        """Do nothing: news of them comes."""


class _HealthElsewhere(Health):
    """Its rates come as they are."""

    def tick(self) -> None:
        """Do nothing: who receives counts."""


class ChannelElsewhere(Channel):
    """What this process knows of it; it has no media, and cannot be run.

    Parameters
    ----------
    service : Service
    packaging : Packaging
    source_spec : SourceSpec
    standby_specs : SourceSpecs
    is_of_multiplex : bool
    now_ms : int                 UTC
    ask : callable               asks the process that has it (`yiwang.web.worker.ANSWERS`); None: there is no answer
    send : callable              sends a message to the process that has it
    """

    is_elsewhere = True

    def __init__(
        self,
        service: Service,
        packaging: Packaging,
        source_spec: SourceSpec,
        standby_specs: tuple[SourceSpec, ...],
        now_ms: int,
        ask: Callable[[str], Awaitable[Any]],
        send: Callable[[object], None],
        *,
        is_of_multiplex: bool,
    ) -> None:
        # None of what a Channel is made of: that would be a packager and its tables.
        self.service = service
        self.packaging = packaging
        self.source_spec = source_spec
        self.standby_specs = standby_specs
        self.source = None
        self.chosen_source = None
        self.ask = ask
        self._send = send
        self.name_on_air = ""
        self.requests = 0
        self.refused = 0
        self.started_ms = now_ms
        self.period = None
        self.picture = None
        self.taps = []
        self.watchers = []
        self.health = _HealthElsewhere(cast(Any, MonitorFigures()))
        self.told_sources: tuple[SourceReport, ...] | None = None
        self.wished_number: int | None = None
        self._is_carried = False
        self._multiplex = cast(Any, is_of_multiplex or None)
        self._waiting_requests = 0
        self._kept_from_ms: int | None = None
        self._published_ms = None
        self._tables = TablesElsewhere()
        self.information = cast(Any, self._tables)
        self.presentation = cast(
            Any,
            SimpleNamespace(
                memory_bytes=0,
                end_90k=0,
                tracks={},
                periods=(),
                cues=SimpleNamespace(recent=deque[Any](), ranges=()),
                delivery=Delivery(),
            ),
        )
        clock = SimpleNamespace(ppm=None, is_off=False)
        self._packager = cast(
            Any,
            SimpleNamespace(
                state=TimelineState(0),
                program_number=service.program_number,
                service_name="",
                service_provider="",
                skipped=(),
                has_playable=None,
                is_absent=False,
                demultiplexer=SimpleNamespace(pmts={}),
                programme=SimpleNamespace(timeline=SimpleNamespace(source_clock=clock)),
            ),
        )

    @property
    def waiting(self) -> int:
        """How many requests wait for what comes next."""
        return self._waiting_requests

    @property
    def kept_from_ms(self) -> int | None:
        """The earliest moment that is published still."""
        return self._kept_from_ms

    def take_figures(self, told: Figures) -> None:
        """Take those figures that have changed."""
        packager, presentation, health, tables = self._packager, self.presentation, self.health, self._tables
        places: dict[str, object] = {
            **dict.fromkeys(("memory_bytes", "end_90k"), presentation),
            **dict.fromkeys(("ppm", "is_off"), packager.programme.timeline.source_clock),
            **dict.fromkeys(_OF_PACKAGER, packager),
            **dict.fromkeys(_OF_HEALTH, health),
            **dict.fromkeys(("key", "present", "linked"), tables),
        }
        for name, value in told.items():
            match name:
                case "waiting":
                    self._waiting_requests = value
                case "kept_from_ms":
                    self._kept_from_ms = value
                case "published_ms":
                    self._published_ms = value
                case "source_in_use":
                    self.source = self._source(value)
                case "faults":
                    health.faults = Counter(value)
                case "rates_bps":
                    health.rates_bps = deque(value, maxlen=health.rates_bps.maxlen)
                case "cues":
                    presentation.cues.recent = deque(value)
                case "delivery":
                    presentation.delivery.spans = list(value)
                case "pmt":
                    packager.demultiplexer.pmts = {} if value is None else {value.program_number: value}
                case "schedule":
                    tables.schedules = {} if tables.key is None else {tables.key: value}
                case _:
                    setattr(places.get(name, self), name, value)

    def _source(self, told: SourceInUse | None) -> Source | None:
        if told is None:
            return None
        if told.place is None:
            return cast(Source, SimpleNamespace(url=told.url))
        return SwitchedElsewhere(told)

    # -- what another process does

    async def run(self) -> None:
        """Do nothing."""

    def use_source(self, url: str | None) -> None:
        """Let the process that has it stay with a source."""
        super().use_source(url)
        self._send(UseSource(self.service.id, url))

    def wake(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


async def ask(channel: Channel, what: str) -> Any:
    """Ask the process that has a channel; None: it has no answer, or is being started again."""
    assert isinstance(channel, ChannelElsewhere)
    return await channel.ask(what)


_OF_PACKAGER = (
    "state",
    "program_number",
    "service_name",
    "service_provider",
    "skipped",
    "has_playable",
    "is_absent",
)
_OF_HEALTH = ("octets", "last_data_ms", "last_error", "recent", "tr_101_290")
