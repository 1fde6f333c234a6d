"""MPEG-2 and MPEG-1 video: pictures and times as ffprobe finds them, and as an encoder meant them where they are left out."""

import subprocess
from contextlib import suppress
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.codecs.feeding import cuts_of, damage, pes, run
from tests.codecs.reference_ts import read_ts
from tests.codecs.test_against_ffmpeg import decoded_frames, ffprobe_packets
from yiwang.base.errors import WireError
from yiwang.codecs.mpeg2_video.framer import Mpeg2VideoFramer
from yiwang.codecs.mpeg2_video.headers import BIDIRECTIONAL, INTRA, parse_sequence

WRAP = 1 << 33
CAPTURES = {"androidx-media/sample_scte35.ts": 0x02, "tsduck/test-025.ts": 0x02}


@pytest.mark.differential
@pytest.mark.parametrize(("name", "stream_type"), CAPTURES.items())
def test_captures_have_ffprobe_s_pictures_times_and_key_frames(captures, ffprobe, name, stream_type):
    path = captures / name
    stream = next(s for s in read_ts(path.read_bytes()).values() if s.stream_type == stream_type)
    framer = Mpeg2VideoFramer()
    units = run(framer, bytes(stream.octets), stream.rows)
    packets = ffprobe_packets(ffprobe, path, "v:0")
    packets = packets[[packet["flags"][0] for packet in packets].index("K") :]
    key_frames = [packet["flags"][0] == "K" for packet in packets]
    assert [unit.sap_type > 0 for unit in units] == key_frames[: len(units)]
    assert len(packets) - len(units) <= 1  # the file's end cuts the last picture
    for unit, packet in zip(units, packets, strict=False):
        assert len(unit.data) == int(packet["size"])
        assert unit.pts_90k == packet["pts"] % WRAP
        assert (unit.dts_90k if unit.dts_90k >= 0 else unit.pts_90k) == packet["dts"] % WRAP
    frames = decoded_frames("mpeg2video", units[0].config, units)
    assert {(frame.width, frame.height) for frame in frames} == {(units[0].config.width, units[0].config.height)}
    # pictures before the first key frame in the order of presentation may not be decodable
    assert len(units) - 3 <= len(frames) <= len(units)


# -- made by FFmpeg's encoder


