"""One list or guide of someone else's: read again and again; what it said last stands while it says nothing."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

import structlog

from yiwang.base.errors import WireError, WorkError
from yiwang.base.said import said
from yiwang.dvbi.content_guide import read_content_guide
from yiwang.net import wall_clock
from yiwang.net.document import Document, DocumentError, fetch
from yiwang.network.guide.dvbi_profile import WHOLE
from yiwang.network.guide.schedule import EMPTY, Schedule
from yiwang.network.guide.tva import schedules_of_tva
from yiwang.network.read_source import SourceDocument, at_their_times, read_source, with_what_stays
from yiwang.store.config_network import Listing
from yiwang.store.database.database import Database
from yiwang.store.database.records import SourceCopy
from yiwang.store.local_times import local_time_of

if TYPE_CHECKING:
    import httpx

RETRY_S = 5.0
"""After a failure; then twice as long each time, up to the listing's own interval."""
GUIDES_AT_ONCE = 4
DAY_S = 86_400
GUIDE_MB = 50.0
MOST_IN_VAIN = 8
"""So many services whose guide an endpoint does not give, one after the other: the others are not asked in this round."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source fares, for people."""

    id: str
    url: str
    services: int
    schedules: int
    events: int
    checked_ms: int | None
    changed_ms: int | None
    fault: str
    fault_since_ms: int | None
    faults: dict[str, int]
    guides_asked: int = 0  # of services, one request each
    guides_failing: int = 0
    guide_fault: str = ""  # of one of them


@dataclass(slots=True)
class _Known:
    """What was got from one address."""

    document: SourceDocument
    etag: str | None = None
    last_modified: str | None = None


