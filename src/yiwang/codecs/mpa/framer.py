"""MPEG audio, layers I, II (MP2) and III (MP3): frames that say of themselves what they are (ISO/IEC 11172-3 2.4.1)."""

from dataclasses import dataclass

from yiwang.base.elementary import CodecConfig
from yiwang.codecs.frame_search import FrameSearch

HEADER_OCTETS = 4
SYNCWORD = 0x7FF
"""Of 11 bits, as the bit behind it is 0 in frames of the lowest frequencies; it is of ISO's syncword in all others."""
SINGLE_CHANNEL = 3

SAMPLING_FREQUENCIES = (44100, 48000, 32000)
"""Hz, by sampling_frequency; half of it where ID is 0 (ISO/IEC 13818-3 2.4.2.3), a quarter in the extension of layer III
that is called MPEG 2.5, which no standard has and every decoder knows."""
BIT_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (0, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s, by ID and layer, for bit_rate_index 1 and up."""

OBJECT_TYPE_MPEG_1, OBJECT_TYPE_MPEG_2 = 0x6B, 0x69
"""objectTypeIndication of ISO/IEC 14496-1 Table 5; both are of all layers."""
CODEC = {1: "mp4a.40.32", 2: "mp4a.40.33"}
"""Layers I and II by their audio object type of ISO/IEC 14496-3. Browsers take mp4a.6B and mp4a.69 for layer III: what
they cannot decode would be chosen, and fail (ADR 14)."""


@dataclass(frozen=True, slots=True)
class MpaHeader:
    """header() of ISO/IEC 11172-3 2.4.1.3; what is not needed here is left out."""

    id: int  # 1: ISO/IEC 11172-3, 0: the lower sampling frequencies
    layer: int  # 1..3
    bit_rate: int  # kbit/s
    sampling_frequency: int  # Hz
    padding_bit: int
    mode: int

    @property
    def samples(self) -> int:
        """Samples of a frame, per channel."""
        if self.layer == 1:
            return 384
        return 1152 if self.layer == 2 or self.id else 576

    @property
    def frame_length(self) -> int:
        """Octets, header included."""
        slot_octets = 4 if self.layer == 1 else 1
        slots = self.samples // (8 * slot_octets) * 1000 * self.bit_rate // self.sampling_frequency
        return slot_octets * (slots + self.padding_bit)

    def codec_config(self) -> CodecConfig:
        """Return the configuration of a track that carries such frames."""
        object_type = OBJECT_TYPE_MPEG_1 if self.id else OBJECT_TYPE_MPEG_2
        channels = 1 if self.mode == SINGLE_CHANNEL else 2
        return CodecConfig(
            kind="audio",
            sample_entry="mp4a",
            codec=CODEC.get(self.layer, f"mp4a.{object_type:02X}"),
            decoder_config=b"",
            sampling_frequency=self.sampling_frequency,
            channels=channels,
            samples_per_frame=self.samples,
            object_type_indication=object_type,
            channel_configuration=channels,
        )


def parse_mpa_header(octets: bytes | bytearray, at: int = 0) -> MpaHeader | None:
    """Read a header; None when there is none at ``at``, or its values are forbidden or free format."""
    bits = int.from_bytes(octets[at : at + HEADER_OCTETS], "big")
    if len(octets) < at + HEADER_OCTETS or bits >> 21 != SYNCWORD or bits & 3 == 2:  # emphasis 2 is reserved
        return None
    is_lowest, identifier, layer = not bits >> 20 & 1, bits >> 19 & 1, 4 - (bits >> 17 & 3)
    index, frequency = bits >> 12 & 15, bits >> 10 & 3
    if layer == 4 or not 0 < index < 15 or frequency == 3 or (is_lowest and (identifier or layer != 3)):
        return None
    return MpaHeader(
        identifier,
        layer,
        BIT_RATES[identifier, layer][index - 1],
        SAMPLING_FREQUENCIES[frequency] >> 1 - identifier + is_lowest,
        bits >> 9 & 1,
        bits >> 6 & 3,
    )


class MpaFramer(FrameSearch):
    """The machine: see `yiwang.codecs.framer.Framer`.

    A frame of layer III may use octets of the frames before it (main_data_begin); it is an access unit all the same, as a
    decoder that joins there has sound after some frames. Not framed: free format, whose frames do not say their length.
    """

    HEADER_OCTETS = HEADER_OCTETS
    FIRST_OCTET = 0xFF

    def __init__(self) -> None:
        super().__init__()
        self._lengths: dict[bytes, tuple[int, int] | None] = {}  # by the octets that are not the same in all frames
        self._configs: dict[tuple[int, int], CodecConfig] = {}

    def _header(self, octets: bytes, at: int) -> tuple[int, int] | None:
        if octets[at] != 0xFF or octets[at + 1] & 0xE0 != 0xE0:
            return None
        key = octets[at + 1 : at + HEADER_OCTETS]
        if key not in self._lengths:
            if len(self._lengths) > 1 << 10:
                self._lengths.clear()  # a stream has some tens of them, noise any number
            header = parse_mpa_header(octets, at)
            # ID, layer and sampling_frequency stay from frame to frame; bit rate and mode need not
            self._lengths[key] = ((key[0] & 0x1E) << 8 | key[1] & 0x0C, header.frame_length) if header else None
        return self._lengths[key]

    def _access_units(self, frame: bytes) -> list[tuple[bytes, CodecConfig]]:
        key = (frame[1] << 8 | frame[2] & 0x0C) & 0xFE0C, int(frame[3] >> 6 == SINGLE_CHANNEL)
        config = self._configs.get(key)
        if config is None:
            header = parse_mpa_header(frame)
            assert header is not None  # it was one when its length was read
            config = self._configs[key] = header.codec_config()
        return [(frame, config)]
