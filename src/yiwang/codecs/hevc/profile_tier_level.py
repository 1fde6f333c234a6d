"""profile_tier_level() of VPS and SPS (ITU-T H.265 7.3.3)."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader


@dataclass(frozen=True, slots=True)
class ProfileTierLevel:
    """The general_ fields; ``constraint_flags`` are the 48 bits from general_progressive_source_flag on."""

    profile_space: int
    tier_flag: bool
    profile_idc: int
    profile_compatibility_flags: int  # general_profile_compatibility_flag[0] is bit 31
    constraint_flags: int
    level_idc: int  # 30 times the level number

    @property
    def progressive_source_flag(self) -> bool:
        """general_progressive_source_flag."""
        return bool(self.constraint_flags >> 47 & 1)

    @property
    def interlaced_source_flag(self) -> bool:
        """general_interlaced_source_flag."""
        return bool(self.constraint_flags >> 46 & 1)


def read_profile_tier_level(bits: BitReader, max_sub_layers_minus1: int) -> ProfileTierLevel:
    """Read profile_tier_level(1, max_sub_layers_minus1); what it says of sub-layers is passed over.

    Raises
    ------
    WireError    it ends too early
    """
    general = ProfileTierLevel(bits.u(2), bits.flag(), bits.u(5), bits.u(32), bits.u(48), bits.u(8))
    present = [(bits.flag(), bits.flag()) for _ in range(max_sub_layers_minus1)]
    if max_sub_layers_minus1:
        bits.skip(2 * (8 - max_sub_layers_minus1))  # reserved_zero_2bits
    for has_profile, has_level in present:
        bits.skip(88 * has_profile + 8 * has_level)
    return general


def codecs_parameter(sample_entry: str, ptl: ProfileTierLevel) -> str:
    """Return the codecs parameter of RFC 6381 as ISO/IEC 14496-15 Annex E.3 has it, such as ``hvc1.2.4.L153.B0``."""
    space = ("", "A", "B", "C")[ptl.profile_space]
    compatibility = int(f"{ptl.profile_compatibility_flags:032b}"[::-1], 2)
    constraints = ptl.constraint_flags.to_bytes(6, "big").rstrip(b"\x00")
    tier = "H" if ptl.tier_flag else "L"
    fields = [sample_entry, f"{space}{ptl.profile_idc}", f"{compatibility:X}", f"{tier}{ptl.level_idc}"]
    return ".".join([*fields, *(f"{octet:X}" for octet in constraints)])
