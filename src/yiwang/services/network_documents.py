"""The documents of the one network, each made once for what it is made of: lists, playlists, guides."""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from yiwang.base.gzip_pieces import Piece, gzip_of, packed
from yiwang.dvbi.common import Text
from yiwang.dvbi.content_guide import TVAMain, content_guide_document
from yiwang.dvbi.service_list_registry import service_list_entry_points_document
from yiwang.m3u.writer import playlist_text
from yiwang.network import to_dvbi, to_m3u
from yiwang.network.guide.dvbi_profile import profiled
from yiwang.network.guide.event import Event
from yiwang.network.guide.schedule import EMPTY, Schedule
from yiwang.network.guide.tva import made_up_crid, read_made_up_crid, tva_of_events
from yiwang.network.logos import logo_of
from yiwang.network.model import HERE, NetworkService
from yiwang.network.of_region import in_order
from yiwang.network.to_xmltv import END, head_pieces, programme_pieces
from yiwang.services.one_network import OneNetworkService, Published
from yiwang.store.config_section import Text as ConfigText
from yiwang.xmltv.guide import Channel
from yiwang.xmltv.guide import Text as XmltvText

MOST_KEPT = 256
MOST_DAYS = 31
MOST_EPISODES = 100
DAY_S = 86_400


class NoSuchThing(Exception):
    """What was asked for is not in the network."""


@dataclass(frozen=True, slots=True)
class NetworkDocument:
    """``octets`` with the node's address left open (`yiwang.network.model.HERE`), packed by gzip where ``is_packed``."""

    octets: bytes
    tag: str
    is_packed: bool = False


class NotAtHand(Exception):
    """A document would have to be made."""


