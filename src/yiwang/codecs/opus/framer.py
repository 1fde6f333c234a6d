"""Opus in transport streams: packets behind control headers (ETSI TS Opus, draft 0.1.3, 5; RFC 6716)."""

from yiwang.base.elementary import CodecConfig
from yiwang.codecs.frame_search import FrameSearch
from yiwang.codecs.opus.channels import parse_descriptor
from yiwang.codecs.opus.packet import packet_samples

CONTROL_HEADER = b"\x7f\xe0"
"""control_header_prefix (11 bits, 0x3FF) with no flag set; no packet begins so."""
PREFIX_MASK = 0xE0
START_TRIM, END_TRIM, CONTROL_EXTENSION = 0x10, 0x08, 0x04
HEADER_OCTETS, TRIM_OCTETS = 3, 2
MAX_PACKET_OCTETS = 60_000
"""More than eight channels at any rate have; and what fits in a PES packet."""


def read_control_header(octets: bytes, at: int) -> tuple[int, int] | None:
    """Return how long a control header is, and the packet behind it, in octets; None: there is none at ``at``.

    Whether there is one, HEADER_OCTETS octets tell. Where the octets end within it, it is one more than there are; where
    its au_size is more than MAX_PACKET_OCTETS it ends in it, and no packet is behind it.
    """
    flags, position, size = octets[at + 1], at + 2, 0
    if octets[at] != CONTROL_HEADER[0] or flags & PREFIX_MASK != CONTROL_HEADER[1] or not octets[position]:
        return None
    to_come = len(octets) + 1 - at, 0
    while octets[position] == 0xFF:
        size, position = size + 0xFF, position + 1
        if size > MAX_PACKET_OCTETS:
            return position - at, 0
        if position >= len(octets):
            return to_come
    size, position = size + octets[position], position + 1
    position += TRIM_OCTETS * (bool(flags & START_TRIM) + bool(flags & END_TRIM))
    if flags & CONTROL_EXTENSION:
        if position >= len(octets):
            return to_come
        position += 1 + octets[position]
    return position - at, size


class OpusFramer(FrameSearch):
    """The machine: see `yiwang.codecs.framer.Framer`.

    An access unit is the packet behind a control header. start_trim and end_trim are passed over: a packet is decoded
    whole, its PES packet's time stamp is that of its first sample, and what would be cut off is an encoder's run-up.
    Packets of another duration are another configuration.

    Parameters
    ----------
    channel_config : bytes    payload of opus_audio_descriptor behind descriptor_tag_extension; empty if there is none

    Raises
    ------
    WireError                 that cannot be read
    """

    HEADER_OCTETS = HEADER_OCTETS
    FIRST_OCTET = CONTROL_HEADER[0]

    def __init__(self, channel_config: bytes = b"") -> None:
        super().__init__()
        self._mapping = parse_descriptor(channel_config)
        self._configs: dict[int, CodecConfig] = {}  # by samples of a packet

    def _header(self, octets: bytes, at: int) -> tuple[int, int] | None:
        found = read_control_header(octets, at)
        return None if found is None else (0, sum(found))

    def _access_units(self, frame: bytes) -> list[tuple[bytes, CodecConfig]]:
        found = read_control_header(frame, 0)
        assert found is not None  # it was one when its length was read
        packet = frame[found[0] :]
        samples = packet_samples(packet)
        if samples not in self._configs:
            self._configs[samples] = self._mapping.codec_config(samples)
        return [(packet, self._configs[samples])]
