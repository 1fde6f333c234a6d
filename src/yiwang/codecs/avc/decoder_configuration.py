"""AVCDecoderConfigurationRecord, the payload of ``avcC`` (ISO/IEC 14496-15 5.3.3.1)."""

from dataclasses import dataclass

from yiwang.base.errors import WireError

WITHOUT_CHROMA_FORMAT = frozenset((66, 77, 88))
"""AVCProfileIndication whose record ends after the picture parameter sets."""
MAX_SPS, MAX_PPS, MAX_SPS_EXT = 31, 255, 255
SOURCE = "AVCDecoderConfigurationRecord"


@dataclass(frozen=True, slots=True)
class AvcDecoderConfigurationRecord:
    """Field names of the standard in snake_case; parameter sets are NAL units, header octet included."""

    avc_profile_indication: int
    profile_compatibility: int
    avc_level_indication: int
    sequence_parameter_sets: tuple[bytes, ...]
    picture_parameter_sets: tuple[bytes, ...]
    chroma_format: int = 1
    bit_depth_luma: int = 8
    bit_depth_chroma: int = 8
    sequence_parameter_set_exts: tuple[bytes, ...] = ()
    length_size: int = 4  # octets of the length field before each NAL unit of a sample: 1, 2 or 4

    def to_bytes(self) -> bytes:
        """Return the record's octets. At most 31 SPS, 255 PPS, each at most 65535 octets (caller's care)."""
        out = bytearray(
            (
                1,
                self.avc_profile_indication,
                self.profile_compatibility,
                self.avc_level_indication,
                0xFC | (self.length_size - 1),
                0xE0 | len(self.sequence_parameter_sets),
            )
        )
        _write_sets(out, self.sequence_parameter_sets)
        out.append(len(self.picture_parameter_sets))
        _write_sets(out, self.picture_parameter_sets)
        if self.avc_profile_indication not in WITHOUT_CHROMA_FORMAT:
            out += bytes(
                (0xFC | self.chroma_format, 0xF8 | (self.bit_depth_luma - 8), 0xF8 | (self.bit_depth_chroma - 8))
            )
            out.append(len(self.sequence_parameter_set_exts))
            _write_sets(out, self.sequence_parameter_set_exts)
        return bytes(out)


def parse_avc_decoder_configuration_record(octets: bytes) -> AvcDecoderConfigurationRecord:
    """Read the record. The fields of the high profiles may be missing: writers of early files left them out.

    Raises
    ------
    WireError    another version, or it ends too early
    """
    if len(octets) < 7 or octets[0] != 1:
        raise WireError(SOURCE, 0, "configurationVersion 1 and 7 octets", octets[:7].hex())
    sps, at = _read_sets(octets, 6, octets[5] & 0x1F)
    if at >= len(octets):
        raise WireError(SOURCE, at, "numOfPictureParameterSets", "end")
    pps, at = _read_sets(octets, at + 1, octets[at])
    chroma_format, bit_depth_luma, bit_depth_chroma = 1, 8, 8
    exts: tuple[bytes, ...] = ()
    if octets[1] not in WITHOUT_CHROMA_FORMAT and at + 4 <= len(octets):
        chroma_format = octets[at] & 3
        bit_depth_luma, bit_depth_chroma = 8 + (octets[at + 1] & 7), 8 + (octets[at + 2] & 7)
        exts, at = _read_sets(octets, at + 4, octets[at + 3])
    return AvcDecoderConfigurationRecord(
        octets[1],
        octets[2],
        octets[3],
        sps,
        pps,
        chroma_format,
        bit_depth_luma,
        bit_depth_chroma,
        exts,
        (octets[4] & 3) + 1,
    )


def _write_sets(out: bytearray, sets: tuple[bytes, ...]) -> None:
    for nal_unit in sets:
        out += len(nal_unit).to_bytes(2, "big") + nal_unit


def _read_sets(octets: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    sets = []
    for _ in range(count):
        end = at + 2 + int.from_bytes(octets[at : at + 2], "big")
        if at + 2 > len(octets) or end > len(octets):
            raise WireError(SOURCE, at, "a parameter set", f"{len(octets) - at} octets")
        sets.append(octets[at + 2 : end])
        at = end
    return tuple(sets), at
