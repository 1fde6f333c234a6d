import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.hevc_streams import (
    AUD,
    CRA,
    DECODING_UNIT_INFO,
    END_OF_BITSTREAM,
    END_OF_SEQUENCE,
    FILLER,
    IDR_N_LP,
    PIC_TIMING,
    PICTURE_HASH,
    TRAIL_R,
    byte_stream,
    coded_slice,
    nal_unit,
    pps,
    sps,
    vps,
)
from tests.kernels import slow_hevc
from yiwang.kernels import access_unit_state as state
from yiwang.kernels import hevc_access_unit as kernel
from yiwang.kernels.nal_index import END, OPEN, PREFIX, START

OTHERS = [
    AUD, FILLER, PIC_TIMING, DECODING_UNIT_INFO, PICTURE_HASH, END_OF_SEQUENCE, END_OF_BITSTREAM, vps(), sps(), pps(),
    pps(1), sps(layer=1), coded_slice(layer=2), coded_slice(22), coded_slice(31), nal_unit(62, b"\x19\x08\x80"),
    nal_unit(48, b"\x80"), nal_unit(44, b"\x80"), nal_unit(47, b"\x80"), b"\x82\x01\x80", b"\x02", b"\x02\x08\x80", b"\x02\x01",
]  # fmt: skip
SLICES = st.builds(
    coded_slice,
    st.sampled_from([TRAIL_R, TRAIL_R, 0, 9, CRA, IDR_N_LP]),
    first=st.booleans(),
    pps_id=st.sampled_from([0, 0, 1, 63]),
    payload=st.sampled_from([b"\x55", b"\x55" * 90]),
)
STREAMS = st.lists(st.one_of(SLICES, SLICES, st.sampled_from(OTHERS)), max_size=30)


def run(nal_units, *, last_is_open=False):
    """Groups of NAL units by the kernel, and the summary of each."""
    octets = np.frombuffer(byte_stream(*nal_units, start_code=b"\0\0\1"), np.uint8)
    ends = np.cumsum([PREFIX + len(unit) for unit in nal_units])
    rows = np.empty((len(nal_units), 2), np.int64)
    rows[:, END] = ends
    rows[:, START] = [0, *ends[:-1]]
    if last_is_open:
        rows[-1, END] = OPEN
    keeps = state.new_state()
    keeps[state.MAX_OCTETS] = 1 << 24
    groups, summaries, first, row = [], [], 0, 0
    while True:
        reason, row, at = kernel.delimit_access_units(octets, octets.size, rows, row, len(rows), False, keeps)
        if reason == state.NEED_MORE:
            break
        if reason == state.PARAMETER_SET:
            assert slow_hevc.kind(nal_units[at]) in (32, 33, 34)
            continue
        end = at + (reason == state.END_OF_SEQUENCE)
        if reason == state.BORDER or keeps[state.DONE_PICTURES]:
            groups.append(list(range(first, end)))
            summaries.append(keeps[state.DONE : state.DONE_DETAIL + 1].tolist())
        first = end
    if keeps[state.PICTURES]:
        groups.append(list(range(first, len(rows))))
        state.end_unit(keeps)
        summaries.append(keeps[state.DONE : state.DONE_DETAIL + 1].tolist())
    return groups, summaries


@settings(max_examples=600)
@given(STREAMS)
def test_the_kernel_finds_the_borders_its_twin_finds_with_the_whole_stream_at_hand(nal_units):
    assert run(nal_units)[0] == slow_hevc.access_units(nal_units)


@settings(max_examples=300)
@given(STREAMS)
def test_the_summary_of_an_access_unit_is_what_its_slice_segments_say(nal_units):
    groups, summaries = run(nal_units)
    for group, (flags, pictures, pps_id, nal_unit_type) in zip(groups, summaries, strict=True):
        slices = [nal_units[i] for i in group if slow_hevc.kind(nal_units[i]) in slow_hevc.SLICES]
        assert pictures == 1
        assert nal_unit_type == slices[0][0] >> 1
        ids = {slow_hevc.pps_id(unit) for unit in slices}
        assert pps_id == (slow_hevc.pps_id(slices[0]) or 0)
        assert bool(flags & kernel.HEAD_LOST) == (not slow_hevc.is_first(slices[0]))
        is_one_picture = len(ids) == 1 and len({unit[0] >> 1 for unit in slices}) == 1
        has_bad_header = any(
            slow_hevc.kind(nal_units[i]) is None
            for i in group
            if i < max(j for j in group if slow_hevc.kind(nal_units[j]) in slow_hevc.SLICES)
        )
        if not is_one_picture or None in ids or has_bad_header:
            assert flags & kernel.BAD
        elif all(slow_hevc.kind(unit) is not None for unit in nal_units):
            assert not flags & kernel.BAD


def test_a_border_is_known_at_the_fourth_octet_of_an_open_slice_segment():
    nal_units = [coded_slice(IDR_N_LP), coded_slice(payload=b"")[:4]]
    assert run(nal_units, last_is_open=True)[0] == [[0], [1]]
    nal_units[1] = nal_units[1][:3]
    assert run(nal_units, last_is_open=True)[0] == [[0, 1]]


def test_a_border_is_known_at_the_second_octet_of_an_open_delimiter():
    assert run([coded_slice(IDR_N_LP), AUD[:2]], last_is_open=True)[0] == [[0]]


def test_every_picture_parameter_set_id_is_read_of_every_type_of_slice():
    for nal_unit_type in (TRAIL_R, CRA):
        for pps_id in range(64):
            _, ((flags, _, found, _),) = run([coded_slice(nal_unit_type, pps_id=pps_id)])
            assert (found, flags) == (pps_id, 0)
        for pps_id in (64, 200):
            _, ((flags, *_),) = run([coded_slice(nal_unit_type, pps_id=pps_id)])
            assert flags == kernel.BAD