@lru_cache
def encoded(codec: str, *options: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2", "-c:v", codec, *options]
    return subprocess.run([*command, "-f", codec, "-"], capture_output=True, check=True).stdout


def picture_starts(octets: bytes) -> list[tuple[int, int, int]]:
    """Return (offset of the first header, temporal_reference, picture_coding_type) of each picture: a plain reader."""
    found, begin, at = [], None, octets.find(b"\0\0\1")
    while at >= 0:
        code = octets[at + 3]
        if code in (0xB3, 0xB8, 0x00) and begin is None:
            begin = at
        if code == 0x00:
            bits = int.from_bytes(octets[at + 4 : at + 6], "big")
            found.append((begin, bits >> 6, bits >> 3 & 7))
        elif 1 <= code <= 0xAF:
            begin = None
        at = octets.find(b"\0\0\1", at + 3)
    return found


def timed(octets: bytes, first: int = 90_000) -> list[tuple[int, int, int]]:
    """Return (offset, pts, dts) as a multiplexer says of 25 pictures a second, by counting."""
    rows, group_begin, shown_before = [], 0, 0
    starts = picture_starts(octets)
    for n, (begin, temporal_reference, _) in enumerate(starts):
        if octets.startswith((b"\0\0\1\xb3", b"\0\0\1\xb8"), begin):
            group_begin = n
        shown_before = group_begin + temporal_reference
        rows.append((begin, first + 3600 * (shown_before + 1), first + 3600 * n))
    return rows


ENCODINGS = {
    "closed GOP, B-pictures": ("mpeg2video", "-bf", "2", "-g", "12"),
    "no B-pictures": ("mpeg2video", "-bf", "0", "-g", "12"),
    "intra only": ("mpeg2video", "-g", "0"),
    "interlaced": ("mpeg2video", "-bf", "2", "-g", "12", "-flags", "+ildct+ilme"),
    "4:2:2": ("mpeg2video", "-bf", "2", "-g", "12", "-pix_fmt", "yuv422p", "-profile:v", "0"),
    "MPEG-1": ("mpeg1video", "-bf", "2", "-g", "12"),
}


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_encoded_pictures_come_whole_with_their_times_and_decode(ffmpeg, encoding):
    octets = encoded(*encoding)
    rows = timed(octets)
    units = run(Mpeg2VideoFramer(), octets, [pes(*row) for row in rows])
    assert b"".join(unit.data for unit in units) == octets
    assert [(u.pts_90k, u.dts_90k) for u in units] == [row[1:] for row in rows]
    assert [u.next_dts_90k for u in units] == [row[2] for row in rows[1:]] + [-1]
    assert [bool(u.sap_type) for u in units] == [kind == INTRA for _, _, kind in picture_starts(octets)]
    assert len(decoded_frames(encoding[0], units[0].config, units)) == 50
    assert units[0].config.codec == {"MPEG-1": "mp4v.6A", "4:2:2": "mp4v.65"}.get(
        next(name for name, e in ENCODINGS.items() if e is encoding), "mp4v.61"
    )


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@given(kept=st.lists(st.integers(1, 49), max_size=12))
@settings(max_examples=15, deadline=None)
def test_times_left_out_are_made_from_the_order_of_pictures(encoding, kept):
    octets = encoded(*encoding)
    rows = timed(octets)
    reorders = any(kind == BIDIRECTIONAL for _, _, kind in picture_starts(octets))
    told = [pes(*row) for n, row in enumerate(rows) if n == 0 or n in kept]
    units = run(Mpeg2VideoFramer(), octets, told)
    if reorders:
        assert [u.pts_90k for u in units] == [row[1] for row in rows]
        assert [u.dts_90k for u in units] == [row[2] for row in rows]
    else:  # with the first times as they are, pictures keep their order and distance
        assert [u.dts_90k for u in units] == [row[2] for row in rows]


@given(kept=st.sets(st.integers(3, 49)))
@settings(max_examples=15, deadline=None)
def test_a_dts_left_out_is_that_of_the_order_of_decoding(kept):
    octets = encoded(*ENCODINGS["closed GOP, B-pictures"])
    rows = timed(octets)
    units = run(
        Mpeg2VideoFramer(), octets, [pes(at, pts, -1 if n in kept else dts) for n, (at, pts, dts) in enumerate(rows)]
    )
    assert [u.dts_90k if u.dts_90k >= 0 else u.pts_90k for u in units] == [row[2] for row in rows]


@given(cuts=cuts_of(len(encoded(*ENCODINGS["closed GOP, B-pictures"]))), early=st.booleans())
@settings(max_examples=40, deadline=None)
def test_cuts_leave_no_trace(cuts, early):
    octets = encoded(*ENCODINGS["closed GOP, B-pictures"])
    rows = [pes(*row) for row in timed(octets)]
    assert run(Mpeg2VideoFramer(), octets, rows, cuts, early) == run(Mpeg2VideoFramer(), octets, rows)


@given(share=st.floats(0, 1), lost=st.integers(1, 5000))
@example(share=0.9152697122868361, lost=604)
@settings(max_examples=60, deadline=None)
def test_after_a_loss_only_whole_pictures_come_with_their_own_times(share, lost):
    octets = encoded(*ENCODINGS["closed GOP, B-pictures"])
    whole = {
        unit.data: (unit.pts_90k, unit.dts_90k)
        for unit in run(Mpeg2VideoFramer(), octets, [pes(*r) for r in timed(octets)])
    }
    first = octets.index(b"\0\0\1\1") + 4  # without its sequence header nothing comes before the next one
    at = first + int(share * (len(octets) - first - 1))
    end = min(len(octets), at + lost)
    rows = [pes(*row) for row in timed(octets) if row[0] < at]
    rows.append(damage(at))
    rows += [pes(offset - (end - at), pts, dts) for offset, pts, dts in timed(octets) if offset >= end]
    framer = Mpeg2VideoFramer()
    units = run(framer, octets[:at] + octets[end:], rows)
    for unit in units:  # headers before a picture may be lost without it
        assert (unit.pts_90k, unit.dts_90k) in [times for data, times in whole.items() if data.endswith(unit.data)]
    dropped = len(whole) - len(units)
    assert dropped <= 2 + sum(at <= offset < end for offset, _, _ in timed(octets))
    n_after = sum(offset >= end for offset, _, _ in timed(octets))
    assert [unit.after_loss for unit in units].count(True) <= 1
    if n_after > 1 and at > timed(octets)[2][0]:
        assert {fault.name for fault in framer.drain_faults()} - {"untimed_access_unit"} == {"damaged_access_unit"}


# -- field pictures, which FFmpeg's encoder does not make


def field(structure: int, kind: int, temporal_reference: int, sequence: bool = False) -> bytes:
    head = encoded(*ENCODINGS["interlaced"])[: picture_starts(encoded(*ENCODINGS["interlaced"]))[1][0]]
    head = head[: head.index(b"\0\0\1\x00")] if sequence else b""
    picture = (temporal_reference << 22 | kind << 19 | 0xFFFF << 3).to_bytes(4, "big")
    coding = (8 << 36 | 0xFFFF << 20 | structure << 16 | 1 << 7).to_bytes(5, "big")
    return head + b"\0\0\1\x00" + picture + b"\0\0\1\xb5" + coding + b"\0\0\1\x01" + b"\x55" * 50


def test_two_fields_are_one_access_unit_of_the_first_one_s_time():
    fields = [
        field(1, 1, 0, True),
        field(2, 2, 0),
        field(1, 2, 1),
        field(2, 2, 1),
        field(2, 2, 2),
        field(1, 2, 2),
    ]
    octets, rows = b"", []
    for n, octets_of_field in enumerate(fields):
        rows.append(pes(len(octets), 90_000 + 1800 * n, 90_000 + 1800 * n))
        octets += octets_of_field
    units = run(Mpeg2VideoFramer(), octets, rows)
    assert [unit.data for unit in units] == [fields[0] + fields[1], fields[2] + fields[3], fields[4] + fields[5]]
    assert [unit.pts_90k for unit in units] == [90_000, 93_600, 97_200]
    assert [bool(unit.sap_type) for unit in units] == [True, False, False]


def test_a_field_whose_other_half_is_lost_is_dropped():
    fields = [
        field(1, 1, 0, True),
        field(2, 2, 0),
        field(2, 2, 1),
        field(1, 2, 2),
        field(2, 2, 2),
    ]
    framer = Mpeg2VideoFramer()
    units = run(framer, b"".join(fields), [pes(0, 90_000)])
    assert [unit.data for unit in units] == [fields[0] + fields[1], fields[3] + fields[4]]
    assert units[1].after_loss
    assert [fault.name for fault in framer.drain_faults()] == ["damaged_access_unit"]


# -- headers


def sequence_header(width=720, height=576, aspect=3, rate=3):
    return (width << 52 | height << 40 | aspect << 36 | rate << 32 | 1 << 13).to_bytes(8, "big")


def display_extension(width, height, colour=None):
    bits = 2 << 4 | 5 << 1 | (colour is not None)
    for value in colour or ():
        bits = bits << 8 | value
    bits = (bits << 14 | width) << 15 | 1 << 14 | height
    length = 8 + 24 * (colour is not None) + 29
    return (bits << -length % 8).to_bytes(-(-length // 8), "big")


MAIN = (1 << 44 | 4 << 40 | 8 << 36 | 1 << 33).to_bytes(6, "big")


@pytest.mark.parametrize(
    ("aspect", "display", "sar"),
    [
        (1, None, (1, 1)),
        (3, None, (64, 45)),
        (2, None, (16, 15)),
        (3, (702, 576), (512, 351)),
        (3, (0, 0), (64, 45)),
        (9, None, (1, 1)),
    ],
)
def test_the_shape_of_samples_follows_from_that_of_what_is_shown(aspect, display, sar):
    extensions = [MAIN] + ([display_extension(*display)] if display else [])
    sequence = parse_sequence(sequence_header(aspect=aspect), extensions)
    assert (sequence.width, sequence.height, sequence.sar, sequence.frame_rate) == (720, 576, sar, (25, 1))
    assert sequence.object_type_indication == 0x61


def test_a_sequence_that_may_have_fields_is_said_to_be_interlaced():
    progressive = (int.from_bytes(MAIN, "big") | 1 << 35).to_bytes(6, "big")
    assert parse_sequence(sequence_header(), [MAIN]).config().scan == "interlaced"
    assert parse_sequence(sequence_header(), [progressive]).config().scan == "progressive"
    assert parse_sequence(sequence_header(), []).config().scan == "progressive"  # MPEG-1


def test_colour_is_that_of_the_display_extension():
    sequence = parse_sequence(sequence_header(), [MAIN, display_extension(720, 576, (5, 4, 6))])
    assert sequence.colour == (5, 4, 6, False)


@given(header=st.binary(max_size=12), extensions=st.lists(st.binary(max_size=12), max_size=3))
@settings(max_examples=300)
def test_no_header_does_more_than_refuse(header, extensions):
    with suppress(WireError):
        parse_sequence(header, extensions)


@given(seed=st.integers(0, 1 << 32), n=st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_noise_is_survived(seed, n):
    octets = np.frombuffer(encoded(*ENCODINGS["closed GOP, B-pictures"]), np.uint8).copy()
    random = np.random.default_rng(seed)
    octets[random.integers(0, octets.size, n)] = random.integers(0, 256, n)
    framer = Mpeg2VideoFramer()
    units = run(framer, octets.tobytes(), [pes(0, 90_000)])
    assert all(unit.config is not None for unit in units)
