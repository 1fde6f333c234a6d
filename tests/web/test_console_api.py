"""One channel, as an operator asks for it."""

from pathlib import Path

from tests.services.hand_fed import feeder, network
from tests.web.asgi import served
from yiwang.base.events import Fault
from yiwang.packaging.events import CuePublished
from yiwang.services.health import Health
from yiwang.web.views import iso


async def test_the_time_line_is_what_is_kept(tmp_path: Path):
    net = network(tmp_path, "one", "silent")
    one = net.channels["one"]
    feed = feeder(one)
    feed.seconds(4)
    one.begin_again()  # a packager that failed: what follows is another period
    feed.seconds(4)
    end_90k = one.presentation.end_90k
    one.presentation.apply(CuePublished("out", 7, 0, end_90k - 90_000, 450_000, True, b"\xfc"))
    now_ms = int(feed.now_ms)  # the media's, which have gone ahead of the clock
    one.health.note(Fault("source_switched", detail="a failed: b is in use now"), now_ms)
    one.health.note(Fault("table_error", detail="is no event of the source"), now_ms)
    one.health.note(Fault("source_error", detail="was before all that is kept"), now_ms - 600_000)
    async with served(net) as service:
        got = await service.client.get("/api/channels/one/timeline")
        view = got.json()
        assert got.headers["cache-control"] == "no-store"
        track = one.presentation.tracks["video"]
        segments = view["segments"]
        kept = [*track.listed, *([track.in_progress] if track.in_progress else [])]
        assert view["track"] == "video"
        assert [s["number"] for s in segments if s["whole"]] == [s.number for s in track.listed]
        assert [s["whole"] for s in segments].count(False) == (track.in_progress is not None)
        assert sum(s["octets"] for s in segments) == sum(len(p.data) for s in kept for p in s.parts)
        assert all(s["end_ms"] > s["start_ms"] for s in segments)
        periods = view["periods"]
        assert [p["period_id"] for p in periods] == [0, 1]
        assert [s["period_id"] for s in segments] == sorted(s["period_id"] for s in segments)
        assert [s["number"] for s in segments if s["discontinuity"]] == [
            next(s["number"] for s in segments if s["period_id"] == 1)
        ]
        (cue,) = view["breaks"]
        assert (cue["kind"], cue["end_ms"] - cue["start_ms"]) == ("out", 5000)
        assert [event["text"] for event in view["happenings"]] == ["a failed: b is in use now"]
        empty = (await service.client.get("/api/channels/silent/timeline")).json()
        assert (empty["segments"], empty["track"]) == ([], "")
        for path in ("", "/timeline"):
            assert (await service.client.get(f"/api/channels/none{path}")).status_code == 404


async def test_a_channel_is_told_with_its_last_errors(tmp_path: Path):
    net = network(tmp_path, "one")
    one = net.channels["one"]
    feeder(one).seconds(4)
    one.note(Fault("continuity_count_error", 3, pid=256))
    one.note(Fault("table_error", detail="a table is wrong"))
    async with served(net) as service:
        view = (await service.client.get("/api/channels/one")).json()
        whole = (await service.client.get("/api/channels")).json()["channels"][0]
        assert view.keys() == whole.keys()
        assert [(e["name"], e["pid"], e["count"], e["text"]) for e in view["errors"][:2]] == [
            ("table_error", None, 1, "a table is wrong"),
            ("continuity_count_error", 256, 3, "continuity count error on PID 256 (3 times)"),
        ]
        assert view["last_error"] == view["errors"][0]
        assert view["latency_s"] < 30
        assert view["waiting_requests"] == 0


def test_errors_that_come_again_soon_are_one_entry():
    health = Health()
    for at_ms in range(0, 9_000, 1_000):
        health.note(Fault("continuity_count_error", 2, pid=256), at_ms)
        health.note(Fault("continuity_count_error", 1, pid=257), at_ms)
        health.note(Fault("source_switched", detail=f"to {at_ms}"), at_ms)
    errors = [(e.name, e.pid, e.count) for e in health.recent if e.name != "source_switched"]
    assert errors == [("continuity_count_error", 256, 18), ("continuity_count_error", 257, 9)]
    assert sum(e.name == "source_switched" for e in health.recent) == 9
    health.note(Fault("continuity_count_error", 1, pid=256), 60_000)
    assert [e.count for e in health.recent if e.pid == 256] == [18, 1]
    for n in range(100):
        health.note(Fault("table_error", pid=n), 70_000 + n)
    assert len(health.recent) == 32


async def test_a_viewer_is_told_from_when_on_channels_can_be_had(tmp_path: Path):
    net = network(tmp_path, "one", "silent")
    feeder(net.channels["one"]).seconds(6.5)
    begins = min(track.listed[0].start_90k for track in net.channels["one"].presentation.tracks.values())
    async with served(net) as service:
        got = await service.client.get("/api/kept", params={"channel": ["one", "silent", "nobody"]})
        assert (got.status_code, got.headers["cache-control"]) == (200, "no-store")
        assert got.json() == {"one": iso(begins // 90)}
        assert (await service.client.get("/api/kept")).status_code == 422
