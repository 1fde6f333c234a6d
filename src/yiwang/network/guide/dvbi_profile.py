"""What TS 103 770 leaves of TV-Anytime in an answer of a guide's endpoints: its tables of 6.10.5, by the kind of request.

A hub asks for all there is (`WHOLE`); a receiver gets what the profile has room for, and nothing that it must have
is missing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

from yiwang.dvbi.common import ControlledTerm, RelatedMaterial, Text, related
from yiwang.dvbi.content_guide import (
    BasicDescription,
    CRIDRef,
    GroupInformation,
    GroupInformationTable,
    ParentalGuidance,
    ProgramDescription,
    ProgramInformation,
    ProgramInformationTable,
    ProgramLocationTable,
    Schedule,
    ScheduleEvent,
    TVAMain,
)
from yiwang.dvbi.node import Node
from yiwang.network.guide.tva import NOW_NEXT

Kind = Literal["schedule", "now-next", "programme", "episodes"]

WHOLE = "details=all"
"""Preference (RFC 7240) of who wants more of a schedule than that, as a hub does; other servers pass over it."""
LONGEST_TITLE, MOST_KEYWORDS = 80, 20
LONGEST_SYNOPSIS = {"short": 90, "medium": 250, "long": 1200}
YOUNGEST, OLDEST = 4, 18
"""Minimum ages, as parental_rating_descriptor has them (EN 300 468 6.2.28)."""
NOW, LATER = (f"{NOW_NEXT}{which}" for which in ("now", "later"))
FIRST, LAST = (f"urn:fvc:metadata:cs:HowRelatedCS:2015-12:pagination:{which}" for which in ("first", "last"))
WITH_GROUPS = ("now-next", "episodes")
OF_DVB = "urn:dvb:metadata:cs:ContentSubject:"
OPEN_END_MS = 3_600_000
"""Of an event that nothing says the end of, and nothing follows."""


def profiled(guide: TVAMain, kind: Kind, *, has_present: bool = True, group: str = "", here: str = "") -> TVAMain:
    """Return an answer to a request of a kind, from a document of one service's events.

    Parameters
    ----------
    has_present : bool   of now and next: the first event is the one that is on
    group : str          of more episodes: the CRID of what they are episodes of
    here : str           of more episodes: where they are asked for
    """
    description = guide.program_description
    table, location = description.program_information_table, description.program_location_table
    programs = [_program(one, kind, guide.lang) for one in (table.program_informations if table else ())]
    shown = [
        replace(s, schedule_events=tuple(_timed(s.schedule_events))) for s in (location.schedules if location else ())
    ]
    groups: tuple[GroupInformation, ...] = ()
    if kind == "now-next":
        crids = ([NOW] if has_present else []) + [LATER] * len(programs)
        programs = [
            replace(one, member_ofs=(CRIDRef(type="tva:MemberOfType", crid=crid, index=1),), episode_of=None)
            for one, crid in zip(programs, crids, strict=False)
        ]
        groups = tuple(_group(crid, 1) for crid in dict.fromkeys(crids[: len(programs)]))
    elif kind == "episodes":
        programs = [replace(one, member_ofs=(), episode_of=CRIDRef(crid=group)) for one in programs]
        links = tuple(related(how, here, "application/xml") for how in (FIRST, LAST))
        groups = (_group(group, len(programs), links),)
    if kind in ("programme", "episodes"):
        events = (replace(e, service_id_ref=s.service_id_ref) for s in shown for e in s.schedule_events)
        where = ProgramLocationTable(broadcast_events=tuple(events))
    else:
        where = ProgramLocationTable(schedules=tuple(map(_spanned, shown)))
    return replace(
        guide,
        program_description=ProgramDescription(
            program_information_table=ProgramInformationTable(program_informations=tuple(programs)),
            group_information_table=GroupInformationTable(group_informations=groups) if kind in WITH_GROUPS else None,
            program_location_table=where,
        ),
    )


def _group(crid: str, count: int, links: tuple[RelatedMaterial, ...] = ()) -> GroupInformation:
    kind = Node("tva:GroupType", {"xsi:type": "tva:ProgramGroupTypeType", "value": "otherCollection"})
    return GroupInformation(
        group_id=crid,
        ordered=True,
        num_of_items=count,
        group_type=kind,
        basic_description=BasicDescription(related_materials=links),
    )


def _program(program: ProgramInformation, kind: Kind, lang: str) -> ProgramInformation:
    basic = program.basic_description
    lang = basic.lang or program.lang or lang
    described = BasicDescription(
        lang=basic.lang, titles=tuple(_titles(basic.titles, lang)), related_materials=basic.related_materials[:1]
    )
    if kind != "episodes":
        lengths = ("short", "medium", "long") if kind == "programme" else ("short", "medium")
        described = replace(
            described,
            synopses=tuple(_synopses(basic.synopses, lang, lengths)),
            genres=tuple(_genres(basic.genres)),
            parental_guidances=tuple(_guidances(basic.parental_guidances)),
        )
    if kind == "programme":
        described = replace(described, keywords=basic.keywords[:MOST_KEYWORDS], credits_list=basic.credits_list)
    members = [
        replace(one, type="tva:MemberOfType", index=one.index or n) for n, one in enumerate(program.member_ofs, 1)
    ]
    return replace(program, basic_description=described, member_ofs=tuple(members))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _titles(titles: Iterable[Text], lang: str) -> Iterator[Text]:
    """Yield a main and a secondary title in each language; a secondary one is of a main one."""
    found: dict[tuple[str, str], Text] = {}
    for title in titles:
        which = "main" if title.type in ("", "main") else title.type
        if which in ("main", "secondary"):
            found.setdefault((which, title.lang or lang), replace(title, type=which))
    for (which, of), title in found.items():
        if which == "main" or ("main", of) in found:
            yield replace(title, value=_cut(title.value, LONGEST_TITLE))


def _synopses(synopses: Iterable[Text], lang: str, lengths: tuple[str, ...]) -> Iterator[Text]:
    """Yield one of each length in each language: a medium one always, if need be made of another, or empty."""
    by_lang: dict[str, dict[str, Text]] = {}
    for synopsis in synopses:
        length = "long" if synopsis.length not in LONGEST_SYNOPSIS else synopsis.length
        by_lang.setdefault(synopsis.lang or lang, {}).setdefault(length, synopsis)
    for found in by_lang.values():
        medium = found.get("medium") or found.get("long") or found["short"]
        if medium is found.get("short"):
            del found["short"]
        found["medium"] = medium
        for length in lengths:
            if length in found:
                text = found[length]
                yield replace(text, value=_cut(text.value, LONGEST_SYNOPSIS[length]), length=length)
    if not by_lang:
        yield Text(value="", length="medium")


def _genres(genres: tuple[ControlledTerm, ...]) -> Iterator[ControlledTerm]:
    best = next((genre for genre in genres if genre.href.startswith(OF_DVB)), None) or next(iter(genres), None)
    if best is not None:
        yield replace(best, type="main")


def _guidances(guidances: Iterable[ParentalGuidance]) -> Iterator[ParentalGuidance]:
    """Yield one age and one rating of a country, the ages first."""
    found: dict[tuple[bool, str | None], ParentalGuidance] = {}
    for guidance in guidances:
        age = guidance.minimum_age
        if age is not None and age < YOUNGEST:
            continue  # for everybody: there is no value for that
        guidance = replace(guidance, minimum_age=age if age in (None, 255) else min(age, OLDEST))
        found.setdefault((age is None, guidance.country_codes), guidance)
    yield from (found[key] for key in sorted(found, key=lambda key: key[0]))


def _timed(events: tuple[ScheduleEvent, ...]) -> Iterator[ScheduleEvent]:
    """Yield the events with what the profile has: each a duration, an open one to the next."""
    for n, event in enumerate(events):
        start_ms, duration_ms = event.published_start_time_ms, event.published_duration_ms
        end_ms = event.published_end_time_ms
        if duration_ms is None and start_ms is not None:
            following = events[n + 1].published_start_time_ms if n + 1 < len(events) else None
            end_ms = end_ms or following or start_ms + OPEN_END_MS
            duration_ms = end_ms - start_ms
        yield ScheduleEvent(
            program=event.program,
            program_urls=event.program_urls[:1],
            instance_descriptions=event.instance_descriptions,
            published_start_time_ms=start_ms,
            published_duration_ms=duration_ms,
            first_showing=event.first_showing,
            free=event.free,
        )


def _spanned(schedule: Schedule) -> Schedule:
    """Return a schedule whose span has room for its events: those at the edges reach beyond what was asked for."""
    events = schedule.schedule_events
    starts = [e.published_start_time_ms for e in events if e.published_start_time_ms is not None]
    ends = [(e.published_start_time_ms or 0) + (e.published_duration_ms or 0) for e in events]
    if schedule.start_ms is None or schedule.end_ms is None:
        return schedule
    return replace(schedule, start_ms=min([schedule.start_ms, *starts]), end_ms=max([schedule.end_ms, *ends]))
