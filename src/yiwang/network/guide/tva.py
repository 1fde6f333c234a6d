"""TV-Anytime's programmes and schedule events as events of the guide, and back.

What the guide's own fields hold is in them. Where that is not all, the elements themselves are kept with the event, and
written again with what has been changed since.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any
from urllib.parse import quote, unquote

from yiwang.base.errors import WireError
from yiwang.dvbi.common import PROMOTIONAL_STILL, ControlledTerm, RelatedMaterial, related
from yiwang.dvbi.common import Text as TvaText
from yiwang.dvbi.content_guide import (
    BasicDescription,
    CRIDRef,
    Flag,
    ParentalGuidance,
    ProgramDescription,
    ProgramInformation,
    ProgramInformationTable,
    ProgramLocationTable,
    ScheduleEvent,
    TVAMain,
    content_guide_document,
    read_content_guide,
)
from yiwang.dvbi.content_guide import Schedule as TvaSchedule
from yiwang.network.guide.event import (
    FREE,
    LAST_CHANCE,
    LIVE,
    NEW,
    OPEN_END,
    REPEAT,
    SCRAMBLED,
    Age,
    ContentGroup,
    Event,
    Field,
    Genre,
    Synopsis,
)
from yiwang.network.guide.rows import TV_ANYTIME
from yiwang.network.guide.schedule import Schedule, ScheduleBuilder
from yiwang.xmltv.guide import SystemValue, Text

_FLAGS = (("live", LIVE), ("repeat", REPEAT), ("first_showing", NEW), ("last_showing", LAST_CHANCE), ("free", FREE))
_SYNOPSIS_LENGTHS = ("short", "medium", "long", "extended")
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml"}
NOW_NEXT = "crid://dvb.org/metadata/schedules/now-next/"
"""Groups that say what is on and what comes next (TS 103 770 6.5.4), which time says better."""
_SHORT, _MEDIUM = 90, 180
"""Characters that a short and a medium synopsis may have: TS 103 770 6.10.5."""


# -- events from records


def _lang(record: Any, inherited: str) -> str:
    return record.lang or inherited


def _texts(values: Iterable[TvaText], inherited: str, *types: str) -> tuple[Text, ...]:
    return tuple(Text(value.value, _lang(value, inherited)) for value in values if value.type in types)


def _still(material: RelatedMaterial) -> str:
    if material.how_related is None or material.how_related.href != PROMOTIONAL_STILL or not material.media_locators:
        return ""
    uri = material.media_locators[0].media_uri
    return uri.value if uri is not None else ""


def _ages(guidances: Iterable[ParentalGuidance]) -> tuple[Age, ...]:
    return tuple(Age(g.minimum_age, g.country_codes or "") for g in guidances if g.minimum_age is not None)


def _ratings(guidances: Iterable[ParentalGuidance]) -> tuple[SystemValue, ...]:
    terms = [guidance.parental_rating for guidance in guidances if guidance.parental_rating is not None]
    return tuple(
        SystemValue(term.names[0].value if term.names else term.href.rpartition(":")[2], term.href) for term in terms
    )


def _name(term: ControlledTerm) -> str:
    return term.names[0].value if term.names else ""


def _of_program(program: ProgramInformation, lang: str) -> dict[str, Any]:
    basic = program.basic_description
    lang = basic.lang or program.lang or lang
    groups = [ContentGroup(ref.crid, "") for ref in program.member_ofs if not ref.crid.startswith(NOW_NEXT)]
    if program.episode_of is not None:
        groups.insert(0, ContentGroup(program.episode_of.crid, "series"))
    genres = tuple(Genre(term.href, _name(term)) for term in basic.genres)
    return {
        "titles": _texts(basic.titles, lang, "", "main"),
        "sub_titles": _texts(basic.titles, lang, "secondary"),
        "synopses": tuple(
            Synopsis(text.value, _lang(text, lang), text.length) for text in basic.synopses if text.value
        ),
        "keywords": _texts(basic.keywords, lang, "", "main"),
        "genres": genres,
        "categories": tuple(Text(genre.name) for genre in genres if genre.name),
        "ages": _ages(basic.parental_guidances),
        "ratings": _ratings(basic.parental_guidances),
        "images": tuple(uri for material in basic.related_materials if (uri := _still(material))),
        "language": basic.languages[0].text.strip() if basic.languages else "",
        "length_s": None if basic.duration_ms is None else basic.duration_ms // 1000,
        "crid": program.program_id,
        "groups": tuple(groups),
    }


def _of_times(event: ScheduleEvent) -> dict[str, Any] | None:
    start_ms = event.published_start_time_ms
    if start_ms is None:
        return None
    stop_ms = event.published_end_time_ms
    if event.published_duration_ms is not None:
        stop_ms = start_ms + event.published_duration_ms
    said = [(flag, value) for name, flag in _FLAGS if (value := getattr(event, name)) is not None]
    flags = sum(flag for flag, value in said if value.value)
    if event.free is not None and not event.free.value:
        flags |= SCRAMBLED
    return {"start_s": start_ms // 1000, "stop_s": (start_ms if stop_ms is None else stop_ms) // 1000, "flags": flags}


def event_of_tva(program: ProgramInformation, event: ScheduleEvent, lang: str = "") -> Event | None:
    """Return the event of a programme at a time, None without a time; ``lang``: of what says none."""
    times = _of_times(event)
    if times is None:
        return None
    known = Event(**times, **_of_program(program, lang))
    again = program_of_event(known, program.program_id), schedule_event(known, program.program_id)
    if again == (_with_language(program, lang), event):
        return known
    location = ProgramLocationTable(schedule_events=(event,))
    table = ProgramInformationTable(program_informations=(program,))
    described = ProgramDescription(program_information_table=table, program_location_table=location)
    kept = Field(TV_ANYTIME, b"", content_guide_document(TVAMain(lang=lang, program_description=described)))
    return replace(known, others=(kept,))


def _with_language(program: ProgramInformation, lang: str) -> ProgramInformation:
    """Return the programme with the language said at each text, not where they inherit it from."""
    basic = program.basic_description
    lang = basic.lang or program.lang or lang
    said: dict[str, Any] = {
        name: tuple(replace(text, lang=_lang(text, lang)) for text in getattr(basic, name))
        for name in ("titles", "synopses", "keywords")
    }
    return replace(program, lang="", basic_description=replace(basic, lang="", **said))


def schedules_of_tva(guide: TVAMain, faults: Counter[str] | None = None) -> dict[str, Schedule]:
    """Return the schedule of each service (by ``serviceIDRef``) that a document has."""
    description = guide.program_description
    table, location = description.program_information_table, description.program_location_table
    programs = {program.program_id: program for program in (table.program_informations if table else ())}
    lang = (table.lang if table else "") or description.lang or guide.lang
    builders: dict[str, ScheduleBuilder] = {}
    for service, event in _located(location):
        program = programs.get(event.program.crid) if event.program else None
        if program is None:
            program = ProgramInformation(program_id=event.program.crid if event.program else "")
        known = event_of_tva(program, event, lang)
        if known is not None:
            builders.setdefault(service, ScheduleBuilder()).add(known)
        elif faults is not None:
            faults["time"] += 1
    return {service: builder.build(faults) for service, builder in builders.items()}


def _located(location: ProgramLocationTable | None) -> Iterable[tuple[str, ScheduleEvent]]:
    if location is None:
        return
    for schedule in location.schedules:
        for event in schedule.schedule_events:
            yield event.service_id_ref or schedule.service_id_ref, event
    for event in location.schedule_events + location.broadcast_events:
        yield event.service_id_ref, event


# -- records from events


def made_up_crid(authority: str, service: str, start_s: int) -> str:
    """Return the CRID of an event that has none of its own, to be found again by `event_of_made_up_crid`."""
    return f"crid://{authority}/{quote(service, safe='')}/{start_s}"


def read_made_up_crid(crid: str, authority: str) -> tuple[str, int] | None:
    """Return service and start of the event that `made_up_crid` named so; None for any other CRID."""
    before = f"crid://{authority}/"
    service, _, start = crid[len(before) :].rpartition("/")
    if not crid.startswith(before) or not service or not start.isascii() or not start.isdigit() or len(start) > 12:
        return None
    return unquote(service), int(start)


def _synopsis(synopsis: Synopsis) -> TvaText:
    length = synopsis.length
    if length not in _SYNOPSIS_LENGTHS:
        size = len(synopsis.value)
        length = "short" if size <= _SHORT else "medium" if size <= _MEDIUM else "long"
    return TvaText(value=synopsis.value, lang=synopsis.lang, length=length)


def _image(uri: str) -> RelatedMaterial:
    return related(PROMOTIONAL_STILL, uri, _TYPES.get(uri.rpartition(".")[2].lower(), "image/jpeg"))


def _guidances(event: Event) -> tuple[ParentalGuidance, ...]:
    ages = [ParentalGuidance(minimum_age=age.years, country_codes=age.country or None) for age in event.ages]
    terms = [ControlledTerm(href=rating.system) for rating in event.ratings if rating.system.startswith("urn:")]
    return (*ages, *(ParentalGuidance(parental_rating=term) for term in terms))


def _description(event: Event) -> BasicDescription:
    titles = [TvaText(value=text.value, lang=text.lang, type="main") for text in event.titles]
    titles += [TvaText(value=text.value, lang=text.lang, type="secondary") for text in event.sub_titles]
    genres = [
        ControlledTerm(
            href=genre.href,
            type="main" if n == 0 else "secondary",
            names=(TvaText(value=genre.name),) if genre.name else (),
        )
        for n, genre in enumerate(event.genres)
    ]
    return BasicDescription(
        titles=tuple(titles) or (TvaText(value="", type="main"),),
        synopses=tuple(map(_synopsis, event.synopses)),
        keywords=tuple(TvaText(value=text.value, lang=text.lang) for text in event.keywords),
        genres=tuple(genres),
        parental_guidances=_guidances(event),
        related_materials=tuple(map(_image, event.images)),
        duration_ms=None if event.length_s is None else 1000 * event.length_s,
    )


def program_of_event(event: Event, crid: str) -> ProgramInformation:
    """Return the programme that an event shows, from the guide's own fields."""
    series = [group for group in event.groups if group.kind == "series"]
    others = [group for group in event.groups if group not in series[:1]]
    return ProgramInformation(
        program_id=crid,
        basic_description=_description(event),
        member_ofs=tuple(CRIDRef(crid=group.crid) for group in others),
        episode_of=CRIDRef(crid=series[0].crid) if series else None,
    )


