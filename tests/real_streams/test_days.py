"""Three days of a channel: nothing drifts apart, no number is missing, nothing grows."""

import gc
import resource
from datetime import UTC, datetime, timedelta

import pytest

from tests.origin import mpd_reader, playlist_reader
from tests.real_streams.footage import S
from tests.real_streams.time_lapse import ROUND_S, SEGMENT_90K, TimeLapse
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media
from yiwang.packaging.events import SegmentPublished

DAYS_72_H = 72


class Ledger:
    """What was published, each segment held against the one before it."""

    def __init__(self) -> None:
        self.newest: dict[str, SegmentPublished] = {}
        self.first: dict[str, SegmentPublished] = {}

    def take(self, segment: SegmentPublished, octets: bytes) -> None:
        at = octets.index(b"tfdt")
        assert octets[at + 4] == 1
        assert int.from_bytes(octets[at + 8 : at + 16], "big") == segment.start_ticks
        before = self.newest.get(segment.track)
        if before is not None:
            assert segment.number == before.number + 1
            assert segment.start_ticks == before.start_ticks + before.duration_ticks
        self.first.setdefault(segment.track, segment)
        self.newest[segment.track] = segment


def check_manifests(lapse: TimeLapse) -> None:
    """Each segment that is listed has, in HLS and in DASH, the time that its tfdt says."""
    presentation = lapse.presentation
    _, media, _ = mpd_reader.read(dash_mpd(presentation, int(lapse.now_90k)))
    for name, track in presentation.tracks.items():
        scale = track.header.timescale
        listed = list(track.listed)
        playlist = playlist_reader.read(hls_media(presentation, name))
        dash = [m for m in media if m.track == name]
        if lapse.part_90k and dash[-1].number == listed[-1].number + 1:
            dash.pop()  # in progress
        assert [s.uri for s in playlist.segments] == [m.url.split("/")[-1] for m in dash]
        assert len(listed) == len(dash) >= 10
        for segment, in_hls, in_mpd in zip(listed, playlist.segments, dash, strict=True):
            ticks = segment.decode_ticks
            assert (in_mpd.number, in_mpd.t, in_mpd.d) == (segment.number, ticks, segment.duration_ticks)
            since_start = ticks * S // scale - segment.period.media_start_90k
            utc_90k = segment.period.presentation_start_90k + since_start
            date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=utc_90k * 100 / 9)
            assert abs(in_hls.date - date) <= timedelta(milliseconds=1)
            assert abs(float(in_mpd.presentation) - utc_90k / S) < 0.001


def footprint() -> tuple[int, int]:
    """Objects that the collector knows, and the greatest resident size in kB."""
    gc.collect()
    return len(gc.get_objects()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.slow
@pytest.mark.parametrize(
    "ppm",
    [lambda hours: 0, lambda hours: 100 if hours < 36 else -100],
    ids=["exact", "100 ppm fast, then slow"],
)
def test_seventy_two_hours_over_three_wraps_stay_exact(ppm):
    ledger = Ledger()
    lapse = TimeLapse(ppm, ledger.take)
    lapse.run(0.5)
    check_manifests(lapse)
    lapse.run(3.5)  # over the first wrap
    before = footprint()
    while lapse.source_s < DAYS_72_H * 3600:
        lapse.run(4)
        check_manifests(lapse)
    after = footprint()
    clock_is_off = {"clock_step", "source_clock_off"}
    assert set(lapse.faults) == (clock_is_off if lapse.faults else set())
    assert bool(lapse.faults) == bool(ppm(0))
    assert after[0] - before[0] < 200
    assert after[1] - before[1] < 8_000
    assert len(lapse.presentation.periods) <= 2
    source_s = lapse.source_s
    for name, segment in ledger.newest.items():
        first = ledger.first[name]
        scale = lapse.presentation.tracks[name].header.timescale
        spanned = (segment.start_ticks + segment.duration_ticks - first.start_ticks) / scale
        assert source_s - 2 * SEGMENT_90K / S - ROUND_S < spanned <= source_s
    video, audio = ledger.newest["video"], ledger.newest["audio"]
    number = min(video.number, audio.number)
    apart = (video.start_ticks - (video.number - number) * SEGMENT_90K) / S - (
        audio.start_ticks / 8000 - (audio.number - number) * SEGMENT_90K / S
    )
    assert abs(apart) <= 0.128  # a frame of sound, after three days


@pytest.mark.slow
@pytest.mark.parametrize("ppm", [100, -100])
def test_row_38_source_clock_off_stays_near_the_wall_clock(ppm):
    ledger = Ledger()
    lapse = TimeLapse(lambda hours: ppm, ledger.take)
    lapse.run(0.25)
    behind = lapse.now_90k - lapse.presentation.end_90k
    for _ in range(12):
        lapse.run(1)
        assert abs(lapse.now_90k - lapse.presentation.end_90k - behind) < S + SEGMENT_90K // 4
        check_manifests(lapse)
    assert lapse.packager.programme.timeline.source_clock.ppm == pytest.approx(ppm, abs=1)
    assert 3 <= lapse.faults.count("clock_step") <= 5  # a second each; 4.3 s in all
    assert lapse.faults.count("source_clock_off") == 1
