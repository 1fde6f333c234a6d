"""`/metrics`: the channels' counters in Prometheus' words, read when asked."""

from collections.abc import Callable, Iterable, Iterator
from math import nan

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from yiwang.base.timebase import TICKS_27M
from yiwang.mpegts.tr_101_290 import INDICATORS
from yiwang.net import wall_clock
from yiwang.services.network import Network
from yiwang.services.picture_alarms import ALARMS
from yiwang.services.source_report import source_reports, switches
from yiwang.services.thumbnails import Thumbnails

STATES = ("live", "starting", "no-signal", "unsupported")


class ChannelCollector(Collector):
    """Reads every channel at each scrape."""

    def __init__(self, network: Network, thumbnails: Thumbnails) -> None:
        self._network = network
        self._thumbnails = thumbnails

    def collect(self) -> Iterator[Metric]:
        """Yield one family per figure."""
        now_ms = wall_clock.now_ms()
        state = GaugeMetricFamily(
            "yiwang_channel_state", "1 for the state the channel is in", labels=("service", "state")
        )
        octets = CounterMetricFamily("yiwang_input_octets", "Octets received from the source", labels=("service",))
        rate = GaugeMetricFamily("yiwang_input_bit_rate_bps", "Input bit rate of the last seconds", labels=("service",))
        faults = CounterMetricFamily("yiwang_faults", "Damage seen in the input", labels=("service", "fault"))
        age = GaugeMetricFamily("yiwang_segment_age_seconds", "Since something was published", labels=("service",))
        number = GaugeMetricFamily("yiwang_segment_number", "Number of the newest segment", labels=("service",))
        periods = CounterMetricFamily("yiwang_periods", "Periods begun", labels=("service",))
        memory = GaugeMetricFamily("yiwang_window_octets", "Media kept in memory", labels=("service",))
        requests = CounterMetricFamily("yiwang_requests", "Requests answered", labels=("service",))
        clock = GaugeMetricFamily(
            "yiwang_source_clock_ppm", "How fast the source's clock is, by ours, over hours", labels=("service",)
        )
        refused = CounterMetricFamily(
            "yiwang_refused_requests", "Requests from regions that the service is not for", labels=("service",)
        )
        waiting = GaugeMetricFamily("yiwang_waiting_requests", "Requests waiting for media", labels=("service",))
        for service_id, channel in self._network.channels.items():
            label, health = [service_id], channel.health
            now_in = channel.state(now_ms)
            for name in STATES:
                state.add_metric([service_id, name], float(name == now_in))
            octets.add_metric(label, health.octets)
            rate.add_metric(label, health.rate_bps)
            for name, count in health.faults.items():
                faults.add_metric([service_id, name], count)
            segment_age = channel.segment_age_ms(now_ms)
            if segment_age is not None:
                age.add_metric(label, segment_age / 1000)
            timeline = channel.packager.state
            ppm = channel.packager.programme.timeline.source_clock.ppm
            if ppm is not None:
                clock.add_metric(label, ppm)
            number.add_metric(label, max(0, timeline.last_number))
            periods.add_metric(label, timeline.period_id + 1)
            memory.add_metric(label, channel.presentation.memory_bytes)
            requests.add_metric(label, channel.requests)
            refused.add_metric(label, channel.refused)
            waiting.add_metric(label, channel.waiting)
        yield from self._measurements()
        yield from self._sources()
        yield from self._pictures()
        yield from self._workers()
        yield from (state, octets, rate, faults, age, number, periods, memory, requests, refused, waiting, clock)

    def _workers(self) -> Iterator[Metric]:
        """Yield the figures of each worker process, if channels are in such (ADR 43)."""
        labels = ("worker",)
        up = GaugeMetricFamily("yiwang_worker_up", "1 while the worker's process runs", labels=labels)
        starts = CounterMetricFamily("yiwang_worker_starts", "Times a process was started for it", labels=labels)
        cpu = CounterMetricFamily("yiwang_worker_cpu_seconds", "CPU time of its processes", labels=labels)
        memory = GaugeMetricFamily("yiwang_worker_resident_memory_octets", "Resident memory", labels=labels)
        for worker in self._network.workers:
            label = [worker.name]
            up.add_metric(label, float(worker.pid is not None))
            starts.add_metric(label, worker.starts)
            cpu.add_metric(label, worker.cpu_s)
            memory.add_metric(label, worker.rss_bytes)
        if self._network.workers:
            yield from (up, starts, cpu, memory)

    def _pictures(self) -> Iterator[Metric]:
        """Yield what was seen and heard of the channels that are looked at."""
        alarms = GaugeMetricFamily(
            "yiwang_picture_alarm", "1 while black, freeze or silence lasts too long", labels=("service", "alarm")
        )
        luma = GaugeMetricFamily("yiwang_picture_luma_mean", "Of the newest look, 0 to 255", labels=("service",))
        rms = GaugeMetricFamily("yiwang_sound_rms_db", "Of the newest look, of full scale", labels=("service",))
        for service_id, channel in self._network.channels.items():
            seen = channel.picture
            if seen is None:
                continue
            for name in ALARMS:
                alarms.add_metric([service_id, name], float(seen.is_on(name)))
            if seen.luma_mean is not None:
                luma.add_metric([service_id], seen.luma_mean)
            if seen.rms_db is not None:
                rms.add_metric([service_id], seen.rms_db)
        made = CounterMetricFamily("yiwang_thumbnails", "Key frames decoded for consoles", self._thumbnails.made)
        busy = CounterMetricFamily(
            "yiwang_thumbnail_seconds", "CPU time spent on them, in another process", self._thumbnails.cpu_s
        )
        yield from (alarms, luma, rms, made, busy)

    def _sources(self) -> Iterator[Metric]:
        """Yield the figures of each source."""
        labels = ("service", "source")
        in_use = GaugeMetricFamily("yiwang_source_in_use", "1 for the source that is packaged", labels=labels)
        condition = GaugeMetricFamily(
            "yiwang_source_condition", "1 for the condition a source is in", labels=(*labels, "condition")
        )
        switched = CounterMetricFamily("yiwang_source_switches", "Times another source was taken", labels=("service",))
        legs = CounterMetricFamily(
            "yiwang_rtp_leg_packets", "Packets of one path of merged copies", labels=(*labels, "leg", "what")
        )
        alive = GaugeMetricFamily("yiwang_rtp_leg_alive", "1 while packets come over a path", labels=(*labels, "leg"))
        for service_id, channel in self._network.channels.items():
            switched.add_metric([service_id], switches(channel))
            for source in source_reports(channel):
                label = [service_id, source.url]
                in_use.add_metric(label, float(source.in_use))
                condition.add_metric([*label, source.condition], 1.0)
                for leg in source.legs:
                    alive.add_metric([*label, leg.url], float(leg.alive))
                    for what in ("received", "lost", "late", "duplicate", "apart"):
                        legs.add_metric([*label, leg.url, what], getattr(leg, what))
        yield from (in_use, condition, switched, legs, alive)

    def _measurements(self) -> Iterator[Metric]:
        """Yield the figures of ETSI TR 101 290."""
        labels = ("service", "pid")
        errors = CounterMetricFamily(
            "yiwang_tr_101_290", "ETSI TR 101 290 5.2 indicators seen", labels=("service", "priority", "indicator")
        )
        rate = GaugeMetricFamily("yiwang_pid_bit_rate_bps", "Bit rate in the stream's last second", labels=labels)
        interval = GaugeMetricFamily("yiwang_pcr_interval_seconds", "Longest between two PCRs so far", labels=labels)
        accuracy = GaugeMetricFamily("yiwang_pcr_accuracy_seconds", "Largest PCR_AC so far", labels=labels)
        jitter = GaugeMetricFamily("yiwang_pcr_jitter_seconds", "PCR_AC from lowest to highest so far", labels=labels)
        for service_id, channel in self._network.channels.items():
            monitor = channel.health.tr_101_290
            for indicator, count in zip(INDICATORS, monitor.counts(), strict=True):
                if count is not None:
                    errors.add_metric([service_id, str(indicator.priority), indicator.name], count)
            for pid, rate_bps in monitor.bit_rates().items():
                rate.add_metric([service_id, str(pid)], rate_bps)
            for pcr in monitor.pcrs():
                label = [service_id, str(pcr.pid)]
                interval.add_metric(label, pcr.longest_interval_27m / TICKS_27M)
                accuracy.add_metric(label, nan if pcr.accuracy_ns is None else pcr.accuracy_ns / 1e9)
                jitter.add_metric(label, nan if pcr.jitter_ns is None else pcr.jitter_ns / 1e9)
        yield from (errors, rate, interval, accuracy, jitter)


class Audience(Collector):
    """What players have reported."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        """Return one family per figure."""
        return self._collect()


class Metrics:
    """The text of `/metrics`.

    Parameters
    ----------
    network : Network
    thumbnails : Thumbnails
    audience : callable    returns the families of what players have reported
    """

    def __init__(self, network: Network, thumbnails: Thumbnails, audience: Callable[[], Iterable[Metric]]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(ChannelCollector(network, thumbnails))
        self._registry.register(Audience(audience))
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self._registry)
