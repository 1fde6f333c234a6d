"""Fragments as a transport stream: times, delimiters, which sound goes with which pictures."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.isobmff.test_fragments import with_edits
from tests.isobmff.test_header import AUDIO
from tests.packaging import television
from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.isobmff.chunk import cmaf_chunk
from yiwang.isobmff.header import cmaf_header
from yiwang.kernels.ts_restamp import DTS, PTS, ts_times
from yiwang.mpegts.carriage import carriage
from yiwang.mpegts.multiplexer import PCR_LEAD_90K, ElementaryStream, Samples
from yiwang.packaging.events import PartPublished, PeriodStarted
from yiwang.packaging.fragments_to_ts import FragmentMultiplexer, FragmentReader, SoundQueue, TrackSamples
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

HOW = carriage(AUDIO)
assert HOW is not None
STREAM = ElementaryStream(HOW, "zho", "main")
FRAME_90K = 1920


def cmaf(seconds: int = 4) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Headers and all chunks of a television programme, by track."""
    packager = TransportPackager(None, Settings(90_000, 0, live=False))
    octets = television.stream(seconds)
    events = [*packager.begin_file(octets), *packager.feed(octets, 0), *packager.flush(0)]
    headers = {h.name: h.init for event in events if isinstance(event, PeriodStarted) for h in event.tracks}
    chunks: dict[str, bytes] = {}
    for event in events:
        if isinstance(event, PartPublished):
            chunks[event.track] = chunks.get(event.track, b"") + event.data
    return headers, chunks


def video_config() -> CodecConfig:
    packager = TransportPackager(None, Settings(90_000, 0, live=False))
    octets = television.stream(2)
    events = [*packager.begin_file(octets), *packager.feed(octets, 0)]
    return next(h.config for e in events if isinstance(e, PeriodStarted) for h in e.tracks if h.config.kind == "video")


def pes_times(octets: bytes, column: int) -> list[int]:
    rows, _ = ts_times(np.frombuffer(octets, np.uint8), 188)
    return [int(t) for t in rows[:, column] if t >= 0]


def test_pictures_and_sound_read_apart_have_the_times_that_they_had():
    headers, chunks = cmaf()
    found = {}
    for name in ("video", "audio"):
        reader = FragmentReader(pictures=name == "video")
        assert reader.take_header(headers[name]) == ""
        (found[name],) = reader.read(chunks[name])
    original = pes_times(television.stream(4), PTS)
    mine = FragmentMultiplexer().segment([(one.stream, one.samples) for one in found.values()], 90_000)
    assert len(mine) % 188 == 0
    assert sorted(t for t in pes_times(mine, PTS) if t in found["video"].samples.times) == sorted(
        t for t in original if t in found["video"].samples.times
    )
    assert int(found["audio"].samples.times[0, 0]) in original


@pytest.mark.parametrize("edits", [(), ((900, -1), (0, 0)), ((0, 512),)])
def test_an_edit_list_moves_a_track(edits):
    reader = FragmentReader(pictures=False)
    assert reader.take_header(with_edits(cmaf_header(AUDIO, 1, 48_000, "zho"), *edits)) == ""
    (found,) = reader.read(cmaf_chunk(1, 1, 48_000, [b"a"] * 3, [1024] * 3, [0] * 3, [True] * 3))
    begin = 90_000 + sum(d if m < 0 else -m * 90 // 48 for d, m in edits)
    assert found.samples.times[:, 0].tolist() == [begin, begin + 1920, begin + 3840]
    assert found.samples.end_90k == begin + 5760


def test_negative_composition_offsets_let_all_be_decoded_earlier_and_nothing_be_presented_otherwise():
    config = video_config()
    reader = FragmentReader()
    assert reader.take_header(cmaf_header(config, 1, 90_000, "und")) == ""
    offsets = [0, 7200, -3600, -3600]
    for k in range(3):
        chunk = cmaf_chunk(1, 1, 90_000 + 14_400 * k, [b"\0\0\0\2\x41\x9a"] * 4, [3600] * 4, offsets, [True] * 4)
        (found,) = reader.read(chunk)
        pts, dts = found.samples.times.T
        begin = 90_000 + 14_400 * k
        assert pts.tolist() == [begin, begin + 10_800, begin + 3600, begin + 7200]
        assert dts.tolist() == [begin - 3600 + 3600 * n for n in range(4)]
        assert (dts <= pts).all()


def test_a_delimiter_that_a_sample_has_is_not_there_twice():
    config = video_config()
    reader = FragmentReader()
    reader.take_header(cmaf_header(config, 1, 90_000, "und"))
    slice_, delimiter = b"\0\0\0\3\x65\x88\x80", b"\0\0\0\2\x09\xf0"
    samples = [delimiter + slice_, slice_, delimiter]
    (found,) = reader.read(cmaf_chunk(1, 1, 0, samples, [3600] * 3, [0] * 3, [True, False, False]))
    assert found.samples.places[:, 1].tolist() == [7, 7, 6]  # all that the third consists of


@pytest.mark.parametrize(("entry", "reason"), [(b"enca", "Common Encryption"), (b"fLaC", "'fLaC'")])
def test_what_is_not_carried_says_why(entry, reason):
    header = cmaf_header(AUDIO, 1, 48_000, "und").replace(b"mp4a", entry)
    assert reason in FragmentReader().take_header(header)


def test_frames_of_sound_that_no_header_can_tell_the_size_of_are_the_peers_fault():
    reader = FragmentReader(pictures=False)
    reader.take_header(cmaf_header(AUDIO, 1, 48_000, "und"))
    with pytest.raises(WireError, match="octets at most"):
        reader.read(cmaf_chunk(1, 1, 0, [bytes(9000)], [1024], [0], [True]))


# -- sound by time


def sound(begin_90k: int, n: int, mark: int = 0) -> TrackSamples:
    times = begin_90k + FRAME_90K * np.arange(n)
    octets = np.full(2 * n, mark, np.uint8)
    places = np.stack((2 * np.arange(n), np.full(n, 2), np.ones(n)), axis=1).astype(np.int64)
    return TrackSamples(STREAM, Samples(octets, places, np.stack((times, times), axis=1), begin_90k + FRAME_90K * n))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.lists(st.integers(1, 200_000), min_size=1, max_size=8))
