"""Events of an EIT (EN 300 468) as events of the guide: present and following, and the schedule, of this or another stream."""

from collections import Counter
from collections.abc import Iterable

from yiwang.base.language import bcp_47
from yiwang.mpegts.descriptor import Descriptors, find, find_all
from yiwang.mpegts.descriptors import ShortEventDescriptor
from yiwang.mpegts.descriptors.events import (
    ComponentDescriptor,
    ContentDescriptor,
    ContentIdentifierDescriptor,
    ExtendedEventDescriptor,
    ParentalRatingDescriptor,
)
from yiwang.mpegts.eit import EitEvent
from yiwang.mpegts.service_information import PresentFollowing
from yiwang.network.guide.event import FREE, SCRAMBLED, Age, ContentGroup, Event, Field, Genre, Synopsis
from yiwang.network.guide.rows import DVB_CONTENT
from yiwang.network.guide.schedule import Schedule, ScheduleBuilder
from yiwang.xmltv.guide import Credit, SystemValue, Text

CONTENT_SUBJECT = "urn:dvb:metadata:cs:ContentSubject:2019:"
"""DVB-I's classification: its terms are content_nibble_level_1."""
_GENRES = (
    "", "Movie", "News", "Show", "Sports", "Children", "Music", "Arts", "Society", "Education", "Leisure", "Special",
)  # fmt: skip
"""EN 300 468 table 29, content_nibble_level_1."""
_JOBS = {
    "director": "director", "directors": "director", "导演": "director", "導演": "director", "actor": "actor",
    "actors": "actor", "cast": "actor", "主演": "actor", "演员": "actor", "演員": "actor", "writer": "writer",
    "编剧": "writer", "編劇": "writer", "producer": "producer", "制片人": "producer", "presenter": "presenter",
    "host": "presenter", "主持人": "presenter", "主持": "presenter", "guest": "guest", "嘉宾": "guest", "嘉賓": "guest",
}  # fmt: skip
"""Items of an extended event that are credits, by their description."""
_CRID_KINDS = {1: "", 0x31: "", 2: "series", 0x32: "series", 3: "recommendation", 0x33: "recommendation"}
"""crid_type: TS 102 323 table 88, and with 0x30 added those of the United Kingdom."""


def _tag(language: str) -> str:
    return bcp_47(language.strip().lower()) or ""


def _texts(descriptors: Descriptors) -> tuple[list[Text], list[Synopsis], list[Credit]]:
    titles, synopses, people = [], [], []
    for short in find_all(descriptors, ShortEventDescriptor):
        lang = _tag(short.language)
        if title := str(short.event_name).strip():
            titles.append(Text(title, lang))
        if text := str(short.text).strip():
            synopses.append(Synopsis(text, lang, "short"))
    longer: dict[str, list[ExtendedEventDescriptor]] = {}
    for extended in find_all(descriptors, ExtendedEventDescriptor):
        longer.setdefault(extended.language, []).append(extended)
    for language, parts in longer.items():
        parts.sort(key=lambda part: part.descriptor_number)
        lines = []
        for item in (item for part in parts for item in part.items):
            what, who = str(item.item_description).strip().rstrip(":："), str(item.item).strip()
            if job := _JOBS.get(what.casefold()):
                people.append(Credit(job, who))
            elif what or who:
                lines.append(f"{what}: {who}" if what else who)
        text = "".join(str(part.text) for part in parts).strip()
        if whole := "\n".join(filter(None, [text, *lines])):
            synopses.append(Synopsis(whole, _tag(language), "long"))
    return titles, synopses, list(dict.fromkeys(people))


def _identifiers(descriptors: Descriptors, authority: str) -> tuple[str, list[ContentGroup]]:
    crid, groups = "", []
    for descriptor in find_all(descriptors, ContentIdentifierDescriptor):
        for one in descriptor.crids:
            kind = _CRID_KINDS.get(one.crid_type)
            if kind is None or not one.crid:
                continue
            written = one.crid.decode("utf-8", "replace").strip("\0 ")
            if not written.lower().startswith("crid://"):
                written = (
                    f"crid://{authority}{written}" if written.startswith("/") and authority else "crid://" + written
                )
            if kind:
                groups.append(ContentGroup(written, kind))
            else:
                crid = crid or written
    return crid, list(dict.fromkeys(groups))


