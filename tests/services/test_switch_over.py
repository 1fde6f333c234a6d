"""The decision which source to use, at a simulated clock: each test is a story of findings."""

from hypothesis import given
from hypothesis import strategies as st

from yiwang.services.switch_over import ALERT_MS, LONGEST_DOUBLING, Finding, Severity, SwitchOver, SwitchSettings

LEAVE_MS, RETURN_MS, LOOK_MS = 3_000, 20_000, 100
SETTINGS = SwitchSettings(LEAVE_MS, RETURN_MS)


class Story:
    """Sources that are good or bad as told; those that nobody watches say nothing."""

    def __init__(self, n: int, settings: SwitchSettings = SETTINGS) -> None:
        self.machine = SwitchOver(n, settings)
        self.now_ms = 1_000_000
        self.states = [(Severity.GOOD, self.now_ms)] * n
        self.history: list[tuple[int, int]] = []  # when, which

    def turn(self, source: int, severity: Severity) -> None:
        self.states[source] = severity, self.now_ms

    def run(self, ms: int) -> int:
        until = self.now_ms + ms
        while self.now_ms < until:
            self.now_ms += LOOK_MS
            findings = [
                Finding(*(severity, severity.name, "", since)) if self.machine.is_watched(i, self.now_ms) else None
                for i, (severity, since) in enumerate(self.states)
            ]
            if self.machine.decide(findings, self.now_ms):
                self.history.append((self.now_ms, self.machine.in_use))
        return self.machine.in_use


def test_a_source_that_dies_is_left_when_its_time_is_over_and_not_before():
    story = Story(2)
    story.run(5_000)
    story.turn(0, Severity.UNUSABLE)
    assert story.run(LEAVE_MS - LOOK_MS) == 0
    assert story.run(2 * LOOK_MS) == 1


def test_a_short_pause_is_nothing():
    story = Story(2)
    for _ in range(20):
        story.turn(0, Severity.UNUSABLE)
        story.run(LEAVE_MS - LOOK_MS)
        story.turn(0, Severity.GOOD)
        story.run(500)
    assert story.history == []


def test_the_better_one_is_returned_to_when_it_has_been_good_without_a_break():
    story = Story(2)
    story.turn(0, Severity.UNUSABLE)
    assert story.run(LEAVE_MS + LOOK_MS) == 1
    story.turn(0, Severity.GOOD)
    assert story.run(RETURN_MS - 1_000) == 1
    story.turn(0, Severity.DAMAGED)
    story.run(LOOK_MS)
    story.turn(0, Severity.GOOD)
    assert story.run(RETURN_MS) == 1, "its time began anew"
    assert story.run(2 * LOOK_MS) == 0


def test_a_worse_source_is_not_received_while_the_one_in_use_is_good():
    story = Story(3)
    story.run(1_000)
    assert [story.machine.is_watched(i, story.now_ms) for i in range(3)] == [True, False, False]
    story.turn(0, Severity.DAMAGED)
    story.run(LOOK_MS)
    assert all(story.machine.is_watched(i, story.now_ms) for i in range(3))
    story.turn(0, Severity.GOOD)
    story.run(ALERT_MS + LOOK_MS)
    assert not story.machine.is_watched(1, story.now_ms)


def test_all_are_received_where_the_config_says_so():
    machine = SwitchOver(3, SwitchSettings(LEAVE_MS, RETURN_MS, watch_all=True))
    assert all(machine.is_watched(i, 0) for i in range(3))


def test_no_source_is_left_for_one_that_is_not_less_bad():
    story = Story(3)
    for source in range(3):
        story.turn(source, Severity.DAMAGED)
    assert story.run(60_000) == 0
    story.turn(2, Severity.UNUSABLE)
    story.turn(0, Severity.UNUSABLE)
    assert story.run(LEAVE_MS + LOOK_MS) == 1, "a damaged picture is better than none"
    story.turn(1, Severity.UNUSABLE)
    assert story.run(60_000) == 1, "all are dead: there is nothing to be had by switching"


