"""What is known of each source of a channel, for the API, the figures and the console."""

from dataclasses import dataclass

from yiwang.net import wall_clock
from yiwang.net.merged_source import LegReport, MergedSource
from yiwang.net.source import Source
from yiwang.services.channel import Channel
from yiwang.services.source_watch import N_PRIORITY_1
from yiwang.services.switched_source import Feed, SwitchedSource


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source, the best first; what is not known is None.

    ``condition`` is 'good', 'not_watched', or why it is bad: 'errors', 'scrambled', 'no_picture', 'not_packaged',
    'no_tables', 'silent', 'error'; of a channel's only source it is 'in_use'.
    """

    url: str
    in_use: bool
    watched: bool
    condition: str
    detail: str = ""
    good_for_s: float | None = None
    asked_for_s: float | None = None  # so long it must be good before it is returned to
    bit_rate_bps: int | None = None
    priority_1_errors: int | None = None  # TR 101 290, since it is watched
    legs: tuple[LegReport, ...] = ()


def source_reports(channel: Channel) -> list[SourceReport]:
    """Tell how each source does."""
    if channel.told_sources is not None:
        return list(channel.told_sources)
    source = channel.source
    if isinstance(source, SwitchedSource):
        now_ms = wall_clock.monotonic_ms()
        return [_report(source, index, feed, now_ms) for index, feed in enumerate(source.feeds)]
    if channel.standby_specs:  # between two attempts
        specs = (channel.source_spec, *channel.standby_specs)
        return [SourceReport(spec.url, in_use=False, watched=False, condition="not_watched") for spec in specs]
    return [SourceReport(channel.source_spec.url, in_use=True, watched=True, condition="in_use", legs=_legs(source))]


def switches(channel: Channel) -> int:
    """Tell how often another source was taken."""
    return channel.health.faults["source_switched"]


def _report(switched: SwitchedSource, index: int, feed: Feed, now_ms: int) -> SourceReport:
    machine, watch, finding = switched.machine, feed.watch, feed.finding
    good_ms = machine.good_for_ms(index, now_ms)
    asks = index < machine.in_use
    return SourceReport(
        url=feed.spec.url,
        in_use=feed is switched.in_use,
        watched=watch is not None,
        condition=finding.reason if finding else "not_watched",
        detail=finding.detail if finding else "",
        good_for_s=None if good_ms is None else good_ms / 1000,
        asked_for_s=machine.asked_ms(index) / 1000 if asks else None,
        bit_rate_bps=watch.bit_rate_bps if watch else None,
        priority_1_errors=sum(n or 0 for n in watch.monitor.counts()[:N_PRIORITY_1]) if watch else None,
        legs=_legs(feed.source),
    )


def _legs(source: Source | None) -> tuple[LegReport, ...]:
    return source.legs() if isinstance(source, MergedSource) else ()