def _components(descriptors: Descriptors) -> dict[str, object]:
    """Return aspect, quality, audio and subtitles: EN 300 468 table 26."""
    aspect = quality = ""
    audio, subtitles = [], []
    for component in find_all(descriptors, ComponentDescriptor):
        kind, lang = component.component_type, _tag(component.language)
        if component.stream_content in (1, 5):
            is_high = kind >= 9 if component.stream_content == 1 else kind >= 0x0B
            quality = quality or ("HDTV" if is_high else "")
            aspect = aspect or ("4:3" if not is_high and kind & 3 == 1 else "16:9")
        elif component.stream_content == 9 and component.stream_content_ext == 0:
            quality = quality or ("UHD" if kind >= 4 else "HDTV")
            aspect = aspect or "16:9"
        elif component.stream_content in (2, 4, 6):
            audio.append(Text(str(component.text).strip(), lang))
        elif component.stream_content == 3:
            subtitles.append("teletext" if kind < 0x10 else "deaf-signed" if kind == 0x30 else "onscreen")
    return {
        "aspect": aspect,
        "quality": quality,
        "audio": tuple(dict.fromkeys(audio)),
        "subtitles": tuple(dict.fromkeys(subtitles)),
    }


def event_of_eit(event: EitEvent, authority: str = "", shift_s: int = 0) -> Event | None:
    """Return the event; None where the EIT gives it no time.

    ``authority``: the default authority of the service (TS 102 323 12.2), for CRIDs that have none. ``shift_s`` is added to
    its times.
    """
    if event.start_time_s is None or event.duration_s is None:
        return None
    descriptors = event.descriptors
    titles, synopses, people = _texts(descriptors)
    crid, groups = _identifiers(descriptors, authority)
    content = find(descriptors, ContentDescriptor)
    contents = [c for c in content.contents if 0 < c.content_nibble_level_1 < len(_GENRES)] if content else []
    levels = list(dict.fromkeys(c.content_nibble_level_1 for c in contents))
    rating = find(descriptors, ParentalRatingDescriptor)
    ratings = [r for r in rating.ratings if r.rating] if rating else []
    octets = content.to_bytes() if content else b""
    return Event(
        start_s=event.start_time_s + shift_s,
        stop_s=event.start_time_s + shift_s + event.duration_s,
        flags=SCRAMBLED if event.free_ca_mode else FREE,
        titles=tuple(titles),
        synopses=tuple(synopses),
        credits=tuple(people),
        categories=tuple(Text(_GENRES[level], "en") for level in levels),
        genres=tuple(Genre(f"{CONTENT_SUBJECT}{level}", _GENRES[level]) for level in levels),
        ages=tuple(Age(r.rating + 3, r.country_code.strip()) for r in ratings if r.rating < 0x10),
        ratings=tuple(SystemValue(f"{r.rating:#04x}", f"DVB {r.country_code}") for r in ratings if r.rating >= 0x10),
        crid=crid,
        groups=tuple(groups),
        event_id=event.event_id,
        others=(Field(DVB_CONTENT, b"", octets),) if octets else (),
        **_components(descriptors),  # type: ignore[arg-type]
    )


def schedule_of_eit(
    events: Iterable[EitEvent], authority: str = "", shift_s: int = 0, faults: Counter[str] | None = None
) -> Schedule:
    """Return the schedule of a service's events; those without a time are left out."""
    builder = ScheduleBuilder()
    for event in events:
        known = event_of_eit(event, authority, shift_s)
        if known is not None:
            builder.add(known)
        elif faults is not None:
            faults["time"] += 1
    return builder.build(faults)


def schedule_of_present_following(
    both: PresentFollowing, authority: str = "", shift_s: int = 0, faults: Counter[str] | None = None
) -> Schedule:
    """Return the events on and next: a *fresh* part of the merge. `update` keeps those that were on before."""
    return schedule_of_eit([event for event in (both.present, both.following) if event], authority, shift_s, faults)
