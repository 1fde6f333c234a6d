"""The guide as XMLTV, octet for octet what the writer of records writes."""

# ruff: noqa: E501

import subprocess
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import need_tool
from tests.network.guide.guides import T0, WHOLE, event, schedule
from yiwang.network.guide import Event, Schedule
from yiwang.network.guide.event import Age, Synopsis
from yiwang.network.guide.from_xmltv import event_of_programme, programme_of_event
from yiwang.network.to_xmltv import programme_pieces, xmltv_pieces
from yiwang.xmltv.guide import Channel, Credit, Programme, SystemValue, Text
from yiwang.xmltv.moment import moment_text
from yiwang.xmltv.reader import GuideReader
from yiwang.xmltv.writer import CREDIT_JOBS, programme_text

CHANNEL = Channel("cctv1.cn", (Text("CCTV-1", "en"), Text("央视一套", "zh")), ("http://i/c.png",), ("http://c/",))

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
texts = st.lists(st.builds(Text, text, st.sampled_from(["", "zh", 'e"n&'])), max_size=2).map(tuple)
systems = st.lists(st.builds(SystemValue, text, st.sampled_from(["", "onscreen", "<s>"])), max_size=2).map(tuple)
programmes = st.builds(
    Programme, channel=st.just("c"), start_s=st.integers(0, 1 << 33), stop_s=st.none(), titles=texts, sub_titles=texts,
    descs=texts, credits=st.lists(st.builds(Credit, st.sampled_from([*CREDIT_JOBS, "chef"]), text, text), max_size=4).map(tuple),
    date=text, categories=texts, keywords=texts, language=text, orig_language=text,
    length_s=st.none() | st.integers(0, 9_999_999), icons=st.lists(text, max_size=2).map(tuple),
    urls=st.lists(text, max_size=2).map(tuple), countries=texts, episode_nums=systems, aspect=text, quality=text,
    previously_shown=st.booleans(), premiere=st.booleans(), last_chance=st.booleans(), new=st.booleans(),
    subtitles=st.lists(st.sampled_from(["", "teletext", "x&y"]), max_size=2).map(tuple), ratings=systems, star_ratings=systems,
)  # fmt: skip


def written(channel: str, some: Schedule) -> str:
    return b"".join(programme_pieces(channel, some)).decode()


@settings(max_examples=100)
@given(programmes, st.none() | st.integers(1, 80_000), text)
def test_what_the_kernel_writes_is_what_the_writer_writes(one: Programme, length_s: int | None, channel: str) -> None:
    stop_s = None if length_s is None else one.start_s + length_s
    one = Programme(**{name: getattr(one, name) for name in one.__slots__} | {"channel": channel, "stop_s": stop_s})
    some = schedule(event_of_programme(one, one.start_s + 60))
    assert written(channel, some) == programme_text(one)


def test_a_programme_and_an_event_hold_the_same() -> None:
    one = event(
        0, 30, ages=(Age(12, "CHN"),), synopses=(Synopsis("a", "en", "long"),), credits=(Credit("actor", "A", "B"),)
    )
    programme = programme_of_event(one, "c")
    assert programme.ratings == (SystemValue("12", "CHN"),)
    assert programme.descs == (Text("a", "en"),)
    assert event_of_programme(programme).credits == one.credits
    assert written("c", schedule(one)) == programme_text(programme)


@given(st.lists(st.integers(0, 7 * 1440), unique=True, max_size=60), st.integers(0, 2000))
def test_pieces_of_any_size(minutes: list[int], size: int) -> None:
    minutes.sort()
    some = schedule(*(event(a, a + 1, "t", synopses=(Synopsis("&" * size),)) for a in minutes))
    assert written("c", some) == "".join(programme_text(programme_of_event(one, "c")) for one in some)


def test_one_very_large_event() -> None:
    some = schedule(event(0, 1, "t", synopses=(Synopsis('"' * 3_000_000),)), event(1, 2, "u"))
    assert written("c", some) == "".join(programme_text(programme_of_event(one, "c")) for one in some)


@given(st.integers(0, (1 << 33)))
def test_times(moment_s: int) -> None:
    some = schedule(Event(start_s=moment_s, stop_s=moment_s + 1))
    assert moment_text(moment_s) in written("c", some)


def test_the_validator_accepts_the_document_and_it_is_read_again(tmp_path: Path) -> None:
    whole = Event(
        **{name: getattr(WHOLE, name) for name in WHOLE.__slots__} | {"credits": WHOLE.credits[:2], "length_s": 1700}
    )
    some = schedule(whole, event(60, 90, "体育"))
    octets = b"".join(xmltv_pieces([CHANNEL], [("cctv1.cn", some)], {"generator-info-name": "yiwang"}))
    path = tmp_path / "guide.xml"
    path.write_bytes(octets)
    validator = need_tool("tv_validate_file")
    dtd_file = "/usr/share/xmltv/xmltv.dtd"
    answer = subprocess.run(
        [validator, "--dtd-file", dtd_file, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    reader = GuideReader()
    rows = [*reader.feed(octets), *reader.flush()]
    assert rows[0] == CHANNEL
    assert rows[1] == programme_of_event(whole, "cctv1.cn")
    assert [row.start_s for row in rows[1:]] == [T0, T0 + 3600]
