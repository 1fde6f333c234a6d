"""The audience's part of `/metrics`: what viewers' players have reported, by channel."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from yiwang.audience.viewing import START_BOUNDS_S, Viewing


def audience_metrics(viewing: Viewing, outcomes: Mapping[str, int], now_ms: int) -> Iterator[Metric]:
    """Yield one family per figure."""
    label = ("service",)
    reports = CounterMetricFamily(
        "yiwang_cmcd_reports", "Reports of players, by what became of them", labels=("result",)
    )
    for result, count in outcomes.items():
        reports.add_metric([result], count)
    sessions = CounterMetricFamily("yiwang_viewer_sessions", "Times a viewer chose the channel", labels=label)
    played = CounterMetricFamily("yiwang_viewer_played_seconds", "Time that was watched", labels=label)
    stalls = CounterMetricFamily("yiwang_viewer_stalls", "Times a picture stood still", labels=label)
    stalled = CounterMetricFamily("yiwang_viewer_stalled_seconds", "Time that pictures stood still", labels=label)
    errors = CounterMetricFamily("yiwang_viewer_errors", "Errors that players reported", labels=label)
    start = HistogramMetricFamily("yiwang_viewer_startup_seconds", "From choosing to the first picture", labels=label)
    for channel, tally in viewing.tallies.items():
        sessions.add_metric([channel], tally.sessions)
        played.add_metric([channel], tally.played_ms / 1000)
        stalls.add_metric([channel], tally.stalls)
        stalled.add_metric([channel], tally.stalled_ms / 1000)
        errors.add_metric([channel], tally.errors)
        bounds = [*map(str, START_BOUNDS_S), "+Inf"]
        upto = [sum(tally.starts[: i + 1]) for i in range(len(bounds))]
        start.add_metric([channel], list(zip(bounds, upto, strict=True)), tally.start_ms / 1000)
    yield from (reports, sessions, played, stalls, stalled, errors, start)
    yield from _now(viewing, now_ms)


def _now(viewing: Viewing, now_ms: int) -> Iterator[Metric]:
    label = ("service",)
    viewers = GaugeMetricFamily("yiwang_viewers", "Players that report at present", labels=label)
    rate = GaugeMetricFamily("yiwang_viewer_bit_rate_bps", "Mean of what they play", labels=label)
    latency = GaugeMetricFamily("yiwang_viewer_latency_seconds", "Mean of how late they show it", labels=label)
    present = viewing.now(now_ms)
    for channel in viewing.tallies:
        now = present.get(channel)
        viewers.add_metric([channel], now.viewers if now else 0)
        if now and now.bit_rate_kbps is not None:
            rate.add_metric([channel], 1000 * now.bit_rate_kbps)
        if now and now.latency_ms is not None:
            latency.add_metric([channel], now.latency_ms / 1000)
    yield from (viewers, rate, latency)
