"""The strip at the foot of a demo picture: sixteen black or white blocks that say which frame of the minute it is.

A program that sees the picture on a screen reads from it when the picture was sent: glass to glass. Blocks from the left:
white, black, eleven bits of the frame's number (most significant first), three bits of check: the number modulo 7.
"""

from collections.abc import Sequence

BLOCKS = 16
HEIGHT_DIVISOR = 27  # the strip is this part of the picture's height
FRAME_BITS = 11
CHECK_BITS = 3
CHECK_MODULUS = 7


def strip_blocks(frame: int) -> list[bool]:
    """Write a frame number, 0..2047, as sixteen blocks; True is white."""
    word = 0b10 << (FRAME_BITS + CHECK_BITS) | frame << CHECK_BITS | frame % CHECK_MODULUS
    return [bool(word >> (BLOCKS - 1 - i) & 1) for i in range(BLOCKS)]


def read_strip(luma: Sequence[int]) -> int | None:
    """Read the frame number from the luma (0..255) at the middle of each block; None when it is no strip."""
    if len(luma) != BLOCKS:
        return None
    word = sum((value > 127) << (BLOCKS - 1 - i) for i, value in enumerate(luma))
    frame = word >> CHECK_BITS & (1 << FRAME_BITS) - 1
    check = word & (1 << CHECK_BITS) - 1
    return frame if word >> (FRAME_BITS + CHECK_BITS) == 0b10 and check == frame % CHECK_MODULUS else None
