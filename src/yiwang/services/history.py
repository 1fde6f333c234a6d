"""Keeps the main figures of each channel and of the node over time, in files of fixed size (`store.history_file`).

Each channel is looked at once in STEP_S, each at its own second, so that a thousand of them are no burst.
"""

import asyncio
from collections.abc import Callable, Sequence
from math import nan
from zlib import crc32

import structlog

from yiwang.mpegts.tr_101_290 import INDICATORS
from yiwang.net import wall_clock
from yiwang.net.process import ProcessMeter
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.services.picture_alarms import ALARMS
from yiwang.services.source_report import switches
from yiwang.store.history_file import STEP_S, Figure, HistoryFile, Steps, Values, remove_old

COUNTED = (
    *("octets", "continuity_count_errors", "tr_101_290_priority_1", "tr_101_290_priority_2"),
    *("tr_101_290_priority_3", "faults", "source_switches", "requests"),
)
CHANNEL_FIGURES = (
    Figure("input_bit_rate_bps", "mean"),
    *(Figure(name, "sum") for name in COUNTED[1:]),
    Figure("waiting_requests", "max"),
    Figure("segment_age_seconds", "max"),
    Figure("live", "mean"),
    Figure("luma_mean", "mean"),
    Figure("sound_rms_db", "mean"),
    *(Figure(alarm, "max") for alarm in ALARMS),
)
"""Of a channel: counts are what came in a step, ``live`` is the share of looks at which it was."""
NODE_FIGURES = (
    Figure("cpu_percent", "mean"),
    Figure("rss_octets", "max"),
    Figure("channels", "max"),
    Figure("live", "mean"),
    Figure("input_bit_rate_bps", "mean"),
    Figure("requests", "sum"),
    Figure("waiting_requests", "max"),
    Figure("faults", "sum"),
)
_PRIORITIES = tuple(indicator.priority for indicator in INDICATORS)
_OF_PRIORITY = tuple(slice(_PRIORITIES.index(p), _PRIORITIES.index(p) + _PRIORITIES.count(p)) for p in (1, 2, 3))
LOG_MS = 60_000

log = structlog.get_logger()


class _Kept:
    """A channel's file, and its counters at the last look."""

    __slots__ = ("at_ms", "channel", "counts", "file", "phase")

    def __init__(self, channel: Channel, file: HistoryFile) -> None:
        self.channel = channel
        self.file = file
        self.phase = crc32(channel.service.id.encode()) % STEP_S
        self.counts: tuple[int, ...] | None = None
        self.at_ms = 0


