"""What the API says of the network: plain models, one function each."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel

from yiwang import __version__
from yiwang.base.timebase import TICKS_90K
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.network.restrictions import Restriction, Restrictions
from yiwang.origin.delivery import DeliverySpan
from yiwang.packaging.events import CuePublished, TrackHeader
from yiwang.services.channel import Channel
from yiwang.services.health import LastError
from yiwang.services.network import Network
from yiwang.services.on_air import EventOnAir, linked_applications, now_next
from yiwang.services.picture_alarms import ALARMS, PictureAlarms
from yiwang.services.probe_report import tr_101_290_report
from yiwang.services.regional import held_now
from yiwang.services.source_report import source_reports, switches
from yiwang.web.clauses import ClauseView, clause_views


class TextView(BaseModel):
    """A text in Chinese and English."""

    zh: str
    en: str


class TrackView(BaseModel):
    """A track that a player can choose."""

    name: str
    kind: Literal["video", "audio", "text"]
    codec: str
    language: str
    role: str
    width: int
    height: int
    frame_rate: float
    channels: int
    sampling_frequency: int


class SkippedView(BaseModel):
    """A stream of the programme that is not packaged."""

    pid: int
    codec: str


class RegionView(BaseModel):
    """A regional network."""

    id: str
    name: TextView


class EventView(BaseModel):
    """An event of the guide, as the stream's EIT tells it; times are None where it leaves them open."""

    title: str
    text: str
    language: str
    start: str | None
    duration_s: int | None
    genre: str
    age: int | None


class ApplicationView(BaseModel):
    """An application that is linked to the service (AIT), HbbTV for instance."""

    name: str
    url: str
    kind: str
    control: str


class RestrictionView(BaseModel):
    """Why some may not have a channel now: ``regions`` are those it is kept from, empty: of who is nobody knows where.

    ``instead`` is the channel in its place, or empty; ``until`` None: it is not known.
    """

    id: str
    regions: list[str]
    reason: TextView
    instead: str
    until: str | None


class RuleView(BaseModel):
    """A restriction as it was written, always or at times; ``regions`` are those that it is against (`RestrictionView`).

    ``days`` are those on which ``hours`` begin, 1 Monday; ``cue`` is what a splice cue must say.
    """

    id: str
    services: list[str]
    only_in: list[str]
    not_in: list[str]
    regions: list[str]
    start: str | None
    end: str | None
    hours: str
    days: list[int]
    cue: str
    reason: TextView
    instead: str


class ServiceView(BaseModel):
    """A channel, for a viewer."""

    id: str
    number: int
    name: TextView
    region: str
    provider: str
    state: Literal["live", "starting", "no-signal", "unsupported"]
    reason: TextView | None
    low_latency: bool
    hls: str
    dash: str
    ts: str  # HLS with MPEG-TS
    original: str  # the source's octets
    tracks: list[TrackView]
    skipped: list[SkippedView]
    now: EventView | None
    next: EventView | None
    applications: list[ApplicationView]
    dvb: str | None
    restrictions: list[RestrictionView] = []


class NetworkView(BaseModel):
    """The whole network, for a viewer."""

    name: TextView
    version: str
    regions: list[RegionView]
    services: list[ServiceView]
    cmcd: str | None  # where players report; None: nowhere
    viewer: str | None = None  # where a page asks what region its viewer is in; None: it does not matter


class DeliverySpanView(BaseModel):
    """A segment whose delivery a splice cue restricts (SCTE 35 10.3.3.1); device_restrictions: table 21.

    ``end`` None: it is not known.
    """

    event_id: int
    begin: str
    end: str | None
    web_delivery_allowed: bool
    no_regional_blackout: bool
    archive_allowed: bool
    device_restrictions: int


class CueView(BaseModel):
    """A splice cue (SCTE 35)."""

    event_id: int | None
    kind: Literal["out", "in", "cmd", "cancel"]
    at: str
    duration_s: float | None


class ErrorView(BaseModel):
    """A fault; ``count`` of those that came shortly after each other, ``pid`` None where it is of none.

    ``said`` is what it says beyond its name.
    """

    at: str
    text: str
    said: list[ClauseView]
    name: str
    pid: int | None
    count: int


class IndicatorView(BaseModel):
    """A line of ETSI TR 101 290 5.2 and how often it was seen since the start."""

    priority: int
    clause: str
    name: str
    count: int | None  # None: not measured


class PcrView(BaseModel):
    """The PCRs of a PID since the start; nanoseconds are None where the rate is not constant."""

    pid: int
    longest_interval_ms: float
    accuracy_ns: int | None
    jitter_ns: int | None


