"""The one network: what the node and all its listings say, assembled and merged anew when any of it changes.

A round takes a picture of what is listed (in the event loop), makes the network of it in a thread, saves its ids and numbers,
and puts it in place of the one before; search and stored guides follow. What did not change is not made again.
"""

import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from yiwang.base.errors import UsageError, WorkError
from yiwang.dvbi.common import Text
from yiwang.net import wall_clock
from yiwang.net.document import new_client
from yiwang.network import of_region
from yiwang.network.assemble import Assembler, Known
from yiwang.network.carry import Carried, CarryRule, carried, with_carried
from yiwang.network.guide.merge import Part, merge, overlap
from yiwang.network.guide.schedule import EMPTY, Schedule
from yiwang.network.list_contents import ListContents
from yiwang.network.logos import with_logos
from yiwang.network.model import ListedService, NetworkService, OneNetwork, Region
from yiwang.network.names import normalise
from yiwang.network.of_region import in_order
from yiwang.network.read_source import SourceDocument
from yiwang.network.regions import region_tree, with_more
from yiwang.network.restrictions import Restriction, aimed
from yiwang.network.rules import MatchRules, NumberRules, ReservedRange, Rules, with_decisions
from yiwang.services.carrying import Carrying
from yiwang.services.decisions import Decisions
from yiwang.services.list_source import ListSource, SourceState
from yiwang.services.network import Network
from yiwang.services.own_source import OwnSource
from yiwang.services.search_texts import names_of, texts_of
from yiwang.store.config_file import Config
from yiwang.store.config_network import OWN_SOURCE, Listing
from yiwang.store.config_restrictions import restrictions_of
from yiwang.store.database.database import Database
from yiwang.store.database.records import StoredNetwork, StoredSchedule
from yiwang.store.search.index import SearchIndex
from yiwang.store.search.records import ServiceEvents

LOOK_S = 1.0
"""The node's own channels are looked at so often; listings say themselves when they have changed."""
OWN_PRIORITY = 10
MOST_ORDERS = 64
"""Regions whose lists are kept sorted; a reader may ask for any name."""
MAKING_S = 15.0
"""Who asks for a network that is not made yet waits so long; a nation's takes a few seconds."""
REVISION = "revision"
"""The database's name for the revision that is published."""
LIST = "list"
"""The database's name for what the list of services is made of; behind it a colon and a region: for what it alone adds."""
MOST_CARRIED = 1000
"""Services that a node carries of others' lists: each is a channel that it packages."""
HISTORY_S = 86_400
"""Events that ended longer ago are dropped."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Published:
    """What all outputs are made of. ``revision`` rises when any of it changes, and never falls, over restarts.

    ``list_version`` rises when the list of services does, whatever happens to their guides; ``versions`` do so for what each
    region alone adds to lists (``""``: what all have).
    """

    network: OneNetwork = field(default_factory=OneNetwork)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    revision: int = 0
    list_version: int = 1
    versions: Mapping[str, int] = field(default_factory=dict)

    def version_of(self, region: str | None) -> int:
        """Return the version of a region's list, or of that of all: it rises when the list is another, and only then."""
        if not region or region not in self.network.regions:
            return self.list_version
        return max(self.versions.get(place, 1) for place in of_region.places(self.network, region))


@dataclass(frozen=True, slots=True)
class _Guide:
    """What a source tells of channels that none of its services are."""

    priority: int
    source: str
    schedules: dict[str, Schedule]
    names: dict[str, tuple[str, ...]]
    icons: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Picture:
    """What one source says; ``told`` are its services, each with what it says of its guide."""

    regions: list[Region]
    told: list[tuple[ListedService, tuple[Part, ...]]]
    icons: dict[str, str]  # by id of the listed service
    loose: _Guide | None


@dataclass(frozen=True, slots=True)
class _Listed:
    """A picture of all that is listed."""

    services: tuple[ListedService, ...]
    carried: dict[str, ListedService]  # the node's own feeds of what it carries, by id of the network's service
    regions: tuple[Region, ...]
    parts: dict[str, list[Part]]  # of each listed service, by id
    icons: dict[str, str]  # of listed services by id, as their source's guide has them
    loose: tuple[_Guide, ...]
    rules: Rules


