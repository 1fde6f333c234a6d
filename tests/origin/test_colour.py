"""What playlists and manifests say of colour and of fields."""

from dataclasses import replace

import pytest

from tests.origin import broadcast, mpd_reader
from tests.origin.broadcast import CELL, VIDEO, VIDEO_TRACK, WHOLE_SEGMENTS, period, segments
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_multivariant
from yiwang.origin.presentation import Presentation

SCHEME = "urn:mpeg:mpegB:cicp:"


def presentation_of(**fields):
    track = replace(VIDEO_TRACK, config=replace(VIDEO, sample_entry="hvc1", codec="hvc1.2.4.L153.B0", **fields))
    p = Presentation(WHOLE_SEGMENTS)
    for event in [period(1, 10, [track]), *segments(range(10, 13), [track], part_90k=CELL)]:
        p.apply(event)
    return p


def properties(p):
    root, _, _ = mpd_reader.read(dash_mpd(p, broadcast.UTC // 90))
    found = root.findall(".//m:AdaptationSet/m:SupplementalProperty", mpd_reader.NS)
    return {e.get("schemeIdUri").removeprefix(SCHEME): e.get("value") for e in found}


def representation(p):
    root, _, _ = mpd_reader.read(dash_mpd(p, broadcast.UTC // 90))
    (element,) = root.findall(".//m:Representation", mpd_reader.NS)
    return element


@pytest.mark.parametrize(
    ("colour", "video_range", "described"),
    [
        ((9, 16, 9, False), "PQ", True),
        ((9, 18, 9, False), "HLG", True),
        ((9, 14, 9, False), "SDR", True),
        ((1, 1, 1, False), "SDR", False),
        ((5, 6, 5, False), "SDR", False),
    ],
)
def test_the_dynamic_range_is_in_the_playlist_and_colour_beyond_bt_709_in_the_mpd(colour, video_range, described):
    p = presentation_of(colour=colour)
    assert f"VIDEO-RANGE={video_range}\n" in hls_multivariant(p)
    primaries, transfer, matrix, _ = map(str, colour)
    expected = {"ColourPrimaries": primaries, "TransferCharacteristics": transfer, "MatrixCoefficients": matrix}
    assert properties(p) == (expected if described else {})


def test_of_colour_the_stream_does_not_describe_nothing_is_said():
    p = presentation_of(colour=None)
    assert "VIDEO-RANGE" not in hls_multivariant(p)
    assert properties(p) == {}


@pytest.mark.parametrize(
    ("scan", "frame_rate", "shown", "scan_type"),
    [
        ("fields", (50, 1), "25", "interlaced"),
        ("fields", (60000, 1001), "30000/1001", "interlaced"),
        ("fields", (25, 1), "25/2", "interlaced"),
        ("interlaced", (25, 1), "25", "interlaced"),
        ("progressive", (50, 1), "50", None),
        ("", (50, 1), "50", None),
    ],
)
def test_two_fields_are_one_frame_of_the_frame_rate(scan, frame_rate, shown, scan_type):
    element = representation(presentation_of(scan=scan, frame_rate=frame_rate))
    assert (element.get("frameRate"), element.get("scanType")) == (shown, scan_type)
