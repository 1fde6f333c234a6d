"""Which supplemental enhancement information a NAL unit carries (ISO/IEC 14496-10 7.3.2.3)."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

RECOVERY_POINT = 6  # payloadType, D.1.8

_TYPE, _SIZE, _PAYLOAD = 0, 1, 2


@kernel
def has_recovery_point(octets: NDArray[np.uint8], start: int, end: int) -> bool:
    """Tell whether the SEI NAL unit ``octets[start:end]`` (start: its header octet) has a recovery_point message."""
    part = _TYPE
    payload_type = np.int64(0)
    payload_size = np.int64(0)
    zeros = 0
    for i in range(start + 1, end):
        octet = np.int64(octets[i])
        if zeros >= 2 and octet == 3:
            zeros = 0
            continue
        zeros = zeros + 1 if octet == 0 else 0
        if part == _TYPE:
            payload_type += octet
            if octet != 0xFF:
                part = _SIZE
        elif part == _SIZE:
            payload_size += octet
            if octet != 0xFF:
                if payload_type == RECOVERY_POINT and payload_size > 0 and i + 1 < end:
                    return True
                part = _PAYLOAD if payload_size else _TYPE
                payload_type = 0
        else:
            payload_size -= 1
            if payload_size == 0:
                part = _TYPE
    return False
