"""`/api/services`, `/api/guide`, `/api/search`, `/api/sources`, `/api/conflicts`: the one network, for pages and programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel

from yiwang.base.said import Said
from yiwang.net import wall_clock
from yiwang.network import of_region
from yiwang.network.guide.age import age_of
from yiwang.network.guide.event import LIVE, NEW, PREMIERE, REPEAT, Event, Synopsis
from yiwang.network.guide.subject import Subject, subject_of
from yiwang.network.logos import logo_key, logo_of
from yiwang.network.model import HERE, Evidence, NetworkService, OneNetwork
from yiwang.network.of_region import instead
from yiwang.network.to_m3u import addresses
from yiwang.services.carrying import LeftOut
from yiwang.services.one_network import OneNetworkService, Published
from yiwang.store.search.records import Filters, Item
from yiwang.web.clauses import ClauseView, clause_views
from yiwang.web.kept_answers import KeptAnswers
from yiwang.web.own_channels import OwnChannels, channel_of
from yiwang.web.views import RuleView, TextView, iso, rule_view
from yiwang.xmltv.guide import Text

MOST_SERVICES, MOST_SECONDS = 500, 31 * 86_400
LONGEST_DATA_URI = 4096
Region = Annotated[str, Query(max_length=64)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=MOST_SERVICES)]
FlagName = Literal["new", "premiere", "repeat", "live"]
FLAGS: tuple[tuple[int, FlagName], ...] = ((NEW, "new"), (PREMIERE, "premiere"), (REPEAT, "repeat"), (LIVE, "live"))


@dataclass(slots=True)
class NameView:
    """A text in a language (BCP 47; empty: not said); no model, as a list has tens of thousands."""

    value: str
    lang: str


@dataclass(slots=True)
class MemberView:
    """A service as one source lists it; no model, either."""

    id: str
    source: str
    region: str
    number: int | None
    names: list[NameView]
    quality: str
    urls: list[str]


class ListedServiceView(BaseModel):
    """A service of the network; ``number`` is in the region that was asked for, ``logo`` a path of this node's or empty."""

    id: str
    number: int | None
    names: list[NameView]
    logo: str
    regions: list[str]
    members: list[MemberView]
    variants: list[str]
    restrictions: list[RuleView]


class KeptFromView(BaseModel):
    """A service that a region never has, by a restriction; ``instead`` is the service in its place, or empty."""

    id: str
    names: list[NameView]
    restriction: str
    reason: TextView
    instead: str


class ServicesView(BaseModel):
    """A page of services, by number; ``revision`` rises when the region's list is another one, whatever happens to guides.

    ``kept_from`` the region that was asked for are all others that it never has.
    """

    revision: int
    total: int
    services: list[ListedServiceView]
    kept_from: list[KeptFromView]


class EvidenceView(BaseModel):
    """One reason for or against two listed services being the same."""

    one: str
    other: str
    kind: str
    score: float
    detail: str
    said: list[ClauseView]
    followed: bool


class LeftOutView(BaseModel):
    """A stream that this node does not use though its list is carried; ``url`` empty: it is about the whole service."""

    url: str
    reason: str
    said: list[ClauseView]


class NotCarriedView(BaseModel):
    """A service of a carried list with what of it is not used; ``carried``: it is carried all the same, from elsewhere."""

    service: str
    names: list[NameView]
    carried: bool
    left_out: list[LeftOutView]


class InsteadView(BaseModel):
    """What a region has in the place of a service that is not for it (``service`` empty: nothing), and why."""

    service: str
    reason: str
    said: list[ClauseView]


class ExplainedView(BaseModel):
    """A service and why its members are one; ``left_out``: what of it this node would carry and cannot, and why.

    ``instead`` is there where the service is not for the region that was asked for.
    """

    service: ListedServiceView
    evidence: list[EvidenceView]
    left_out: list[LeftOutView]
    instead: InsteadView | None


