import numpy as np

from yiwang.base.timebase import WRAP_33
from yiwang.services.probe_clock import DtsClock


def test_time_stamps_cover_their_access_units_to_the_end():
    clock = DtsClock()
    first = WRAP_33 - 3600
    for n in range(25):
        clock.add(np.array([[0, (first + 3600 * n) % WRAP_33, -1, 1]], np.int64))
    assert clock.duration_90k == 90_000
    assert DtsClock().duration_90k == 0
