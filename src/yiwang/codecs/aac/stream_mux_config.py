"""StreamMuxConfig of LATM (ISO/IEC 14496-3 1.7.3): one programme, one layer, as broadcasting uses it."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.aac.audio_specific_config import AudioSpecificConfig, read_audio_specific_config

SOURCE = "StreamMuxConfig"
VARIABLE_LENGTH, FIXED_LENGTH = 0, 1  # frameLengthType
MAX_OTHER_DATA_BITS = 8 * 8192
"""An AudioMuxElement has at most 8191 octets."""


@dataclass(frozen=True, slots=True)
class StreamMuxConfig:
    """How AudioMuxElements are laid out, and how their payload is decoded."""

    audio_specific_config: AudioSpecificConfig
    num_sub_frames: int  # 1..64
    frame_octets: int | None  # None: each payload says its length
    other_data_bits: int


def read_stream_mux_config(bits: BitReader) -> StreamMuxConfig:
    """Read the configuration at the reader's place.

    Raises
    ------
    WireError    it ends too early, or it has what broadcasting does not use (more programmes, more layers, CELP ...)
    """
    version = bits.u(1)  # audioMuxVersion
    if version and bits.u(1):
        raise _unsupported(bits, "audioMuxVersionA 0", "1")
    if version:
        latm_value(bits)  # taraBufferFullness
    if not bits.flag():
        raise _unsupported(bits, "allStreamsSameTimeFraming", "0")
    num_sub_frames = bits.u(6) + 1
    num_program, num_layer = bits.u(4), bits.u(3)
    if num_program or num_layer:
        raise _unsupported(bits, "one programme, one layer", f"{num_program + 1}, {num_layer + 1}")
    if version:
        asc_bits = latm_value(bits)
        end = bits.position + asc_bits
        if asc_bits > bits.remaining:
            raise _unsupported(bits, f"{asc_bits} bits of AudioSpecificConfig", f"{bits.remaining}")
        config = read_audio_specific_config(bits, asc_bits)
        if bits.position > end:
            raise _unsupported(bits, f"an AudioSpecificConfig of {asc_bits} bits", "a longer one")
        bits.position = end
    else:
        config = read_audio_specific_config(bits, None)
    frame_octets = _frame_octets(bits)
    other_data_bits = 0
    if bits.flag():  # otherDataPresent
        other_data_bits = latm_value(bits) if version else _escaped(bits)
    if bits.flag():  # crcCheckPresent
        bits.skip(8)
    return StreamMuxConfig(config, num_sub_frames, frame_octets, other_data_bits)


def _frame_octets(bits: BitReader) -> int | None:
    frame_length_type = bits.u(3)
    if frame_length_type == VARIABLE_LENGTH:
        bits.skip(8)  # latmBufferFullness
        return None
    if frame_length_type == FIXED_LENGTH:
        return bits.u(9) + 20
    raise _unsupported(bits, "frameLengthType 0 or 1", str(frame_length_type))


def latm_value(bits: BitReader) -> int:
    """LatmGetValue()."""
    n_octets = bits.u(2) + 1
    return bits.u(8 * n_octets)


def _escaped(bits: BitReader) -> int:
    """otherDataLenBits, eight bits at a time."""
    value, more = 0, True
    while more:
        more = bits.flag()
        value = value << 8 | bits.u(8)
        if value > MAX_OTHER_DATA_BITS:
            raise _unsupported(bits, f"otherDataLenBits <= {MAX_OTHER_DATA_BITS}", str(value))
    return value


def _unsupported(bits: BitReader, expected: str, got: str) -> WireError:
    return WireError(SOURCE, bits.position // 8, expected, got)