class OneNetworkService:
    """Keeps the network; `published` is what there is now, and empty until it has been made for the first time.

    Parameters
    ----------
    network : Network      the node's own channels
    database : Database    opened
    """

    def __init__(self, network: Network, database: Database) -> None:
        config = network.config
        self.published = Published()
        self.search = SearchIndex()
        self._indexed = self._stored = self.published
        self._config = config
        self._restrictions = restrictions_of(config.restriction, config.region)
        self._aim = network.restrictions.aim
        self._aimed = {listing.id for listing in config.listing if listing.target_regions}
        self._database = database
        self.domain = config.node.domain or f"node-{database.name}.invalid"
        self._own = OwnSource(network, self.domain)
        self._changed = asyncio.Event()
        self._is_made = asyncio.Event()
        self._has_followers = asyncio.Event()
        self._at_leisure = threading.Event()  # no network is being made
        self._at_leisure.set()
        self.carrying = Carrying(network, self._changed.set)
        self._to_carry = Carried()
        self._carry = {
            listing.id: CarryRule(patterns=listing.carry, priority=listing.priority)
            for listing in config.listing
            if listing.carry
        }
        self._held: dict[
            str, dict[str, tuple[ListedService, tuple[Part, ...], int]]
        ] = {}  # when a carried list had it last, ms
        self.sources = [ListSource(listing, database, self._changed.set) for listing in config.listing]
        self._pictures: dict[str, tuple[list[SourceDocument], dict[str, Schedule], _Picture]] = {}
        self._config_rules = self._rules = rules_of(config)
        self.decisions = Decisions(database, self._decided)
        self._regions = regions_of(config)
        nowhere = [region.id for region in region_tree(self._regions)[0] if not (region.parent or region.country_codes)]
        if nowhere:
            log.warning('regions without a country, as countries = ["CHN"]: DVB-I wants one', regions=nowhere)
        self._merged: dict[str, tuple[tuple[tuple[int, int, bool], ...], list[Schedule], Schedule]] = {}
        self._overlaps: dict[tuple[str, str], tuple[Schedule, Schedule, float | None]] = {}
        self._contents = ListContents()
        self._assembler = Assembler()
        self._said: tuple[object, _Listed] | None = None
        self._seen: _Listed | None = None
        self._orders: tuple[OneNetwork, dict[str, list[tuple[int | None, NetworkService]]]] = self.published.network, {}
        # of every listed service that ever was: who comes back has id and numbers again
        self._ids: dict[str, str] = {}
        self._numbers: dict[str, dict[int, str]] = {}

    @property
    def store_name(self) -> str:
        """The database's own name: with a revision it tells one content from every other."""
        return self._database.name

    def states(self) -> list[SourceState]:
        """How each listing fares."""
        return [source.state for source in self.sources]

    async def made(self) -> bool:
        """Wait until there is a network; False: that takes too long, or it cannot be.

        Who were told of none while a node starts would drop its channels, and keep that under the list's version.
        """
        if not self._is_made.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(MAKING_S):
                    await self._is_made.wait()
        return self._is_made.is_set()

    def _decided(self) -> None:
        """Make the network anew by what has been decided."""
        self._rules = with_decisions(self._config_rules, self.decisions.decided)
        self._changed.set()

    def listed_id(self, id_: str) -> str:
        """Return the id of the listed service that is meant by one of its own or of the network's; UsageError."""
        listed = {service.id for service in self._seen.services} if self._seen is not None else set()
        if id_ in listed or id_ in self._ids:
            return id_
        service = self.published.network.services.get(id_)
        found = next((m.id for m in service.members if m.id in listed), None) if service is not None else None
        if found is None:
            raise UsageError(f"no service {id_!r} is listed")
        return found

    def number_now(self, listed_id: str) -> int:
        """Return the number that the service of a listed one has in its own region, else anywhere; UsageError."""
        network = self.published.network
        of_it = [(s.id, m.region) for s in network.services.values() for m in s.members if m.id == listed_id]
        for id_, region in of_it:
            for table in (network.numbers.get(region, {}), *network.numbers.values()):
                if found := [number for number, other in table.items() if other == id_]:
                    return found[0]
        raise UsageError(f"{listed_id} has no number now; say which it is to have")

    def in_order(self, region: str = "") -> list[tuple[int | None, NetworkService]]:
        """Return the services of a region (empty: of all) with their numbers, by number; sorted once a network."""
        network = self.published.network
        if self._orders[0] is not network or len(self._orders[1]) > MOST_ORDERS:
            self._orders = network, {}
        orders = self._orders[1]
        if region not in orders:
            orders[region] = in_order(network, region or None)
        return orders[region]

    async def run(self) -> None:
        """Run until cancelled."""
        try:
            await asyncio.to_thread(self._restore)
        except WorkError as error:
            log.error("the database cannot be read", error=str(error))
        async with asyncio.TaskGroup() as group:
            if self.sources:
                group.create_task(self._read_listings())
            group.create_task(self._keep(group))

    async def _read_listings(self) -> None:
        async with await asyncio.to_thread(new_client) as client, asyncio.TaskGroup() as group:
            for source in self.sources:
                group.create_task(source.run(client), name=f"listing {source.listing.id}")

    def _restore(self) -> None:
        for source in self.sources:
            source.restore()
        self.decisions.restore()
        self._rules = with_decisions(self._config_rules, self.decisions.decided)
        self._database.keep_sources([id_ for source in self.sources for id_ in source.database_ids()])
        known = self._database.network()
        self._ids = dict(known.members)
        self._numbers = {place: dict(numbers) for place, numbers in known.numbers.items()}
        self.published = self._with_versions(Published(), self._database.revision())

    async def _keep(self, group: asyncio.TaskGroup) -> None:
        group.create_task(self._let_follow())
        while True:
            self._changed.clear()
            listed = self._look()
            if listed != self._seen:
                self._at_leisure.clear()
                try:
                    published, stored, self._to_carry = await asyncio.to_thread(self._make, listed)
                    self.publish(await asyncio.to_thread(self._save, published, stored))
                    self._at_leisure.set()
                    await self._follow(group)
                except WorkError as error:
                    log.error("the network cannot be saved", error=str(error))
                except Exception:  # a fault of ours in what others say: the channels, and the network before, go on
                    log.exception("the network cannot be made")
                    self._seen, self._assembler = listed, Assembler()  # what was half done is not gone on with
                else:
                    self._seen = listed
                finally:
                    self._at_leisure.set()
            elif self.carrying.has_news:
                await self._follow(group)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _let_follow(self) -> None:
        """Have the search and the stored guides follow what is published: it waits for neither, nor does the next."""
        while True:
            await self._has_followers.wait()
            self._has_followers.clear()
            try:
                await asyncio.to_thread(self._index)
                await asyncio.to_thread(self._store)
            except WorkError as error:
                log.error("guides cannot be saved", error=str(error))
            except Exception:  # a fault of ours in what others say
                log.exception("the search cannot follow")

    async def _follow(self, group: asyncio.TaskGroup) -> None:
        """Carry what is to be carried."""
        if self._carry and await self.carrying.follow(self._to_carry, group):
            self._changed.set()  # the node's own feeds of them are to be listed
        if self._aimed:
            services = self.published.network.services
            self._aim(dict(_aimed(self._aimed, (services[id_] for id_ in self.carrying.channels if id_ in services))))

    # -- what is listed

    def _look(self) -> _Listed:
        services = list(self._own.services())
        own_feeds = self._own.carried()
        parts: dict[str, list[Part]] = {}
        for service in (*services, *own_feeds.values()):
            fresh, days = self._own.guide(service.key)
            mine = [
                Part(schedule=fresh, priority=0, source=OWN_SOURCE, fresh=True),
                Part(schedule=days, priority=OWN_PRIORITY, source=OWN_SOURCE),
            ]
            parts[service.id] = [part for part in mine if len(part.schedule)]
        pictures = [self._picture_of(source) for source in self.sources]
        told = [self._with_held(source.listing, its.told) for source, its in zip(self.sources, pictures, strict=True)]
        said = services, own_feeds, parts, pictures, told, self._rules
        if self._said is None or self._said[0] != said:
            self._said = said, self._listed(*said)
        return self._said[1]

    def _listed(
        self,
        own: list[ListedService],
        own_feeds: dict[str, ListedService],
        own_parts: dict[str, list[Part]],
        pictures: list[_Picture],
        told: list[list[tuple[ListedService, tuple[Part, ...]]]],
        rules: Rules,
    ) -> _Listed:
        services, parts = list(own), dict(own_parts)
        regions = {region.id: region for region in self._regions}
        icons: dict[str, str] = {}
        loose = []
        for picture, of_it in zip(pictures, told, strict=True):
            for region in picture.regions:
                known = regions.get(region.id)
                regions[region.id] = region if known is None else with_more(known, region)
            icons |= picture.icons
            for service, its in of_it:
                services.append(service)
                if its:
                    parts[service.id] = [*parts.get(service.id, ()), *its]
            if picture.loose is not None:
                loose.append(picture.loose)
        unique = {service.id: service for service in reversed(services)}
        return _Listed(
            tuple(reversed(unique.values())),
            own_feeds,
            tuple(regions.values()),
            parts,
            icons,
            tuple(loose),
            rules,
        )

    def _picture_of(self, source: ListSource) -> _Picture:
        """Return what a source says; made anew only when it says something else: all are asked each second."""
        documents, guides = source.documents, source.guides
        known = self._pictures.get(source.listing.id)
        if known is None or known[0] != documents or known[1] != guides:
            known = self._pictures[source.listing.id] = documents, dict(guides), _picture(source)
        return known[2]

    def _with_held(
        self, listing: Listing, told: list[tuple[ListedService, tuple[Part, ...]]]
    ) -> list[tuple[ListedService, tuple[Part, ...]]]:
        """Return what a list lists and, if it is carried, what it has left out for less than its hold time."""
        if not listing.carry or not listing.hold:
            return told
        now_ms = wall_clock.monotonic_ms()
        before, there = self._held.get(listing.id, {}), {service.id for service, _ in told}
        longest_ms = 1000 * listing.hold
        away = {id_: one for id_, one in before.items() if id_ not in there and now_ms - one[2] < longest_ms}
        self._held[listing.id] = away | {service.id: (service, its, now_ms) for service, its in told}
        return told + [(service, its) for service, its, _ in away.values()]

    # -- what is made of it: in a thread

    def _make(self, listed: _Listed) -> tuple[Published, StoredNetwork, Carried]:
        guides = {id_: parts[-1].schedule for id_, parts in listed.parts.items() if parts}
        overlaps_before, self._overlaps = self._overlaps, {}

        def alike(one: ListedService, other: ListedService) -> float | None:
            mine, theirs = guides.get(one.id), guides.get(other.id)
            if mine is None or theirs is None:
                return None
            known = overlaps_before.get((one.id, other.id))
            if known is None or known[0] is not mine or known[1] is not theirs:
                known = mine, theirs, overlap(mine, theirs)
            self._overlaps[one.id, other.id] = known
            return known[2]

        known = Known(ids=dict(sorted(self._ids.items())), numbers=self._numbers)
        network = self._assembler.assemble(listed.services, listed.regions, listed.rules, known, alike)
        network = replace(network, restrictions=self._restrictions)
        members = {member.id: service.id for service in network.services.values() for member in service.members}
        to_carry = carried(network, self._carry, OWN_SOURCE, MOST_CARRIED)
        own_feeds = {id_: feed for id_, feed in listed.carried.items() if id_ in to_carry.services}
        network = with_carried(network, own_feeds)
        found: dict[str, list[Part]] = {}
        icons = {members[id_]: uri for id_, uri in listed.icons.items() if id_ in members}
        for guide, key, id_ in _channels_of_guides(network, listed.loose):
            part = Part(schedule=guide.schedules[key], priority=guide.priority, source=guide.source)
            found.setdefault(id_, []).append(part)
            if key in guide.icons:
                icons.setdefault(id_, guide.icons[key])
        network = with_those_that_stay(with_logos(network, icons), self.published.network)
        schedules: dict[str, Schedule] = {}
        changed = []
        for service in network.services.values():
            parts = [part for member in service.members for part in listed.parts.get(member.id, ())]
            schedule = self._merge(service.id, parts + found.get(service.id, []))
            if schedule is not self.published.schedules.get(service.id, EMPTY):
                changed.append(service.id)
            if len(schedule):
                schedules[service.id] = schedule
        before = self.published
        gone = before.network.services.keys() - network.services.keys()
        for id_ in gone:
            self._merged.pop(id_, None)
        is_same = network == before.network and not changed and not gone
        sources = {OWN_SOURCE, *(source.listing.id for source in self.sources)}
        self._ids = {listed_id: id_ for listed_id, id_ in self._ids.items() if listed_id.partition("/")[0] in sources}
        self._ids |= members
        self._numbers = with_those_away(network, self._numbers, set(self._ids.values()))
        stored = StoredNetwork(
            members=self._ids,
            numbers=self._numbers,
            documents=self._documents(network),
        )
        made = replace(before, network=network, schedules=schedules, revision=before.revision + (not is_same))
        return made, stored, to_carry

    def _documents(self, network: OneNetwork) -> dict[str, bytes]:
        """Return what stands for all that lists are made of, by its name in the database."""
        whole, places = self._contents.of(network)
        return {LIST: whole} | {f"{LIST}:{place}": its for place, its in places.items()}

    def _merge(self, service_id: str, parts: list[Part]) -> Schedule:
        """Merge what sources say of a service, unless they say what they said before."""
        state = tuple((id(part.schedule), part.priority, part.fresh) for part in parts)
        known = self._merged.get(service_id)
        if known is not None and known[0] == state:
            return known[2]
        schedule = merge(parts)
        horizon_s = wall_clock.now_ms() // 1000 - HISTORY_S
        if len(schedule) and schedule.stop_s[0] < horizon_s:
            schedule = schedule.between(horizon_s, int(schedule.stop_s[-1]) + 1)
        if not len(schedule):
            schedule = EMPTY
        elif known is not None and known[2] == schedule:
            schedule = known[2]
        self._merged[service_id] = state, [part.schedule for part in parts], schedule
        return schedule

    def publish(self, published: Published) -> None:
        """Put a network in place of the one before."""
        self.published = published
        self._is_made.set()
        self._has_followers.set()

    def _index(self) -> None:
        """Have the search find what is published."""
        before, now = self._indexed, self.published
        services, schedules = before.network.services, before.schedules
        named = (one for id_, one in now.network.services.items() if services.get(id_) is not one)
        told = (id_ for id_ in now.network.services if now.schedules.get(id_) is not schedules.get(id_))
        self.search.update(
            map(names_of, named), self._texts(told, now.schedules), services.keys() - now.network.services.keys()
        )
        self._indexed = now

    def _texts(self, services: Iterable[str], schedules: Mapping[str, Schedule]) -> Iterator[ServiceEvents]:
        """Yield what the search is told of services' guides; it steps back while a network is being made."""
        for id_ in services:
            self._at_leisure.wait(MAKING_S)
            yield texts_of(id_, schedules.get(id_, EMPTY))

    def _store(self) -> None:
        """Keep the guides that are published."""
        now, before = self.published, self._stored
        self._database.save_schedules(
            _stored(id_, schedule)
            for id_, schedule in now.schedules.items()
            if schedule is not before.schedules.get(id_)
        )
        self._stored = now

    def _save(self, published: Published, stored: StoredNetwork) -> Published:
        """Save ids, numbers and versions before they are seen: the next run begins with them, and with no revision again."""
        said = {REVISION: str(published.revision).encode()}
        self._database.save_network(replace(stored, documents={**stored.documents, **said}))
        return self._with_versions(published, max(published.revision, self._database.revision()))

    def _with_versions(self, published: Published, revision: int) -> Published:
        known = self._database.revisions("document")
        versions = {name.removeprefix(f"{LIST}:"): one for name, one in known.items() if name.startswith(f"{LIST}:")}
        version = known.get(LIST, published.list_version)
        return replace(published, revision=revision, list_version=version, versions=versions)