@dataclass(slots=True)
class GuideEventView:
    """An event of the guide; no model, as a window has hundreds.

    ``subject`` is one of eleven words, ``genre`` what the source calls it.
    """

    start: str
    stop: str
    title: str
    sub_title: str
    text: str
    genre: str
    subject: Subject
    age: int | None
    flags: list[FlagName]
    crid: str


class GuideRowView(BaseModel):
    """A service's events in the window; ``channel`` is its id in `/api/network` where this node plays it, else empty.

    ``place`` is where it stands in the whole list of the region, from 0.
    """

    id: str
    place: int
    channel: str
    number: int | None
    names: list[NameView]
    logo: str
    events: list[GuideEventView]


class GuideView(BaseModel):
    """A window of channels and time."""

    total: int
    start: str
    stop: str
    rows: list[GuideRowView]


class ReasonView(BaseModel):
    """Why something was found: which characters (from, to) of which text."""

    field: str
    text: str
    spans: list[tuple[int, int]]
    by: str


class ShowingView(BaseModel):
    """An event of a service; ``channel`` is the service's id in `/api/network` where this node plays it, else empty."""

    service: str
    service_names: list[NameView]
    channel: str
    number: int | None
    title: str
    sub_title: str
    start: str | None
    stop: str | None


class FoundView(ShowingView):
    """A service or an event of one; ``others`` are the first of ``n_others`` events of the same programme, told together."""

    kind: Literal["service", "event"]
    reasons: list[ReasonView]
    others: list[ShowingView] = []
    n_others: int = 0


class SearchView(BaseModel):
    """A page of what was found."""

    total: int
    found: list[FoundView]


class SourceOfListView(BaseModel):
    """A listing, and how it fares."""

    id: str
    url: str
    services: int
    schedules: int
    events: int
    checked: str | None
    changed: str | None
    fault: str
    said: list[ClauseView]
    fault_since: str | None
    faults: dict[str, int]
    guides_asked: int
    guides_failing: int
    guide_fault: str
    guide_said: list[ClauseView]


class ConflictView(BaseModel):
    """What an operator may want to decide."""

    kind: str
    about: list[str]
    detail: str
    said: list[ClauseView]


def network_router(one: OneNetworkService) -> APIRouter:
    """Return the routes."""

    async def made() -> None:
        if not await one.made():
            raise HTTPException(503, "the network is still being made", {"Retry-After": "5"})

    of_network = APIRouter(dependencies=[Depends(made)])
    _services_and_guide(of_network, one, KeptAnswers(one.store_name))
    _search(of_network, one)
    router = APIRouter()
    router.include_router(of_network)
    _for_operators(router, one)
    return router