class ListSource:
    """The machine: `restore`, then `run` until cancelled; ``on_change`` is called when it says something else.

    Parameters
    ----------
    listing : Listing       of the config
    database : Database     keeps the last good copy of the document over a restart
    """

    def __init__(self, listing: Listing, database: Database, on_change: Callable[[], None]) -> None:
        self.listing = listing
        self._database = database
        self._on_change = on_change
        self._documents: dict[str, _Known] = {}
        self._guides: dict[str, Schedule] = {}  # of services, by the key in the guide
        self._guides_asked = 0
        self._guide_faults: dict[str, str] = {}  # of those that do not come, by the key in the guide
        self._guide_faults_told = 0
        self._guide_marks: dict[str, tuple[str, str | None, str | None]] = {}
        self._fault = ""
        self._fault_since_ms: int | None = None
        self._checked_ms: int | None = None
        self._changed_ms: int | None = None

    @property
    def documents(self) -> list[SourceDocument]:
        """All it says, the main document first."""
        return [known.document for known in self._documents.values()]

    @property
    def guides(self) -> Mapping[str, Schedule]:
        """Schedules of services that are asked for one by one, by the key in the guide."""
        return self._guides

    @property
    def schedules(self) -> dict[str, Schedule]:
        """Schedules by the key they have in this source."""
        found: dict[str, Schedule] = {}
        for document in reversed(self.documents):
            found |= document.schedules
        found = at_their_times(found, [document.listing for document in self.documents])
        return found | self._guides

    @property
    def state(self) -> SourceState:
        """How it fares."""
        schedules = self.schedules
        return SourceState(
            id=self.listing.id,
            url=self.listing.url,
            services=sum(len(document.listing.services) for document in self.documents),
            schedules=len(schedules),
            events=sum(map(len, schedules.values())),
            checked_ms=self._checked_ms,
            changed_ms=self._changed_ms,
            fault=self._fault,
            fault_since_ms=self._fault_since_ms,
            faults=dict(self.documents[0].faults) if self._documents else {},
            guides_asked=self._guides_asked,
            guides_failing=len(self._guide_faults),
            guide_fault=next(iter(self._guide_faults.values()), ""),
        )

    def restore(self) -> None:
        """Take the last good copy of an earlier run; for a thread."""
        main = self._restored(self.listing.url)
        if main is not None:
            self._documents = {self.listing.url: main}
            for url in map(self._absolute, main.document.more):
                known = self._restored(url)
                if known is not None:
                    self._documents[url] = known

    def _restored(self, url: str) -> _Known | None:
        octets = self._database.source_octets(self.database_id(url))
        try:
            return _Known(self._read(octets, url)) if octets is not None else None
        except WireError:
            return None  # of another version of ours

    def database_id(self, url: str) -> str:
        """Return what a document of this source is called in the database."""
        return self.listing.id if url == self.listing.url else f"{self.listing.id} {url}"

    def database_ids(self) -> list[str]:
        """Return what all documents of this source are called there."""
        main = self._documents.get(self.listing.url)
        more = map(self._absolute, main.document.more) if main is not None else ()
        return [self.database_id(url) for url in (self.listing.url, *more)]

    def _absolute(self, uri: str) -> str:
        return urljoin(self.listing.url, uri)

    async def run(self, client: "httpx.AsyncClient") -> None:
        """Read again and again; a fault is told once, and its end."""
        failures = 0
        while True:
            changed, fault = False, ""
            try:
                changed, fault = await self._refresh(client)
            except (DocumentError, WorkError) as error:
                fault = str(error)
            except Exception as error:  # a fault of ours in what others say: this list waits, everything else goes on
                log.exception("a list cannot be understood", listing=self.listing.id)
                fault = said("program-fault", kind=type(error).__name__)
            if fault:
                failures += 1
                await self._failed(fault)
                pause_s = min(self.listing.every, RETRY_S * 2 ** min(failures - 1, 16))
            else:
                failures, pause_s = 0, self.listing.every
                if self._fault:
                    log.info("a list is read again", listing=self.listing.id)
                    self._fault, self._fault_since_ms = "", None
            if changed:
                self._changed_ms = wall_clock.now_ms()
                self._on_change()
            await asyncio.sleep(pause_s * random.uniform(0.95, 1.05))  # many nodes do not ask in the same second

    async def _failed(self, sentence: str) -> None:
        now_ms = wall_clock.now_ms()
        if sentence != self._fault:
            kept = "; the last good copy is kept" if self._documents else ""
            log.warning("a list cannot be read", listing=self.listing.id, url=self.listing.url, error=sentence + kept)
        self._checked_ms = now_ms
        self._fault, self._fault_since_ms = sentence, self._fault_since_ms or now_ms
        with contextlib.suppress(WorkError):  # it has been logged above, if not remembered
            await asyncio.to_thread(self._database.source_failed, self.listing.id, sentence, now_ms // 1000)

    def _read(self, octets: bytes, url: str) -> SourceDocument:
        """Read a document of this source; what is as it was is the same object, so nothing is made anew of it."""
        listing, known = self.listing, self._documents.get(url)
        kind = listing.kind if url == listing.url else "auto"
        local = local_time_of(listing.zone)
        document = read_source(listing.id, octets, kind, listing.region or "", round(listing.shift), url, local)
        return document if known is None else with_what_stays(document, known.document)

    async def _refresh(self, client: "httpx.AsyncClient") -> tuple[bool, str]:
        """Read what there is, and what it leads to; tell whether anything is another than before, and the first fault.

        A document that it leads to and that fails takes nothing from the others: a playlist outlives its guide.
        """
        changed = await self._refresh_document(client, self.listing.url)
        wanted = [self.listing.url]
        fault = ""
        for absolute in map(self._absolute, self._documents[self.listing.url].document.more):
            if urlsplit(absolute).scheme not in ("http", "https"):
                continue  # a list from the network names no files of this machine
            wanted.append(absolute)
            try:
                changed |= await self._refresh_document(client, absolute)
            except DocumentError as error:
                fault = fault or f"{absolute}: {error}"
        gone = [uri for uri in self._documents if uri not in wanted]
        for uri in gone:
            del self._documents[uri]
        changed |= await self._refresh_guides(client) or bool(gone)
        self._checked_ms = wall_clock.now_ms()
        return changed, fault

    async def _refresh_document(self, client: "httpx.AsyncClient", url: str) -> bool:
        known = self._documents.get(url)
        marks = (known.etag, known.last_modified) if known is not None else (None, None)
        got = await fetch(client, url, round(self.listing.max_mb * 1e6), *marks)
        now_s = wall_clock.now_ms() // 1000
        if got is None:
            await asyncio.to_thread(self._database.source_is_unchanged, self.database_id(url), now_s)
            return False
        try:
            document = await asyncio.to_thread(self._read, got.octets, url)
        except WireError as error:
            raise DocumentError(f"{said('unreadable')}: {error}") from error
        if document.is_empty and known is not None and not known.document.is_empty:
            raise DocumentError(said("empty-now"))
        changed = known is None or document is not known.document
        self._documents[url] = _Known(document, got.etag, got.last_modified)
        if changed and known is not None:  # of a source that is new all it has comes at once: ids are given by it
            self._on_change()
        await asyncio.to_thread(self._keep, url, got, now_s)
        return changed

    def _keep(self, url: str, got: Document, now_s: int) -> None:
        copy = SourceCopy(octets=got.octets, etag=got.etag, last_modified=got.last_modified, fetched_at_s=now_s)
        self._database.save_source(self.database_id(url), copy)

    # -- DVB-I content guides: one request a service

    async def _refresh_guides(self, client: "httpx.AsyncClient") -> bool:
        endpoints: dict[str, str] = {}
        for base, known in self._documents.items():
            listing = known.document.listing
            for service in listing.services:
                guide = listing.guides.get(service.key)
                endpoint = guide.schedule_info_endpoint if guide is not None else None
                if service.guide is not None and endpoint is not None and endpoint.uri is not None:
                    endpoints.setdefault(service.guide[1], urljoin(base, endpoint.uri.value))
        turns = asyncio.Semaphore(GUIDES_AT_ONCE)

        in_vain: Counter[str] = Counter()  # requests to an endpoint that failed, since one was answered

        async def one(key: str, endpoint: str) -> bool:
            async with turns:
                if in_vain[endpoint] >= MOST_IN_VAIN:
                    self._guide_faults[key] = f"{endpoint}: {said('not-asked', count=MOST_IN_VAIN)}"
                    return False
                changed = await self._refresh_guide(client, key, endpoint)
                in_vain[endpoint] = in_vain[endpoint] + 1 if key in self._guide_faults else 0
                return changed

        changes = await asyncio.gather(*(one(key, endpoint) for key, endpoint in endpoints.items()))
        gone = self._guides.keys() - endpoints.keys()
        for key in gone:
            del self._guides[key]
        self._guides_asked = len(endpoints)
        self._guide_faults = {key: fault for key, fault in self._guide_faults.items() if key in endpoints}
        self._tell_guide_faults()
        return any(changes) or bool(gone)

    def _tell_guide_faults(self) -> None:
        """Log that guides do not come: once, again when they are twice as many, and the end."""
        failing, told = len(self._guide_faults), self._guide_faults_told
        if failing >= max(2 * told, 1):
            fault = next(iter(self._guide_faults.values()))
            self._guide_faults_told = failing
            log.warning(
                "guides of services cannot be read; those known are kept",
                listing=self.listing.id, failing=failing, of=self._guides_asked, error=fault,
            )  # fmt: skip
        elif told and not failing:
            self._guide_faults_told = 0
            log.info("guides of services are read again", listing=self.listing.id)

    async def _refresh_guide(self, client: "httpx.AsyncClient", key: str, endpoint: str) -> bool:
        """Ask for one service's schedule; a guide that fails leaves what was known."""
        now_s = wall_clock.now_ms() // 1000
        begin_s = now_s - now_s % DAY_S
        span = {"start_unixtime": begin_s, "end_unixtime": round(begin_s + (self.listing.days + 1) * DAY_S)}
        url = endpoint + ("&" if "?" in endpoint else "?") + urlencode({"sid": key, **span})
        if urlsplit(url).scheme not in ("http", "https"):
            return False
        asked, etag, modified = self._guide_marks.get(key, ("", None, None))
        if asked != url:
            etag = modified = None
        try:
            got = await fetch(client, url, round(GUIDE_MB * 1e6), etag, modified, prefer=WHOLE)
            if got is None:
                self._guide_faults.pop(key, None)
                return False
            schedule = await asyncio.to_thread(self._read_guide, key, got.octets)
        except (DocumentError, WireError) as error:
            self._guide_faults[key] = f"{endpoint}: {error}"
            return False
        self._guide_faults.pop(key, None)
        before = self._guides.get(key, EMPTY)
        if len(before) and not len(schedule):
            return False  # as with lists: what was known stands while nothing comes
        self._guide_marks[key] = url, got.etag, got.last_modified
        if key in self._guides and schedule == before:
            return False  # the same object for the same content
        self._guides[key] = schedule
        return True

    def _read_guide(self, key: str, octets: bytes) -> Schedule:
        guide, _ = read_content_guide(octets)
        schedules = schedules_of_tva(guide)
        schedule = schedules.get(key) or (next(iter(schedules.values())) if len(schedules) == 1 else EMPTY)
        return schedule.shifted(round(self.listing.shift)) if self.listing.shift else schedule
