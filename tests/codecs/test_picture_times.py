"""Time stamps that are missing are made from the order of pictures: those of FFmpeg's multiplexer, but for rounding."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs.feeding import run
from tests.codecs.reference_ts import read_ts
from yiwang.base.timebase import WRAP_33
from yiwang.codecs.picture_times import PictureOrder, PictureTimes
from yiwang.codecs.registry import framer_for

FRAME = 3600
DISPLAYED = [0, 4, 2, 1, 3, 8, 6, 5, 7]
"""Order of display in decoding order: I P B B B P B B B, with a pyramid."""


def completed(keep, *, per_count=2, rate=(25, 1), start=900_000, delay=2, gop=9, n=27, modulus=64):
    """(made, true) times of pictures of which those with numbers in ``keep`` have stamps."""
    machine, found = PictureTimes(2), []
    for k in range(n):
        shown = k // gop * gop + DISPLAYED[k % gop]
        true = ((start + (shown + delay) * FRAME) % WRAP_33, (start + k * FRAME) % WRAP_33)
        count = DISPLAYED[k % gop] * per_count
        order = PictureOrder(count % modulus, modulus, k % gop in (0, 1, 2, 5, 6), k % gop == 0)
        found.append((machine.complete(*(true if k in keep else (-1, -1)), order, rate), true))
    return found


@given(st.sets(st.integers(1, 26)), st.sampled_from([0, WRAP_33 - 10 * FRAME]), st.sampled_from([32, 64]))
def test_whatever_is_missing_is_made(keep, start, modulus):
    assert all(made == true for made, true in completed(keep | {0}, start=start, modulus=modulus))


def test_before_the_first_stamp_nothing_is_known():
    found = completed({3})
    assert [made for made, _ in found[:3]] == [(-1, -1)] * 3
    assert all(made == true for made, true in found[3:])


def test_counts_that_rise_by_one_from_frame_to_frame_are_found_out():
    found = completed({0, 1, 5, 9, 18}, per_count=1)
    assert all(made == true for made, true in found[5:])


@pytest.mark.parametrize("rate", [None, (50, 1)])
def test_a_rate_that_is_wrong_or_not_said_is_measured(rate):
    found = completed({0, 1, 2, 9, 18, 20}, rate=rate)
    assert all(made == true for made, true in found[2:])


def test_pictures_in_decoding_order_are_shown_as_long_after_it():
    machine = PictureTimes(2)
    order = PictureOrder(0, 0, True, False)
    assert machine.complete(9000, 1800, order, (25, 1)) == (9000, 1800)
    assert machine.complete(-1, -1, order, (25, 1)) == (12_600, 5400)


def test_a_multiplexer_that_says_no_dts_though_it_is_not_pts_is_seen_through():
    machine = PictureTimes(2)
    machine.complete(9000, 1800, PictureOrder(0, 64, True, True), (25, 1))
    assert machine.next_dts(23_400, (25, 1)) == 5400
    assert machine.complete(23_400, -1, PictureOrder(8, 64, True, False), (25, 1)) == (23_400, 5400)
    assert machine.complete(-1, -1, PictureOrder(2, 64, False, False), (25, 1)) == (12_600, 9000)
    assert machine.next_dts(12_600, (25, 1)) == 12_600
    assert machine.complete(12_600, -1, PictureOrder(2, 64, False, False), (25, 1)) == (12_600, -1)


def test_a_picture_whose_head_cannot_be_read_has_a_decoding_time():
    machine = PictureTimes(2)
    machine.complete(9000, 1800, None, (25, 1))
    assert machine.complete(-1, -1, None, (25, 1))[1] == 5400


# -- against the stamps of FFmpeg's multiplexer

CODINGS = {
    "H.264, pyramid": ("25", "libx264", "-bf", "3", "-g", "40"),
    "H.264, open GOPs": ("25", "libx264", "-bf", "3", "-g", "40", "-x264-params", "open-gop=1"),
    "H.264, 23.976 Hz": ("24000/1001", "libx264", "-bf", "2", "-g", "40"),
    "H.264, 59.94 Hz": ("60000/1001", "libx264", "-bf", "2", "-g", "40"),
    "H.264, fields": ("25", "libx264", "-bf", "2", "-flags", "+ildct+ilme", "-x264-params", "interlaced=1"),
    "H.264, decoding order": ("25", "libx264", "-bf", "0", "-g", "40"),
    "HEVC": ("25", "libx265", "-x265-params", "log-level=none:keyint=40:bframes=3:b-adapt=0:open-gop=0"),
    "HEVC, open GOPs": ("50", "libx265", "-x265-params", "log-level=none:keyint=40:bframes=4:b-adapt=0:open-gop=1"),
    "HEVC, RADL": ("25", "libx265", "-x265-params", "log-level=none:keyint=40:bframes=3:b-adapt=0:radl=2:open-gop=0"),
    "HEVC, fields": ("25", "libx265", "-x265-params", "log-level=none:keyint=40:bframes=3:interlace=tff"),
}


def times(unit):
    return unit.pts_90k, unit.dts_90k if unit.dts_90k >= 0 else unit.pts_90k


@pytest.mark.differential
@pytest.mark.parametrize("coding", CODINGS)
def test_made_times_are_those_of_ffmpeg(ffmpeg, tmp_path, coding):
    rate, encoder, *options = CODINGS[coding]
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s=160x96:r={rate}:d=4", "-c:v", encoder]
    command += ["-preset", "veryfast", *options, "-pix_fmt", "yuv420p", tmp_path / "x.ts"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (stream,) = read_ts((tmp_path / "x.ts").read_bytes()).values()
    octets = bytes(stream.octets)
    whole = [times(unit) for unit in run(framer_for(stream.stream_type), octets, stream.rows)]
    for every in (2, 3, 7, 14):
        rows = [row if n % every == 0 else (row[0], -1, -1, row[3]) for n, row in enumerate(stream.rows)]
        made = [times(unit) for unit in run(framer_for(stream.stream_type), octets, rows)]
        assert len(made) == len(whole) >= 90
        off = [max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in zip(made, whole, strict=True)]
        assert max(off) <= (1 if "1001" in rate else 0)
        assert run(framer_for(stream.stream_type), octets, rows, range(0, len(octets), 777)) == run(
            framer_for(stream.stream_type), octets, rows
        )
