"""NAL units (ITU-T H.265 7.3.1, 7.4.2): their types."""

from enum import IntEnum


class NalUnitType(IntEnum):
    """nal_unit_type, Table 7-1; only the names used here."""

    RADL_N = 6
    RADL_R = 7
    RASL_N = 8
    RASL_R = 9
    BLA_W_LP = 16
    BLA_W_RADL = 17
    BLA_N_LP = 18
    IDR_W_RADL = 19
    IDR_N_LP = 20
    CRA = 21
    VPS = 32
    SPS = 33
    PPS = 34
    ACCESS_UNIT_DELIMITER = 35
    END_OF_SEQUENCE = 36
    END_OF_BITSTREAM = 37
    FILLER_DATA = 38
    PREFIX_SEI = 39
    SUFFIX_SEI = 40
    UNSPECIFIED_62 = 62  # Dolby Vision's reference processing unit


HEADER_OCTETS = 2
SLICES = frozenset((*range(10), *range(NalUnitType.BLA_W_LP, NalUnitType.CRA + 1)))
"""nal_unit_type of slice segments."""
IDR = frozenset((NalUnitType.IDR_W_RADL, NalUnitType.IDR_N_LP))
BLA = frozenset((NalUnitType.BLA_W_LP, NalUnitType.BLA_W_RADL, NalUnitType.BLA_N_LP))
RASL = frozenset((NalUnitType.RASL_N, NalUnitType.RASL_R))
RADL = frozenset((NalUnitType.RADL_N, NalUnitType.RADL_R))
IRAP = IDR | BLA | {NalUnitType.CRA}


def type_of(nal_unit: bytes) -> int:
    """nal_unit_type of a NAL unit."""
    return nal_unit[0] >> 1 & 63


def rbsp_of(nal_unit: bytes) -> bytes:
    """Return the raw byte sequence payload: header and emulation_prevention_three_bytes taken off."""
    return nal_unit[HEADER_OCTETS:].replace(b"\x00\x00\x03", b"\x00\x00")
