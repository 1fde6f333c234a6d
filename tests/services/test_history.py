"""What is kept of channels and of the node over time, and how a reader is told."""

import time
from pathlib import Path

import numpy as np
import pytest

from tests.services.hand_fed import feeder, network
from tests.web.asgi import served
from yiwang.base.events import Fault
from yiwang.mpegts.tr_101_290 import INDICATORS
from yiwang.net import wall_clock
from yiwang.services.history import CHANNEL_FIGURES, NODE_FIGURES, History
from yiwang.services.picture_alarms import Limits, PictureAlarms
from yiwang.store.history_file import STEP_S

NAMES = [figure.name for figure in CHANNEL_FIGURES]


class Clock:
    """The wall clock, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.s = time.time_ns() // 1_000_000_000 // 900 * 900
        monkeypatch.setattr(wall_clock, "now_ms", lambda: 1000 * self.s)


def keep(history: History, clock: Clock, seconds: int) -> None:
    """Let the time pass, a second at a time, as `History.run` does."""
    for _ in range(seconds):
        clock.s += 1
        history._write(history.look(clock.s - 1, clock.s))


async def test_counters_become_what_came_in_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = Clock(monkeypatch)
    net = network(tmp_path, "one", "two")
    one = net.channels["one"]
    history = History(net)
    history._begin()
    keep(history, clock, STEP_S)
    one.health.received(1_000_000, 1000 * clock.s)
    one.note(Fault("continuity_count_error", 3, pid=256))
    one.note(Fault("source_switched"))
    one.requests += 40
    one.health.tr_101_290.lose_sync()
    one.picture = PictureAlarms(Limits())
    one.picture.see(np.full((4, 4), 90, np.uint8), 1_000)
    one.picture.hear(-23.5, -10.0, 1_000)
    keep(history, clock, 2 * STEP_S)
    end_s = clock.s + 1
    times, values = history.of_channel("one", end_s - 60, end_s, 10)
    assert len(times) in (2, 3)
    rows = [dict(zip(NAMES, row, strict=True)) for row in values.tolist()]
    busy = [row for row in rows if row["requests"]]
    assert len(busy) == 1
    assert busy[0] == pytest.approx(
        {
            "input_bit_rate_bps": 800_000, "continuity_count_errors": 3, "tr_101_290_priority_1": 3,
            "tr_101_290_priority_2": 0, "tr_101_290_priority_3": 0, "faults": 4, "source_switches": 1, "requests": 40,
            "waiting_requests": 0, "segment_age_seconds": float("nan"), "live": 0, "luma_mean": 90, "sound_rms_db": -23.5,
            "black": 0, "freeze": 0, "silence": 0,
        },
        nan_ok=True,
    )  # fmt: skip
    assert sum(row["faults"] for row in rows) == 4
    quiet = dict(zip(NAMES, history.of_channel("two", end_s - 60, end_s, 10)[1][-1].tolist(), strict=True))
    assert quiet["requests"] == 0
    assert quiet["luma_mean"] != quiet["luma_mean"]
    node = dict(zip((f.name for f in NODE_FIGURES), history.of_node(end_s - 60, end_s, 60)[1][-1], strict=True))
    assert node["channels"] == 2
    assert node["requests"] == 40
    assert node["rss_octets"] > 10_000_000


async def test_a_channel_is_looked_at_once_a_step_though_seconds_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    clock = Clock(monkeypatch)
    ids = [f"c{n}" for n in range(30)]
    net = network(tmp_path, *ids)
    history = History(net)
    history._begin()
    for pause in [1] * 20 + [4, 1, 3, 7, 9, 1, 1, 5, 9]:
        clock.s += pause
        history._write(history.look(clock.s - pause, clock.s))
    for id_ in ids:
        times, _ = history.of_channel(id_, clock.s - 50, clock.s - 10, 10)
        assert len(times) >= 3, id_
        assert len(set(np.diff(times))) <= 2


async def test_history_outlives_the_node_and_is_told_by_the_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = Clock(monkeypatch)
    net = network(tmp_path, "one")
    history = History(net)
    history._begin()
    feeder(net.channels["one"], now_ms=1000 * clock.s).seconds(4)
    keep(history, clock, 310)
    again = network(tmp_path, "one")
    async with served(again) as service:
        got = await service.client.get("/api/channels/one/history", params={"seconds": 300})
        view = got.json()
        assert (view["step_s"], len(view["times"])) == (10, 30)
        assert list(view["figures"]) == NAMES
        assert view["figures"]["luma_mean"] == [None] * 30
        assert all(end - begin == 10 for begin, end in zip(view["times"], view["times"][1:], strict=False))
        few = (await service.client.get("/api/channels/one/history?seconds=86400&figure=live&figure=faults")).json()
        assert (few["step_s"], list(few["figures"])) == (60, ["faults", "live"])
        node = (await service.client.get("/api/node/history?seconds=600&step=70")).json()
        assert node["step_s"] == 60
        assert set(node["figures"]["channels"]) == {1}
        for path, status in (
            ("channels/none/history", 404), ("channels/one/history?figure=nothing", 422),
            ("channels/one/history?seconds=864000&step=10", 422), ("node/history?seconds=1", 422),
        ):  # fmt: skip
            assert (await service.client.get(f"/api/{path}")).status_code == status


async def test_without_a_place_to_write_channels_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = Clock(monkeypatch)
    net = network(tmp_path, "one")
    history = History(net)
    (net.config.node.state_dir / "history").write_text("in the way")
    history._begin()
    keep(history, clock, 2 * STEP_S)
    assert history.of_node(clock.s - 60, clock.s + 1, 10)[0].size
    with pytest.raises(OSError, match="Not a directory"):
        history.of_channel("one", 0, clock.s, 10)


def test_what_priorities_are_is_what_the_indicators_say():
    from yiwang.services.history import _OF_PRIORITY

    for priority, part in enumerate(_OF_PRIORITY, 1):
        assert {indicator.priority for indicator in INDICATORS[part]} == {priority}
    assert sum(len(INDICATORS[part]) for part in _OF_PRIORITY) == len(INDICATORS)
