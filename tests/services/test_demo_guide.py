"""The demo's guide is a real one: without gaps, the same on every machine, read back as it was written."""

from pathlib import Path

from yiwang.media.demo_channels import CHANNELS
from yiwang.network.guide.from_xmltv import XmltvSchedules
from yiwang.network.guide.subject import subject_of
from yiwang.services.demo_guide import DAY_S, demo_programmes, write_demo_guide

NOW_S = 1_790_000_000


def test_every_channel_has_something_at_any_time_of_a_week():
    for channel in CHANNELS:
        mine = [p for p in demo_programmes(NOW_S) if p.channel == channel.id]
        assert mine[0].start_s <= NOW_S - DAY_S
        assert mine[-1].stop_s is not None
        assert mine[-1].stop_s >= NOW_S + 7 * DAY_S
        assert all(one.stop_s == other.start_s for one, other in zip(mine, mine[1:], strict=False))


def test_tomorrow_what_was_told_today_still_stands():
    tomorrow = set(demo_programmes(NOW_S + DAY_S))
    assert [p for p in demo_programmes(NOW_S) if p.start_s > NOW_S and p not in tomorrow] == []


def test_the_file_is_read_back_with_all_of_it(tmp_path: Path):
    reader = XmltvSchedules()
    reader.feed(write_demo_guide(tmp_path, NOW_S).read_bytes())
    reader.flush()
    schedules = reader.schedules()
    assert not reader.faults
    events = [event for schedule in schedules.values() for event in schedule]
    assert sorted(schedules) == sorted(channel.id for channel in CHANNELS)
    assert len(events) == len(list(demo_programmes(NOW_S)))
    assert all(subject_of(event) for event in events)
    assert all(len(event.titles) == len(event.synopses) == 2 for event in events)
