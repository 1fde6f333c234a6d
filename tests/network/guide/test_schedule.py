"""Schedules: columns and rows out of events, and back."""

import random
from collections import Counter
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.guide.guides import T0, WHOLE, event, events, listed, schedule, schedules
from yiwang.base.errors import WireError
from yiwang.network.guide import EMPTY, Schedule, ScheduleBuilder, schedule_of
from yiwang.network.guide.event import Field, Synopsis
from yiwang.network.guide.rows import event_row, field_octets, row_event, row_fields, row_titles
from yiwang.network.guide.titles import normal_title, title_numbers
from yiwang.xmltv.guide import Text


def test_an_event_comes_back_whole() -> None:
    row = event_row(WHOLE)
    assert row_event(row, WHOLE.start_s, WHOLE.stop_s, WHOLE.flags) == WHOLE
    assert row_titles(row) == WHOLE.titles
    some = schedule(WHOLE)
    assert some[0] == WHOLE
    assert some[-1] == WHOLE
    assert list(some) == [WHOLE]
    with pytest.raises(IndexError):
        some[1]


@given(st.lists(st.tuples(st.integers(22, 31), st.binary(max_size=200), st.binary(max_size=3000)), max_size=6))
def test_fields_nobody_knows_are_kept(fields: list[tuple[int, bytes, bytes]]) -> None:
    others = tuple(sorted((Field(*field) for field in fields), key=lambda field: field.tag))
    one = event(0, 30, others=others)
    assert row_event(event_row(one), one.start_s, one.stop_s) == one


@pytest.mark.parametrize("size", [0, 1, 127, 128, 1023, 1024, 16_383, 16_384, 3_000_000])
def test_lengths_of_any_size(size: int) -> None:
    assert row_fields(field_octets(9, b"x" * size, b"k" * size)) == [Field(9, b"k" * size, b"x" * size)]


def test_a_row_that_is_cut_off_is_refused() -> None:
    row = event_row(WHOLE)
    whole = [n for n in range(600) if _is_whole(row[:n])]
    ends = list(accumulate((len(field_octets(f.tag, f.value, f.key)) for f in row_fields(row)), initial=0))
    assert whole == [n for n in ends if n < 600]
    assert not _is_whole(row[:-1])
    assert _is_whole(row)


def _is_whole(row: bytes) -> bool:
    try:
        row_fields(row)
    except WireError:
        return False
    return True


@given(schedules)
def test_octets_for_the_store(some: Schedule) -> None:
    octets = some.to_bytes()
    again = Schedule.from_bytes(octets)
    assert again == some
    assert list(again) == list(some)
    assert np.array_equal(again.fields, some.fields)
    assert np.array_equal(again.score, some.score)
    assert again.to_bytes() == octets


def test_octets_that_are_no_schedule_are_refused() -> None:
    octets = schedule(WHOLE, event(40, 50)).to_bytes()
    for n in [*range(0, 120), len(octets) - 1]:
        with pytest.raises(WireError):
            Schedule.from_bytes(octets[:n])
    with pytest.raises(WireError):
        Schedule.from_bytes(b"YWGS\2" + octets[5:])
    rng = random.Random(7)
    for _ in range(2000):  # whatever is wrong in it, it is read in bounds or refused
        broken = bytearray(octets)
        for _ in range(rng.randrange(1, 4)):
            broken[rng.randrange(28, len(broken))] = rng.randrange(256)
        try:
            some = Schedule.from_bytes(bytes(broken))
        except WireError:
            continue
        assert all(one.stop_s > one.start_s for one in some)


