"""The headers of MPEG-2 video that a packager needs (ISO/IEC 13818-2 6.2.2 and 6.2.3); MPEG-1 has them without extensions."""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader

PICTURE, USER_DATA, SEQUENCE, EXTENSION, SEQUENCE_END, GROUP = 0x00, 0xB2, 0xB3, 0xB5, 0xB7, 0xB8
"""Start codes, Table 6-1."""
LAST_SLICE = 0xAF
SEQUENCE_EXTENSION, SEQUENCE_DISPLAY_EXTENSION, PICTURE_CODING_EXTENSION = 1, 2, 8
INTRA, PREDICTED, BIDIRECTIONAL = 1, 2, 3
"""picture_coding_type, Table 6-12."""
TOP_FIELD, BOTTOM_FIELD, FRAME = 1, 2, 3
"""picture_structure, Table 6-14."""

FRAME_RATES = {
    1: (24000, 1001),
    2: (24, 1),
    3: (25, 1),
    4: (30000, 1001),
    5: (30, 1),
    6: (50, 1),
    7: (60000, 1001),
    8: (60, 1),
}
"""By frame_rate_code, Table 6-4."""
DISPLAY_ASPECTS = {2: (4, 3), 3: (16, 9), 4: (221, 100)}
"""By aspect_ratio_information, Table 6-3; 1 is square samples."""
MPEG_1_SAMPLE_ASPECTS = {3: (64, 45), 6: (32, 27), 8: (12, 11), 12: (10, 11)}
"""By pel_aspect_ratio of ISO/IEC 11172-2 2.4.3.2: the 625- and 525-line ones, as exact as we know them."""
OBJECT_TYPES = {5: 0x60, 4: 0x61, 3: 0x62, 2: 0x63, 1: 0x64}
"""objectTypeIndication (ISO/IEC 14496-1 Table 5) by profile, Table 8-2."""
MPEG_1, PROFILE_4_2_2 = 0x6A, 0x65


@dataclass(frozen=True, slots=True)
class Sequence:
    """What a sequence header and its extensions say."""

    width: int
    height: int
    sar: tuple[int, int]
    frame_rate: tuple[int, int]  # frames per second
    object_type_indication: int
    progressive_sequence: bool
    low_delay: bool
    colour: tuple[int, int, int, bool] | None
    octets: bytes  # the headers themselves

    @property
    def frame_90k(self) -> Fraction:
        """Duration of a frame, 90 kHz ticks."""
        return Fraction(90_000 * self.frame_rate[1], self.frame_rate[0])

    def config(self) -> CodecConfig:
        """Return what a track's header says."""
        return CodecConfig(
            kind="video",
            sample_entry="mp4v",
            codec=f"mp4v.{self.object_type_indication:02X}",
            decoder_config=self.octets,
            object_type_indication=self.object_type_indication,
            width=self.width,
            height=self.height,
            sar=self.sar,
            frame_rate=self.frame_rate,
            colour=self.colour,
            scan="progressive" if self.progressive_sequence else "interlaced",
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture header and its coding extension say."""

    temporal_reference: int
    coding_type: int
    structure: int = FRAME
    repeat_first_field: bool = False
    top_field_first: bool = False


def parse_sequence(header: bytes, extensions: list[bytes]) -> Sequence:
    """Read a sequence header and what follows it.

    Parameters
    ----------
    header : bytes               after the start code
    extensions : list of bytes   each after its start code

    Raises
    ------
    WireError    it ends too early or has a value that is forbidden
    """
    bits = BitReader(header, "sequence_header")
    width, height = bits.u(12), bits.u(12)
    aspect, rate_code = bits.u(4), bits.u(4)
    if rate_code not in FRAME_RATES:
        raise WireError("sequence_header", 3, "a frame_rate_code of 1 to 8", str(rate_code))
    rate = Fraction(*FRAME_RATES[rate_code])
    object_type, progressive, low_delay = MPEG_1, True, False
    display: tuple[int, int] | None = None
    colour = None
    for extension in extensions:
        bits = BitReader(extension, "sequence_extension")
        kind = bits.u(4)
        if kind == SEQUENCE_EXTENSION:
            escape, profile = bits.flag(), bits.u(3)
            object_type = PROFILE_4_2_2 if escape else OBJECT_TYPES.get(profile, 0x61)
            bits.skip(4)
            progressive = bits.flag()
            bits.skip(2)
            width |= bits.u(2) << 12
            height |= bits.u(2) << 12
            bits.skip(12 + 1 + 8)
            low_delay = bits.flag()
            rate *= Fraction(bits.u(2) + 1, bits.u(5) + 1)
        elif kind == SEQUENCE_DISPLAY_EXTENSION:
            bits.skip(3)
            if bits.flag():
                colour = (bits.u(8), bits.u(8), bits.u(8), False)
            display = (bits.u(14), bits.u(15) & 0x3FFF)  # a marker bit between them
    if not width or not height:
        raise WireError("sequence_header", 0, "a size", f"{width}x{height}")
    return Sequence(
        width,
        height,
        _sample_aspect(aspect, width, height, display, is_mpeg_1=object_type == MPEG_1),
        (rate.numerator, rate.denominator),
        object_type,
        progressive,
        low_delay,
        colour,
        b"\x00\x00\x01\xb3" + header + b"".join(b"\x00\x00\x01\xb5" + extension for extension in extensions),
    )


def _sample_aspect(
    aspect: int, width: int, height: int, display: tuple[int, int] | None, *, is_mpeg_1: bool
) -> tuple[int, int]:
    if is_mpeg_1:
        return MPEG_1_SAMPLE_ASPECTS.get(aspect, (1, 1))
    if aspect not in DISPLAY_ASPECTS:
        return (1, 1)
    if display is not None and all(display):
        width, height = display  # 6.3.3: the aspect is that of what is meant to be shown
    across, down = DISPLAY_ASPECTS[aspect]
    across, down = across * height, down * width
    common = gcd(across, down)
    return across // common, down // common


def parse_picture(header: bytes, extensions: list[bytes]) -> Picture:
    """Read a picture header; arguments and errors as those of `parse_sequence`."""
    bits = BitReader(header, "picture_header")
    temporal_reference, coding_type = bits.u(10), bits.u(3)
    for extension in extensions:
        bits = BitReader(extension, "picture_coding_extension")
        if bits.u(4) != PICTURE_CODING_EXTENSION:
            continue
        bits.skip(16 + 2)
        structure, top_field_first = bits.u(2), bits.flag()
        bits.skip(5)
        return Picture(temporal_reference, coding_type, structure, bits.flag(), top_field_first)
    return Picture(temporal_reference, coding_type)
