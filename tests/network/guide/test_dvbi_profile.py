"""Answers of the guide's endpoints as TS 103 770 6.10.5 has them: what dvb-i-tools (A177r8) accepts without a remark."""

from tests.dvbi.test_documents import validate
from tests.network.guide.guides import T0, WHOLE, event
from yiwang.dvbi.content_guide import TVAMain, content_guide_document
from yiwang.network.guide import Event
from yiwang.network.guide.dvbi_profile import FIRST, LAST, LATER, NOW, Kind, profiled
from yiwang.network.guide.event import FREE, LIVE, NEW, OPEN_END, Age, ContentGroup, Genre, Synopsis
from yiwang.network.guide.tva import schedules_of_tva, tva_of_events
from yiwang.xmltv.guide import Text

SERVICE = "tag:x.cn,2026:a"
RICH = event(
    0, 30, flags=LIVE | FREE | NEW, crid="crid://a.cn/1", length_s=1700,
    synopses=(Synopsis("x " * 300, "en", "long"), Synopsis("y", "zh", "short"), Synopsis("z" * 2000, "de", "extended")),
    sub_titles=(Text("Part", "en"), Text("Teil", "de")), keywords=tuple(Text(f"k{n}", "zh") for n in range(25)),
    genres=(Genre("urn:x:1"), Genre("urn:dvb:metadata:cs:ContentSubject:2019:2")), images=("http://i/1.png", "http://i/2.png"),
    ages=(Age(12, "CHN"), Age(3, "DEU"), Age(21, "FRA"), Age(14, "CHN")),
    groups=(ContentGroup("crid://a.cn/s", "series"), ContentGroup("crid://a.cn/g", "")),
)  # fmt: skip
OPEN = event(30, 60, "体育" * 60, flags=OPEN_END)
PLAIN = event(60, 90, "n")


def answer(kind: Kind, events: list[Event], span_s: tuple[int, int] | None = None, **options: object) -> TVAMain:
    made = profiled(tva_of_events(SERVICE, events, "x.cn", span_s, "zh"), kind, **options)
    validate("tva_metadata_3-1_v1141.xsd", content_guide_document(made))
    return made


def parts(made: TVAMain):
    description = made.program_description
    programs, location = description.program_information_table, description.program_location_table
    assert programs is not None
    assert location is not None
    groups = description.group_information_table.group_informations if description.group_information_table else ()
    return programs.program_informations, location, groups


def test_a_programme_in_a_schedule_has_what_it_must_have_and_no_more() -> None:
    (rich, opened, plain, _), location, groups = parts(
        answer("schedule", [RICH, OPEN, PLAIN, WHOLE], (T0 + 600, T0 + 1200))
    )
    basic = rich.basic_description
    assert [(s.lang, s.length, len(s.value)) for s in basic.synopses] == [
        ("en", "medium", 250),
        ("zh", "medium", 1),
        ("de", "medium", 250),
    ]
    assert [genre.href for genre in basic.genres] == ["urn:dvb:metadata:cs:ContentSubject:2019:2"]
    assert [(one.minimum_age, one.country_codes) for one in basic.parental_guidances] == [(12, "CHN"), (18, "FRA")]
    assert len(basic.related_materials) == 1
    assert not basic.keywords
    assert [(title.type, title.lang) for title in basic.titles] == [("main", "zh")], (
        "a secondary title without a main one"
    )
    assert [(s.length, s.value) for s in plain.basic_description.synopses] == [("medium", "")]
    assert len(opened.basic_description.titles[0].value) == 80
    (shown,) = location.schedules
    assert not groups
    assert (shown.start_ms, shown.end_ms) == (T0 * 1000, 1000 * max(e.stop_s for e in (RICH, PLAIN, WHOLE)))
    first, second, *_ = shown.schedule_events
    assert first.live is None
    assert first.first_showing is not None
    assert second.published_duration_ms == 30 * 60_000, "an open end is where the next one begins"


def test_what_is_on_and_what_is_next_are_groups() -> None:
    (on, following), _, groups = parts(answer("now-next", [RICH, OPEN]))
    assert [(g.group_id, g.num_of_items, g.ordered) for g in groups] == [(NOW, 1, True), (LATER, 1, True)]
    assert [[(m.crid, m.index) for m in p.member_ofs] for p in (on, following)] == [[(NOW, 1)], [(LATER, 1)]]
    assert on.episode_of is None
    (only,), _, groups = parts(answer("now-next", [OPEN], has_present=False))
    assert [g.group_id for g in groups] == [only.member_ofs[0].crid] == [LATER]
    nothing = answer("now-next", [], (T0, T0 + 60))
    assert parts(nothing)[0] == parts(nothing)[2] == ()
    assert nothing.program_description.group_information_table is not None, "the profile wants the table all the same"


def test_a_programme_by_itself_has_its_long_text_and_its_times() -> None:
    (program,), location, _ = parts(answer("programme", [RICH]))
    assert [(s.lang, s.length) for s in program.basic_description.synopses][:3] == [
        ("en", "medium"),
        ("en", "long"),
        ("zh", "medium"),
    ]
    assert max(len(s.value) for s in program.basic_description.synopses) == 1200
    assert len(program.basic_description.keywords) == 20
    assert program.episode_of is not None
    assert [(m.type, m.index) for m in program.member_ofs] == [("tva:MemberOfType", 1)]
    assert not location.schedules
    assert [e.service_id_ref for e in location.broadcast_events] == [SERVICE]


def test_more_episodes_are_members_of_one_group_of_one_page() -> None:
    programs, location, (group,) = parts(
        answer("episodes", [RICH, PLAIN], group="crid://a.cn/s", here="http://h/e?pid=1")
    )
    assert (group.group_id, group.num_of_items) == ("crid://a.cn/s", 2)
    assert [material.how_related.href for material in group.basic_description.related_materials] == [FIRST, LAST]
    assert {p.episode_of.crid for p in programs if p.episode_of} == {"crid://a.cn/s"}
    assert not any(p.basic_description.synopses for p in programs)
    assert len(location.broadcast_events) == 2


def test_types_have_no_prefix_where_elements_have_none() -> None:
    octets = content_guide_document(answer("now-next", [RICH]))
    assert b'xsi:type="MemberOfType"' in octets
    assert b'xsi:type="ProgramGroupTypeType"' in octets


def test_what_only_the_profile_wants_is_no_news_to_who_reads_it() -> None:
    (found,) = schedules_of_tva(answer("now-next", [PLAIN]))[SERVICE]
    assert (found.synopses, found.groups) == ((), ())
