from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernels.crc32_mpeg2 import crc32_mpeg2


def reference_crc32_mpeg2(octets: bytes) -> int:
    """The decoder model of ISO/IEC 13818-1 Annex A: one bit at a time."""
    register = 0xFFFFFFFF
    for octet in octets:
        for bit in range(7, -1, -1):
            feedback = (register >> 31) ^ (octet >> bit & 1)
            register = (register << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if feedback else 0)
    return register


def test_the_published_check_value_of_crc_32_mpeg_2():
    assert crc32_mpeg2(b"123456789") == 0x0376E6E7


def test_no_octets_leave_the_register_preset():
    assert crc32_mpeg2(b"") == 0xFFFFFFFF


@given(st.binary(max_size=4096))
def test_the_kernel_equals_the_bit_wise_model(octets):
    assert crc32_mpeg2(octets) == reference_crc32_mpeg2(octets)


@given(st.binary(max_size=1021))
def test_octets_followed_by_their_crc_give_zero(octets):
    assert crc32_mpeg2(octets + crc32_mpeg2(octets).to_bytes(4, "big")) == 0


@given(st.binary(min_size=1, max_size=64), st.data())
def test_any_single_bit_error_is_seen(octets, data):
    bit = data.draw(st.integers(0, 8 * len(octets) - 1))
    damaged = bytearray(octets)
    damaged[bit // 8] ^= 1 << bit % 8
    assert crc32_mpeg2(bytes(damaged)) != crc32_mpeg2(octets)
