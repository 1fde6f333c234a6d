"""aspect_ratio_idc of VUI parameters: ISO/IEC 14496-10 and ITU-T H.265 have one Table E-1."""

from yiwang.base.octets import BitReader

EXTENDED_SAR = 255
SAMPLE_ASPECT_RATIOS = (
    (0, 0), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11),
    (80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
"""By aspect_ratio_idc, Table E-1; (0, 0) is unspecified."""


def read_sample_aspect_ratio(bits: BitReader) -> tuple[int, int] | None:
    """Read aspect_ratio_idc and, for Extended_SAR, sar_width and sar_height; None for a reserved value."""
    idc = bits.u(8)
    if idc == EXTENDED_SAR:
        return bits.u(16), bits.u(16)
    return SAMPLE_ASPECT_RATIOS[idc] if idc < len(SAMPLE_ASPECT_RATIOS) else None
