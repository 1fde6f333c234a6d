"""The short way through the kernel gives what the long way gives; shared room is shared without trace."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs import test_avc_framer as avc
from tests.codecs import test_hevc_framer as hevc
from tests.codecs.avc_streams import AUD, I, byte_stream, coded_slice, sample
from tests.codecs.feeding import array, damage, marks, pes, run
from yiwang.codecs import nal_framer
from yiwang.codecs.avc.framer import AvcFramer
from yiwang.codecs.hevc.framer import HevcFramer
from yiwang.codecs.nal_framer import SMALL_OCTETS, FramingSpace
from yiwang.kernels.access_unit_walk import MAX_RECORDS


class StepwiseAvc(AvcFramer):
    """Makes every sample at its border, outside the kernel's walk."""

    def _walk(self, final, is_plain):
        return super()._walk(final, False)


class StepwiseHevc(HevcFramer):
    def _walk(self, final, is_plain):
        return super()._walk(final, False)


STREAMS = pytest.mark.parametrize(
    ("framers", "octets", "rows"),
    [
        ((AvcFramer, StepwiseAvc), avc.ALL_KINDS, avc.ALL_ROWS),
        ((HevcFramer, StepwiseHevc), hevc.ALL_KINDS, hevc.ALL_ROWS),
    ],
    ids=["AVC", "HEVC"],
)


def seen(framer, octets, rows, cuts):
    units = run(framer, octets, rows, cuts)
    return units, [unit.user_data_end for unit in units], framer.drain_faults()


@STREAMS
@settings(max_examples=200)
@given(data=st.data())
def test_access_units_are_the_same_made_in_the_walk_and_outside(framers, octets, rows, data):
    n = len(octets)
    wrong = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, 255)), max_size=6))
    damages = data.draw(st.lists(st.integers(0, n), max_size=2))
    cuts = data.draw(st.lists(st.integers(0, n), max_size=4))
    octets = bytearray(octets)
    for offset, value in wrong:
        octets[offset] = value
    rows = sorted([*rows, *map(damage, damages)], key=lambda row: row[0])
    plain, stepwise = (seen(framer(), bytes(octets), rows, cuts) for framer in framers)
    assert plain == stepwise


class Lent:
    """A framer whose blocks lie in memory that is written over as soon as it has taken them."""

    def __init__(self, framer):
        self._framer = framer
        self.flush, self.drain_faults = framer.flush, framer.drain_faults

    def feed(self, es, rows):
        es = es.copy()
        units = self._framer.feed(es, rows)
        es[:] = 1
        return units


@STREAMS
@settings(max_examples=300)
@given(data=st.data())
def test_access_units_are_the_same_read_where_they_lie_and_copied(framers, octets, rows, data):
    n = len(octets)
    damages = data.draw(st.lists(st.integers(0, n), max_size=2))
    starts = data.draw(st.lists(st.integers(0, n), max_size=4))
    cuts = data.draw(st.lists(st.integers(0, n), max_size=4))
    border = data.draw(st.integers(0, 60))
    rows = sorted([*rows, *(pes(at, at, at) for at in starts), *map(damage, damages)], key=lambda row: row[0])
    copied = seen(framers[0](), octets, rows, cuts)
    with (
        mock.patch.object(nal_framer, "READ_IN_PLACE_OCTETS", 1),
        mock.patch.object(nal_framer, "BORDER_OCTETS", border),
    ):
        assert seen(Lent(framers[0]()), octets, rows, cuts) == copied


@pytest.mark.parametrize("writeable", [True, False])
def test_a_long_block_is_read_where_it_lies_from_its_second_access_unit_on(writeable):
    large = coded_slice(I, idr=True, payload=b"\x55\xaa" * 20_000)
    unit = byte_stream(AUD, avc.SPS, avc.PPS, large)
    octets = array(unit * 6).copy()
    octets.flags.writeable = writeable
    rows = marks(*(pes(n * len(unit), 3600 * n, 3600 * n) for n in range(6)))
    framer = AvcFramer()
    read = []
    walk = framer._walk
    framer._walk = lambda *arguments: read.append(np.shares_memory(framer._octets, octets)) or walk(*arguments)
    units = framer.feed(octets, rows) + framer.flush()
    assert [(unit.data, unit.pts_90k) for unit in units] == [(sample(large), 3600 * n) for n in range(6)]
    assert any(read) is writeable


def test_more_access_units_than_records_come_in_one_block():
    pictures = [avc.picture(n) for n in range(1, 3 * MAX_RECORDS)]
    units = avc.samples_of(avc.SPS, avc.PPS, avc.IDR, *pictures)
    assert units == [sample(nal_unit) for nal_unit in (avc.IDR, *pictures)]


def test_user_data_end_behind_the_last_sei():
    units = run(AvcFramer(), byte_stream(avc.SPS, avc.PPS, avc.PIC_TIMING, avc.IDR, avc.picture(1), avc.picture(2)))
    assert [unit.user_data_end for unit in units] == [len(sample(avc.PIC_TIMING)), 0, 0]


@pytest.mark.parametrize("block", [300, 5000])
def test_framers_that_share_a_space_do_not_see_each_other(block):
    space, alone, sharing = FramingSpace(), [], []
    streams = [(AvcFramer, avc.ALL_KINDS), (HevcFramer, hevc.ALL_KINDS), (AvcFramer, avc.ALL_KINDS[700:])]
    framers = [make() for make, _ in streams]
    for framer in framers:
        framer.share(space)
    shared = [[] for _ in streams]
    for at in range(0, max(len(octets) for _, octets in streams), block):
        for framer, (_, octets), units in zip(framers, streams, shared, strict=True):
            units += framer.feed(array(octets[at : at + block]), marks(pes(0, at, at)))
    for (make, octets), framer, units in zip(streams, framers, shared, strict=True):
        one = make()
        cut = [one.feed(array(octets[at : at + block]), marks(pes(0, at, at))) for at in range(0, len(octets), block)]
        alone.append([unit for units in cut for unit in units] + one.flush())
        sharing.append(units + framer.flush())
    assert sharing == alone
    assert all(alone)


@pytest.mark.parametrize("block", [1316, 40_000, 3 * SMALL_OCTETS])
def test_an_access_unit_larger_than_what_is_kept_in_shared_space_is_whole(block):
    large = coded_slice(I, idr=True, payload=b"\x55\xaa" * SMALL_OCTETS)
    octets = byte_stream(AUD, avc.SPS, avc.PPS, large, AUD, avc.picture(1), AUD, large, AUD, avc.picture(1))
    units = run(AvcFramer(), octets, (), range(0, len(octets), block))
    assert [unit.data for unit in units] == [sample(unit) for unit in (large, avc.picture(1), large, avc.picture(1))]
