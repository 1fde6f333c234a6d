"""33-bit times of a transport stream, one after the other, on one line."""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K, WRAP_33

LARGEST_STEP_90K = 5 * TICKS_90K  # a PCR step longer than this, or back, is a new time base, not a pause


def steps_33(differences: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return differences of 33-bit times the shorter way round: negative where one is before the other."""
    steps: NDArray[np.int64] = (differences + HALF_WRAP_33) % WRAP_33 - HALF_WRAP_33
    return steps


def rising(values: NDArray[np.int64], last: int, largest_step_90k: int = LARGEST_STEP_90K) -> NDArray[np.int64]:
    """Turn 33-bit clock values into ticks since the value ``last``; a step back or too long counts as none.

    Parameters
    ----------
    values : ndarray of shape (M,), int64
    last : int                                33-bit value before the first; -1 when there is none
    largest_step_90k : int
    """
    if not len(values):
        return values
    steps = steps_33(np.diff(values, prepend=values[0] if last < 0 else last))
    steps[(steps < 0) | (steps > largest_step_90k)] = 0
    ticks: NDArray[np.int64] = np.cumsum(steps)
    return ticks
