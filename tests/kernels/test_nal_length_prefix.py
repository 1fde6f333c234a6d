import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs.avc_streams import byte_stream, sample
from tests.kernels import slow_avc
from yiwang.codecs.avc import framer as avc_framer
from yiwang.codecs.hevc import framer as hevc_framer
from yiwang.kernels.nal_length_prefix import length_prefix

KEPT = (1, 2, 3, 4, 5, 6, 19)


@given(st.lists(st.tuples(st.integers(0, 127), st.binary(max_size=300)), max_size=8), st.data())
def test_kept_nal_units_follow_their_lengths(parts, data):
    nal_units = [bytes([header]) + body.replace(b"\0", b"\1") for header, body in parts]
    octets = byte_stream(*nal_units, start_code=b"\0\0\1")
    rows = np.array(slow_avc.nal_units(octets), np.int64).reshape(-1, 2)
    begin = data.draw(st.integers(0, len(nal_units)))
    end = data.draw(st.integers(begin, len(nal_units)))
    out = np.full(len(octets) + len(nal_units) + 1, 0xEE, np.uint8)
    n, user_data_end = length_prefix(np.frombuffer(octets, np.uint8), rows, begin, end, avc_framer.KEPT, 0, out)
    kept = [unit for unit in nal_units[begin:end] if unit[0] & 31 in KEPT]
    assert out[:n].tobytes() == sample(*kept)
    sei = [at for at, unit in enumerate(kept, 1) if unit[0] & 31 == 6]
    assert user_data_end == len(sample(*kept[: sei[-1]])) if sei else user_data_end == 0
    assert (out[n:] == 0xEE).all()


HEVC_KEPT = {*range(10), *range(16, 22), 36, 37, 39, 40, 62}


@given(st.lists(st.tuples(st.integers(0, 127), st.binary(max_size=300)), max_size=8))
def test_of_hevc_the_base_layer_is_kept(parts):
    nal_units = [bytes([header]) + body.replace(b"\0", b"\1") for header, body in parts]
    octets = byte_stream(*nal_units, start_code=b"\0\0\1")
    rows = np.array(slow_avc.nal_units(octets), np.int64).reshape(-1, 2)
    out = np.full(len(octets) + len(nal_units) + 1, 0xEE, np.uint8)
    kept, mask = hevc_framer.KEPT, hevc_framer.LAYER_ID_MASK
    n, _ = length_prefix(np.frombuffer(octets, np.uint8), rows, 0, len(nal_units), kept, mask, out)
    expected = [
        unit
        for unit in nal_units
        if unit[0] >> 1 in HEVC_KEPT and len(unit) > 1 and int.from_bytes(unit[:2], "big") >> 3 & 63 == 0
    ]
    assert out[:n].tobytes() == sample(*expected)