def _services_and_guide(router: APIRouter, one: OneNetworkService, kept: KeptAnswers) -> None:
    own = OwnChannels(one)

    @router.get("/api/services", response_model=ServicesView)
    async def get_services(request: Request, region: Region = "", offset: Offset = 0, limit: Limit = 100) -> Response:
        """Return services of the network in the order of their numbers, of a region or of all."""
        network, revision = one.published.network, one.published.version_of(region)

        def make() -> ServicesView:
            ordered = one.in_order(region)
            views = [_service(network, s, n, _base(request)) for n, s in ordered[offset : offset + limit]]
            kept = _kept_from(network, region)
            return ServicesView.model_construct(
                revision=revision, total=len(ordered), services=views, kept_from=kept
            )  # fmt: skip

        return kept.answer(request, revision, ("services", region, offset, limit), make)

    @router.get("/api/services/{service_id}")
    async def explain_service(request: Request, service_id: str, region: Region = "") -> ExplainedView:
        """Return a service with all evidence for and against its members being one."""
        published = one.published
        service = published.network.services.get(service_id)
        if service is None:
            raise HTTPException(404, f"no service {service_id!r}")
        number = next((n for n, s in one.in_order(region) if s.id == service_id), None)
        members = {member.id for member in service.members}
        against = [e for e in published.network.against if e.one in members or e.other in members]
        evidence = [_evidence(e, True) for e in service.evidence] + [_evidence(e, False) for e in against]
        for decided in one.decisions.decided:
            if decided.kind == "number" and decided.about[0] in members:
                mine = Evidence(decided.about[0], decided.about[0], "decision", 1.0, decided.said)
                evidence.append(_evidence(mine, number == decided.number))
        left_out = [_left_out(o) for o in one.carrying.left_out.get(service_id, ())]
        other = instead(published.network, service, region) if region else None
        return ExplainedView(
            service=_service(published.network, service, number, _base(request)), evidence=evidence, left_out=left_out,
            instead=None if other is None else _instead(*other),
        )  # fmt: skip

    @router.get("/api/guide", response_model=GuideView)
    async def get_guide(
        request: Request,
        region: Region = "",
        service: Annotated[list[str] | None, Query(max_length=MOST_SERVICES)] = None,
        channel: Annotated[list[str] | None, Query(max_length=MOST_SERVICES, description="ids of /api/network")] = None,
        start: Annotated[
            int | None, Query(ge=0, le=99_999_999_999, description="seconds since 1970; none: this minute")
        ] = None,
        seconds: Annotated[int, Query(ge=1, le=MOST_SECONDS)] = 4 * 3600,
        lang: Annotated[str, Query(max_length=35, description="of titles and texts, where there is a choice")] = "",
        brief: Annotated[bool, Query(description="leave descriptions out")] = False,
        offset: Offset = 0,
        limit: Limit = 40,
    ) -> Response:
        """Return a window of the guide: channels by number, and their events that are on in a span of time."""
        published = one.published
        begin_s = wall_clock.now_ms() // 60_000 * 60 if start is None else start
        wanted, ours = tuple(service or ()), tuple(channel or ())

        def make() -> GuideView:
            ordered = one.in_order(region)
            if wanted or ours:
                place_of = {s.id: place for place, (_, s) in enumerate(ordered)}
                named = own.named(ours) if ours else [(id_, "") for id_ in wanted]
                places = [(place_of[id_], mine) for id_, mine in dict.fromkeys(named) if id_ in place_of]
                total, places = len(places), places[offset : offset + limit]
            else:
                total, places = len(ordered), [(at, "") for at in range(offset, min(offset + limit, len(ordered)))]
            rows = [_Row(place, *ordered[place], channel) for place, channel in places]
            views = [
                GuideRowView.model_construct(
                    id=row.service.id, place=row.place, channel=row.channel or channel_of(row.service, region),
                    number=row.number, names=names_view(row.service), logo=logo_view(row.service),
                    events=[event_view(e, lang, brief=brief) for e in _between(published, row.service, begin_s, seconds)],
                )
                for row in rows
            ]  # fmt: skip
            return GuideView.model_construct(
                total=total, start=iso(1000 * begin_s),
                stop=iso(1000 * (begin_s + seconds)), rows=views,
            )  # fmt: skip

        key = ("guide", region, wanted, ours, begin_s, seconds, lang, brief, offset, limit)
        return kept.answer(request, published.revision, key, make, by_content=True)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the guide before it is shown; ``channel`` empty: whichever plays the service."""

    place: int
    number: int | None
    service: NetworkService
    channel: str


def _between(published: Published, service: NetworkService, begin_s: int, seconds: int) -> Iterable[Event]:
    schedule = published.schedules.get(service.id)
    return schedule.between(begin_s, begin_s + seconds) if schedule is not None else ()


def _search(router: APIRouter, one: OneNetworkService) -> None:
    @router.get("/api/search")
    def search(
        q: Annotated[str, Query(max_length=200)],
        region: Region = "",
        genre: Annotated[str, Query(max_length=20)] = "",
        kind: Literal["", "service", "event"] = "",
        lang: Annotated[str, Query(max_length=35, description="of events' titles, where there is a choice")] = "",
        offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
        together: Annotated[bool, Query(description="events of one programme are one, with others")] = False,
    ) -> SearchView:
        """Find channels, programmes and people: characters, pinyin, initials, English, with a typo."""
        filters = Filters(
            kinds=frozenset([kind]) if kind else frozenset(["service", "event"]),
            regions=frozenset([region]) if region else frozenset(),
            genres=frozenset([genre]) if genre else frozenset(),
        )
        found = one.search.search(q, wall_clock.now_ms() // 1000, limit, offset, filters, together=together)
        numbers = {s.id: n for n, s in one.in_order(region)}
        services = one.published.network.services
        known = [(item, services[item.service_id]) for item in found.items if item.service_id in services]
        views = [found_view(item, s, numbers.get(s.id), region) for item, s in known]
        for view, (item, _) in zip(views, known, strict=True):
            view.title, view.sub_title = titles_in(one.published, item, lang)
            view.n_others = item.n_others
            view.others = [
                _showing(one.published, other, services[other.service_id], numbers, region, lang)
                for other in item.others
                if other.service_id in services
            ]
        return SearchView(total=found.total, found=views)


def _showing(
    published: Published, item: Item, service: NetworkService, numbers: Mapping[str, int | None], region: str, lang: str
) -> ShowingView:
    view = ShowingView(**_event_of(item, service, numbers.get(service.id), region))
    view.title, view.sub_title = titles_in(published, item, lang)
    return view


def _for_operators(router: APIRouter, one: OneNetworkService) -> None:
    @router.get("/api/sources")
    async def get_sources() -> list[SourceOfListView]:
        """Return the listings and how they fare."""
        return [
            SourceOfListView(
                id=s.id, url=s.url, services=s.services, schedules=s.schedules, events=s.events, checked=_iso(s.checked_ms),
                changed=_iso(s.changed_ms), fault=s.fault, said=clause_views(s.fault), fault_since=_iso(s.fault_since_ms),
                faults=s.faults, guides_asked=s.guides_asked, guides_failing=s.guides_failing, guide_fault=s.guide_fault,
                guide_said=clause_views(s.guide_fault),
            )
            for s in one.states()
        ]  # fmt: skip

    @router.get("/api/not-carried")
    async def get_not_carried() -> list[NotCarriedView]:
        """Return what of the carried lists is not carried, and streams that are not used, with the reasons."""
        carried, known = one.carrying.channels, one.published.network.services
        return [
            NotCarriedView(
                service=id_,
                names=names_view(known[id_]) if id_ in known else [],
                carried=id_ in carried,
                left_out=[_left_out(o) for o in left_out],
            )
            for id_, left_out in one.carrying.left_out.items()
        ]

    @router.get("/api/conflicts")
    async def get_conflicts() -> list[ConflictView]:
        """Return what an operator may want to decide: numbers that two want, identifiers of two services."""
        return [
            ConflictView(kind=c.kind, about=list(c.about), detail=c.detail, said=clause_views(c.detail))
            for c in one.published.network.conflicts
        ]


def _left_out(one: LeftOut) -> LeftOutView:
    return LeftOutView(url=one.url, reason=one.reason, said=clause_views(one.reason))


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _here(uri: str, base: str) -> str:
    return uri.replace(HERE, base)


def logo_view(service: NetworkService) -> str:
    """Return where this node has a service's logo; a short data: URI, which a page needs not ask for, as it is."""
    uri = logo_of(service)
    if uri.startswith(("http://", "https://")):
        return f"/logos/{logo_key(uri)}"
    return uri if uri.startswith("data:image/") and len(uri) <= LONGEST_DATA_URI else ""


