"""NAL units (ISO/IEC 14496-10 7.3.1, 7.4.1): their types, and emulation prevention."""

from enum import IntEnum


class NalUnitType(IntEnum):
    """nal_unit_type, Table 7-1; only the names used here."""

    SLICE = 1
    SLICE_DATA_PARTITION_A = 2
    SLICE_DATA_PARTITION_B = 3
    SLICE_DATA_PARTITION_C = 4
    IDR_SLICE = 5
    SEI = 6
    SPS = 7
    PPS = 8
    ACCESS_UNIT_DELIMITER = 9
    END_OF_SEQUENCE = 10
    END_OF_STREAM = 11
    FILLER_DATA = 12
    SPS_EXTENSION = 13
    PREFIX = 14
    SUBSET_SPS = 15
    AUXILIARY_SLICE = 19
    SLICE_EXTENSION = 20


def rbsp_of(nal_unit: bytes) -> bytes:
    """Return the raw octet sequence payload: header octet and emulation_prevention_three_bytes taken off."""
    return nal_unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")


def nal_unit_of(header: int, rbsp: bytes) -> bytes:
    """Return a NAL unit; the inverse of `rbsp_of`.

    Parameters
    ----------
    header : int     forbidden_zero_bit, nal_ref_idc, nal_unit_type: 0 <= header < 128
    rbsp : bytes     ends with rbsp_trailing_bits, so with an octet that is not 0
    """
    out = bytearray([header])
    zeros = 0
    for octet in rbsp:
        if zeros >= 2 and octet <= 3:
            out.append(3)
            zeros = 0
        out.append(octet)
        zeros = zeros + 1 if octet == 0 else 0
    return bytes(out)
