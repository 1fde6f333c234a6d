"""Which segment is next: as a script of playlists and moments, without a clock and without a network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.hls.playlist_reader import ListedMedia, ListedSegment
from yiwang.net.hls_follower import HlsFollower

SECOND_US = 1_000_000


def live(
    first: int, n: int, *, target: int = 2, ended: bool = False, gaps: tuple[int, ...] = (), **more: int
) -> ListedMedia:
    segments = tuple(
        ListedSegment(number, f"{number}.ts", target * SECOND_US, gap=number in gaps)
        for number in range(first, first + n)
    )
    return ListedMedia(target * SECOND_US, first, segments, ended, **more)


def numbers(follower: HlsFollower) -> list[int]:
    found = []
    while (one := follower.next_segment()) is not None:
        found.append(one.segment.media_sequence_number)
    return found


def fault_names(follower: HlsFollower) -> list[tuple[str, int]]:
    return [(fault.name, fault.count) for fault in follower.drain_faults()]


def test_it_begins_three_target_durations_before_the_end_or_where_the_server_says():
    for playlist, first in (
        (live(10, 10), 17), (live(10, 2), 10), (live(10, 10, hold_back_us=9 * SECOND_US), 15), (live(10, 10, ended=True), 10),
    ):  # fmt: skip
        follower = HlsFollower()
        follower.take(playlist, 0)
        assert numbers(follower)[0] == first
        assert follower.ended is playlist.ended


def test_each_segment_is_had_once_as_the_playlist_moves_on():
    follower = HlsFollower()
    got = []
    for first in range(10, 20):
        follower.take(live(first, 5), 0)
        got += numbers(follower)
    assert got == list(range(12, 24))
    assert fault_names(follower) == []


def test_it_is_read_again_after_a_target_duration_or_half_of_one_where_nothing_has_changed():
    follower = HlsFollower()
    assert follower.take(live(1, 5), 1000)
    assert follower.reload_ms == 3000
    assert not follower.take(live(1, 5), 3000)
    assert follower.reload_ms == 4000
    follower.take(live(2, 5, target=0), 5000)
    assert follower.reload_ms > 5000
    follower.take(live(2, 5, target=100_000), 5000)
    assert follower.reload_ms <= 5000 + 30_000


def test_gaps_and_what_could_not_be_had_are_time_that_is_missing_before_the_next():
    follower = HlsFollower()
    follower.take(live(1, 6, gaps=(5,), ended=True), 0)
    one = follower.next_segment()
    assert one is not None
    assert (one.missing_us, one.leap) == (0, False)
    two = follower.next_segment()
    assert two is not None
    follower.missed(two.segment, "the server answered 404 Not Found")
    three = follower.next_segment()
    assert three is not None
    assert three.missing_us == 2 * SECOND_US
    four = follower.next_segment()
    assert four is not None
    six = follower.next_segment()
    assert six is not None
    assert (six.segment.media_sequence_number, six.missing_us) == (6, 2 * SECOND_US)
    details = [fault.detail for fault in follower.drain_faults()]
    assert details == ["segment 2: the server answered 404 Not Found", "segment 5: the playlist has a gap in its place"]


def test_who_is_too_late_goes_on_at_the_live_edge():
    follower = HlsFollower()
    follower.take(live(1, 5), 0)
    numbers(follower)
    follower.take(live(100, 5), 0)
    found = follower.next_segment()
    assert found is not None
    assert (found.segment.media_sequence_number, found.leap, found.missing_us) == (102, True, 0)
    assert fault_names(follower) == [("hls_segment_missing", 94)]


def test_an_older_copy_of_the_playlist_is_waited_out_and_a_server_that_counts_anew_is_followed():
    follower = HlsFollower()
    follower.take(live(100, 5), 0)
    numbers(follower)
    for _ in range(2):
        follower.take(live(99, 5), 0)
        assert numbers(follower) == []
        follower.take(live(101, 5), 0)
    assert numbers(follower) == [105]
    assert fault_names(follower) == []
    for n in range(3):
        follower.take(live(0, 4 + n), 0)
    assert numbers(follower) == [3, 4, 5]
    assert fault_names(follower) == [("hls_restarted", 1)]
    follower.take(live(1, 6), 0)
    assert numbers(follower) == [6]


def test_a_playlist_without_segments_changes_nothing():
    follower = HlsFollower()
    follower.take(live(0, 0), 0)
    assert numbers(follower) == []
    follower.take(live(5, 5), 0)
    numbers(follower)
    follower.take(live(0, 0), 0)
    assert numbers(follower) == []
    follower.take(live(6, 5), 0)
    assert numbers(follower) == [10]


def test_the_end_comes_after_the_last_segment():
    follower = HlsFollower()
    follower.take(live(1, 3), 0)
    follower.next_segment()
    follower.take(live(1, 4, ended=True), 0)
    assert not follower.ended
    assert numbers(follower) == [2, 3, 4]
    assert follower.ended


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), max_size=30))
def test_whatever_comes_no_number_is_had_twice_without_a_word(playlists: list[tuple[int, int]]):
    follower = HlsFollower()
    last = -1
    for first, n in playlists:
        follower.take(live(first, n), 0)
        while (found := follower.next_segment()) is not None:
            number = found.segment.media_sequence_number
            assert first <= number < first + n
            assert number == last + 1 or found.leap or last < 0
            last = number
            if found.leap:
                assert follower.drain_faults()


@pytest.mark.parametrize("ended", [False, True])
def test_a_leap_to_a_list_that_has_an_end_begins_with_its_first(ended: bool):
    follower = HlsFollower()
    follower.take(live(100, 5), 0)
    numbers(follower)
    for _ in range(3):
        follower.take(live(0, 9, ended=ended), 0)
    assert numbers(follower)[0] == (0 if ended else 6)
