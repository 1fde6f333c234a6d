"""MPEG-2 video with closed captions (ATSC A/53 part 4, 6.2.3), made of a stream that has none."""

import io

import av

from tests.real_streams.footage import PCR_LEAD, VIDEO, Mux, S, Unit, component, mux, pmt

LINES = ("GOOD EVENING", "HERE IS THE NEWS", "AND THE WEATHER")
EVERY_S = 2


def with_parity(octet: int) -> int:
    return octet | (0 if octet.bit_count() % 2 else 0x80)


def pairs_of(text: str) -> list[tuple[int, int]]:
    """CEA-608: roll up two rows, carriage return, row 15, the text; each command said twice (CEA-608-E 8.3)."""
    commands = [(0x14, 0x25)] * 2 + [(0x14, 0x2D)] * 2 + [(0x14, 0x70)] * 2
    even = text + "\0" * (len(text) % 2)
    letters = [(ord(even[n]), ord(even[n + 1])) for n in range(0, len(even), 2)]
    return [(with_parity(a), with_parity(b)) for a, b in (*commands, *letters)]


def user_data(pair: tuple[int, int]) -> bytes:
    """user_data of one picture: a pair of field 1, nothing of field 2."""
    triplets = bytes([0xFC, *pair]) + bytes([0xFD, 0x80, 0x80])
    return b"\0\0\1\xb2GA94\x03" + bytes([0xC0 | 2, 0xFF]) + triplets + b"\xff"


def pair_at(n_picture: int) -> tuple[int, int]:
    """Pair of a picture, in the order of presentation, at 25 Hz."""
    n_line, at = divmod(n_picture, EVERY_S * 25)
    pairs = pairs_of(LINES[n_line]) if n_line < len(LINES) else []
    return pairs[at] if at < len(pairs) else (0x80, 0x80)


def captioned(octets: bytes, table_type: int = 0x02) -> bytes:
    """Take the video of a stream, 25 pictures a second, and give each picture its captions."""
    units = []
    with av.open(io.BytesIO(octets)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    first = min(p.pts for p in packets)
    for packet in packets:
        data, n = bytes(packet), (packet.pts - first) // 3600
        at = data.index(b"\0\0\1\x01")
        data = data[:at] + user_data(pair_at(n)) + data[at:]
        units.append(Unit(VIDEO, data, packet.pts + S, packet.dts + S, packet.is_keyframe))
    assert PCR_LEAD < S
    return mux(units, table=pmt(component(table_type, VIDEO)), mux=Mux())
