"""Files packaged one after the other: whole files, and pieces of one stream cut anywhere."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packaging import television as tv
from tests.packaging.test_programme import Published
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

SECONDS = 4
FILE = Settings(part_90k=0, live=False)


def package(files):
    packager, published, faults = TransportPackager(None, FILE), Published(), {}
    for octets in files:
        published.take(packager.begin_file(octets[:100_000]))
        for at in range(0, len(octets), 100_000):
            published.take(packager.feed(octets[at : at + 100_000], 0))
    published.take(packager.flush(0))
    published.check_timelines()
    for fault in packager.drain_faults():
        faults[fault.name] = faults.get(fault.name, 0) + fault.count
    return published, faults


def video_90k(published):
    return sum(s.duration_ticks for (track, _), s in published.segments.items() if track == "video")


def test_a_file_that_goes_on_where_the_one_before_ended_goes_on_in_its_period():
    one = tv.stream(SECONDS)
    two = tv.shifted(one, SECONDS * 90_000)  # its counters begin anew
    published, faults = package([one, two])
    assert len(published.periods) == 1
    assert video_90k(published) == 2 * SECONDS * 90_000
    assert faults == {}


def test_a_file_of_an_earlier_time_begins_a_period_with_all_tracks():
    one = tv.stream(SECONDS)
    for back_90k in (1, 9_000, 45_000, 20 * 90_000):
        published, faults = package([one, tv.shifted(one, SECONDS * 90_000 - 3600 - back_90k)])
        assert len(published.periods) == 2
        assert [len(p.tracks) for p in published.periods] == [2, 2]
        assert video_90k(published) == 2 * SECONDS * 90_000
        assert faults == {"time_jump": 1}


def test_a_file_in_which_the_streams_have_other_pids_loses_no_picture():
    one = tv.stream(SECONDS)
    published, _ = package(
        [one, tv.moved(tv.shifted(one, SECONDS * 90_000), {tv.VIDEO_PID: 0x200, tv.AUDIO_PID: 0x201})]
    )
    assert len(published.periods) == 1
    assert video_90k(published) == 2 * SECONDS * 90_000


@given(st.lists(st.integers(0, len(tv.stream(SECONDS))), min_size=1, max_size=4))
@settings(max_examples=25)
def test_pieces_of_one_stream_cut_anywhere_are_that_stream(cuts):
    whole = tv.stream(SECONDS)
    places = [0, *sorted(set(cuts)), len(whole)]
    expected, _ = package([whole])
    pieces, faults = package([whole[a:b] for a, b in zip(places, places[1:], strict=False) if b > a])
    assert pieces.octets == expected.octets
    assert faults == {}
