import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs.avc_streams import sei
from tests.kernels import slow_avc
from yiwang.kernels.avc_sei import has_recovery_point

PAYLOADS = st.tuples(st.sampled_from([0, 1, 5, 6, 255, 261, 510]), st.sampled_from([b"", b"\6", bytes(5), bytes(300)]))


def kernel(nal_unit):
    return has_recovery_point(np.frombuffer(b"\6\1" + nal_unit + b"\6\1\0", np.uint8), 2, 2 + len(nal_unit))


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([(6, b"\x84")], True),
        ([(5, bytes(300)), (6, b"\x84")], True),
        ([(5, b"\6\1\x84")], False),
        ([(261, b"\x84")], False),
        ([(6, b"")], False),
        ([], False),
    ],
    ids=["alone", "after zeros", "inside another message", "in a large payloadType", "without payload", "no message"],
)
def test_a_recovery_point_is_a_message_of_payload_type_6(messages, found):
    assert kernel(sei(*messages)) == found


@given(st.lists(PAYLOADS, max_size=6), st.binary(max_size=6))
def test_the_kernel_equals_its_twin(messages, tail):
    nal_unit = sei(*messages) + tail
    assert kernel(nal_unit) == slow_avc.has_recovery_point(nal_unit)


@given(st.binary(max_size=30))
def test_the_kernel_equals_its_twin_on_any_octets(octets):
    nal_unit = b"\6" + octets.replace(b"\7", b"\6").replace(b"\x09\x09", b"\0\0\3")
    assert kernel(nal_unit) == slow_avc.has_recovery_point(nal_unit)
