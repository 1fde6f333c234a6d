"""TV-Anytime in and out."""

# ruff: noqa: E501
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.dvbi.test_documents import GUIDE, need, validate
from tests.network.guide.guides import T0, WHOLE, event, schedule
from yiwang.dvbi.content_guide import TVAMain, content_guide_document, read_content_guide
from yiwang.network.guide import Event, Part, merge
from yiwang.network.guide.event import FREE, LIVE, OPEN_END, Age, ContentGroup, Genre, Synopsis
from yiwang.network.guide.tva import made_up_crid, read_made_up_crid, schedules_of_tva, tva_of_events
from yiwang.xmltv.guide import Text

FOREIGN = SHARED / "metadata" / "dvb-i" / "reference-client"
GUIDES = [*(f"schedule_templates/cgsid_{n}.xml" for n in range(1, 15)), "nownext.xml"]


def document(service: str, events: list[Event], **options) -> bytes:
    octets = content_guide_document(tva_of_events(service, events, "yiwang.example", lang="zh", **options))
    validate("tva_metadata_3-1_v1141.xsd", octets)
    return octets


def test_what_is_written_is_valid_and_read() -> None:
    one = event(
        0, 30, flags=LIVE | FREE, crid="crid://a.cn/1", synopses=(Synopsis("x" * 300, "en", "long"), Synopsis("y", "zh", "short")),
        sub_titles=(Text("Part", "en"),), keywords=(Text("k", "zh"),), genres=(Genre("urn:dvb:metadata:cs:ContentSubject:2019:2"),),
        ages=(Age(12, "CHN"),), images=("http://i/1.png",), groups=(ContentGroup("crid://a.cn/s", "series"),), length_s=1700,
    )  # fmt: skip
    two = event(30, 60, "体育", flags=OPEN_END)
    octets = document("cctv1", [one, two])
    guide, unknown = read_content_guide(octets)
    assert not unknown
    some = schedules_of_tva(guide)["cctv1"]
    assert some[0] == one
    made_up = made_up_crid("yiwang.example", "cctv1", two.start_s)
    assert len(some) == 1  # the second has no end, so no length
    assert made_up.encode() in octets
    document("cctv1", [WHOLE])
    document("cctv1", [event(0, 1, "")])
    document("cctv1", [], span_s=(T0, T0 + 60))


def test_names_of_events_without_one() -> None:
    crid = made_up_crid("a.cn", "浙江/卫视 1", 1_790_000_000)
    assert read_made_up_crid(crid, "a.cn") == ("浙江/卫视 1", 1_790_000_000)
    for other in (
        "crid://b.cn/x/1",
        "crid://a.cn/x",
        "crid://a.cn//5",
        "crid://a.cn/x/y",
        "",
        "crid://a.cn/x/9999999999999",
    ):
        assert read_made_up_crid(other, "a.cn") is None


def test_two_programmes_of_one_name_are_told_apart() -> None:
    guide = tva_of_events(
        "s",
        [event(0, 1, "a", crid="crid://x/1"), event(1, 2, "b", crid="crid://x/1"), event(2, 3, "a", crid="crid://x/1")],
        "a.cn",
    )
    table = guide.program_description.program_information_table
    assert table is not None
    assert [program.program_id for program in table.program_informations] == [
        "crid://x/1",
        made_up_crid("a.cn", "s", T0 + 60),
    ]


def _with_languages(guide: TVAMain) -> tuple[set, list]:
    table = guide.program_description.program_information_table
    location = guide.program_description.program_location_table
    assert table is not None
    assert location is not None
    lang = table.lang or guide.program_description.lang or guide.lang

    def plain(program):
        basic = program.basic_description
        own = basic.lang or program.lang or lang
        said = {
            n: tuple(replace(t, lang=t.lang or own) for t in getattr(basic, n))
            for n in ("titles", "synopses", "keywords")
        }
        return repr(replace(program, lang="", basic_description=replace(basic, lang="", **said)))

    programs = {plain(program) for program in table.program_informations}
    shown = [e for s in location.schedules for e in s.schedule_events] + [
        *location.schedule_events,
        *location.broadcast_events,
    ]
    return programs, sorted(repr(e) for e in shown)


@pytest.mark.parametrize("name", GUIDES)
def test_other_peoples_guides_come_out_with_nothing_lost(name: str) -> None:
    guide, _ = read_content_guide(
        need(FOREIGN / name).replace(b"DATE_TEMPLATE", b"2026-09-26")
    )  # the client fills it in
    faults: Counter[str] = Counter()
    some = schedules_of_tva(guide, faults)
    assert not faults
    programs, shown = _with_languages(guide)
    seen_programs, seen_shown = set(), []
    for service, one in some.items():
        out = tva_of_events(service, list(one), "yiwang.example")
        again, _ = read_content_guide(content_guide_document(out))
        p, s = _with_languages(again)
        seen_programs |= p
        seen_shown += s
        assert schedules_of_tva(again)[service].start_s.tolist() == one.start_s.tolist()
        # a better source's title, and its time, come out with what else TV-Anytime told
        first = one[0]
        best = schedule(replace(first, titles=(Text("Other title", "fr"),), others=(), stop_s=first.stop_s - 60))
        best = replace(best, title=one.title[:1], sketch=one.sketch[:1])
        merged = merge([Part(schedule=best, priority=0), Part(schedule=one, priority=1)])[0]
        changed = tva_of_events(service, [merged], "yiwang.example")
        table = changed.program_description.program_information_table
        assert table is not None
        assert table.program_informations[0].basic_description.titles[0].value == "Other title"
    assert seen_programs == programs
    assert sorted(seen_shown) == shown


def test_our_own_guide() -> None:
    some = schedules_of_tva(GUIDE)
    for service, one in some.items():
        document(service, list(one))


@given(
    st.integers(0, 1 << 33),
    st.integers(1, 10_000),
    st.integers(0, 127),
    st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_events_come_back(start_s: int, length_s: int, flags: int, title: str) -> None:
    title = " ".join("".join(c for c in title if c.isprintable()).split())
    flags &= ~(1 << 1) if flags & FREE else 0b1011101
    one = Event(
        start_s=start_s, stop_s=start_s + length_s, flags=flags & 0b0111101, titles=(Text(title),), crid="crid://x/1"
    )
    guide, _ = read_content_guide(content_guide_document(tva_of_events("s", [one], "a.cn")))
    assert list(schedules_of_tva(guide)["s"]) == [one]
