"""ADTS: AAC frames that say of themselves what they are (ISO/IEC 14496-3 1.A.3.2)."""

from dataclasses import dataclass
from typing import Self

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.aac.audio_specific_config import CHANNELS, SAMPLING_FREQUENCIES, AudioSpecificConfig
from yiwang.codecs.aac.program_config_element import ProgramConfigElement, parse_program_config_element
from yiwang.codecs.frame_search import FrameSearch

HEADER_OCTETS = 7
CRC_OCTETS = 2
ID_PCE = 5
SOURCE = "adts_frame"


@dataclass(frozen=True, slots=True)
class AdtsHeader:
    """adts_fixed_header() and adts_variable_header(); flags without meaning here are left out."""

    protection_absent: bool
    profile: int  # audio object type minus 1
    sampling_frequency: int  # Hz
    channel_configuration: int
    frame_length: int  # octets, header included
    number_of_raw_data_blocks: int  # 1..4

    @property
    def octets(self) -> int:
        """Length of the header with its error check and block positions."""
        if self.protection_absent:
            return HEADER_OCTETS
        return HEADER_OCTETS + 2 * (self.number_of_raw_data_blocks - 1) + CRC_OCTETS


def parse_adts_header(octets: bytes | bytearray, at: int = 0) -> AdtsHeader | None:
    """Read a header; None when there is none at ``at``, or its values contradict the standard."""
    bits = int.from_bytes(octets[at : at + HEADER_OCTETS], "big")
    if len(octets) < at + HEADER_OCTETS or bits >> 44 != 0xFFF or bits >> 41 & 3:
        return None
    sampling_frequency_index = bits >> 34 & 15
    if sampling_frequency_index >= len(SAMPLING_FREQUENCIES):
        return None
    header = AdtsHeader(
        bool(bits >> 40 & 1),
        bits >> 38 & 3,
        SAMPLING_FREQUENCIES[sampling_frequency_index],
        bits >> 30 & 7,
        bits >> 13 & 0x1FFF,
        (bits & 3) + 1,
    )
    return header if header.frame_length > header.octets else None


class AdtsFramer(FrameSearch):
    """The machine: see `yiwang.codecs.framer.Framer`.

    Notes
    -----
    A stream of 24 kHz or less may be HE-AAC with SBR signalled implicitly, inside the frames. The configuration stays
    what ADTS says, AAC LC at the core's rate: times are the same, and every HE-AAC decoder finds SBR itself.
    """

    HEADER_OCTETS = HEADER_OCTETS
    FIRST_OCTET = 0xFF

    def __init__(self) -> None:
        super().__init__()
        self._configs: dict[tuple[int, int, int], CodecConfig] = {}  # by profile, frequency, channel_configuration
        self._program_config: ProgramConfigElement | None = None
        # frames like the one before need no second look: one block, no error check, the same config
        self._usual: tuple[bytes, int, CodecConfig] | None = None  # header octets 0..2, channel bits of octet 3
        self._usual_key: int | None = None  # what `_header` says of such frames

    def __copy__(self) -> Self:
        other = super().__copy__()
        other._configs = self._configs.copy()
        return other

    def _header(self, octets: bytes, at: int) -> tuple[int, int] | None:
        # a header's fixed part, but for protection_absent, private_bit, original_copy and home
        bits = int.from_bytes(octets[at : at + HEADER_OCTETS], "big")
        if bits >> 44 != 0xFFF or bits >> 41 & 3 or bits >> 34 & 15 >= len(SAMPLING_FREQUENCIES):
            return None
        length = bits >> 13 & 0x1FFF
        return (bits >> 30 & 0x3F7, length) if length > HEADER_OCTETS else None

    def _pass_usual(self, at: int, end: int, units: list[AccessUnit]) -> int:
        if self._usual is None or self._usual_key != self._followed:
            return at
        buffer, (head, channels, config) = self._buffer, self._usual
        while at + HEADER_OCTETS <= end and buffer[at : at + 3] == head:
            third = buffer[at + 3]
            length = (third & 3) << 11 | buffer[at + 4] << 3 | buffer[at + 5] >> 5
            begin, following = at + HEADER_OCTETS, at + length
            if third & 0xC0 != channels or buffer[at + 6] & 3 or not begin < following <= end:
                break
            units.append(AccessUnit(buffer[begin:following], -1, -1, 1, config))
            at = following
        return at

    def _access_units(self, frame: bytes) -> list[tuple[bytes, CodecConfig]]:
        if self._usual is not None:
            head, channels, config = self._usual
            if frame[:3] == head and frame[3] & 0xC0 == channels and not frame[6] & 3:
                return [(frame[HEADER_OCTETS:], config)]
        header = parse_adts_header(frame)
        if header is None:
            raise WireError(SOURCE, 0, "a frame longer than its header", f"{len(frame)} octets")
        blocks = _raw_data_blocks(frame, header)
        config = self._config(header, blocks[0])
        if header.protection_absent and header.channel_configuration:
            self._usual = frame[:3], frame[3] & 0xC0, config
            self._usual_key = (self._header(frame, 0) or (None,))[0]
        return [(block, config) for block in blocks]

    def _config(self, header: AdtsHeader, block: bytes) -> CodecConfig:
        key = (header.profile, header.sampling_frequency, header.channel_configuration)
        if header.channel_configuration == 0 and block[0] >> 5 == ID_PCE:
            bits = BitReader(block, "program_config_element")
            bits.skip(3)
            program_config = parse_program_config_element(bits, 0)
            if program_config != self._program_config:
                self._program_config = program_config
                self._configs.pop(key, None)
        config = self._configs.get(key)
        if config is None:
            named = CHANNELS[header.channel_configuration] > 0
            if not named and self._program_config is None:
                raise WireError(SOURCE, header.octets, "a program_config_element for channel_configuration 0", "none")
            config = AudioSpecificConfig(
                header.profile + 1,
                header.sampling_frequency,
                header.channel_configuration,
                program_config=None if named else self._program_config,
            ).codec_config()
            self._configs[key] = config
        return config


def _raw_data_blocks(frame: bytes, header: AdtsHeader) -> list[bytes]:
    """Take the blocks out of a frame; without the error check's positions several cannot be told apart."""
    n, first = header.number_of_raw_data_blocks, header.octets
    if n == 1:
        return [frame[first:]]
    if header.protection_absent:
        raise WireError(SOURCE, HEADER_OCTETS, "raw_data_block_position of several blocks", "protection_absent")
    # a position is relative to the first block; each block is followed by its own error check
    begins = [0]
    begins += [int.from_bytes(frame[at : at + 2], "big") for at in range(HEADER_OCTETS, first - CRC_OCTETS, 2)]
    ends = [*begins[1:], len(frame) - first]
    blocks = []
    for begin, end in zip(begins, ends, strict=True):
        if not begin + CRC_OCTETS < end <= len(frame) - first:
            raise WireError(SOURCE, first, "raw_data_block_positions that rise", f"{begin}, {end}")
        blocks.append(frame[first + begin : first + end - CRC_OCTETS])
    return blocks
