"""What the index holds at a moment: services, programmes (what events have in common), events; all in columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from yiwang.kernels.text_search import READING, sort_by_group, what_follows
from yiwang.store.search.alphabet import Alphabet, Ids
from yiwang.store.search.readings import n_readings
from yiwang.store.search.records import Event, ServiceEvents, ServiceNames
from yiwang.store.search.texts import NO_HASHES, NO_TEXTS, KnownHashes, Texts

LONGEST_TITLE = 500  # characters of a title, sub-title, name or person; what follows is not searched
LONGEST_SYNOPSIS = 2000
MOST_SERVICES = 1 << 21
LAST_S = 0xFFFFFFFF
FEW = 1 << 12  # characters
SYNOPSIS = 3

Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Services:
    """S services, sorted by id; ``names`` are indices of texts (names are parts of one text), -1: not known."""

    ids: tuple[str, ...]
    names: Int32
    regions: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Events:
    """E events, those of one programme together: ``starts`` is where those of each programme begin."""

    starts: npt.NDArray[np.int64]
    service: Int32
    start_s: npt.NDArray[np.uint32]
    stop_s: npt.NDArray[np.uint32]

    @property
    def programme(self) -> Int32:
        """The programme of each event."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))


@dataclass(frozen=True, slots=True)
class Groups:
    """Indices sorted by what they belong to: those of n are ``order[starts[n] : starts[n + 1]]``."""

    starts: npt.NDArray[np.int64]
    order: Int32

    @classmethod
    def of(cls, group: Int32, n_groups: int) -> "Groups":
        """Sort 0, 1, … by their group; -1: left at the end."""
        groups = cls(np.empty(n_groups + 2, np.int64), np.empty(len(group), np.int32))
        sort_by_group(np.where(group < 0, np.int32(n_groups), group), groups.starts, groups.order)
        return groups