def test_however_both_are_cut_all_sound_comes_once_in_order_with_its_pictures(lengths, steps):
    queue, at = SoundQueue(), 1000
    for k, n in enumerate(lengths):
        queue.append(0, sound(at, n, k))
        at += n * FRAME_90K
    borders = [1000, *np.cumsum(steps).tolist()]
    borders = sorted({1000, *(border + 1000 for border in borders)})
    got: list[int] = []
    for begin, end in pairwise([*borders, max(at, borders[-1]) + 1]):
        taken = queue.take(0, begin, end)
        if taken is not None:
            times = taken.samples.times[:, 1].tolist()
            assert begin - PCR_LEAD_90K <= times[0]
            assert times[-1] < end
            assert taken.samples.places[:, 0].max() + 2 <= taken.samples.octets.size
            got += times
    assert got == list(range(1000, at, FRAME_90K))


def test_sound_of_the_time_line_before_is_left_and_that_of_the_next_waits():
    queue = SoundQueue()
    for number, begin in ((1, 900_000), (2, 0), (2, 19_200)):
        queue.append(number, sound(begin, 10))
    taken = queue.take(1, 900_000, 905_000)
    assert taken is not None
    assert len(taken.samples.times) == 3
    assert queue.has(2, 0, 30_000)
    taken = queue.take(2, 0, 38_400)
    assert taken is not None
    assert taken.samples.times[:, 1].tolist() == list(range(0, 38_400, FRAME_90K))
    assert queue.duration_90k == queue.octets == 0


def test_numbers_that_a_server_has_wrong_do_not_part_what_is_at_one_time():
    queue = SoundQueue()
    queue.append(7, sound(90_000, 47))
    assert queue.has(0, 90_000, 180_000)
    assert queue.take(0, 90_000, 180_000) is not None


def test_sound_that_comes_too_late_is_left():
    queue = SoundQueue()
    queue.append(0, sound(0, 100))
    taken = queue.take(0, 100_000, 190_000)
    assert taken is not None
    assert taken.begin_90k >= 100_000 - PCR_LEAD_90K
    queue.append(0, sound(192_000, 10))
    queue.drop_before(0, 900_000)
    assert queue.duration_90k == 0


def test_another_coding_is_another_programme_and_nothing_of_it_is_mixed():
    queue = SoundQueue()
    queue.append(0, sound(0, 10))
    queue.append(0, replace(sound(19_200, 10), stream=replace(STREAM, language="deu")))
    first, second = queue.take(0, 0, 90_000), queue.take(0, 19_200, 90_000)
    assert first is not None
    assert second is not None
    assert (first.stream.language, second.stream.language) == ("zho", "deu")


def test_a_stream_without_samples_stays_in_the_programme():
    maker = FragmentMultiplexer()
    one = sound(90_000, 47)
    with_both = maker.segment([(one.stream, one.samples), (STREAM, None)], 90_000)
    assert pes_times(with_both, DTS) or pes_times(with_both, PTS)
    huge = maker.segment([(one.stream, one.samples)], 1 << 60)
    assert len(huge) < 1 << 20, "a target duration of a million years is not believed"
