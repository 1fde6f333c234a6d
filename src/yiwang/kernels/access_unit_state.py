"""What the kernels that delimit access units of NAL units keep from call to call, the same for every such codec.

A border is known at the first NAL unit of the next access unit, except where that may still belong to the open one: then it
is *pending* until the next slice tells.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

# why a kernel stopped
NEED_MORE, BORDER, PARAMETER_SET, END_OF_SEQUENCE, MORE_ROWS = 0, 1, 2, 3, 4

# state
PICTURES = 0  # coded pictures of the access unit so far: 0 none, 1 a picture or first field, 2 both fields
FLAGS = 1  # of the access unit
COMING = 2  # flags of NAL units before a slice: of the next access unit, unless the slice is of the open one
UNIT_PPS = 3  # pic_parameter_set_id of its first slice
UNIT_DETAIL = 4  # of its first slice; the codec's kernel says what
PENDING = 5  # row of a pending border, -1 when there is none
RESYNC = 6  # 1: octets were lost before this access unit (the caller's to set)
FIRST_PARITY = 7  # AVC: bottom_field_flag of the first field of the last pair, -1 when unknown
DONE = 8  # at BORDER: FLAGS, PICTURES, UNIT_PPS, UNIT_DETAIL of the access unit that ended
DONE_PICTURES, DONE_PPS, DONE_DETAIL = 9, 10, 11
N_SUMMARY = 4  # columns from DONE on
MAX_OCTETS = 12  # the caller's: no picture goes on so far beyond a pending border
N_STATE = 13


@kernel
def end_unit(state: NDArray[np.int64]) -> None:
    """Close the access unit: its summary goes to ``state[DONE:]``."""
    state[DONE] = state[FLAGS]
    state[DONE_PICTURES] = state[PICTURES]
    state[DONE_PPS] = state[UNIT_PPS]
    state[DONE_DETAIL] = state[UNIT_DETAIL]
    state[PICTURES] = 0
    state[FLAGS] = 0


def new_state() -> NDArray[np.int64]:
    """Return the state of a stream of which nothing has come."""
    state = np.zeros(N_STATE, np.int64)
    state[PENDING] = state[FIRST_PARITY] = -1
    return state
