"""`/api/viewer`: where who asks is taken to be; `/api/restrictions`: what may be watched where, for operators (ADR 61)."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from yiwang.net import wall_clock
from yiwang.network.restrictions import NOWHERE, Restriction
from yiwang.services.network import Network
from yiwang.services.regional import held_now
from yiwang.web.regional import COOKIE, Regional
from yiwang.web.views import RuleView, iso, rule_view


class ViewerView(BaseModel):
    """Where a viewer is; ``choices`` are regions that he may say by the ``cookie``, none where his word does not count."""

    region: str
    by: Literal["address", "choice", "default", "unknown"]
    choices: list[str]
    cookie: str


class HeldRuleView(RuleView):
    """A restriction with the channels that it is about; for those of ``held`` it is in force now.

    ``until``: when it ends for the first of them.
    """

    until: str | None
    channels: list[str]
    held: list[str]


class RegionOfViewersView(BaseModel):
    """A region and whose addresses are its viewers'."""

    id: str
    prefixes: list[str]


class RestrictionsView(BaseModel):
    """What may be watched where, and how it is known where a viewer is."""

    rules: list[HeldRuleView]
    regions: list[RegionOfViewersView]
    default: str
    choice: str
    trusted: list[str]
    refused: dict[str, int]


def regional_router(network: Network) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    regional = Regional(network)
    config = network.config

    @router.get("/api/viewer")
    async def get_viewer(request: Request, response: Response) -> ViewerView:
        """Return what region who asks is taken to be in, and whether he may say otherwise."""
        headers = dict(request.scope["headers"])
        viewer = regional.viewer(request.client.host if request.client is not None else "", headers)
        response.headers["Cache-Control"] = "private, no-store"
        choices = list(regional.regions.selectable) if regional.regions.may_choose(viewer) else []
        return ViewerView(region=viewer.region, by=viewer.by, choices=choices, cookie=COOKIE)

    @router.get("/api/restrictions")
    async def get_restrictions() -> RestrictionsView:
        """Return the restrictions, in the order in which they are looked at, and what they keep from whom now."""
        now_ms = wall_clock.now_ms()
        held: dict[Restriction, dict[str, int | None]] = {}
        about: dict[Restriction, list[str]] = {rule: [] for rule in network.restrictions.rules}
        for id_, channel in network.channels.items():
            for rule in network.restrictions.of(id_):
                about.setdefault(rule, []).append(id_)
            for rule, span in held_now(network.restrictions, channel, now_ms):
                held.setdefault(rule, {})[id_] = span[1]
        return RestrictionsView(
            rules=[_rule(network, rule, channels, held.get(rule, {})) for rule, channels in about.items()],
            regions=[RegionOfViewersView(id=one.id, prefixes=list(one.prefixes)) for one in config.region],
            default=config.viewers.region or NOWHERE,
            choice=config.viewers.choice,
            trusted=list(config.viewers.trusted),
            refused={id_: channel.refused for id_, channel in network.channels.items() if channel.refused},
        )

    return router


def _rule(network: Network, rule: Restriction, channels: list[str], held: dict[str, int | None]) -> HeldRuleView:
    until_ms = min((at for at in held.values() if at is not None), default=None)
    return HeldRuleView(
        **rule_view(network.restrictions, rule).model_dump(),
        until=None if until_ms is None else iso(until_ms),
        channels=channels,
        held=list(held),
    )
