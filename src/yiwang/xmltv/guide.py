"""The records of a guide. Names are those of xmltv.dtd; times are whole seconds since 1970-01-01T00:00:00Z."""

from dataclasses import dataclass
from typing import NamedTuple


class Text(NamedTuple):
    """Text in a language (BCP 47 as written; empty: not said)."""

    value: str
    lang: str = ""


class Credit(NamedTuple):
    """One person of ``credits``: ``job`` is the element's name (``director``, ``actor`` …); ``role`` the part played."""

    job: str
    name: str
    role: str = ""


class SystemValue(NamedTuple):
    """A value in a system: ``episode-num`` (``xmltv_ns``, ``onscreen``, ``crid`` …) or ``rating`` (``CSM``, ``MPAA`` …)."""

    value: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A ``channel``: ``icons`` are URIs."""

    id: str
    display_names: tuple[Text, ...] = ()
    icons: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """A ``programme``. ``stop_s`` None: until the channel's next one begins, which is for the caller to know."""

    channel: str
    start_s: int
    stop_s: int | None
    titles: tuple[Text, ...]
    sub_titles: tuple[Text, ...] = ()
    descs: tuple[Text, ...] = ()
    credits: tuple[Credit, ...] = ()
    date: str = ""  # of production, YYYY[MM[DD]]
    categories: tuple[Text, ...] = ()
    keywords: tuple[Text, ...] = ()
    language: str = ""
    orig_language: str = ""
    length_s: int | None = None  # without breaks
    icons: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    countries: tuple[Text, ...] = ()
    episode_nums: tuple[SystemValue, ...] = ()
    aspect: str = ""  # of video, as 16:9
    quality: str = ""  # of video, as HDTV, 4K
    previously_shown: bool = False
    premiere: bool = False
    last_chance: bool = False
    new: bool = False
    subtitles: tuple[str, ...] = ()  # types: teletext, onscreen, deaf-signed; empty where not said
    ratings: tuple[SystemValue, ...] = ()
    star_ratings: tuple[SystemValue, ...] = ()
