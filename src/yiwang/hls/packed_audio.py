"""Packed Audio Segments: frames of sound alone, behind an ID3 tag that says when the first one is (rfc8216bis 3.4)."""

from collections.abc import Iterator
from dataclasses import dataclass

from yiwang.base.timebase import WRAP_33

ID3 = b"ID3"
HEADER_OCTETS = FRAME_HEADER_OCTETS = 10
HAS_FOOTER, HAS_EXTENDED_HEADER = 0x10, 0x40
OWNER = b"com.apple.streaming.transportStreamTimestamp\0"
"""Of the PRIV frame; behind it eight octets, big-endian, of which 33 bits are the PTS."""
MOST_TAGS = 16
SYNCSAFE_FRAMES = 4
"""From this version of ID3v2 on the size of a frame has 7 bits an octet, as a tag's always has."""


@dataclass(frozen=True, slots=True)
class PackedAudio:
    """Where the frames begin, and ``pts_90k`` of the first one, 33 bits, or -1 where no tag says it."""

    begin: int
    pts_90k: int = -1


def read_packed_audio(octets: bytes) -> PackedAudio:
    """Read the tags that a segment begins with; what is wrong in one is as if it were not there."""
    at, pts_90k = 0, -1
    for _ in range(MOST_TAGS):
        if octets[at : at + 3] != ID3 or at + HEADER_OCTETS > len(octets):
            break
        version, flags = octets[at + 3], octets[at + 5]
        end = at + HEADER_OCTETS + _syncsafe(octets[at + 6 : at + 10])
        if pts_90k < 0:
            pts_90k = next(_times(octets[:end], at + HEADER_OCTETS, version, flags), -1)
        at = min(end + (HEADER_OCTETS if flags & HAS_FOOTER else 0), len(octets))
    return PackedAudio(at, pts_90k)


def _times(octets: bytes, at: int, version: int, flags: int) -> Iterator[int]:
    if flags & HAS_EXTENDED_HEADER:
        size = octets[at : at + 4]
        at += _syncsafe(size) if version >= SYNCSAFE_FRAMES else 4 + int.from_bytes(size, "big")
    while at + FRAME_HEADER_OCTETS <= len(octets) and octets[at]:  # behind the frames there may be padding
        size = octets[at + 4 : at + 8]
        length = _syncsafe(size) if version >= SYNCSAFE_FRAMES else int.from_bytes(size, "big")
        body = octets[at + FRAME_HEADER_OCTETS : at + FRAME_HEADER_OCTETS + length]
        if octets[at : at + 4] == b"PRIV" and body.startswith(OWNER) and len(body) >= len(OWNER) + 8:
            yield int.from_bytes(body[len(OWNER) : len(OWNER) + 8], "big") % WRAP_33
        at += FRAME_HEADER_OCTETS + length


def _syncsafe(octets: bytes) -> int:
    """Read 28 bits in four octets of seven."""
    value = 0
    for octet in octets:
        value = value << 7 | octet & 0x7F
    return value