@dataclass(frozen=True, slots=True)
class Positions(Groups):
    """Where each reading is in texts, and what ``follows`` at each of these places (`kernels.text_search.what_follows`)."""

    follows: Ids

    @classmethod
    def in_texts(cls, characters: Ids, readings: Ids) -> "Positions":
        """Sort the places of texts by their readings."""
        groups = Groups.of((readings & READING).astype(np.int32), n_readings())
        follows = np.empty(len(readings), np.uint16)
        what_follows(characters, readings, groups.order, follows)
        return cls(groups.starts, groups.order, follows)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is made of the content so that a search need not go through all of it.

    ``positions`` in the texts, ``synopsis_positions`` of each character in the synopses except the last few;
    ``text_uses``, ``synopsis_uses``: where each is used, as field * P + programme.
    """

    positions: Positions
    synopsis_positions: Groups
    text_uses: Groups
    synopsis_uses: Groups


@dataclass(frozen=True, slots=True)
class Content:
    """All of it. ``columns`` of P programmes: title, sub-title, persons (indices of ``texts``), synopsis; -1: none."""

    texts: Texts
    synopses: Texts
    services: Services
    columns: Int32
    genre: Int32
    known: KnownHashes
    genres: tuple[str, ...]
    events: Events
    lookup: Lookup


NO_EVENTS = Events(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.uint32), np.empty(0, np.uint32))
NO_SERVICES = Services((), np.empty(0, np.int32), ())
NO_COLUMNS = np.empty((4, 0), np.int32)
NO_GROUPS = Groups(np.zeros(2, np.int64), np.empty(0, np.int32))
NO_LOOKUP = Lookup(Positions(np.zeros(2, np.int64), np.empty(0, np.int32), np.empty(0, np.uint16)), *[NO_GROUPS] * 3)
NOTHING = Content(
    NO_TEXTS, NO_TEXTS, NO_SERVICES, NO_COLUMNS, np.empty(0, np.int32), NO_HASHES, ("",), NO_EVENTS, NO_LOOKUP
)


def changed(
    content: Content,
    alphabet: Alphabet,
    services: Iterable[ServiceNames],
    schedules: Iterable[ServiceEvents],
    gone: Iterable[str],
) -> Content:
    """Return the content with these services and schedules in place of theirs, and without those that are gone."""
    read = _Read()
    read.schedules(schedules)
    named = {service.service_id: service for service in services}
    leaving = set(gone) - named.keys() - set(read.service_ids)
    content, of_new = _with_services(content, alphabet, named, read.service_ids, leaving)
    content, programmes = _with_programmes(content, alphabet, list(read.programmes))
    old = content.events
    kept = ~np.isin(old.service, np.append(of_new, -1))
    service = np.repeat(of_new, np.array(read.counts, np.intp)).astype(np.int32)
    programme = np.concatenate([old.programme[kept], programmes[np.array(read.programme, np.int32)]])
    events = _sorted(
        programme,
        content.columns.shape[1],
        np.concatenate([old.service[kept], service]),
        np.concatenate([old.start_s[kept], np.array(read.start_s, np.uint32)]),
        np.concatenate([old.stop_s[kept], np.array(read.stop_s, np.uint32)]),
    )
    return _with_lookup(_without_unused(replace(content, events=events)))


class _Read:
    """Events as they are read: programmes that are equal are counted once."""

    def __init__(self) -> None:
        self.service_ids: list[str] = []
        self.counts: list[int] = []
        self.programmes: dict[tuple[object, ...], int] = {}
        self.programme: list[int] = []
        self.start_s: list[int] = []
        self.stop_s: list[int] = []

    def schedules(self, schedules: Iterable[ServiceEvents]) -> None:
        number = self.programmes
        for schedule in schedules:
            before = len(self.programme)
            for event in schedule.events:
                start_s, stop_s = event[0], event[1]
                if not 0 <= start_s < stop_s <= LAST_S:
                    continue  # the guide's merge has counted it
                self.programme.append(number.setdefault(event[2:], len(number)))
                self.start_s.append(start_s)
                self.stop_s.append(stop_s)
            self.service_ids.append(schedule.service_id)
            self.counts.append(len(self.programme) - before)


def _with_services(
    content: Content,
    alphabet: Alphabet,
    named: Mapping[str, ServiceNames],
    with_events: list[str],
    leaving: set[str],
) -> tuple[Content, Int32]:
    """Return the content with these services, its events' services numbered anew, and the numbers of ``with_events``."""
    old = content.services
    texts = {service_id: _parts(service.names) for service_id, service in named.items()}
    different = list(dict.fromkeys(texts.values()))
    table, indices = content.texts.add(different, alphabet, read=True)
    index_of = dict(zip(different, indices.tolist(), strict=True))
    names = dict(zip(old.ids, zip(old.names.tolist(), old.regions, strict=True), strict=True))
    for service_id in with_events:
        names.setdefault(service_id, (-1, frozenset()))
    for service_id, service in named.items():
        names[service_id] = (index_of[texts[service_id]], service.regions)
    ids = tuple(sorted(names.keys() - leaving))
    if len(ids) > MOST_SERVICES:
        raise ValueError(f"{len(ids)} services are more than an index holds ({MOST_SERVICES})")
    number = {service_id: n for n, service_id in enumerate(ids)}
    renumbered = np.array([number.get(service_id, -1) for service_id in old.ids], np.int32)
    services = Services(
        ids, np.array([names[i][0] for i in ids], np.int32), tuple(names[service_id][1] for service_id in ids)
    )
    events = content.events
    if len(events.service):
        events = replace(events, service=renumbered[events.service])
    content = replace(content, texts=table, services=services, events=events)
    return content, np.array([number[service_id] for service_id in with_events], np.int32)


