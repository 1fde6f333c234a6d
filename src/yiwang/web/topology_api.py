"""`/api/regions`, `/api/guide/coverage`, `/api/failover`: the shape of the network, for operators."""

from collections import Counter, defaultdict
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from pydantic import BaseModel

from yiwang.net import wall_clock
from yiwang.network.guide.schedule import Schedule
from yiwang.network.to_m3u import addresses
from yiwang.services.network import Network
from yiwang.services.one_network import OneNetworkService
from yiwang.services.source_report import source_reports
from yiwang.store.config_network import OWN_SOURCE
from yiwang.web.network_api import Limit, NameView, Offset, Region, names_view

CELL_S = 3 * 3600


class RegionListView(BaseModel):
    """A list (``/api/sources``) that has services of a region."""

    source: str
    services: int


class RegionOfNetworkView(BaseModel):
    """A region; ``parent`` is empty at the top. ``services`` are those that somebody lists for it, ``own`` this node's.

    One with an empty id has what nobody lists for a region.
    """

    id: str
    names: list[NameView]
    parent: str
    services: int
    own: int
    lists: list[RegionListView]


class CoverageRowView(BaseModel):
    """Of a service, percent of each cell of which the guide tells something."""

    id: str
    number: int | None
    names: list[NameView]
    percent: list[int]


class CoverageView(BaseModel):
    """What the guide covers: cells of ``step_s`` from ``start_s`` on, seconds since 1970; ``mean`` of all services."""

    total: int
    start_s: int
    step_s: int
    mean: list[int]
    rows: list[CoverageRowView]


class FeedView(BaseModel):
    """A source of a channel."""

    url: str
    in_use: bool
    condition: str


class ElsewhereView(BaseModel):
    """Another list that has the same service, by another stream than those that the channel has."""

    source: str
    region: str


class FailoverView(BaseModel):
    """Where a channel goes when a source fails: its sources, the best first, and who else has the service."""

    channel: str
    sources: list[FeedView]
    elsewhere: list[ElsewhereView]


def topology_router(network: Network, one: OneNetworkService) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.get("/api/regions")
    async def get_regions() -> list[RegionOfNetworkView]:
        """Return the regions of the network, as a tree by their parents."""
        known = one.published.network
        services = Counter[str]()
        lists = defaultdict[str, Counter[str]](Counter)
        for service in known.services.values():
            services.update({member.region for member in service.members})
            for region, source in {(member.region, member.source) for member in service.members}:
                lists[region][source] += 1
        names = {region.id: (region.names, region.parent or "") for region in known.regions.values()}
        if services[""]:
            names[""] = (), ""
        return [
            RegionOfNetworkView(
                id=id_, names=[NameView(value=text.value, lang=text.lang) for text in texts], parent=parent,
                services=services[id_], own=lists[id_][OWN_SOURCE],
                lists=[
                    RegionListView(source=source, services=n)
                    for source, n in sorted(lists[id_].items()) if source != OWN_SOURCE
                ],
            )
            for id_, (texts, parent) in names.items()
        ]  # fmt: skip

    @router.get("/api/guide/coverage")
    def get_coverage(
        region: Region = "",
        days: Annotated[int, Query(ge=1, le=14)] = 7,
        offset: Offset = 0,
        limit: Limit = 40,
    ) -> CoverageView:
        """Return of how much of the days to come the guide tells something, for each service of a region or of all."""
        published = one.published
        ordered = one.in_order(region)
        start_s = wall_clock.now_ms() // 1000 // CELL_S * CELL_S
        edges = start_s + CELL_S * np.arange(days * 86_400 // CELL_S + 1)
        nothing = np.zeros(len(edges) - 1)
        shares = [
            nothing if (schedule := published.schedules.get(service.id)) is None else covered(schedule, edges)
            for _, service in ordered
        ]
        mean = np.mean(shares, axis=0) if shares else nothing
        return CoverageView(
            total=len(ordered),
            start_s=start_s,
            step_s=CELL_S,
            mean=_percent(mean),
            rows=[
                CoverageRowView(id=service.id, number=number, names=names_view(service), percent=_percent(share))
                for (number, service), share in list(zip(ordered, shares, strict=True))[offset : offset + limit]
            ],
        )

    @router.get("/api/failover")
    async def get_failover() -> list[FailoverView]:
        """Return where channels go when a source fails, of those that have somewhere to go."""
        elsewhere: dict[str, list[ElsewhereView]] = {}
        for service in one.published.network.services.values():
            for member in service.members:
                channel = network.channels.get(member.key) if member.source == OWN_SOURCE else None
                if channel is not None:
                    received = {spec.url for spec in (channel.source_spec, *channel.standby_specs)}
                    elsewhere[member.key] = [
                        ElsewhereView(source=m.source, region=m.region)
                        for m in service.members
                        if m.source != OWN_SOURCE and received.isdisjoint(addresses(m))
                    ]
        return [
            FailoverView(
                channel=id_,
                sources=[FeedView(url=s.url, in_use=s.in_use, condition=s.condition) for s in source_reports(channel)],
                elsewhere=elsewhere.get(id_, []),
            )
            for id_, channel in network.channels.items()
            if channel.standby_specs or elsewhere.get(id_)
        ]

    return router


def covered(schedule: Schedule, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return which share of the time between edges, of shape (N + 1,), has an event: shape (N,), 0 to 1."""
    lengths = schedule.stop_s - schedule.start_s
    before = np.concatenate(([0], np.cumsum(lengths)))  # covered until each event begins
    begun = np.searchsorted(schedule.start_s, edges, side="right")
    newest = np.maximum(begun - 1, 0)
    still = np.where(begun > 0, np.maximum(0, schedule.stop_s[newest] - edges), 0) if len(schedule) else 0
    until = before[begun] - still
    shares: NDArray[np.float64] = np.diff(until) / np.diff(edges)
    return shares


def _percent(shares: NDArray[np.float64]) -> list[int]:
    percent: list[int] = np.rint(100 * shares).astype(int).tolist()
    return percent