def schedule_event(event: Event, crid: str) -> ScheduleEvent:
    """Return the event of a schedule, from the guide's own fields."""
    said: dict[str, Any] = {name: Flag(value=True) for name, flag in _FLAGS if event.flags & flag}
    if event.flags & SCRAMBLED:
        said["free"] = Flag(value=False)
    is_open = bool(event.flags & OPEN_END)
    return ScheduleEvent(
        program=CRIDRef(crid=crid),
        published_start_time_ms=1000 * event.start_s,
        published_duration_ms=None if is_open else 1000 * (event.stop_s - event.start_s),
        **said,
    )


def _kept(event: Event) -> tuple[ProgramInformation, ScheduleEvent, str] | None:
    octets = next((field.value for field in event.others if field.tag == TV_ANYTIME), b"")
    if not octets:
        return None
    try:
        guide, _ = read_content_guide(octets)
    except WireError:
        return None
    table = guide.program_description.program_information_table
    location = guide.program_description.program_location_table
    if not table or not location or not table.program_informations or not location.schedule_events:
        return None
    return table.program_informations[0], location.schedule_events[0], guide.lang


def _records(event: Event, crid: str) -> tuple[ProgramInformation, ScheduleEvent]:
    """Return an event's elements: as they came where nothing has changed, else made from its fields."""
    program, shown = program_of_event(event, crid), schedule_event(event, crid)
    kept = _kept(event)
    if kept is None:
        return program, shown
    old_program, old_shown, lang = kept
    before = event_of_tva(old_program, old_shown, lang)
    if before is None:
        return program, shown
    old_made = program_of_event(before, old_program.program_id), schedule_event(before, old_program.program_id)
    old_program = _with_language(old_program, lang)
    described = _newer(old_program.basic_description, program.basic_description, old_made[0].basic_description)
    program = replace(_newer(old_program, program, old_made[0]), program_id=crid, basic_description=described)
    return program, replace(_newer(old_shown, shown, old_made[1]), program=shown.program)


