"""An event as somebody looks at it: what XMLTV, an EIT and TV-Anytime tell of a programme at a time."""

from dataclasses import dataclass
from typing import NamedTuple

from yiwang.xmltv.guide import Credit, SystemValue, Text

NEW, PREMIERE, LIVE, REPEAT, LAST_CHANCE, FREE, SCRAMBLED = (1 << n for n in range(7))
"""What is said of an event, as bits of a schedule's column ``flags``."""
OPEN_END = 1 << 7
"""The source gave no end: it ends where the next begins."""
SAID = OPEN_END - 1


class Synopsis(NamedTuple):
    """A description; ``length`` as TV-Anytime has it: short, medium, long, extended; empty where not said."""

    value: str
    lang: str = ""
    length: str = ""


class Genre(NamedTuple):
    """A term of a classification scheme, with its name if that is told."""

    href: str
    name: str = ""


class ContentGroup(NamedTuple):
    """What an event is part of: ``kind`` is series, collection …; of a series ``index`` may be part of the CRID."""

    crid: str
    kind: str = ""


class Age(NamedTuple):
    """From which age on, in a country (ISO 3166 as written; empty: everywhere)."""

    years: int
    country: str = ""


class Field(NamedTuple):
    """What this version does not know, or only one format has: kept as it is."""

    tag: int
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of a service; times in seconds since 1970-01-01T00:00:00Z, ``stop_s`` exclusive."""

    start_s: int
    stop_s: int
    flags: int = 0
    titles: tuple[Text, ...] = ()
    sub_titles: tuple[Text, ...] = ()
    synopses: tuple[Synopsis, ...] = ()
    credits: tuple[Credit, ...] = ()
    date: str = ""  # of production, YYYY[MM[DD]]
    categories: tuple[Text, ...] = ()
    keywords: tuple[Text, ...] = ()
    language: str = ""
    orig_language: str = ""
    length_s: int | None = None  # without breaks
    images: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    countries: tuple[Text, ...] = ()
    episode_nums: tuple[SystemValue, ...] = ()
    aspect: str = ""
    quality: str = ""
    subtitles: tuple[str, ...] = ()
    ages: tuple[Age, ...] = ()
    ratings: tuple[SystemValue, ...] = ()
    star_ratings: tuple[SystemValue, ...] = ()
    genres: tuple[Genre, ...] = ()
    crid: str = ""  # of the programme
    groups: tuple[ContentGroup, ...] = ()
    event_id: int | None = None  # of the EIT
    audio: tuple[Text, ...] = ()  # languages heard, with their description
    others: tuple[Field, ...] = ()

    @property
    def title(self) -> str:
        """The first title, empty where there is none."""
        return self.titles[0].value if self.titles else ""
