"""CRC_32 of PSI and SI sections."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

POLYNOMIAL = 0x04C11DB7


def _table() -> NDArray[np.uint32]:
    """Return the register after eight shifts, for each leading octet: ndarray of shape (256,), uint32."""
    table = np.empty(256, np.uint32)
    for octet in range(256):
        register = octet << 24
        for _ in range(8):
            register = (register << 1) ^ (POLYNOMIAL if register & 0x80000000 else 0)
        table[octet] = register & 0xFFFFFFFF
    return table


_TABLE = _table()


@kernel
def _crc32_mpeg2(octets: NDArray[np.uint8]) -> np.int64:
    register = np.int64(0xFFFFFFFF)
    for i in range(octets.shape[0]):
        index = ((register >> 24) ^ np.int64(octets[i])) & 0xFF
        register = ((register << 8) & 0xFFFFFFFF) ^ np.int64(_TABLE[index])
    return register


def crc32_mpeg2(octets: bytes) -> int:
    """Return the CRC_32 of ``octets``; over a whole section, its own CRC_32 included, it is 0.

    Parameters
    ----------
    octets : bytes    any length

    Returns
    -------
    crc : int         0 <= crc < 2**32

    Notes
    -----
    Source: ISO/IEC 13818-1 Annex A. Polynomial 0x04C11DB7, register preset to ones, nothing reflected or inverted.
    """
    return int(_crc32_mpeg2(np.frombuffer(octets, np.uint8)))
