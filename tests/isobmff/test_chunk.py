import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import UsageError
from yiwang.isobmff.box import box, parse_boxes
from yiwang.isobmff.chunk import cmaf_chunk
from yiwang.isobmff.mfhd import MfhdBox
from yiwang.isobmff.tfdt import TfdtBox, parse_tfdt
from yiwang.isobmff.tfhd import TfhdBox, parse_tfhd
from yiwang.isobmff.trun import NON_SYNC_SAMPLE, SYNC_SAMPLE, TrunBox, parse_trun

SAMPLE_IS_NON_SYNC = 0x00010000
DEPENDS_ON_NO_OTHER = 2 << 24

samples = st.lists(
    st.tuples(st.binary(max_size=20), st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1), st.booleans()),
    min_size=1,
    max_size=12,
)
alike = st.tuples(st.integers(1, 9), st.integers(0, 9000), st.sampled_from([0, 0, 3600]), st.booleans()).map(
    lambda a: [(b"x" * i, a[1], a[2], a[3] or i == 0) for i in range(a[0])]
)


def slow_chunk(sequence_number, track_id, base_media_decode_time, data, durations, offsets, sync):
    """The same chunk put together box by box from the codec pairs."""
    flags = [SYNC_SAMPLE if is_sync else NON_SYNC_SAMPLE for is_sync in sync]
    one_duration = len(set(durations)) == 1
    only_first_is_sync = len(sync) > 1 and sync[0] and not any(sync[1:])
    tfhd = TfhdBox(
        track_id,
        default_sample_duration=durations[0] if one_duration else None,
        default_sample_flags=SYNC_SAMPLE if all(sync) else NON_SYNC_SAMPLE,
    )

    def moof(data_offset):
        trun = TrunBox(
            data_offset,
            len(data),
            None if one_duration else tuple(durations),
            tuple(map(len, data)),
            None if only_first_is_sync or len(set(flags)) == 1 else tuple(flags),
            tuple(offsets) if any(offsets) else None,
            SYNC_SAMPLE if only_first_is_sync else None,
        )
        traf = box("traf", tfhd.to_bytes(), TfdtBox(base_media_decode_time).to_bytes(), trun.to_bytes())
        return box("moof", MfhdBox(sequence_number).to_bytes(), traf)

    return moof(len(moof(0)) + 8) + box("mdat", *data)


def read_back(octets):
    """Samples as a player reads them: (decode time, octets, duration, composition offset, flags)."""
    moof, _ = parse_boxes(octets)
    tfhd = parse_tfhd(moof.one("traf/tfhd").payload)
    trun = parse_trun(moof.one("traf/trun").payload)
    time = parse_tfdt(moof.one("traf/tfdt").payload).base_media_decode_time
    offset = trun.data_offset
    found = []
    for i in range(trun.sample_count):
        size = trun.sample_sizes[i]
        duration = trun.sample_durations[i] if trun.sample_durations else tfhd.default_sample_duration
        flags = trun.sample_flags[i] if trun.sample_flags else tfhd.default_sample_flags
        if i == 0 and trun.first_sample_flags is not None:
            flags = trun.first_sample_flags
        shift = trun.sample_composition_time_offsets[i] if trun.sample_composition_time_offsets else 0
        found.append((time, octets[offset : offset + size], duration, shift, flags))
        offset += size
        time += duration
    assert offset == len(octets)
    return found


@given(samples | alike, st.integers(0, 2**32 - 1), st.integers(0, 2**63))
def test_the_fast_writer_gives_the_octets_of_the_boxes(rows, sequence_number, time):
    if any(offset < 0 for _, _, offset, _ in rows):
        rows = [(d, t, max(-(2**31), min(offset, 2**31 - 1)), s) for d, t, offset, s in rows]
    columns = [list(column) for column in zip(*rows, strict=True)]
    assert cmaf_chunk(sequence_number, 1, time, *columns) == slow_chunk(sequence_number, 1, time, *columns)


@given(samples | alike, st.integers(0, 2**63))
def test_what_was_put_in_is_what_a_player_reads(rows, time):
    columns = [list(column) for column in zip(*rows, strict=True)]
    expected = []
    for data, duration, offset, is_sync in rows:
        flags = SYNC_SAMPLE if is_sync else NON_SYNC_SAMPLE
        expected.append((time, data, duration, offset, flags))
        time += duration
    assert read_back(cmaf_chunk(1, 1, expected[0][0], *columns)) == expected


def test_the_first_of_an_idr_chunk_is_a_sync_sample_that_depends_on_no_other():
    found = read_back(cmaf_chunk(1, 1, 0, [b"i", b"p"], [3600] * 2, [0, 0], [True, False]))
    assert found[0][4] & SAMPLE_IS_NON_SYNC == 0
    assert found[0][4] & DEPENDS_ON_NO_OTHER
    assert found[1][4] & SAMPLE_IS_NON_SYNC


def test_a_negative_composition_offset_makes_the_run_version_1():
    octets = cmaf_chunk(1, 1, 0, [b"a", b"b"], [1, 1], [0, -1], [True, False])
    moof, _ = parse_boxes(octets)
    assert moof.one("traf/trun").payload[0] == 1


def test_an_audio_sample_costs_4_octets():
    def size(n):
        return len(cmaf_chunk(1, 1, 0, [b""] * n, [1024] * n, [0] * n, [True] * n))

    assert size(25) - size(24) == 4


@pytest.mark.parametrize("columns", [([], [], [], []), ([b"a"], [1, 2], [0], [True])])
def test_no_samples_or_columns_of_different_length_are_refused(columns):
    with pytest.raises(UsageError):
        cmaf_chunk(1, 1, 0, *columns)
