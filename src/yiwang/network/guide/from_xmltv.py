"""XMLTV's programmes as events and back."""

from yiwang.network.guide.event import LAST_CHANCE, NEW, OPEN_END, PREMIERE, REPEAT, Event, Synopsis
from yiwang.xmltv.guide import Programme, SystemValue, Text

_FLAGS = (("previously_shown", REPEAT), ("premiere", PREMIERE), ("last_chance", LAST_CHANCE), ("new", NEW))
_SAME_NAME = (
    "titles", "sub_titles", "credits", "date", "categories", "keywords", "language", "orig_language", "length_s", "urls",
    "countries", "episode_nums", "aspect", "quality", "subtitles", "ratings", "star_ratings",
)  # fmt: skip


def event_of_programme(programme: Programme, stop_s: int | None = None) -> Event:
    """Return the event that a programme is; ``stop_s`` where the programme has none (then its end is open)."""
    flags = sum(flag for name, flag in _FLAGS if getattr(programme, name))
    end_s = programme.stop_s
    if end_s is None:
        end_s, flags = programme.start_s if stop_s is None else stop_s, flags | OPEN_END
    return Event(
        start_s=programme.start_s,
        stop_s=end_s,
        flags=flags,
        synopses=tuple(Synopsis(*text) for text in programme.descs),
        images=programme.icons,
        **{name: getattr(programme, name) for name in _SAME_NAME},
    )


def programme_of_event(event: Event, channel: str) -> Programme:
    """Return the programme that an event is, as far as XMLTV has a place for it; an age is a rating."""
    said = {name: bool(event.flags & flag) for name, flag in _FLAGS}
    ages = tuple(SystemValue(str(age.years), age.country) for age in event.ages)
    values = {name: getattr(event, name) for name in _SAME_NAME} | {"ratings": ages + event.ratings}
    return Programme(
        channel=channel,
        start_s=event.start_s,
        stop_s=None if event.flags & OPEN_END else event.stop_s,
        descs=tuple(Text(synopsis.value, synopsis.lang) for synopsis in event.synopses),
        icons=event.images,
        **said,
        **values,
    )
