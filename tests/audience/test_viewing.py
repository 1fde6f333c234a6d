"""Sessions and sums, against histories that are told in one line each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.audience import viewing
from yiwang.audience.viewing import SILENT_MS, Now, Viewing
from yiwang.cmcd.report import CmcdReport

NOW = 1_764_216_000_000


def report(number: int | None, at_ms: int, state: str = "p", sid: str = "s", cid: str = "one", **more) -> CmcdReport:
    return CmcdReport(more.pop("event", "ps"), NOW + at_ms, sid, cid, number, state, **more)


def seen(*reports: CmcdReport) -> Viewing:
    them = Viewing({"one", "two"}.__contains__)
    for one in reports:
        them.take(one, one.timestamp_ms + 40)
    return them


def test_a_session_from_its_start_to_its_end():
    them = seen(
        report(0, 0, "s"),
        report(1, 600, "p", media_start_delay_ms=600, bit_rate_kbps=5000),
        report(2, 10_600, "r", starvations=1, starvation_ms=0),
        report(3, 12_600, "p", starvations=1, starvation_ms=2_000),
        report(4, 20_600, "p", event="t", starvations=1, starvation_ms=2_000, latency_ms=1500),
    )
    tally = them.tallies["one"]
    assert (tally.sessions, tally.played_ms, tally.stalls, tally.stalled_ms) == (1, 18_000, 1, 2_000)
    assert (tally.starts, tally.start_ms, tally.errors) == ([0, 0, 1, 0, 0, 0, 0], 600, 0)
    assert them.now(NOW + 21_000) == {"one": Now(1, 5000, 1500)}
    them.take(report(5, 21_000, "q"), NOW + 21_000)
    assert them.now(NOW + 21_001) == {}
    assert tally.sessions == 1


def test_viewers_are_counted_where_they_are_and_until_they_are_silent():
    them = seen(
        report(0, 0, sid="a", bit_rate_kbps=2000),
        report(0, 10, sid="b", bit_rate_kbps=4000),
        report(0, 20, sid="c", cid="two"),
        report(0, 30, "f", sid="d", cid="two", event="e"),
    )
    assert them.now(NOW + 1000) == {"one": Now(2, 3000, None), "two": Now(1, None, None)}
    assert them.tallies["two"].errors == 1
    them.take(report(1, 60_000, sid="a"), NOW + 60_000)
    assert them.now(NOW + SILENT_MS + 100) == {"one": Now(1, 2000, None)}
    assert len(them) == 1


def test_what_comes_twice_or_late_is_not_counted_again():
    them = seen(report(0, 0), report(1, 5_000))
    assert them.take(report(1, 5_000), NOW + 6_000) == "repeated"
    assert them.take(report(0, 0), NOW + 6_000) == "repeated"
    assert them.tallies["one"].played_ms == 5_000


def test_a_lost_report_of_a_stall_costs_nothing():
    them = seen(report(0, 0), report(7, 30_000, starvations=3, starvation_ms=9_000))
    tally = them.tallies["one"]
    assert (tally.stalls, tally.stalled_ms) == (3, 9_000)


def test_a_session_from_before_the_node_started_counts_from_now_on():
    them = seen(
        report(40, 0, starvations=9, starvation_ms=70_000), report(41, 30_000, starvations=10, starvation_ms=71_000)
    )
    tally = them.tallies["one"]
    assert (tally.sessions, tally.stalls, tally.stalled_ms) == (1, 1, 1_000)


def test_the_start_is_counted_once():
    them = seen(*(report(n, 100 * n, media_start_delay_ms=300) for n in range(3)))
    assert sum(them.tallies["one"].starts) == 1


def test_another_channel_under_the_same_id_is_another_session():
    them = seen(report(0, 0), report(1, 1_000, cid="two"))
    assert {channel: tally.sessions for channel, tally in them.tallies.items()} == {"one": 1, "two": 1}


def test_content_that_is_no_channel_is_told_and_takes_no_memory():
    them = Viewing({"one"}.__contains__)
    assert them.take(report(0, 0, cid="nothing"), NOW) == "unknown_content"
    assert (len(them), them.tallies) == (0, {})


def test_what_cannot_be_true_is_bounded():
    them = seen(report(0, 0), report(1, 10**9, starvations=10**9, starvation_ms=10**11, media_start_delay_ms=10**9))
    tally = them.tallies["one"]
    assert tally.played_ms == viewing.LONGEST_BETWEEN_MS
    assert tally.starts == [0] * 7
    them = seen(report(0, 0))
    them.take(report(1, 1_000, starvations=10**9, starvation_ms=10**11), NOW + 1_000)
    assert them.tallies["one"].stalled_ms <= 61_000
    assert them.tallies["one"].stalls <= 610


def test_sessions_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(viewing, "MOST_SESSIONS", 3)
    them = seen(*(report(0, n, sid=str(n)) for n in range(5)))
    assert len(them) == 3
    assert them.tallies["one"].sessions == 5
    assert them.take(report(1, 10, sid="4"), NOW + 10) == "taken"
    assert them.tallies["one"].sessions == 5  # the newest are kept


REPORTS = st.builds(
    CmcdReport,
    event=st.sampled_from(["ps", "t", "e"]),
    timestamp_ms=st.integers(0, 10**14),
    session_id=st.sampled_from("abc"),
    content_id=st.sampled_from(["one", "two", "three"]),
    sequence_number=st.none() | st.integers(0, 9),
    state=st.none() | st.sampled_from("sprqf"),
    media_start_delay_ms=st.none() | st.integers(0, 10**12),
    starvations=st.none() | st.integers(0, 10**12),
    starvation_ms=st.none() | st.integers(0, 10**12),
    bit_rate_kbps=st.none() | st.integers(0, 10**12),
)


@given(st.lists(st.tuples(REPORTS, st.integers(0, 200_000)), max_size=40))
def test_sums_only_rise_whatever_comes(told):
    them, at, before = Viewing({"one", "two"}.__contains__), NOW, {}
    for one, later in told:
        at += later
        them.take(one, at)
        them.now(at)
        for channel, tally in them.tallies.items():
            sums = (tally.sessions, tally.played_ms, tally.stalls, tally.stalled_ms, tally.errors, tally.start_ms)
            assert all(new >= old for new, old in zip(sums, before.get(channel, (0,) * 6), strict=True))
            assert sum(tally.starts) <= tally.sessions
            before[channel] = sums
    assert set(them.tallies) <= {"one", "two"}
