"""What goes into the index and comes out of it. Times are whole seconds since 1970-01-01T00:00:00Z."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Event(NamedTuple):
    """An event of a service. ``genre`` is as ``3.1.1``: a filter for ``3.1`` lets it through.

    ``sub_title`` may have several lines, each a title of its own: sub-titles, and the title in other languages.
    """

    start_s: int
    stop_s: int
    title: str
    sub_title: str = ""
    persons: tuple[str, ...] = ()
    synopsis: str = ""
    genre: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNames:
    """A service: all its names, the one to be shown first; the regions it is for, none: all."""

    service_id: str
    names: tuple[str, ...]
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ServiceEvents:
    """All events of a service."""

    service_id: str
    events: Iterable[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to look for: in any of ``regions``, of any of ``genres`` (none: whatever), overlapping [``from_s``, ``until_s``)."""

    kinds: frozenset[Literal["service", "event"]] = frozenset({"service", "event"})
    regions: frozenset[str] = frozenset()
    genres: frozenset[str] = frozenset()
    from_s: int = 0
    until_s: int = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it was found: which characters (``spans``: from, to) of which text.

    ``field`` is ``service`` (its names), ``title``, ``sub_title``, ``persons`` or ``synopsis``; where there are several names,
    sub-titles or persons, ``text`` is the one. ``by`` tells how: ``characters`` as written, ``pinyin``, ``initials``, ``typo``.
    """

    field: str
    text: str
    spans: tuple[tuple[int, int], ...]
    by: str


@dataclass(frozen=True, slots=True)
class Item:
    """A service (then ``start_s``, ``stop_s`` are None, ``title`` its first name), or an event of one.

    Where events of one programme are told together it is the one that is on or comes next, ``others`` the first of
    the ``n_others`` after it, in the order of time, and those that are over last.
    """

    kind: Literal["service", "event"]
    service_id: str
    title: str
    start_s: int | None
    stop_s: int | None
    reasons: tuple[Reason, ...]
    others: tuple["Item", ...] = ()
    n_others: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found, and how much there is in all."""

    items: tuple[Item, ...]
    total: int