def test_of_two_good_ones_the_better_is_taken():
    story = Story(3)
    story.turn(0, Severity.UNUSABLE)
    assert story.run(LEAVE_MS + LOOK_MS) == 1
    story.turn(1, Severity.UNUSABLE)
    assert story.run(LEAVE_MS + LOOK_MS) == 2
    story.turn(1, Severity.GOOD)
    story.run(RETURN_MS // 2)
    story.turn(0, Severity.GOOD)
    assert story.run(RETURN_MS // 2 + 2 * LOOK_MS) == 1
    assert story.run(RETURN_MS // 2 + LOOK_MS) == 0


def test_a_source_that_dies_each_time_it_is_used_is_asked_for_more_each_time():
    """It is good while it is watched and bad when it is used, as is one of whose pictures nothing can be packaged."""
    story = Story(2)
    left = []
    for _ in range(LONGEST_DOUBLING + 3):
        story.turn(0, Severity.UNUSABLE)
        story.run(LEAVE_MS + LOOK_MS)
        left.append(story.now_ms)
        story.turn(0, Severity.GOOD)
        story.run(story.machine.asked_ms(0) + 2 * LOOK_MS)
        assert story.machine.in_use == 0
    waits = [b - a for a, b in zip(left, left[1:], strict=False)]
    assert all(b > 1.8 * a for a, b in zip(waits[:LONGEST_DOUBLING], waits[1:LONGEST_DOUBLING], strict=False))
    assert waits[-1] < 1.1 * (RETURN_MS << LONGEST_DOUBLING)


def test_a_source_that_did_well_for_long_is_forgiven():
    story = Story(2)
    for _ in range(3):
        story.turn(0, Severity.UNUSABLE)
        story.run(LEAVE_MS + LOOK_MS)
        story.turn(0, Severity.GOOD)
        story.run(story.machine.asked_ms(0) + 2 * LOOK_MS)
    assert story.machine.asked_ms(0) == 4 * RETURN_MS
    story.run(11 * RETURN_MS)
    story.turn(0, Severity.UNUSABLE)
    story.run(LEAVE_MS + LOOK_MS)
    assert story.machine.asked_ms(0) == RETURN_MS


TURNS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(list(Severity)), st.integers(1, 400).map(lambda n: n * LOOK_MS)),
    max_size=30,
)


@given(TURNS)
def test_whatever_happens_no_two_switches_come_close_and_a_dead_one_is_left_while_another_is_good(turns):
    story = Story(3)
    for source, severity, ms in turns:
        if story.states[source][0] != severity:
            story.turn(source, severity)
        story.run(ms)
        severity, since = story.states[story.machine.in_use]
        others = [s for s, _ in story.states]
        used_since = story.history[-1][0] if story.history else 0
        is_overdue = story.now_ms - max(since, used_since) > LEAVE_MS + 2 * LOOK_MS
        has_changed = [story.now_ms - at for _, at in story.states if story.now_ms - at <= 2 * LOOK_MS]
        if severity and is_overdue and not has_changed:
            assert min(others) >= severity
    assert story.machine.switches == len(story.history)
    in_use, left_ms = 0, [-RETURN_MS] * 3
    for at_ms, source in story.history:
        if source < in_use and story.machine.asked_ms(source) == RETURN_MS:
            assert at_ms - left_ms[source] >= LEAVE_MS, "it was left, then the next one was bad for its time"
        left_ms[in_use] = at_ms
        in_use = source


def test_another_list_of_sources_leaves_the_one_in_use_alone():
    story = Story(2)
    story.turn(0, Severity.UNUSABLE)
    assert story.run(LEAVE_MS + LOOK_MS) == 1
    switches = story.machine.switches
    story.machine.rearrange([None, 1, 0], story.now_ms)  # a new best one; what was the best is the last
    story.states = [(Severity.UNUSABLE, story.now_ms), story.states[1], story.states[0]]
    assert story.run(2 * RETURN_MS) == 1
    assert story.machine.switches == switches
    story.turn(0, Severity.GOOD)
    assert story.run(RETURN_MS - 1_000) == 1
    assert story.run(2_000) == 0


def test_the_one_in_use_that_is_gone_is_followed_by_one_that_was_good():
    story = Story(3, SwitchSettings(LEAVE_MS, RETURN_MS, watch_all=True))
    story.turn(1, Severity.UNUSABLE)
    assert story.run(1_000) == 0
    story.machine.rearrange([1, 2], story.now_ms)
    story.states = story.states[1:]
    assert story.machine.in_use == 1
    assert story.run(LEAVE_MS) == 1
    story.machine.rearrange([None], story.now_ms)  # and where nobody is known, the best, which may begin in peace
    story.states = [(Severity.UNUSABLE, story.now_ms)]
    assert story.run(2 * LEAVE_MS) == 0


def test_a_source_that_an_operator_holds_is_used_whatever_it_is_like_until_it_is_given_back():
    machine = SwitchOver(3, SwitchSettings(leave_after_ms=1000, return_after_ms=2000))
    good = Finding(Severity.GOOD, "good", "it is good", 0)
    bad = Finding(Severity.UNUSABLE, "silent", "nothing comes", 0)
    assert not machine.decide([good, None, None], 0)
    machine.held = 2
    assert machine.decide([good, None, None], 100)
    assert machine.in_use == 2
    for now_ms in range(200, 20_000, 100):
        assert not machine.decide([good, good, bad], now_ms)
    machine.rearrange([2, 0], 20_000)  # another list, in which it is the first
    assert (machine.in_use, machine.held) == (0, 0)
    machine.rearrange([1, 0], 20_000)
    machine.held = None
    for now_ms in range(20_100, 24_000, 100):
        machine.decide([good, good], now_ms)
    assert machine.in_use == 0


def test_a_held_source_that_is_listed_no_longer_is_held_no_longer():
    machine = SwitchOver(2, SwitchSettings())
    machine.held = 1
    assert machine.decide([None, None], 0)
    machine.rearrange([0, None], 100)
    assert (machine.held, machine.in_use) == (None, 0)