def _picture(source: ListSource) -> _Picture:
    priority = OWN_PRIORITY + 1 + 100 - source.listing.priority
    schedules, used = source.schedules, set()
    channel_icons = {k: v for document in source.documents for k, v in document.channel_icons.items()}
    told: list[tuple[ListedService, tuple[Part, ...]]] = []
    icons: dict[str, str] = {}
    for service in (service for document in source.documents for service in document.listing.services):
        key = service.guide[1] if service.guide is not None else service.key
        used.add(key)
        schedule = schedules.get(key, EMPTY)
        part = Part(schedule=schedule, priority=priority, source=source.listing.id)
        told.append((service, (part,) if len(schedule) else ()))
        if key in channel_icons:
            icons[service.id] = channel_icons[key]
    names = {k: v for document in source.documents for k, v in document.channel_names.items()}
    rest = {key: schedule for key, schedule in schedules.items() if key not in used and len(schedule)}
    return _Picture(
        regions=[region for document in source.documents for region in document.listing.regions],
        told=told,
        icons=icons,
        loose=_Guide(priority, source.listing.id, rest, names, channel_icons) if rest else None,
    )


def _channels_of_guides(network: OneNetwork, loose: Iterable[_Guide]) -> Iterator[tuple[_Guide, str, str]]:
    """Yield (guide, channel, service): the services that channels are, by id, else by a name that one service alone has."""
    if not loose:
        return
    by_id: dict[str, str] = {}
    by_name: dict[str, set[str]] = {}
    for service in network.services.values():
        by_id[service.id] = service.id
        for member in service.members:
            by_id.setdefault(member.key, service.id)
            if member.guide is not None:
                by_id.setdefault(member.guide[1], service.id)
            for name in member.names:
                by_name.setdefault(normalise(name).core, set()).add(service.id)
    for guide in loose:
        for key in guide.schedules:
            id_ = by_id.get(key)
            if id_ is None:
                candidates = [by_name.get(normalise(name).core, set()) for name in guide.names.get(key, ())]
                alone = {next(iter(one)) for one in candidates if len(one) == 1}
                id_ = alone.pop() if len(alone) == 1 else None
            if id_ is not None:
                yield guide, key, id_