def names_view(service: NetworkService) -> list[NameView]:
    """Show the names of a service."""
    texts = service.members[0].service.service_names
    return [NameView(value=text.value, lang=text.lang) for text in texts] or [NameView(value=service.id, lang="")]


def _kept_from(network: OneNetwork, region: str) -> list[KeptFromView]:
    kept = of_region.kept_from(network, region) if region else {}
    return [
        KeptFromView(
            id=id_, names=names_view(network.services[id_]), restriction=rule.id,
            reason=TextView(zh=rule.reason[0], en=rule.reason[1]), instead=other.id if other is not None else "",
        )
        for id_, rule in kept.items()
        for other in [of_region.substitute(network, rule, region)]
    ]  # fmt: skip


def _service(network: OneNetwork, service: NetworkService, number: int | None, base: str) -> ListedServiceView:
    members = [
        MemberView(
            id=m.id, source=m.source, region=m.region, number=m.number, quality=m.quality,
            names=[NameView(value=text.value, lang=text.lang) for text in m.service.service_names],
            urls=[_here(uri, base) for uri in addresses(m)],
        )
        for m in service.members
    ]  # fmt: skip
    return ListedServiceView.model_construct(
        id=service.id, number=number, names=names_view(service), logo=logo_view(service),
        regions=sorted({m.region for m in service.members if m.region}), members=members, variants=list(service.variants),
        restrictions=[
            rule_view(network.restrictions, rule)
            for rule in dict.fromkeys(r for id_ in service.channels for r in network.restrictions.of(id_))
        ],
    )  # fmt: skip