def _with_programmes(content: Content, alphabet: Alphabet, keys: list[tuple[object, ...]]) -> tuple[Content, Int32]:
    """Return the content with these programmes, and the number of each."""
    programmes = [Event(0, 0, *key) for key in keys]  # type: ignore[arg-type]
    titles = [p.title[:LONGEST_TITLE] for p in programmes]
    sub_titles = [p.sub_title[:LONGEST_TITLE] for p in programmes]
    persons = [_parts(p.persons) for p in programmes]
    synopses = [p.synopsis[:LONGEST_SYNOPSIS] for p in programmes]
    different = list(dict.fromkeys([*titles, *sub_titles, *persons]))
    texts, indices = content.texts.add(different, alphabet, read=True)
    of_text = dict(zip(different, indices.tolist(), strict=True))
    of_text[""] = -1
    different = list(dict.fromkeys(synopses))
    synopsis_table, indices = content.synopses.add(different, alphabet, read=False)
    of_synopsis = dict(zip(different, indices.tolist(), strict=True))
    of_synopsis[""] = -1
    number = {genre: n for n, genre in enumerate(content.genres)}
    genre = np.array([number.setdefault(p.genre, len(number)) for p in programmes], np.int32)
    columns = np.array(
        [
            *([of_text[text] for text in column] for column in (titles, sub_titles, persons)),
            [of_synopsis[text] for text in synopses],
        ],
        np.int32,
    )
    # Programmes that differ only in what is cut off are one: the first of the equal.
    hashes, first, same = np.unique(_hash(columns, genre), return_index=True, return_inverse=True)
    columns, genre = columns[:, first], genre[first]
    found = content.known.find(hashes)
    new = np.flatnonzero(found < 0)
    found[new] = content.columns.shape[1] + np.arange(len(new), dtype=np.int32)
    content = replace(
        content,
        texts=texts,
        synopses=synopsis_table,
        columns=np.concatenate([content.columns, columns[:, new]], axis=1),
        genre=np.concatenate([content.genre, genre[new]]),
        known=content.known.add(hashes[new]),
        genres=tuple(number),
    )
    return content, found[same]


def _with_lookup(content: Content) -> Content:
    characters, of_synopses = content.synopses.characters, content.lookup.synopsis_positions
    n_sorted = len(of_synopses.order)
    # Synopses are most of the characters, and new ones only come after the old: a few are searched without being sorted.
    if not 0 <= len(characters) - n_sorted <= max(n_sorted // 8, FEW):
        of_synopses = Groups.of(characters.astype(np.int32), int(characters.max()) + 1)
    lookup = Lookup(
        Positions.in_texts(content.texts.characters, content.texts.readings),
        of_synopses,
        Groups.of(content.columns[:SYNOPSIS].reshape(-1), len(content.texts)),
        Groups.of(content.columns[SYNOPSIS], len(content.synopses)),
    )
    return replace(content, lookup=lookup)


def _parts(texts: Iterable[str]) -> str:
    return "\n".join(text[:LONGEST_TITLE].replace("\n", " ") for text in texts)[:LONGEST_SYNOPSIS]


def _hash(columns: Int32, genre: Int32) -> npt.NDArray[np.int64]:
    """Return a hash of 64 bits of each programme."""
    mixed = np.zeros(columns.shape[1], np.uint64)
    for column in (*columns, genre):
        mixed = (mixed ^ (column.astype(np.int64) + 2).astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
    return mixed.view(np.int64)


def _sorted(
    programme: Int32,
    n_programmes: int,
    service: Int32,
    start_s: npt.NDArray[np.uint32],
    stop_s: npt.NDArray[np.uint32],
) -> Events:
    groups = Groups.of(programme, n_programmes)
    return Events(groups.starts[:-1], service[groups.order], start_s[groups.order], stop_s[groups.order])


def _without_unused(content: Content) -> Content:
    """Return the content without programmes and texts that nothing uses, once they are as many as the others."""
    used = np.diff(content.events.starts) > 0
    if 2 * np.count_nonzero(used) >= len(used):
        return content
    events = replace(content.events, starts=np.append(content.events.starts[:-1][used], content.events.starts[-1]))
    columns, genre = content.columns[:, used].copy(), content.genre[used]
    text_used = np.zeros(len(content.texts) + 1, np.bool_)  # the last: of no text
    text_used[columns[:SYNOPSIS]] = True
    text_used[content.services.names] = True
    synopsis_used = np.zeros(len(content.synopses) + 1, np.bool_)
    synopsis_used[columns[SYNOPSIS]] = True
    number, synopsis_number = _numbered(text_used), _numbered(synopsis_used)
    columns[:SYNOPSIS] = number[columns[:SYNOPSIS]]
    columns[SYNOPSIS] = synopsis_number[columns[SYNOPSIS]]
    return replace(
        content,
        texts=content.texts.only(text_used[:-1]),
        synopses=content.synopses.only(synopsis_used[:-1]),
        services=replace(content.services, names=number[content.services.names]),
        columns=columns,
        genre=genre,
        known=KnownHashes.of(_hash(columns, genre)),
        events=events,
        lookup=NO_LOOKUP,
    )


def _numbered(used: npt.NDArray[np.bool_]) -> Int32:
    number = (np.cumsum(used) - 1).astype(np.int32)
    number[-1] = -1
    return number
