"""HEVCDecoderConfigurationRecord, the payload of ``hvcC`` (ISO/IEC 14496-15 8.3.3.1)."""

from dataclasses import dataclass
from struct import pack

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.hevc.profile_tier_level import ProfileTierLevel, read_profile_tier_level

SOURCE = "HEVCDecoderConfigurationRecord"
HEAD_OCTETS = 23
MAX_AVERAGE_FRAME_RATE = 0xFFFF


@dataclass(frozen=True, slots=True)
class HevcDecoderConfigurationRecord:
    """Field names of the standard in snake_case; NAL units with their headers, by nal_unit_type, in the record's order.

    ``array_completeness`` is 1 for each array: all parameter sets of that type are here, none in the samples (``hvc1``).
    """

    profile_tier_level: ProfileTierLevel
    arrays: tuple[tuple[int, tuple[bytes, ...]], ...]
    min_spatial_segmentation_idc: int = 0
    parallelism_type: int = 0  # 0 mixed or not known, 1 slices, 2 tiles, 3 wavefronts
    chroma_format: int = 1
    bit_depth_luma: int = 8
    bit_depth_chroma: int = 8
    avg_frame_rate: int = 0  # frames in 256 s, 0 not known
    constant_frame_rate: int = 0
    num_temporal_layers: int = 1
    temporal_id_nested: bool = False
    length_size: int = 4
    array_completeness: bool = True

    def to_bytes(self) -> bytes:
        """Return the record's octets."""
        ptl = self.profile_tier_level
        out = bytearray((1, ptl.profile_space << 6 | ptl.tier_flag << 5 | ptl.profile_idc))
        out += pack(">I", ptl.profile_compatibility_flags) + ptl.constraint_flags.to_bytes(6, "big")
        out += pack(
            ">BHBBBBHB",
            ptl.level_idc,
            0xF000 | self.min_spatial_segmentation_idc,
            0xFC | self.parallelism_type,
            0xFC | self.chroma_format,
            0xF8 | (self.bit_depth_luma - 8),
            0xF8 | (self.bit_depth_chroma - 8),
            self.avg_frame_rate,
            self.constant_frame_rate << 6
            | self.num_temporal_layers << 3
            | self.temporal_id_nested << 2
            | (self.length_size - 1),
        )
        out.append(len(self.arrays))
        for nal_unit_type, nal_units in self.arrays:
            out += pack(">BH", self.array_completeness << 7 | nal_unit_type, len(nal_units))
            for nal_unit in nal_units:
                out += pack(">H", len(nal_unit)) + nal_unit
        return bytes(out)


def parse_hevc_decoder_configuration_record(octets: bytes) -> HevcDecoderConfigurationRecord:
    """Read the record.

    Raises
    ------
    WireError    another version, or it ends too early
    """
    if len(octets) < HEAD_OCTETS or octets[0] != 1:
        raise WireError(SOURCE, 0, "configurationVersion 1 and 23 octets", octets[:HEAD_OCTETS].hex())
    bits = BitReader(octets[1:HEAD_OCTETS], SOURCE)
    ptl = read_profile_tier_level(bits, 0)
    segmentation, parallelism, chroma_format = bits.u(16) & 0xFFF, bits.u(8) & 3, bits.u(8) & 3
    luma, chroma, frame_rate = bits.u(8) & 7, bits.u(8) & 7, bits.u(16)
    constant, layers, nested, length_size_minus1, n_arrays = bits.u(2), bits.u(3), bits.flag(), bits.u(2), bits.u(8)
    arrays, at, complete = [], HEAD_OCTETS, True
    for _ in range(n_arrays):
        head = octets[at : at + 3]
        at += 3
        nal_units = []
        for _ in range(int.from_bytes(head[1:], "big")):
            end = at + 2 + int.from_bytes(octets[at : at + 2], "big")
            if at + 2 > len(octets) or end > len(octets):
                raise WireError(SOURCE, at, "a NAL unit", f"{len(octets) - at} octets")
            nal_units.append(octets[at + 2 : end])
            at = end
        if len(head) < 3:
            raise WireError(SOURCE, at, "an array", "end")
        complete &= head[0] >> 7 == 1
        arrays.append((head[0] & 63, tuple(nal_units)))
    return HevcDecoderConfigurationRecord(
        ptl, tuple(arrays), segmentation, parallelism, chroma_format, 8 + luma, 8 + chroma, frame_rate, constant,
        layers, nested, length_size_minus1 + 1, complete,
    )  # fmt: skip