class PidView(BaseModel):
    """The bit rate of a PID in the last second of the stream."""

    pid: int
    bit_rate_bps: int
    carries: str
    """A table's or a coding's name; empty where the tables say nothing of it."""


class BufferView(BaseModel):
    """A decoder's buffers for one PID of a programme since the start, octets; all None where they are not measured."""

    program_number: int
    pid: int
    not_measured: str | None
    model: str | None
    method: str | None
    rx_bps: int | None
    tb_size: int | None
    mb_size: int | None
    b_size: int | None
    tb_peak: int | None
    mb_peak: int | None
    b_peak: int | None
    tb_overflows: int | None
    mb_overflows: int | None
    b_overflows: int | None
    underflows: int | None
    empty_errors: int | None
    delay_errors: int | None
    longest_delay_ms: float | None


class MeasurementView(BaseModel):
    """ETSI TR 101 290 over the whole transport stream of a channel."""

    measured_s: float
    indicators: list[IndicatorView]
    pcrs: list[PcrView]
    buffers: list[BufferView]
    pids: list[PidView]


class LegView(BaseModel):
    """One of the copies that are merged into a source (SMPTE ST 2022-7); packets since it was opened."""

    url: str
    alive: bool
    received: int
    lost: int
    late: int
    duplicate: int
    apart: int


class SourceView(BaseModel):
    """One of the sources of a channel, the best first."""

    url: str
    in_use: bool
    watched: bool
    condition: str
    detail: str
    good_for_s: float | None
    asked_for_s: float | None
    bit_rate_bps: int | None
    priority_1_errors: int | None
    legs: list[LegView]


class AlarmView(BaseModel):
    """Black, freeze or silence: since when, and whether it is longer than it may be."""

    name: Literal["black", "freeze", "silence"]
    on: bool
    lasted_s: float | None


class PictureView(BaseModel):
    """What was seen and heard last of what is published."""

    at: str
    luma_mean: float | None
    difference: float | None
    rms_db: float | None
    peak_db: float | None
    alarms: list[AlarmView]


class ViewersView(BaseModel):
    """What the players of a channel's viewers report (CMCD); sums are since the node started. None: nobody says it."""

    viewers: int
    bit_rate_bps: float | None
    latency_s: float | None
    sessions: int
    played_s: float
    stalls: int
    stalled_s: float
    errors: int


class ChannelView(BaseModel):
    """A channel, for an operator; ``viewers`` is null where no player has reported, and in the list of all channels."""

    id: str
    number: int
    name: TextView
    region: str
    state: str
    reason: TextView | None
    source: str
    program: int | None
    sources: list[SourceView]
    switches: int
    input_bit_rate_bps: int
    input_bit_rate_history_bps: list[int]
    continuity_count_errors: int
    source_clock_ppm: float | None
    source_clock_off: bool
    faults: dict[str, int]
    last_error: ErrorView | None
    errors: list[ErrorView]
    tr_101_290: MeasurementView
    picture: PictureView | None
    segment_age_s: float | None
    latency_s: float | None
    waiting_requests: int
    last_number: int | None
    period_id: int
    period_reason: str
    window_s: float
    memory_bytes: int
    uptime_s: float
    tracks: list[TrackView]
    skipped: list[SkippedView]
    cues: list[CueView]
    delivery: list[DeliverySpanView]
    requests: int
    refused: int
    viewers: ViewersView | None = None


class NodeView(BaseModel):
    """This program."""

    uptime_s: float
    cpu_percent: float
    rss_bytes: int
    version: str


class ConsoleView(BaseModel):
    """Everything the console shows."""

    now: str
    node: NodeView
    channels: list[ChannelView]


FORGET_EVENTS_MS = 60_000
"""What is on is not known of a channel that has not been received for so long."""

REGIONLESS = RegionView(id="", name=TextView(zh="全网", en="Network"))


def iso(ms: int) -> str:
    """UTC time in ISO 8601 with milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kind(header: TrackHeader) -> Literal["video", "audio", "text"]:
    match header.config.kind:
        case "video":
            return "video"
        case "text":
            return "text"
    return "audio"


def track_view(header: TrackHeader) -> TrackView:
    """Tell a player's user what a track is."""
    config = header.config
    rate = config.frame_rate
    return TrackView(
        name=header.name,
        kind=_kind(header),
        codec=config.codec,
        language=header.language,
        role=header.role,
        width=config.width,
        height=config.height,
        frame_rate=round(rate[0] / rate[1], 3) if rate else 0,
        channels=config.channels,
        sampling_frequency=config.sampling_frequency,
    )


def _text(value: object) -> TextView:
    return TextView.model_validate(value, from_attributes=True)


