import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels import slow_dvb_pixels
from yiwang.kernels.dvb_pixel_data import draw_field

KINDS = st.sampled_from([0x10, 0x11, 0x12, 0x20, 0x21, 0x22, 0xF0])
PIECES = st.tuples(KINDS, st.binary(max_size=24)).map(lambda piece: bytes([piece[0]]) + piece[1])
OCTETS = st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=6).map(b"".join))


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_any_octets_are_drawn_as_the_slow_twin_draws_them(depth: int):
    @given(OCTETS, st.integers(0, 12), st.integers(0, 5), st.booleans())
    def check(octets, x, y, keeps_1):
        region = np.full((6, 40), 1, np.uint8)
        slow = region.tolist()
        expected = slow_dvb_pixels.draw_field(octets, slow, x, y, depth, keeps_1)
        assert draw_field(np.frombuffer(octets, np.uint8), region, x, y, depth, keeps_1) == expected
        assert region.tolist() == slow

    check()
