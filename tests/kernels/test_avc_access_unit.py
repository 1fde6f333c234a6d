import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.avc_streams import (
    AUD,
    END_OF_SEQUENCE,
    FILLER,
    PIC_TIMING,
    RECOVERY_POINT,
    I,
    P,
    byte_stream,
    coded_slice,
    pps,
    sps,
)
from tests.kernels import slow_avc
from yiwang.codecs.avc.parameter_sets import ParameterSets
from yiwang.kernels import access_unit_state as state
from yiwang.kernels import avc_access_unit as kernel
from yiwang.kernels.nal_index import END, OPEN, PREFIX, START

OTHERS = [
    AUD, FILLER, PIC_TIMING, RECOVERY_POINT, END_OF_SEQUENCE, b"\x6e\x40\x80\x07", b"\x0d\x80", b"\x6f\x80", b"\x81\x80",
    b"\x18abc", b"\x03\x80", b"\x21\x00\x00", pps(), pps(1), pps(0, init_qp=4),
]  # fmt: skip


def slices(interlaced):
    return st.builds(
        coded_slice,
        st.sampled_from([P, I]),
        first_mb=st.sampled_from([0, 0, 9]),
        pps_id=st.sampled_from([0, 0, 0, 1]),
        frame_num=st.integers(0, 1),
        field=st.sampled_from([None, "top", "bottom"]) if interlaced else st.none(),
        idr=st.sampled_from([False, False, False, True]),
        poc_lsb=st.integers(0, 1),
        ref_idc=st.integers(0, 1),
        frame_mbs_only=st.just(not interlaced),
        payload=st.sampled_from([b"\x55", b"\x55" * 90]),
    )


def streams(interlaced):
    sets = [sps(frame_mbs_only=not interlaced), sps(frame_mbs_only=not interlaced, width_mbs=9)]
    units = st.one_of(slices(interlaced), slices(interlaced), st.sampled_from([*OTHERS, *sets]))
    return st.lists(units, max_size=30).map(lambda units: [sets[0], pps(), *units])


def run(nal_units, *, last_is_open=False):
    """Groups of NAL units by the kernel, and the summary of each."""
    octets = np.frombuffer(byte_stream(*nal_units, start_code=b"\0\0\1"), np.uint8)
    ends = np.cumsum([PREFIX + len(unit) for unit in nal_units])
    rows = np.empty((len(nal_units), 2), np.int64)
    rows[:, END] = ends
    rows[:, START] = [0, *ends[:-1]]
    if last_is_open:
        rows[-1, END] = OPEN
    delimiter = kernel.DelimiterState()
    delimiter.state[state.MAX_OCTETS] = 1 << 24
    sets = ParameterSets(delimiter.table)
    groups, summaries, first, row = [], [], 0, 0
    while True:
        reason, row, at = kernel.delimit_access_units(
            octets, octets.size, rows, row, len(rows), False, delimiter.table, delimiter.state, delimiter.headers,
            delimiter.rbsp, delimiter.cursor,
        )  # fmt: skip
        if reason == state.NEED_MORE:
            break
        if reason == state.PARAMETER_SET:
            if not sets.is_repetition(nal_units[at]):
                sets.add(nal_units[at])
            continue
        if reason == state.BORDER or delimiter.state[state.DONE_PICTURES]:
            groups.append(list(range(first, at)))
            summaries.append(delimiter.state[state.DONE :].tolist())
        first = at + (reason == state.END_OF_SEQUENCE)
    if delimiter.state[state.PICTURES]:
        groups.append(list(range(first, len(rows))))
        state.end_unit(delimiter.state)
        summaries.append(delimiter.state[state.DONE :].tolist())
    return groups, summaries


@settings(max_examples=400)
@given(st.booleans().flatmap(streams))
def test_the_kernel_finds_the_borders_its_twin_finds_with_the_whole_stream_at_hand(nal_units):
    assert run(nal_units)[0] == slow_avc.access_units(nal_units)


def test_the_summary_tells_what_the_access_unit_is():
    nal_units = [
        sps(),
        pps(2),
        RECOVERY_POINT,
        coded_slice(I, first_mb=3, frame_num=5, pps_id=2),
        AUD,
        coded_slice(P, pps_id=2),
    ]
    _, ((flags, pictures, pps_id, frame_num, *_), (next_flags, *_)) = run(nal_units)
    assert flags == kernel.INTRA | kernel.RECOVERY | kernel.HAS_SPS | kernel.REFERENCE | kernel.HEAD_LOST
    assert (pictures, pps_id, frame_num) == (1, 2, 5)
    assert next_flags == kernel.REFERENCE


def test_an_open_slice_of_fewer_than_64_octets_is_waited_for():
    short, long = coded_slice(I, payload=b"\x55" * 10), coded_slice(I, payload=b"\x55" * 90)
    assert run([sps(), pps(), short], last_is_open=True)[0] == []
    assert run([sps(), pps(), long], last_is_open=True)[0] == [[0, 1, 2]]


def test_a_border_is_known_at_the_header_octet_of_an_open_nal_unit():
    assert run([sps(), pps(), coded_slice(I), pps()], last_is_open=True)[0] == [[0, 1, 2]]
