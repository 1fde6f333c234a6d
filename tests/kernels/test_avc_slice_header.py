import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs.avc_streams import I, P, coded_slice, pps, sps
from tests.kernels import slow_avc
from yiwang.codecs.avc.parameter_sets import ParameterSets
from yiwang.codecs.avc.pps import parse_pps
from yiwang.codecs.avc.sps import parse_sps
from yiwang.kernels import avc_slice_header as kernel

STREAMS = [
    (sps(), pps()),
    (sps(frame_mbs_only=False, log2_max_frame_num=9, log2_max_poc_lsb=16), pps(bottom_field_pic_order=True)),
    (sps(poc_type=1), pps(bottom_field_pic_order=True)),
    (sps(poc_type=1, delta_always_zero=True), pps()),
    (sps(poc_type=2, frame_mbs_only=False), pps()),
    (sps(profile=244, chroma_format=3, separate_planes=True, log2_max_frame_num=16), pps()),
]
FIELDS = {
    "first_mb_in_slice": kernel.FIRST_MB,
    "slice_type": kernel.SLICE_TYPE,
    "pic_parameter_set_id": kernel.PPS_ID,
    "nal_ref_idc": kernel.NAL_REF_IDC,
    "idr_pic": kernel.IDR_PIC,
}
FIELDS_WHEN_KNOWN = {
    "frame_num": kernel.FRAME_NUM,
    "field_pic_flag": kernel.FIELD_PIC,
    "bottom_field_flag": kernel.BOTTOM_FIELD,
    "idr_pic_id": kernel.IDR_PIC_ID,
    "pic_order_cnt_lsb": kernel.POC_LSB,
}


def sets_of(*nal_units):
    table = np.zeros((kernel.N_PPS, kernel.N_TABLE_COLUMNS), np.int64)
    sets = ParameterSets(table)
    for nal_unit in nal_units:
        sets.add(nal_unit)
    return table


def parse(nal_unit, table):
    header = np.full(kernel.N_FIELDS, 99, np.int64)
    rbsp = np.zeros(kernel.HEADER_OCTETS, np.uint8)
    array = np.frombuffer(b"\xff" + nal_unit + b"\xff", np.uint8)
    kernel.parse_slice_header(array, 1, 1 + len(nal_unit), table, rbsp, np.zeros(1, np.int64), header)
    return header


def code_number(value):
    """Of se(v), Table 9-3."""
    return 2 * value - 1 if value > 0 else -2 * value


def assert_equal(header, slow):
    if slow is None:
        assert header[kernel.STATUS] == kernel.UNREADABLE
        return
    assert header[kernel.STATUS] == (kernel.WHOLE if slow["known"] else kernel.UNKNOWN_PPS)
    for name, column in (FIELDS | (FIELDS_WHEN_KNOWN if slow["known"] else {})).items():
        assert header[column] == slow.get(name, 0), name
    deltas = slow.get("delta_pic_order_cnt", (0, 0))
    assert header[kernel.DELTA_BOTTOM] == code_number(slow.get("delta_pic_order_cnt_bottom", 0))
    assert (header[kernel.DELTA_0], header[kernel.DELTA_1]) == tuple(map(code_number, deltas))


def test_the_fields_of_a_bottom_field():
    table = sets_of(sps(frame_mbs_only=False), pps())
    header = parse(coded_slice(P, first_mb=7, frame_num=5, field="bottom", poc_lsb=33, frame_mbs_only=False), table)
    columns = (kernel.FIRST_MB, kernel.FRAME_NUM, kernel.FIELD_PIC, kernel.BOTTOM_FIELD, kernel.POC_LSB)
    assert [int(header[column]) for column in columns] == [7, 5, 1, 1, 33]


def test_without_its_parameter_sets_a_slice_tells_where_it_begins_and_what_it_needs():
    header = parse(coded_slice(I, first_mb=7, pps_id=9), sets_of())
    assert header[kernel.STATUS] == kernel.UNKNOWN_PPS
    assert (header[kernel.FIRST_MB], header[kernel.SLICE_TYPE], header[kernel.PPS_ID]) == (7, I, 9)


@pytest.mark.parametrize("stream", STREAMS)
@given(octets=st.one_of(st.binary(max_size=70), st.binary(max_size=40).map(lambda b: b"\xe0" + b)), idr=st.booleans())
def test_the_kernel_equals_its_twin_on_any_octets(stream, octets, idr):
    nal_unit = (b"\x65" if idr else b"\x41") + octets.replace(b"\x07\x07", b"\0\0\3")
    slow_sets = {0: (parse_pps(stream[1]), parse_sps(stream[0]))}
    assert_equal(parse(nal_unit, sets_of(*stream)), slow_avc.slice_header(nal_unit, slow_sets))


@given(
    st.tuples(st.integers(0, 1), st.sampled_from([None, "top", "bottom"]), st.integers(0, 1), st.integers(0, 2)),
    st.tuples(st.integers(0, 1), st.sampled_from([None, "top", "bottom"]), st.integers(0, 1), st.integers(0, 2)),
    st.booleans(),
    st.booleans(),
)
def test_the_comparison_equals_its_twin(first, second, first_idr, second_idr):
    stream = sps(frame_mbs_only=False), pps()
    table, slow_sets = sets_of(*stream), {0: (parse_pps(stream[1]), parse_sps(stream[0]))}
    slices = [
        coded_slice(I, frame_num=n, field=field, poc_lsb=poc, ref_idc=ref, idr=idr, frame_mbs_only=False)
        for (n, field, poc, ref), idr in ((first, first_idr), (second, second_idr))
    ]
    before, header = (parse(nal_unit, table) for nal_unit in slices)
    slow_before, slow_header = (slow_avc.slice_header(nal_unit, slow_sets) for nal_unit in slices)
    assert kernel.begins_picture(header, before) == slow_avc.begins_picture(slow_header, slow_before)
    assert kernel.is_second_field(header, before) == slow_avc.is_second_field(slow_header, slow_before)