def _instead(other: NetworkService | None, why: Said) -> InsteadView:
    return InsteadView(service=other.id if other is not None else "", reason=why, said=clause_views(why))


def _evidence(evidence: Evidence, followed: bool) -> EvidenceView:
    return EvidenceView(
        one=evidence.one, other=evidence.other, kind=evidence.kind, score=round(evidence.score, 3), detail=evidence.detail,
        said=clause_views(evidence.detail), followed=followed,
    )  # fmt: skip


def event_view(event: Event, lang: str = "", *, brief: bool = False) -> GuideEventView:
    """Show an event in a language where it has that, else in its first; ``brief``: without its description."""
    lang = lang.partition("-")[0].lower()
    return GuideEventView(
        start=second(event.start_s),
        stop=second(event.stop_s),
        title=_spoken(event.titles, lang),
        sub_title=_spoken(event.sub_titles, lang),
        text="" if brief else _spoken(event.synopses, lang),
        genre=(event.genres[0].name or event.genres[0].href.rpartition(":")[2]) if event.genres
        else event.categories[0].value if event.categories else "",
        subject=subject_of(event),
        age=age_of(event),
        flags=[name for flag, name in FLAGS if event.flags & flag],
        crid=event.crid,
    )  # fmt: skip


def _spoken(texts: Sequence[Text | Synopsis], lang: str) -> str:
    """Return the text in a language, else the first."""
    if len(texts) < 2:
        return texts[0].value if texts else ""
    return next((text.value for text in texts if text.lang.partition("-")[0] == lang), texts[0].value if texts else "")


def titles_in(published: Published, item: Item, lang: str) -> tuple[str, str]:
    """Return title and sub-title of what was found in a language, where it is an event that has them in it."""
    schedule = published.schedules.get(item.service_id)
    place = schedule.now_next(item.start_s)[0] if schedule is not None and item.start_s is not None else None
    if schedule is None or place is None:
        return item.title, ""
    event, primary = schedule[place], lang.partition("-")[0].lower()
    return _spoken(event.titles, primary) if lang else item.title, _spoken(event.sub_titles, primary)


def found_view(item: Item, service: NetworkService, number: int | None, region: str) -> FoundView:
    """Show what was found, with its service."""
    reasons = [ReasonView(field=r.field, text=r.text, spans=list(r.spans), by=r.by) for r in item.reasons]
    return FoundView(kind=item.kind, reasons=reasons, **_event_of(item, service, number, region))


def _event_of(item: Item, service: NetworkService, number: int | None, region: str) -> dict[str, Any]:
    return {
        "service": item.service_id, "service_names": names_view(service), "channel": channel_of(service, region),
        "number": number, "title": item.title, "sub_title": "",
        "start": None if item.start_s is None else second(item.start_s),
        "stop": None if item.stop_s is None else second(item.stop_s),
    }  # fmt: skip


@lru_cache(4096)
def second(at_s: int) -> str:
    """Write UTC seconds in ISO 8601."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _iso(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)
