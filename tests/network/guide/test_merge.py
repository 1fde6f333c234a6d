"""One schedule out of several."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network.guide.guides import T0, event, listed, parts, schedule, schedules
from yiwang.network.guide import EMPTY, Part, Schedule, merge, overlap, update
from yiwang.network.guide.event import LIVE, NEW, Synopsis
from yiwang.xmltv.guide import Text


def merged(*some: Schedule, fresh: Schedule | None = None) -> Schedule:
    """Merge schedules, the first is the best."""
    all_parts = [Part(schedule=one, priority=n) for n, one in enumerate(some)]
    return merge(all_parts + ([Part(schedule=fresh, fresh=True)] if fresh is not None else []))


def test_gaps_are_filled_and_overlaps_cut() -> None:
    one = schedule(event(0, 30, "a"), event(60, 90, "b"), event(200, 230, "e"))
    other = schedule(event(20, 70, "x"), event(90, 120, "y"), event(120, 150, "z"), event(150, 270, "w"))
    assert listed(merged(one, other)) == [
        (0, 30, "a"), (30, 60, "x"), (60, 90, "b"), (90, 120, "y"), (120, 150, "z"), (150, 200, "w"), (200, 230, "e"),
    ]  # fmt: skip


def test_what_is_left_of_a_cut_event_must_be_worth_it() -> None:
    one = schedule(event(5, 30, "a"))
    assert listed(merged(one, schedule(event(0, 30, "别的节目")))) == [(5, 30, "a")]
    assert listed(merged(one, schedule(event(30, 30.5, "short")))) == [(5, 30, "a"), (30, 30.5, "short")]


@pytest.mark.parametrize(
    ("title", "other"),
    [("新闻联播", "新闻联播（重播）"), ("动物世界", "动物世界 非洲"), ("Match of the day", "The match of the day")],
)
def test_doubles_are_known_by_title_and_time(title: str, other: str) -> None:
    one = schedule(event(0, 30, title), event(30, 60, "天气预报"))
    late = schedule(
        event(5, 34, other, synopses=(Synopsis("text", "zh"),)), event(34, 62, "天气预报", categories=(Text("x"),))
    )
    answer = merged(one, late)
    assert listed(answer) == [(0, 30, title), (30, 60, "天气预报")]
    assert answer[0].synopses == (Synopsis("text", "zh"),)
    assert answer[1].categories == (Text("x"),)


def test_other_titles_are_other_events() -> None:
    assert len(merged(schedule(event(0, 30, "新闻联播")), schedule(event(30, 60, "新闻联播")))) == 2
    assert len(merged(schedule(event(0, 30, "动物世界")), schedule(event(0, 60, "新闻联播")))) == 2


def test_details_are_joined() -> None:
    one = schedule(event(0, 30, "新闻", synopses=(Synopsis("中文", "zh"),), flags=NEW))
    other = schedule(
        event(0, 30, "新闻", synopses=(Synopsis("别的", "zh"), Synopsis("English", "en")), date="2026", flags=LIVE)
    )
    answer = merged(one, other)[0]
    assert answer.synopses == (Synopsis("中文", "zh"), Synopsis("English", "en"))
    assert (answer.date, answer.flags) == ("2026", NEW)
    silent = merged(schedule(event(0, 30, "新闻")), other)[0]
    assert silent.flags == LIVE
    # a text in a language that is not told may be any
    unknown = merged(schedule(event(0, 30, "新闻", synopses=(Synopsis("?"),))), other)[0]
    assert unknown.synopses == (Synopsis("?"),)


def test_the_more_complete_of_equals_is_first() -> None:
    poor, rich = event(0, 30, "新闻联播"), event(2, 30, "新闻联播", synopses=(Synopsis("long" * 20, "zh"),))
    answer = merge([Part(schedule=schedule(poor), source="a"), Part(schedule=schedule(rich), source="b")])
    assert listed(answer) == [(2, 30, "新闻联播")]


def test_present_and_following_move_what_follows() -> None:
    plan = schedule(
        event(0, 30, "新闻联播", synopses=(Synopsis("told", "zh"),)), event(30, 60, "动物世界"), event(60, 90, "红楼梦"),
        event(100, 130, "体育"), event(130, 160, "天气预报"),
    )  # fmt: skip
    late = schedule(event(0, 45, "新闻联播"), event(45, 75, "动物世界"))
    answer = merged(plan, fresh=late)
    # the gap of ten minutes takes some of the delay up, the rest moves on
    assert listed(answer) == [
        (0, 45, "新闻联播"), (45, 75, "动物世界"), (75, 105, "红楼梦"), (105, 135, "体育"), (135, 165, "天气预报"),
    ]  # fmt: skip
    assert answer[0].synopses == (Synopsis("told", "zh"),)


def test_breaking_news_move_what_they_displace() -> None:
    plan = schedule(
        event(0, 30, "动物世界"), event(30, 60, "红楼梦"), event(60, 70, "体育"), event(90, 120, "天气预报")
    )
    answer = merged(plan, fresh=schedule(event(20, 40, "特别报道"), event(40, 70, "红楼梦")))
    assert listed(answer) == [
        (0, 20, "动物世界"), (20, 40, "特别报道"), (40, 70, "红楼梦"), (70, 80, "体育"), (90, 120, "天气预报"),
    ]  # fmt: skip


def test_an_early_event_leaves_what_follows() -> None:
    plan = schedule(event(0, 30, "动物世界"), event(30, 60, "红楼梦"), event(60, 90, "体育"))
    answer = merged(plan, fresh=schedule(event(0, 20, "动物世界"), event(20, 50, "红楼梦")))
    assert listed(answer) == [(0, 20, "动物世界"), (20, 50, "红楼梦"), (60, 90, "体育")]


def test_a_delay_ends_after_six_hours() -> None:
    plan = schedule(
        *(event(30 * n, 30 * n + 30, f"第{n}个{chr(0x4E00 + 37 * n)}{chr(0x5E00 + 91 * n)}") for n in range(30))
    )
    answer = merged(plan, fresh=schedule(event(0, 40, plan[0].title)))
    starts = [(int(s) - T0) // 60 for s in answer.start_s]
    assert starts[1] == 40
    assert starts[-1] == 30 * 29
    assert (answer.start_s[1:] == answer.stop_s[:-1]).all()


@settings(max_examples=60)
@given(st.lists(parts, max_size=4))
def test_merging_is_idempotent_and_makes_schedules(some: list[Part]) -> None:
    answer = merge(some)
    assert (answer.stop_s > answer.start_s).all()
    assert (answer.start_s[1:] >= answer.stop_s[:-1]).all()
    assert merge([Part(schedule=answer)]) == answer
    assert (
        merge([Part(schedule=answer, priority=0, source="a"), Part(schedule=answer, priority=0, source="a")]) == answer
    )
    assert merge([Part(schedule=answer, source="b"), Part(schedule=schedule(*answer), source="c")]) == answer
    assert schedule(*answer) == answer


@settings(max_examples=60)
@given(st.lists(parts, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_sources_does_not_matter(some: list[Part], rng) -> None:
    shuffled = list(some)
    rng.shuffle(shuffled)
    assert merge(some) == merge(shuffled)


@settings(max_examples=60)
@given(st.lists(schedules, min_size=3, max_size=5))
def test_schedules_laid_at_once_are_those_laid_one_by_one(some: list[Schedule]) -> None:
    step_by_step = some[0]
    for one in some[1:]:
        step_by_step = merge([Part(schedule=step_by_step), Part(schedule=one, priority=1)])
    assert merge(Part(schedule=one, priority=n) for n, one in enumerate(some)) == step_by_step


def test_a_schedule_that_is_told_twice_counts_where_it_is_first() -> None:
    one, other = schedule(event(0, 30, "新闻")), schedule(event(0, 40, "体育"))
    parts = [Part(schedule=one, priority=0), Part(schedule=other, priority=1), Part(schedule=one, priority=2)]
    assert listed(merge(parts)) == [(0, 30, "新闻"), (30, 40, "体育")]


@given(st.lists(parts, min_size=1, max_size=4))
def test_nothing_that_is_told_of_the_best_source_is_lost(some: list[Part]) -> None:
    answer = merge(some)
    best = min(
        (p for p in some if len(p.schedule)),
        key=lambda p: (
            not p.fresh,
            p.priority,
            -round(float(p.schedule.score.mean()), 3),
            p.source,
            p.schedule.to_bytes(),
        ),
        default=None,
    )
    if best is None:
        assert answer == EMPTY
        return
    known = {one.start_s: one for one in answer}
    for one in best.schedule:
        kept = known[one.start_s]
        assert (kept.stop_s, kept.titles[: len(one.titles)]) == (one.stop_s, one.titles)
        assert set(one.synopses) <= set(kept.synopses)


@given(schedules, schedules)
def test_overlap(one: Schedule, other: Schedule) -> None:
    assert overlap(one, other) == overlap(other, one)
    answer = overlap(one, other)
    common = same = 0
    for a in one:
        for b in other:
            both = max(0, min(a.stop_s, b.stop_s) - max(a.start_s, b.start_s))
            i = int(np.searchsorted(one.start_s, a.start_s))
            j = int(np.searchsorted(other.start_s, b.start_s))
            common += both
            same += both if one.title[i] == other.title[j] != 0 else 0
    assert answer == (same / common if common else None)


def test_an_update_tells_what_changed() -> None:
    before = schedule(
        event(0, 30, "a"),
        event(30, 60, "新闻联播", synopses=(Synopsis("long", "zh"),)),
        event(60, 90, "体育"),
        event(90, 120, "z"),
    )
    now = schedule(event(30, 60, "新闻联播"), event(60, 95, "体育"), event(95, 120, "new"))
    answer = update(before, now)
    assert listed(answer.schedule) == [(0, 30, "a"), (30, 60, "新闻联播"), (60, 95, "体育"), (95, 120, "new")]
    assert answer.schedule[1].synopses == (Synopsis("long", "zh"),)
    assert answer.changed.tolist() == [2, 3]
    assert answer.removed.tolist() == [2, 3]
    assert not update(answer.schedule, now).is_change
    assert listed(update(before, now, keep_from_s=T0 + 45 * 60).schedule)[0] == (30, 60, "新闻联播")


def test_an_empty_update_changes_nothing() -> None:
    before = schedule(event(0, 30, "a"))
    assert update(before, EMPTY).schedule == before
    assert not update(before, EMPTY).is_change
    assert update(EMPTY, before).changed.tolist() == [0]


@given(schedules, schedules)
def test_updates_settle(before: Schedule, new: Schedule) -> None:
    once = update(before, new)
    assert (once.schedule.start_s[1:] >= once.schedule.stop_s[:-1]).all()
    again = update(once.schedule, new)
    assert again.schedule == once.schedule
    assert not again.is_change
    rest = set(map(repr, once.schedule.take(np.setdiff1d(np.arange(len(once.schedule)), once.changed))))
    assert rest <= set(map(repr, before))