def _aimed(sources: set[str], services: Iterable[NetworkService]) -> Iterator[tuple[str, Restriction]]:
    """Yield the restrictions that TargetRegions of these sources' lists are."""
    for service in services:
        members = [m for m in service.members if m.source != OWN_SOURCE]
        is_everywhere = any(m.national or not m.region for m in members)
        if not is_everywhere and any(m.source in sources for m in members):
            yield service.id, aimed(service.id, dict.fromkeys(place for m in members for place in (m.region, *m.also)))


def _stored(service_id: str, schedule: Schedule) -> StoredSchedule:
    return StoredSchedule(
        service_id=service_id, start_s=int(schedule.start_s[0]), stop_s=int(schedule.stop_s[-1]), events=len(schedule),
        octets=schedule.to_bytes(),
    )  # fmt: skip


def with_those_that_stay(network: OneNetwork, before: OneNetwork) -> OneNetwork:
    """Return the same network; services that are as they were are the same objects, so what was made of them holds."""
    had = before.services
    services = {id_: had[id_] if had.get(id_) == service else service for id_, service in network.services.items()}
    return replace(network, services=services)


def with_those_away(
    network: OneNetwork, before: Mapping[str, Mapping[int, str]], known: set[str]
) -> dict[str, dict[int, str]]:
    """Return the network's numbers, and those of services that are away now, as far as nobody else has them."""
    numbers = {place: dict(of) for place, of in network.numbers.items()}
    for place, of in before.items():
        table = numbers.setdefault(place, {})
        for number, id_ in of.items():
            if id_ in known and id_ not in network.services:
                table.setdefault(number, id_)
    return numbers


def rules_of(config: Config) -> Rules:
    """Return the operator's decisions in the config."""
    matching, numbering = config.matching, config.numbering
    return Rules(
        match=MatchRules(same=matching.same, different=matching.different, aliases=tuple(matching.aliases.items())),
        numbers=NumberRules(
            reserved=tuple(ReservedRange(first=r.first, last=r.last, services=r.services) for r in numbering.reserved),
            keep=numbering.keep,
            prefer=tuple(numbering.prefer.items()),
            overflow_from=numbering.overflow_from,
        ),
        id_of=tuple(matching.id_of.items()),
    )


def regions_of(config: Config) -> tuple[Region, ...]:
    """Return the regions of the config."""
    return tuple(
        Region(
            id=region.id,
            names=(Text(value=region.name.zh, lang="zh"), Text(value=region.name.en, lang="en")),
            parent=region.parent,
            country_codes=",".join(region.countries),
        )
        for region in config.region
    )