def _cue(cue: CuePublished) -> CueView:
    kind = cue.kind if cue.kind in ("out", "in", "cancel") else "cmd"
    duration_s = None if cue.duration_90k is None else cue.duration_90k / TICKS_90K
    return CueView.model_validate(
        {"event_id": cue.event_id, "kind": kind, "at": iso(cue.presentation_90k // 90), "duration_s": duration_s}
    )


def _delivery(span: DeliverySpan) -> DeliverySpanView:
    r = span.restrictions
    return DeliverySpanView(
        event_id=span.event_id,
        begin=iso(span.begin_90k // 90),
        end=None if span.end_90k is None else iso(span.end_90k // 90),
        web_delivery_allowed=r.web_delivery_allowed_flag,
        no_regional_blackout=r.no_regional_blackout_flag,
        archive_allowed=r.archive_allowed_flag,
        device_restrictions=r.device_restrictions,
    )


def _skipped(channel: Channel) -> list[SkippedView]:
    return [SkippedView(pid=s.pid, codec=s.codec) for s in channel.packager.skipped]


def numbers(network: Network) -> dict[str, int]:
    """Each service's number, by its id."""
    return {service_id: network.number_of(channel) for service_id, channel in network.channels.items()}


def network_view(network: Network, now_ms: int) -> NetworkView:
    """Make the viewer's picture of the network."""
    number_of = numbers(network)
    services = [
        _service_view(network, channel, number_of[channel.service.id], now_ms) for channel in network.channels.values()
    ]
    services.sort(key=lambda service: service.number)
    regions = [RegionView(id=region.id, name=_text(region.name)) for region in network.config.region]
    if any(service.region == "" for service in services):
        regions.append(REGIONLESS)
    name, cmcd = _text(network.config.node.name), "/api/cmcd" if network.config.audience.cmcd else None
    viewer = None if network.restrictions.are_none else "/api/viewer"
    return NetworkView(
        name=name, version=__version__, regions=regions, services=services, cmcd=cmcd, viewer=viewer
    )  # fmt: skip


def restriction_view(restrictions: Restrictions, rule: Restriction, until_ms: int | None) -> RestrictionView:
    """Tell of a restriction."""
    return RestrictionView(
        id=rule.id,
        regions=list(restrictions.regions_against(rule)),
        reason=TextView(zh=rule.reason[0], en=rule.reason[1]),
        instead=rule.instead,
        until=None if until_ms is None else iso(until_ms),
    )


def rule_view(restrictions: Restrictions, rule: Restriction) -> RuleView:
    """Tell what a restriction is."""
    times = rule.times
    hours = "" if times.hours is None else "-".join(f"{at // 60:02}:{at % 60:02}" for at in times.hours)
    return RuleView(
        id=rule.id,
        services=list(rule.services),
        only_in=list(rule.only_in),
        not_in=list(rule.not_in),
        regions=list(restrictions.regions_against(rule)),
        start=None if times.from_ms is None else iso(times.from_ms),
        end=None if times.until_ms is None else iso(times.until_ms),
        hours=hours,
        days=sorted(times.days) if times.hours is not None else [],
        cue=rule.cue,
        reason=TextView(zh=rule.reason[0], en=rule.reason[1]),
        instead=rule.instead,
    )


def _service_view(network: Network, channel: Channel, number: int, now_ms: int) -> ServiceView:
    state = channel.state(now_ms)
    reason = channel.reason(state)
    service_id = channel.service.id
    return ServiceView(
        id=service_id,
        number=number,
        name=_text(channel.name),
        region=channel.service.region or "",
        provider=channel.provider,
        state=state,
        reason=_text(reason) if reason else None,
        low_latency=channel.packaging.low_latency,
        hls=f"/live/{service_id}/index.m3u8",
        dash=f"/live/{service_id}/manifest.mpd",
        ts=f"/live/{service_id}/ts.m3u8",
        original=f"/live/{service_id}/stream.ts",
        tracks=[track_view(track) for track in channel.tracks],
        skipped=_skipped(channel),
        restrictions=[
            restriction_view(network.restrictions, rule, span[1])
            for rule, span in held_now(network.restrictions, channel, now_ms)
        ],
        **_on_air(channel, now_ms),
    )


def _on_air(channel: Channel, now_ms: int) -> dict[str, Any]:
    """Tell what the stream's tables say of the programme, as long as it is received."""
    information, number = channel.information, channel.packager.program_number
    silent_ms = now_ms - (channel.health.last_data_ms or now_ms)
    if number is None or silent_ms > FORGET_EVENTS_MS:
        return {"now": None, "next": None, "applications": [], "dvb": None}
    key = information.key_of(number)
    now, following = now_next(information, number)
    pmt = channel.packager.demultiplexer.pmts.get(number)
    return {
        "now": _event(now),
        "next": _event(following),
        "applications": [
            ApplicationView(name=a.name, url=a.url, kind=a.kind, control=a.control)
            for a in linked_applications(information, pmt)
        ],
        "dvb": key.url if key is not None else None,
    }


def _event(event: EventOnAir | None) -> EventView | None:
    if event is None:
        return None
    return EventView(
        title=event.title,
        text=event.text,
        language=event.language,
        start=None if event.start_s is None else iso(1000 * event.start_s),
        duration_s=event.duration_s,
        genre=event.genre,
        age=event.age,
    )


def measurement_view(monitor: Monitor) -> MeasurementView:
    """Make the operator's picture of a stream's measurement."""
    report = tr_101_290_report(monitor)
    carried = monitor.carried()
    return MeasurementView(
        measured_s=report.measured_s,
        indicators=[IndicatorView.model_validate(i, from_attributes=True) for i in report.indicators],
        pcrs=[PcrView.model_validate(pcr, from_attributes=True) for pcr in report.pcrs],
        buffers=[BufferView.model_validate(one, from_attributes=True) for one in report.buffers],
        pids=[
            PidView(pid=pid, bit_rate_bps=rate, carries=carried.get(pid, ""))
            for pid, rate in monitor.bit_rates().items()
            if rate
        ],
    )


def _picture(seen: PictureAlarms | None) -> PictureView | None:
    if seen is None or seen.at_ms is None:
        return None

    def alarm(name: str) -> AlarmView:
        lasted_ms = seen.lasted_ms(name)
        lasted_s = None if lasted_ms is None else lasted_ms / 1000
        return AlarmView.model_validate({"name": name, "on": seen.is_on(name), "lasted_s": lasted_s})

    return PictureView(
        at=iso(seen.at_ms),
        luma_mean=seen.luma_mean,
        difference=seen.difference,
        rms_db=seen.rms_db,
        peak_db=seen.peak_db,
        alarms=[alarm(name) for name in ALARMS],
    )


def _error(error: LastError) -> ErrorView:
    pid = error.pid if error.pid >= 0 else None
    said = clause_views(error.detail)
    return ErrorView(at=iso(error.at_ms), text=error.text, said=said, name=error.name, pid=pid, count=error.count)


def channel_view(channel: Channel, number: int, now_ms: int) -> ChannelView:
    """Make the operator's picture of one channel."""
    health, state, end_90k = channel.health, channel.state(now_ms), channel.presentation.end_90k
    reason, age, error = channel.reason(state), channel.segment_age_ms(now_ms), health.last_error
    timeline, sources = channel.packager.state, source_reports(channel)
    clock = channel.packager.programme.timeline.source_clock
    return ChannelView(
        id=channel.service.id,
        number=number,
        name=_text(channel.name),
        region=channel.service.region or "",
        state=state,
        reason=_text(reason) if reason else None,
        source=channel.source.url if channel.source else channel.source_spec.url,
        program=channel.packager.program_number,
        sources=[SourceView.model_validate(report, from_attributes=True) for report in sources],
        switches=switches(channel),
        input_bit_rate_bps=health.rate_bps,
        input_bit_rate_history_bps=list(health.rates_bps),
        continuity_count_errors=health.continuity_count_errors,
        source_clock_ppm=clock.ppm,
        source_clock_off=clock.is_off,
        faults=dict(health.faults),
        last_error=_error(error) if error else None,
        errors=[_error(one) for one in reversed(health.recent)],
        tr_101_290=measurement_view(health.tr_101_290),
        picture=_picture(channel.picture),
        segment_age_s=None if age is None else age / 1000,
        latency_s=(now_ms - end_90k / 90) / 1000 if end_90k else None,
        waiting_requests=channel.waiting,
        last_number=timeline.last_number if timeline.last_number >= 0 else None,
        period_id=max(0, timeline.period_id),
        period_reason=channel.period.reason if channel.period else "",
        window_s=channel.packaging.window,
        memory_bytes=channel.presentation.memory_bytes,
        uptime_s=(now_ms - channel.started_ms) / 1000,
        tracks=[track_view(track) for track in channel.tracks],
        skipped=_skipped(channel),
        cues=[_cue(cue) for cue in channel.presentation.cues.recent],
        delivery=[_delivery(span) for span in channel.presentation.delivery.spans],
        requests=channel.requests,
        refused=channel.refused,
    )


def console_view(network: Network, node: NodeView, now_ms: int) -> ConsoleView:
    """Make the operator's picture of everything."""
    number_of = numbers(network)
    channels = [channel_view(c, number_of[c.service.id], now_ms) for c in network.channels.values()]
    return ConsoleView(now=iso(now_ms), node=node, channels=channels)
