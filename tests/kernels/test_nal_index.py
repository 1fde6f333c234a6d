import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels import slow_avc
from yiwang.kernels.nal_index import END, OPEN, START, STRIDE, close_nal_unit, index_nal_units

OCTETS = st.lists(
    st.one_of(
        st.sampled_from([b"\0\0\1\x09", b"\0\0\1", b"\0\0\0\1\x65", b"\0\0\3", b"\0\0", b"\0", b"\1"]),
        st.binary(max_size=6),
        st.integers(1, 3 * STRIDE).map(lambda n: b"\x55" * n),
    ),
    max_size=30,
).map(b"".join)


def index(octets, cuts=(), capacity=1):
    array = np.frombuffer(octets, np.uint8)
    rows = np.empty((capacity, 2), np.int64)
    n, at = 0, 0
    for end in [*sorted(cuts), len(octets)]:
        while True:
            n, at = index_nal_units(array, at, end, rows, n)
            if at >= end - 3:
                break
            rows = np.concatenate((rows, np.empty_like(rows)))
    if n:
        assert rows[n - 1, END] == OPEN
        close_nal_unit(array, len(octets), rows, n)
    return [(int(row[START]), int(row[END])) for row in rows[:n]]


def test_a_start_code_of_three_and_one_of_four_octets():
    assert index(b"\0\0\1\x09\xf0\0\0\0\1\x65\x88") == [(0, 5), (6, 11)]


def test_zeros_at_the_end_belong_to_no_nal_unit_but_a_header_octet_stays():
    assert index(b"\0\0\1\x09\0\0\0\0\1\0\0\0") == [(0, 4), (6, 10)]


def test_a_start_code_counts_once_its_header_octet_is_there():
    assert index(b"\xff\0\0\1") == []
    assert index(b"\xff\0\0\1\x41") == [(1, 5)]


@given(OCTETS, st.data())
def test_the_kernel_equals_its_twin_for_all_cuts(octets, data):
    cuts = data.draw(st.lists(st.integers(0, len(octets)), max_size=8))
    assert index(octets, cuts) == slow_avc.nal_units(octets)
