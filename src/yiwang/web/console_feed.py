"""What the console is told each second: of each channel only what is another than the second before (ADR 40).

The differences are made once for all who listen, and only while somebody does. Columns, not records: a name is written
once a second, not once a channel.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from yiwang.mpegts.tr_101_290 import INDICATORS
from yiwang.net import wall_clock
from yiwang.services.channel import Channel
from yiwang.services.channel_health import HEALTHS, channel_health
from yiwang.services.network import Network
from yiwang.services.picture_alarms import ALARMS
from yiwang.services.switched_source import SwitchedSource
from yiwang.services.thumbnails import Thumbnails
from yiwang.web.told import Told
from yiwang.web.views import NodeView, track_view

COLUMNS = (
    *(
        "health",
        "rate_kbps",
        "continuity_count_errors",
        "faults",
        "priority_1",
        "priority_2",
        "error_ms",
        "error",
        "error_name",
    ),
    *("silent_s", "rms_db", "alarms", "requests", "waiting", "in_use", "switches"),
)
"""``health`` is a place in HEALTHS, ``alarms`` bits in the order of ALARMS, ``in_use`` the place of a source (-1: none)."""
TICK_MS = 950
"""A little less than the second after which listeners come again."""
KEPT = 8
"""So many ticks a listener may miss; then all is told anew."""
FACTS_TICKS = 4
"""What seldom changes is looked at in so many ticks, a part of the channels in each."""
SAME_RATE = 200
"""A bit rate that is less than 1/200 away from what was told last is the same."""
TOLD_SILENCE_S = 3
"""Everything is a second or two old; a tile says nothing of it."""
_N_PRIORITY_1 = sum(indicator.priority == 1 for indicator in INDICATORS)
_N_PRIORITY_2 = _N_PRIORITY_1 + sum(indicator.priority == 2 for indicator in INDICATORS)
_HEALTH_PLACE = {health: place for place, health in enumerate(HEALTHS)}
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Row = tuple[Any, ...]


class ConsoleFeed:
    """The machine: each `reader` returns what is new since it was last called.

    Parameters
    ----------
    network : Network
    node : callable            the node's own figures
    thumbnails : Thumbnails    their sound levels are told, too
    """

    def __init__(self, network: Network, node: Callable[[], NodeView], thumbnails: Thumbnails) -> None:
        self._network = network
        self._node = node
        self._thumbnails = thumbnails
        self._channels: list[Channel] = []
        self._columns: list[list[Any]] = [[] for _ in COLUMNS]
        self._facts: list[dict[str, Any]] = []
        self._at_ms = -(1 << 62)
        self._told = Told(KEPT)
        self._whole: tuple[int, str] = (-1, "")

    def reader(self) -> Callable[[], str]:
        """Return a function that returns a JSON array of updates, the first time with everything."""
        told = -1

        def read() -> str:
            nonlocal told
            self._advance()
            news = self._told.since(told)
            told = self._told.number
            return f"[{','.join([self._everything()] if news is None else news)}]"

        return read

    # -- a tick

    def _advance(self) -> None:
        monotonic_ms = wall_clock.monotonic_ms()
        passed_ms, now_ms = monotonic_ms - self._at_ms, wall_clock.now_ms()
        channels = list(self._network.channels.values())
        if passed_ms < TICK_MS and channels == self._channels:
            return  # whoever comes just after an operator has stopped a channel is not told of it
        self._at_ms = monotonic_ms
        if channels != self._channels or passed_ms > KEPT * TICK_MS:
            self._begin(channels, now_ms)
            return
        changed = {}
        rates = self._columns[1]
        rows = (self._row(channel, rate, now_ms) for channel, rate in zip(channels, rates, strict=True))
        for place, new in enumerate(_turned(rows)):
            old = self._columns[place]
            at = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
            if at:
                changed[COLUMNS[place]] = {"at": at, "to": [new[i] for i in at]}
                self._columns[place] = new
        facts = {}
        for i in range(self._told.number % FACTS_TICKS, len(channels), FACTS_TICKS):
            known = self._fact(channels[i], now_ms)
            if known != self._facts[i]:
                self._facts[i] = facts[i] = known
        update = {**self._head(now_ms), "columns": changed, "facts": facts}
        self._told.add(_COMPACT(update))

    def _begin(self, channels: list[Channel], now_ms: int) -> None:
        """Tell everything to everybody: there are other channels."""
        self._channels = channels
        self._columns = _turned(self._row(channel, 0, now_ms) for channel in channels) or [[] for _ in COLUMNS]
        self._facts = [self._fact(channel, now_ms) for channel in channels]
        self._told.begin_anew()

    def _everything(self) -> str:
        if self._whole[0] != self._told.number:
            update = {
                **self._head(wall_clock.now_ms()),
                "name": self._network.config.node.name.model_dump(),
                "regions": [{"id": one.id, "name": one.name.model_dump()} for one in self._network.config.region],
                "ids": [channel.service.id for channel in self._channels],
                "columns": dict(zip(COLUMNS, self._columns, strict=True)),
                "facts": self._facts,
                "rates_kbps": [[bps // 1000 for bps in channel.health.rates_bps] for channel in self._channels],
            }
            self._whole = self._told.number, _COMPACT(update)
        return self._whole[1]

    def _head(self, now_ms: int) -> dict[str, Any]:
        return {"now": now_ms, "node": self._node().model_dump()}

    # -- a channel

    def _row(self, channel: Channel, told_kbps: int, now_ms: int) -> Row:
        health, state = channel.health, channel.state(now_ms)
        rate_kbps = health.rate_bps // 1000
        if abs(rate_kbps - told_kbps) * SAME_RATE < told_kbps:
            rate_kbps = told_kbps
        counts, error = [n or 0 for n in health.tr_101_290.counts()], health.last_error
        silent_s = (channel.segment_age_ms(now_ms) or 0) // 1000
        seen, alarms, rms_db = channel.picture, 0, None
        if seen is not None:
            rms_db = seen.rms_db
            alarms = sum(1 << bit for bit, alarm in enumerate(ALARMS) if seen.is_on(alarm))
        elif (thumbnail := self._thumbnails.seen(channel.service.id)) is not None:
            rms_db = thumbnail.rms_db
        faults = health.faults
        return (
            _HEALTH_PLACE[channel_health(channel, state, now_ms)], rate_kbps, faults["continuity_count_error"],
            sum(faults.values()), sum(counts[:_N_PRIORITY_1]), sum(counts[_N_PRIORITY_1:_N_PRIORITY_2]),
            *((error.at_ms, error.text, error.name) if error is not None else (0, "", "")),
            silent_s if silent_s >= TOLD_SILENCE_S else 0, None if rms_db is None else round(rms_db), alarms,
            channel.requests, channel.waiting, _in_use(channel), faults["source_switched"],
        )  # fmt: skip

    def _fact(self, channel: Channel, now_ms: int) -> dict[str, Any]:
        name, state = channel.name, channel.state(now_ms)
        reason = channel.reason(state)
        return {
            "number": self._network.number_of(channel),
            "name": {"zh": name.zh, "en": name.en},
            "region": channel.service.region or "",
            "source": channel.source.url if channel.source is not None else channel.source_spec.url,
            "multiplex": channel.source_spec.url if channel.is_of_multiplex else "",
            "program": channel.packager.program_number,
            "sources": 1 + len(channel.standby_specs),
            "state": state,
            "reason": {"zh": reason.zh, "en": reason.en} if reason is not None else None,
            "tracks": [
                {"kind": view.kind, "codec": view.codec, "height": view.height}
                for view in (track_view(track) for track in channel.tracks)
            ],
        }


def _in_use(channel: Channel) -> int:
    if not channel.standby_specs:
        return 0
    if channel.told_sources is not None:
        return next((place for place, told in enumerate(channel.told_sources) if told.in_use), -1)
    source = channel.source
    return source.machine.in_use if isinstance(source, SwitchedSource) else -1


def _turned(rows: Iterable[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
