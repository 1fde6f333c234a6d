"""Sound of a transport stream and packed, cut anywhere: every frame once, each at its time."""

import numpy as np
import pytest

from tests.codecs.opus_streams import opus, packet
from yiwang.base.errors import WireError
from yiwang.hls.packed_audio import OWNER
from yiwang.kernels.crc32_mpeg2 import crc32_mpeg2
from yiwang.packaging.sound_reader import SoundReader

FRAME_90K = 1920
WRAP = 1 << 33


def adts(n: int, size: int = 200) -> bytes:
    """A frame of 48 kHz stereo AAC that has its number in it."""
    length = size + 7
    header = bytes((0xFF, 0xF1, 0x4C, 0x80 | length >> 11, length >> 3 & 0xFF, (length & 7) << 5 | 0x1F, 0xFC))
    return header + n.to_bytes(2, "big") + bytes(size - 2)


def packed(frames: bytes, pts_90k: int | None) -> bytes:
    if pts_90k is None:
        return frames
    body = OWNER + pts_90k.to_bytes(8, "big")
    frame = b"PRIV" + bytes((0, 0, 0, len(body), 0, 0)) + body
    return b"ID3\4\0\0" + bytes((0, 0, 0, len(frame))) + frame + frames


def numbers_and_times(found) -> list[tuple[int, int]]:
    samples = found.samples
    begins = samples.places[:, 0].tolist()
    return [
        (int(samples.octets[at]) << 8 | int(samples.octets[at + 1]), int(pts))
        for at, pts in zip(begins, samples.times[:, 0], strict=True)
    ]


def section(pid: int, body: bytes) -> bytes:
    whole = body[:1] + bytes((0xB0, len(body) - 1 + 4)) + body[1:]
    whole += crc32_mpeg2(whole).to_bytes(4, "big")
    return bytes((0x47, 0x40 | pid >> 8, pid & 0xFF, 0x10, 0)) + whole.ljust(183, b"\xff")


TABLES = section(0, b"\0" + b"\0\1\xc1\0\0" + b"\0\1\xf0\0") + section(
    0x1000, b"\2" + b"\0\1\xc1\0\0" + b"\xe1\0\xf0\0" + b"\x0f\xe1\0\xf0\0"
)


def stamped(prefix: int, pts: int) -> bytes:
    bits = prefix << 36 | (pts >> 30) << 33 | 1 << 32 | (pts >> 15 & 0x7FFF) << 17 | 1 << 16 | (pts & 0x7FFF) << 1 | 1
    return bits.to_bytes(5, "big")


def pes(payload: bytes, pts: int) -> bytes:
    header = b"\x80\x80\x05" + stamped(2, pts)
    return b"\0\0\1\xc0" + (len(header) + len(payload)).to_bytes(2, "big") + header + payload


def transport(pieces: list[tuple[bytes, bool]], counter: int = 0) -> bytes:
    """Packets of PID 0x100; each piece begins a PES packet or goes on with one."""
    out = b""
    for octets, begins in pieces:
        for at in range(0, len(octets), 184):
            part = octets[at : at + 184]
            field = b""
            if len(part) < 184:
                stuffing = 184 - len(part)
                field = bytes((stuffing - 1,)) + (b"\0" + b"\xff" * (stuffing - 2) if stuffing > 1 else b"")
            head = bytes((0x47, (0x40 if begins and not at else 0) | 1, 0, (0x30 if field else 0x10) | counter & 15))
            out += head + field + part
            counter += 1
    return out


def test_packed_frames_are_counted_on_from_the_time_stamp_and_over_the_wrap():
    first = WRAP - 3 * FRAME_90K
    found = SoundReader("eng").read(packed(b"".join(adts(n) for n in range(10)), first))
    assert numbers_and_times(found) == [(n, first + n * FRAME_90K) for n in range(10)]
    assert found.samples.end_90k == first + 10 * FRAME_90K
    assert (found.stream.language, found.stream.carriage.stream_type) == ("eng", 0x0F)


def test_a_segment_without_a_time_stamp_goes_on_where_the_last_one_ended_if_it_follows_it():
    reader, frames = SoundReader(), b"".join(adts(n) for n in range(5))
    with pytest.raises(WireError, match="a time stamp"):
        reader.read(packed(frames, None))
    reader.read(packed(frames, 1000))
    assert numbers_and_times(reader.read(packed(frames, None)))[0] == (0, 1000 + 5 * FRAME_90K)
    with pytest.raises(WireError, match="a time stamp"):
        reader.read(packed(frames, None), follows=False)


@pytest.mark.parametrize("octets", [b"", b"<html>", packed(b"", 5), packed(b"\xff\xf1" + bytes(50), 5), TABLES])
def test_what_has_no_frames_says_so(octets: bytes):
    with pytest.raises(WireError):
        SoundReader().read(octets)


def test_segments_of_a_transport_stream_whose_counters_begin_anew_lose_no_frame():
    reader, got = SoundReader(), []
    for k in range(3):
        payload = b"".join(adts(n) for n in range(4 * k, 4 * k + 4))
        got += numbers_and_times(reader.read(TABLES + transport([(pes(payload, 500 + 4 * k * FRAME_90K), True)])))
    assert got == [(n, 500 + n * FRAME_90K) for n in range(12)]
    assert reader.drain_faults() == []


def test_a_frame_that_is_cut_by_the_end_of_a_segment_comes_with_the_next_one():
    reader = SoundReader()
    payload = b"".join(adts(n) for n in range(8))
    whole = pes(payload, 500)
    cut = 184 * 5  # within a frame
    first = TABLES + transport([(whole[:cut], True)])
    second = TABLES + transport([(whole[cut:], False), (pes(adts(8), 500 + 8 * FRAME_90K), True)], counter=5)
    got = numbers_and_times(reader.read(first)) + numbers_and_times(reader.read(second))
    assert got == [(n, 500 + n * FRAME_90K) for n in range(9)]


def test_times_are_the_pes_packets_own_where_they_jitter():
    payload = [pes(adts(n), 500 + n * FRAME_90K + (7 if n == 2 else 0)) for n in range(5)]
    found = SoundReader().read(TABLES + transport([(one, True) for one in payload]))
    assert found.samples.times[:, 0].tolist() == [500 + n * FRAME_90K + (7 if n == 2 else 0) for n in range(5)]
    assert np.array_equal(found.samples.times[:, 0], found.samples.times[:, 1])


def test_opus_of_a_transport_stream_has_the_channels_that_its_descriptor_says():
    described = b"\5\4Opus" + b"\x7f\2\x80\6"
    table = b"\2" + b"\0\1\xc1\0\0" + b"\xe1\0\xf0\0" + b"\6\xe1\0\xf0" + bytes((len(described),)) + described
    packets = [packet(n) for n in range(4)]
    segment = TABLES[:188] + section(0x1000, table) + transport([(pes(b"".join(map(opus, packets)), 500), True)])
    found = SoundReader("eng").read(segment)
    assert [int(t) for t in found.samples.times[:, 0]] == [500 + n * 1800 for n in range(4)]
    assert found.samples.octets.tobytes() == b"".join(packets)
    assert found.stream.carriage.stream_type == 6
    assert b"".join(d.to_bytes() for d in found.stream.carriage.es_info) == described