class NetworkDocuments:
    """Makes and keeps them. Its calls are for threads: a list of a nation takes seconds.

    Parameters
    ----------
    one : OneNetworkService
    name : Text                of the network
    countries : tuple          ISO 3166-1 alpha-3, for the registry
    """

    def __init__(self, one: OneNetworkService, name: ConfigText, countries: tuple[str, ...] = ()) -> None:
        self._one = one
        self._names = (Text(value=name.zh, lang="zh"), Text(value=name.en, lang="en"))
        self._provider = name.zh
        self._countries = countries
        self._kept: OrderedDict[Hashable, tuple[object, NetworkDocument]] = OrderedDict()
        self._packed: dict[str, tuple[Schedule, Piece]] = {}  # by service: what its programmes were made of
        self._writer = to_dvbi.ListWriter()
        self._making = threading.Lock()
        self._ids: tuple[int, dict[str, str]] = (-1, {})
        self.list_id = f"tag:{one.domain},2026:network"
        self.made = one.made

    def at_hand(self) -> "NetworkDocuments":
        """Return those that are made already, for the event loop: others raise `NotAtHand`."""
        return _AtHand(self)

    def _not_at_hand(self) -> None:
        """Begin to make something."""

    def _once(
        self, key: Hashable, state: object, make: Callable[[], bytes], *, packed: bool = False
    ) -> NetworkDocument:
        """Return the document of a key, made anew only when ``state`` is another one."""
        known = self._kept.get(key)
        if known is not None and known[0] == state:
            return known[1]
        self._not_at_hand()
        with self._making:
            known = self._kept.get(key)
            if known is not None and known[0] == state:
                return known[1]
            octets = make()
            document = NetworkDocument(octets, f"{zlib.crc32(octets):08x}-{len(octets):x}", packed)
            self._kept[key] = state, document
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return document

    # -- lists

    def registry(self) -> NetworkDocument:
        """ServiceListEntryPoints: this node's list."""

        def make() -> bytes:
            made = to_dvbi.registry(self._names, self._provider, self.list_id, self._countries)
            return service_list_entry_points_document(made)

        return self._once("registry", 0, make)

    def services(self, region: str | None) -> NetworkDocument:
        """Return the service list of a region, or of all. Raises `NoSuchThing`."""
        published = self._one.published
        self._check(region, published)
        version = published.version_of(region)

        def make() -> bytes:
            return self._writer.document(
                published.network, id=self.list_id, names=self._names, provider=self._provider,
                version=version, region=region,
            )  # fmt: skip

        return self._once(("services", region), version, make)

    def playlist(self, region: str | None, language: str = "zh") -> NetworkDocument:
        """Return the M3U playlist of a region, or of all. Raises `NoSuchThing`."""
        published = self._one.published
        self._check(region, published)
        make = lambda: playlist_text(to_m3u.playlist(published.network, region, language)).encode()  # noqa: E731
        return self._once(("m3u", region, language), published.version_of(region), make)

    @staticmethod
    def _check(region: str | None, published: Published) -> None:
        if region is not None and region not in published.network.regions:
            raise NoSuchThing(f"no region {region!r}")

    # -- guides

    def guide(self, region: str | None = None) -> NetworkDocument:
        """Return XMLTV of all services (of a region), packed. Raises `NoSuchThing`."""
        published = self._one.published
        self._check(region, published)

        def make() -> bytes:
            there = [s for _, s in in_order(published.network, region) if s.id in published.schedules]
            head = packed(head_pieces(map(_channel, there), {"generator-info-name": "yiwang"}))
            self._packed = {id_: one for id_, one in self._packed.items() if id_ in published.schedules}
            programmes = (self._programmes(s.id, published.schedules[s.id]) for s in there)
            return gzip_of((head, *programmes, packed([END])))

        return self._once(("xmltv", region), published.revision, make, packed=True)

    def _programmes(self, id_: str, schedule: Schedule) -> Piece:
        """Return a service's programmes in XMLTV, packed once for each schedule that it has."""
        known = self._packed.get(id_)
        if known is None or known[0] is not schedule:
            known = self._packed[id_] = schedule, packed(programme_pieces(id_, schedule))
        return known[1]

    def schedule(
        self, sid: str, from_s: int | None, until_s: int | None, now_s: int, *, now_next: bool, whole: bool = False
    ) -> NetworkDocument:
        """Return a service's schedule in TV-Anytime, or what is on and next. Raises `NoSuchThing`.

        ``whole``: all that is known, not only what DVB-I has room for.
        """
        schedule = self._schedule(sid)
        has_present = False
        if now_next:
            present, following = schedule.now_next(now_s)
            numbers = [n for n in (present, following) if n is not None]
            has_present = present is not None
            events, span = [schedule[n] for n in numbers], None
            if not numbers:  # a schedule says from when until when it is, whatever is in it
                span = (now_s // DAY_S * DAY_S, now_s // DAY_S * DAY_S + DAY_S)
            state: object = tuple((int(schedule.start_s[n]), int(schedule.stop_s[n])) for n in numbers)
        else:
            from_s = now_s if from_s is None else from_s
            until_s = min(from_s + DAY_S if until_s is None else until_s, from_s + MOST_DAYS * DAY_S)
            events, span, state = [], (from_s, max(from_s, until_s)), 0
        key = ("tva", sid, span, now_next, whole)

        def make() -> bytes:
            shown = events if span is None or now_next else list(schedule.between(*span))
            guide = self._guide(sid, shown, span)
            if not whole:
                guide = profiled(guide, "now-next" if now_next else "schedule", has_present=has_present)
            return content_guide_document(guide)

        return self._once(key, (schedule, state), make)

    def programme(self, pid: str) -> NetworkDocument:
        """Return what one programme is. Raises `NoSuchThing`."""

        def make() -> bytes:
            sid, event = self._event_of(pid)
            return content_guide_document(profiled(self._guide(sid, [event]), "programme"))

        return self._once(("programme", pid), self._one.published.revision, make)

    def episodes(self, pid: str) -> NetworkDocument:
        """Return other episodes of a programme's series: of one title on the same service. Raises `NoSuchThing`."""

        def make() -> bytes:
            sid, event = self._event_of(pid)
            series = {group.crid for group in event.groups if group.kind == "series"}

            def is_episode(other: Event) -> bool:
                same = any(group.crid in series for group in other.groups) if series else other.title == event.title
                return same and other.start_s != event.start_s

            others = [other for other in self._schedule(sid) if is_episode(other)][:MOST_EPISODES]
            group = min(series, default=made_up_crid(self._one.domain, f"{sid} {event.title}", 0))
            here = f"{HERE}/dvbi/episodes?pid={quote(pid, safe='')}"
            return content_guide_document(profiled(self._guide(sid, others), "episodes", group=group, here=here))

        return self._once(("episodes", pid), self._one.published.revision, make)

    def _guide(self, sid: str, events: Iterable[Event], span_s: tuple[int, int] | None = None) -> TVAMain:
        return tva_of_events(sid, events, self._one.domain, span_s, "zh")

    def _schedule(self, sid: str) -> Schedule:
        published = self._one.published
        return published.schedules.get(self.service_id(sid), EMPTY)

    def service_id(self, sid: str) -> str:
        """Return the id of the service that a list calls by ``sid``. Raises `NoSuchThing`."""
        published = self._one.published
        version, ids = self._ids
        if version != published.list_version:
            self._not_at_hand()
            services = published.network.services.values()
            ids = {to_dvbi.unique_identifier(service, self.list_id): service.id for service in services}
            self._ids = published.list_version, ids
        found = ids.get(sid, sid)
        if found not in published.network.services:
            raise NoSuchThing(f"no service {sid!r}")
        return found

    def _event_of(self, pid: str) -> tuple[str, Event]:
        known = read_made_up_crid(pid, self._one.domain)
        if known is not None:
            sid, start_s = known
            schedule = self._schedule(sid)
            there = schedule.between(start_s, start_s + 1)
            if len(there) and int(there.start_s[0]) == start_s:
                return sid, there[0]
            raise NoSuchThing(f"no programme {pid!r}")
        wanted = pid.encode()
        for id_, schedule in self._one.published.schedules.items():
            if wanted in schedule.rows.tobytes():  # a search through octets: a CRID is rare
                for event in schedule:
                    if event.crid == pid:
                        service = self._one.published.network.services[id_]
                        return to_dvbi.unique_identifier(service, self.list_id), event
        raise NoSuchThing(f"no programme {pid!r}")


class _AtHand(NetworkDocuments):
    """Another's documents, as far as they are made."""

    def __init__(self, whole: NetworkDocuments) -> None:
        self.__dict__ = whole.__dict__  # the same documents, kept once

    def _not_at_hand(self) -> None:
        raise NotAtHand


def _channel(service: NetworkService) -> Channel:
    names = tuple(XmltvText(text.value, text.lang) for text in service.members[0].service.service_names)
    return Channel(service.id, names, tuple(logo for logo in (logo_of(service),) if logo))
