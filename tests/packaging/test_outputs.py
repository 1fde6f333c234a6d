"""A track of pictures: decoding times without holes, presentation times as they came."""

from dataclasses import replace

import pytest

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.packaging.events import PartPublished, TrackHeader
from yiwang.packaging.outputs import LONGEST_EARLY_90K, VideoOutput
from yiwang.packaging.track_writer import TrackWriter
from yiwang.packaging.units import Unit

CONFIG = CodecConfig("video", "hvc1", "hvc1.1.6.L93.B0", b"", 320, 240, frame_rate=(25, 1))
HEADER = TrackHeader("video", 1, 90_000, CONFIG, "und", "main", "init.mp4", b"")
FRAME = 3600


def published(first, *holes_before):
    """Decoding time and duration of each part, of one sample each; before each a hole of so many ticks."""
    out = []
    output = VideoOutput(CONFIG, TrackWriter(HEADER, FRAME, out))
    output.writer.begin_segment(1)
    dts = first
    for hole in (0, *holes_before):
        dts += hole
        output.put(AccessUnit(b"", dts, dts, 0, CONFIG), dts, dts + FRAME)
        dts += FRAME
        output.resolve(dts)  # told before the hole was known
    output.finish()
    return [(part.start_ticks, part.duration_ticks) for part in out if isinstance(part, PartPublished)]


def test_a_picture_after_a_hole_is_decoded_where_the_one_before_it_ends():
    assert published(90_000, 2 * FRAME, 0) == [
        (90_000, FRAME),
        (90_000 + FRAME, 3 * FRAME),
        (90_000 + 4 * FRAME, FRAME),
    ]


@pytest.mark.parametrize("first", [1, 1920, 45_000, 90_000])
def test_the_first_picture_is_decoded_at_its_own_time(first):
    assert published(first)[0] == (first, FRAME)


def test_a_long_hole_stays_a_hole():
    parts = published(90_000, LONGEST_EARLY_90K + 1)
    assert parts[1] == (90_000 + FRAME + LONGEST_EARLY_90K + 1, FRAME)


@pytest.mark.parametrize("gap", [0, 1, FRAME, LONGEST_EARLY_90K + 1])
def test_a_picture_whose_end_is_known_is_written_as_if_it_had_waited_for_it(gap):
    outs = [], []
    waiting, at_once = (VideoOutput(CONFIG, TrackWriter(HEADER, FRAME, out)) for out in outs)
    for output in (waiting, at_once):
        output.writer.begin_segment(1)
    for dts in (90_000, 90_000 + FRAME + gap):
        au = AccessUnit(b"a", dts, dts, 0, CONFIG)
        waiting.put(au, dts, dts + FRAME)
        waiting.resolve(dts + FRAME)
        assert write(at_once, Unit(au, dts, dts + FRAME, dts + FRAME)) == 1
    for output in (waiting, at_once):
        output.finish()
    assert outs[0] == outs[1]
    assert (waiting.end_90k, waiting.shown_until_90k) == (at_once.end_90k, at_once.shown_until_90k)


def write(output, *run, start=-1, until=1 << 40, last_raw=1 << 40):
    return output.write_run(run, 0, start, until, last_raw)


def test_a_run_is_written_up_to_the_first_picture_that_is_special():
    output = VideoOutput(CONFIG, TrackWriter(HEADER, FRAME, []))
    output.writer.begin_segment(1)
    au, random_access = (AccessUnit(b"a", 0, 0, sap_type, CONFIG) for sap_type in (0, 1))
    other, late = (AccessUnit(b"a", 0, 0, 0, CONFIG), AccessUnit(b"a", 0, 0, 0, CONFIG, after_undecodable=True))
    other.config = replace(CONFIG, width=640)

    def unit(n, au=au, duration=FRAME):
        return Unit(au, n * FRAME, n * FRAME, n * FRAME + duration)

    output.put(au, 0, 0)
    assert write(output, unit(1)) == 0  # another one is pending
    output.resolve(FRAME)
    assert write(output, Unit(au, FRAME - 1, FRAME, 2 * FRAME)) == 0  # it is not over
    assert write(output, unit(1), unit(2), unit(3, random_access)) == 2
    assert write(output, unit(3), unit(4, other)) == 1
    assert write(output, unit(4), unit(5, late)) == 1
    assert write(output, unit(5), Unit(au, 6 * FRAME, 6 * FRAME, -1)) == 1
    assert write(output, unit(6), unit(7), until=8 * FRAME) == 1
    assert write(output, unit(7), unit(8), unit(9), last_raw=8 * FRAME - 1) == 2
    assert write(output, unit(9), start=9 * FRAME) == 0
    assert output.end_90k == 9 * FRAME
