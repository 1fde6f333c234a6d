"""`/api/programme`: all that is known of one event, when it is on again, and what else has its people in it."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel

from yiwang.net import wall_clock
from yiwang.network.guide.event import Event
from yiwang.network.guide.titles import title_numbers
from yiwang.network.model import NetworkService
from yiwang.services.one_network import OneNetworkService
from yiwang.store.search.records import Filters, Item
from yiwang.web.network_api import (
    FoundView,
    GuideEventView,
    NameView,
    Region,
    event_view,
    found_view,
    logo_view,
    names_view,
    titles_in,
)
from yiwang.web.own_channels import channel_of
from yiwang.xmltv.guide import Text

MOST_REPEATS, MOST_RELATED, MOST_PEOPLE = 20, 12, 4
LONGEST_QUERY = 200
_EVENTS: frozenset[Literal["service", "event"]] = frozenset(("event",))
_XMLTV_NS = re.compile(r"\s*(\d{0,4})\s*(?:/\s*\d*\s*)?\.\s*(\d{0,5})\s*(?:/\s*(\d{0,5})\s*)?(?:\..*)?")


class CreditView(BaseModel):
    """A person: ``job`` as XMLTV has it (director, actor …), ``role`` the part played."""

    job: str
    name: str
    role: str


class EpisodeView(BaseModel):
    """Which part of a series it is, counted from 1; ``text`` as the source shows it where it gives no numbers."""

    season: int | None
    number: int | None
    of: int | None
    text: str


class RatingView(BaseModel):
    """A rating in a system; empty: not said which."""

    system: str
    value: str


class ProgrammeView(BaseModel):
    """An event with all its details; ``channel`` is the service's id in `/api/network` where this node plays it, else empty."""

    service: str
    channel: str
    number: int | None
    names: list[NameView]
    logo: str
    event: GuideEventView
    credits: list[CreditView]
    episode: EpisodeView | None
    date: str
    categories: list[str]
    countries: list[str]
    languages: list[str]
    quality: str
    subtitled: bool
    ratings: list[RatingView]
    stars: list[str]
    repeats: list[FoundView]
    related: list[FoundView]


def programme_router(one: OneNetworkService) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.get("/api/programme")
    def get_programme(
        service: Annotated[str, Query(max_length=500)],
        at: Annotated[int, Query(ge=0, le=99_999_999_999, description="seconds since 1970")],
        region: Region = "",
        lang: Annotated[str, Query(max_length=35)] = "",
    ) -> ProgrammeView:
        """Return the event of a service that is on at a time: details, repeats by its title, others with its people."""
        published = one.published
        found, schedule = published.network.services.get(service), published.schedules.get(service)
        if found is None:
            raise HTTPException(404, f"no service {service!r}")
        place = schedule.now_next(at)[0] if schedule is not None else None
        if schedule is None or place is None:
            raise HTTPException(404, f"nothing is known of {service!r} at {at}")
        event = schedule[place]
        repeats, related = _others(one, found, event)
        numbers = {s.id: n for n, s in one.in_order(region)}
        services = published.network.services

        def views(items: list[Item]) -> list[FoundView]:
            known = [(item, services[item.service_id]) for item in items if item.service_id in services]
            found = [found_view(item, s, numbers.get(s.id), region) for item, s in known]
            for view, (item, _) in zip(found, known, strict=True):
                view.title, view.sub_title = titles_in(published, item, lang)
            return found

        return ProgrammeView(
            service=found.id, channel=channel_of(found, region), number=numbers.get(found.id), names=names_view(found),
            logo=logo_view(found),
            event=_with_all_its_text(event, lang),
            credits=[CreditView(job=c.job, name=c.name, role=c.role) for c in event.credits],
            episode=episode_of(event),
            date=event.date,
            categories=_in_language(event.categories, lang),
            countries=_in_language(event.countries, lang),
            languages=list(dict.fromkeys(filter(None, [event.language, *(text.lang for text in event.audio)]))),
            quality=event.quality,
            subtitled=bool(event.subtitles),
            ratings=[RatingView(system=r.system, value=r.value) for r in event.ratings],
            stars=[stars.value for stars in event.star_ratings],
            repeats=[view.model_copy(update={"reasons": []}) for view in views(repeats)], related=views(related),
        )  # fmt: skip

    return router


def _in_language(texts: Sequence[Text], lang: str) -> list[str]:
    """Return the texts in a language, and those that say none; all, where there are none of these."""
    spoken = [text.value for text in texts if text.lang.partition("-")[0] in ("", lang.partition("-")[0].lower())]
    return list(dict.fromkeys(spoken or [text.value for text in texts]))


def _with_all_its_text(event: Event, lang: str) -> GuideEventView:
    """Show an event with the longest description it has in a language; in any, where it has none in that."""
    view = event_view(event, lang)
    primary = lang.partition("-")[0].lower()
    spoken = [s.value for s in event.synopses if s.lang.partition("-")[0].lower() == primary]
    view.text = max(spoken or [s.value for s in event.synopses], key=len, default="")
    return view


def episode_of(event: Event) -> EpisodeView | None:
    """Return which part of a series an event is: from XMLTV's numbers, which count from 0, else as the source shows it."""
    shown = next((e.value for e in event.episode_nums if e.system == "onscreen"), "")
    for number in event.episode_nums:
        parts = _XMLTV_NS.fullmatch(number.value) if number.system == "xmltv_ns" else None
        if parts is not None and (parts[1] or parts[2]):
            season, episode, of = (int(part) if part else None for part in parts.groups())
            return EpisodeView(
                season=None if season is None else season + 1,
                number=None if episode is None else episode + 1,
                of=of,
                text=shown,
            )
    return EpisodeView(season=None, number=None, of=None, text=shown) if shown else None


def _others(one: OneNetworkService, service: NetworkService, event: Event) -> tuple[list[Item], list[Item]]:
    """Return events that begin from now on: of the same title, and others with one of its people."""
    now_s, filters = wall_clock.now_ms() // 1000, Filters(kinds=_EVENTS)
    title = title_numbers(event.title)[0]

    def search(text: str, limit: int) -> list[Item]:
        items = one.search.search(text[:LONGEST_QUERY], now_s, limit, 0, filters).items if text else ()
        return [i for i in items if i.stop_s is not None and i.stop_s > now_s]

    def is_this(item: Item) -> bool:
        return item.service_id == service.id and item.start_s == event.start_s

    repeats = [
        i for i in search(event.title, 4 * MOST_REPEATS) if title_numbers(i.title)[0] == title and not is_this(i)
    ]
    repeats.sort(key=lambda item: (item.start_s or 0, item.service_id))
    related: dict[tuple[str, int | None], Item] = {}
    for name in dict.fromkeys(credit.name for credit in event.credits[:MOST_PEOPLE]):
        for item in search(name, MOST_RELATED):
            has_them = any(reason.field == "persons" and reason.text == name for reason in item.reasons)
            if has_them and title_numbers(item.title)[0] != title:
                related[item.service_id, item.start_s] = item
    return repeats[:MOST_REPEATS], sorted(related.values(), key=lambda item: item.start_s or 0)[:MOST_RELATED]