def _newer(old: Any, new: Any, old_made: Any) -> Any:
    """Return ``old`` with those fields of ``new`` that are not what is made of ``old``."""
    changed = {
        item.name: getattr(new, item.name)
        for item in fields(new)
        if getattr(new, item.name) != getattr(old_made, item.name)
    }
    return replace(old, **changed)


def tva_of_events(
    service: str, events: Iterable[Event], authority: str, span_s: tuple[int, int] | None = None, lang: str = ""
) -> TVAMain:
    """Return the document of a service's events: now and next, a schedule, or what one programme is.

    Parameters
    ----------
    service : str      the ``serviceIDRef`` of the list's ContentGuideServiceRef
    authority : str    a domain name, for the CRIDs of events that have none
    span_s : tuple     what the schedule is asked from and until; without it from the first event to the end of the last
    """
    programs: dict[str, ProgramInformation] = {}
    shown = []
    for event in events:
        program, one = _records(event, event.crid or made_up_crid(authority, service, event.start_s))
        if programs.setdefault(program.program_id, program) != program:  # one name for two things
            name = made_up_crid(authority, service, event.start_s)
            program, one = replace(program, program_id=name), replace(one, program=CRIDRef(crid=name))
            programs[name] = program
        shown.append((event, one))
    if span_s is None and shown:
        span_s = shown[0][0].start_s, shown[-1][0].stop_s
    schedule = TvaSchedule(
        service_id_ref=service,
        start_ms=1000 * span_s[0] if span_s else None,
        end_ms=1000 * span_s[1] if span_s else None,
        schedule_events=tuple(one for _, one in shown),
    )
    described = ProgramDescription(
        program_information_table=ProgramInformationTable(program_informations=tuple(programs.values())),
        program_location_table=ProgramLocationTable(schedules=(schedule,)),
    )
    return TVAMain(lang=lang, program_description=described)