@given(st.lists(events(), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(some, rng) -> None:
    shuffled = list(some)
    rng.shuffle(shuffled)
    assert schedule(*some) == schedule(*shuffled)


@given(schedules)
def test_a_schedule_is_one_event_after_the_other(some: Schedule) -> None:
    assert (some.stop_s > some.start_s).all()
    assert (some.start_s[1:] >= some.stop_s[:-1]).all()
    assert schedule(*some) == some


def test_events_that_cannot_be_are_refused_and_counted() -> None:
    builder = ScheduleBuilder()
    three_years = 3 * 365 * 1440
    for one in (
        event(0, 0), event(0, -30), event(0, three_years), event(-T0 / 60 - 5, 10), event(1e9, 1e9 + 5),
        event(60, 90, "News", date="2026"), event(60, 90, "NEWS"), event(60, 75, "动物世界"), event(80, 100, "体育"),
    ):  # fmt: skip
        builder.add(one)
    faults: Counter[str] = Counter()
    assert listed(builder.build(faults)) == [(60, 80, "News"), (80, 100, "体育")]
    assert faults == {
        "zero length": 1, "negative length": 1, "too long": 1, "time": 2, "doubled": 1, "at the same time": 1,
    }  # fmt: skip


def test_doubles_are_joined() -> None:
    some = schedule(
        event(60, 90, "News", synopses=(Synopsis("long", "en"),)), event(62, 90, "NEWS!", date="2026", flags=4)
    )
    assert len(some) == 1
    assert (some[0].title, some[0].synopses, some[0].date) == ("News", (Synopsis("long", "en"),), "2026")


def test_slices() -> None:
    some = schedule(event(0, 30, "a"), event(30, 60, "b"), event(90, 120, "c"))
    assert listed(some.between(T0 + 29 * 60, T0 + 31 * 60)) == [(0, 30, "a"), (30, 60, "b")]
    assert listed(some.between(T0 + 30 * 60, T0 + 90 * 60)) == [(30, 60, "b")]
    assert len(some.between(T0 + 60 * 60, T0 + 90 * 60)) == 0
    assert len(some.between(T0 + 500 * 60, T0)) == 0
    assert Schedule.from_bytes(some.cut(slice(1, 3)).to_bytes()) == some.cut(slice(1, 3))
    assert listed(some.take(np.array([0, 2]))) == [(0, 30, "a"), (90, 120, "c")]
    assert listed(some.shifted(120)) == [(2, 32, "a"), (32, 62, "b"), (92, 122, "c")]
    assert some.now_next(T0 - 1) == (None, 0)
    assert some.now_next(T0) == (0, 1)
    assert some.now_next(T0 + 60 * 60) == (None, 2)
    assert some.now_next(T0 + 90 * 60) == (2, None)
    assert some.now_next(T0 + 120 * 60) == (None, None)
    assert EMPTY.now_next(T0) == (None, None)
    assert schedule_of() == EMPTY


def test_completeness_is_what_is_told() -> None:
    poor = schedule(event(0, 30))
    rich = schedule(event(0, 30, synopses=(Synopsis("x" * 200, "zh"),), categories=(Text("News"),)))
    assert poor.score[0] == 8
    assert rich.score[0] == 8 * 3 + 10


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("新闻联播", " 新闻联播 "), ("新闻联播", "新闻联播（重播）"), ("ＣＣＴＶ新闻", "CCTV 新闻"),
        ("红楼梦 第12集", "红楼梦(12)"),
        ("电视剧：红楼梦", "红楼梦"), ("Match of the Day", "MATCH OF THE DAY!"), ("News [HD]", "News"),
        ("Dr. Who ep 5", "Dr Who"),
    ],
)  # fmt: skip
def test_titles_that_are_spelt_otherwise(one: str, other: str) -> None:
    assert title_numbers(one) == title_numbers(other)


def test_titles_with_nothing_left_keep_their_name() -> None:
    assert normal_title("（重播）") == "重播"
    assert normal_title("???") == "???"
    assert title_numbers("") == title_numbers("  ") == (0, 0)
    assert title_numbers("第1集") != (0, 0)


def test_numbers_of_titles_never_change() -> None:
    # they are stored: another value asks for another VERSION
    assert title_numbers("新闻联播") == GOLDEN


GOLDEN = (5203374564625215779, 35433611264)