class History:
    """Writes as long as it runs; may be read at any time.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._folder = network.config.node.state_dir / "history"
        self._kept: dict[str, _Kept] = {}
        self._node = HistoryFile(str(network.config.node.state_dir / "node.history"), NODE_FIGURES)
        self._meter = ProcessMeter(network.workers_use)
        self._node_counts: tuple[int, ...] | None = None
        self._node_ms = 0
        self._failed_ms: int | None = None

    # -- reading: for a thread

    def of_channel(self, service_id: str, begin_s: int, end_s: int, step_s: int) -> tuple[Steps, Values]:
        """Read a channel's window (`HistoryFile.read`)."""
        return self._file(service_id).read(begin_s, end_s, step_s)

    def of_node(self, begin_s: int, end_s: int, step_s: int) -> tuple[Steps, Values]:
        """Read the node's window."""
        return self._node.read(begin_s, end_s, step_s)

    def _file(self, service_id: str) -> HistoryFile:
        return HistoryFile(str(self._folder / f"{service_id}.history"), CHANNEL_FIGURES)

    # -- writing

    async def run(self) -> None:
        """Look at what is due each second, for ever."""
        await asyncio.to_thread(self._begin)
        second = wall_clock.now_ms() // 1000
        while True:
            await asyncio.sleep(1 - wall_clock.now_ms() % 1000 / 1000)
            before, second = second, wall_clock.now_ms() // 1000
            try:
                rows = self.look(before, second)
                await asyncio.to_thread(self._write, rows)
            except Exception:  # a fault of ours, and no channel's
                log.exception("history is not kept")

    def look(self, before_s: int, now_s: int) -> list[tuple[HistoryFile, int, Sequence[float]]]:
        """Take the figures that fell due since ``before_s``, both seconds since 1970."""
        due = {second % STEP_S for second in range(max(before_s, now_s - STEP_S) + 1, now_s + 1)}
        now_ms, step = wall_clock.now_ms(), now_s // STEP_S
        kept, channels = self._kept, self._network.channels
        for id_ in [id_ for id_, one in kept.items() if channels.get(id_) is not one.channel]:
            del kept[id_]
        rows: list[tuple[HistoryFile, int, Sequence[float]]] = []
        for id_, channel in channels.items():
            one = kept.get(id_)
            if one is None:
                one = kept[id_] = _Kept(channel, self._file(id_))
            if one.phase in due:
                values = _look_at(one, now_ms)
                if values is not None:
                    rows.append((one.file, step, values))
        if 0 in due:
            node = self._look_at_node(now_ms)
            if node is not None:
                rows.append((self._node, step, node))
        return rows

    def _look_at_node(self, now_ms: int) -> Sequence[float] | None:
        channels = self._network.channels.values()
        octets = sum(channel.health.octets for channel in channels)
        requests = sum(channel.requests for channel in channels)
        faults = sum(sum(channel.health.faults.values()) for channel in channels)
        before, counts = self._node_counts, (octets, requests, faults)
        passed_ms, self._node_ms, self._node_counts = now_ms - self._node_ms, now_ms, counts
        cpu_percent = self._meter.cpu_percent()
        if before is None or passed_ms <= 0:
            return None
        octets, requests, faults = _risen(counts, before)
        live = sum(channel.state(now_ms) == "live" for channel in channels)
        waiting = sum(channel.waiting for channel in channels)
        rate_bps = 8000 * octets / passed_ms
        return (cpu_percent, self._meter.rss_bytes(), len(channels), live, rate_bps, requests, waiting, faults)

    def _begin(self) -> None:
        self._guarded(lambda: self._folder.mkdir(parents=True, exist_ok=True))
        self._guarded(lambda: remove_old(self._folder, wall_clock.now_ms() // 1000))

    def _write(self, rows: list[tuple[HistoryFile, int, Sequence[float]]]) -> None:
        def write_all() -> None:
            for file, step, values in rows:
                file.write(step, values)

        self._guarded(write_all)

    def _guarded(self, what: Callable[[], None]) -> None:
        """Do what may fail: without history the channels go on."""
        try:
            what()
        except OSError as error:
            now_ms = wall_clock.monotonic_ms()
            if self._failed_ms is None or now_ms - self._failed_ms >= LOG_MS:
                self._failed_ms = now_ms
                log.warning("history is not kept", folder=str(self._folder), error=str(error))


def _look_at(one: _Kept, now_ms: int) -> Sequence[float] | None:
    """Return a row of CHANNEL_FIGURES; None at the first look."""
    channel, health = one.channel, one.channel.health
    indicators = health.tr_101_290.counts()
    counts = (
        health.octets,
        health.continuity_count_errors,
        *(sum(n or 0 for n in indicators[part]) for part in _OF_PRIORITY),
        sum(health.faults.values()),
        switches(channel),
        channel.requests,
    )
    before, passed_ms = one.counts, now_ms - one.at_ms
    one.counts, one.at_ms = counts, now_ms
    if before is None or passed_ms <= 0:
        return None
    octets, *rest = _risen(counts, before)
    age_ms, seen = channel.segment_age_ms(now_ms), channel.picture
    luma = rms = nan
    alarms = (nan,) * len(ALARMS)
    if seen is not None:
        luma = nan if seen.luma_mean is None else seen.luma_mean
        rms = nan if seen.rms_db is None else seen.rms_db
        alarms = tuple(float(seen.is_on(alarm)) for alarm in ALARMS)
    return (
        8000 * octets / passed_ms, *rest, channel.waiting, nan if age_ms is None else age_ms / 1000,
        float(channel.state(now_ms) == "live"), luma, rms, *alarms,
    )  # fmt: skip


def _risen(counts: tuple[int, ...], before: tuple[int, ...]) -> list[int]:
    """By how much counters rose; one that fell began anew."""
    return [now - then if now >= then else now for now, then in zip(counts, before, strict=True)]
