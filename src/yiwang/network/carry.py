"""Which services of others a node carries, from where; and how a carried one is listed (ADR 37)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import translate
from urllib.parse import quote

from yiwang.base.said import said
from yiwang.network.model import ListedService, NetworkService, OneNetwork
from yiwang.network.of_region import in_order

MOST_SOURCES = 8
"""Of a channel, as in the config file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryRule:
    """What of a list is carried: services of which a name, the key or the id is like one of ``patterns`` (``*``, ``?``).

    Case does not matter. Of several lists' streams those of the higher ``priority`` go first.
    """

    patterns: tuple[str, ...]
    priority: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedService:
    """A service to carry: ``sources`` are URLs of streams, the best first; ``number`` is the network's.

    Those of HLS playlists are as `yiwang.net.source_url` has them; whether their segments are MPEG-TS nobody knows yet.
    """

    service: NetworkService
    sources: tuple[str, ...]
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """``services`` by id, in the order of their numbers; ``without_source``: those that cannot be, and why."""

    services: dict[str, CarriedService] = field(default_factory=dict)
    without_source: dict[str, str] = field(default_factory=dict)
    left_out: int = 0  # those beyond the most


def carried(network: OneNetwork, rules: Mapping[str, CarryRule], own: str, most: int) -> Carried:
    """Return what is to be carried.

    Parameters
    ----------
    rules : of sources that are carried, by the source's id
    own : str      the source of the node's own channels: a service that is one of them already is not carried
    most : int     services that are carried at most
    """
    likes = {source: _like(rule.patterns) for source, rule in rules.items()}
    services: dict[str, CarriedService] = {}
    without: dict[str, str] = {}
    left_out = 0
    for number, service in in_order(network, None) if rules else ():
        if any(member.source == own for member in service.members):
            continue
        members = [m for m in service.members if m.source in rules and _is_like(service, m, likes[m.source])]
        if not members:
            continue
        members.sort(key=lambda m: -rules[m.source].priority)  # else in their order
        sources = tuple(dict.fromkeys(url for member in members for url in streams_of(member)))[:MOST_SOURCES]
        if not sources:
            without[service.id] = _why_none(members)
        elif len(services) >= most:
            left_out += 1
        else:
            services[service.id] = CarriedService(service=service, sources=sources, number=number)
    return Carried(services=services, without_source=without, left_out=left_out)


def _like(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern.casefold()) for pattern in patterns))


def _is_like(service: NetworkService, member: ListedService, like: re.Pattern[str]) -> bool:
    names = (name for m in service.members for name in m.names)
    return any(like.match(text.casefold()) for text in (service.id, member.key, *names))


def streams_of(member: ListedService) -> Iterator[str]:
    """Yield the URLs of a listed service's streams that a node can read, the best first.

    HLS comes after transport streams, and only where none of these can be had over HTTP: it is the same, later.
    """
    instances = sorted(member.service.service_instances, key=lambda one: one.priority)
    for instance in instances:
        group = instance.multicast_ts.ip_multicast_address if instance.multicast_ts is not None else None
        if group is not None:
            host = f"[{group.address}]" if ":" in group.address else group.address
            source = f"[{group.source}]" if ":" in group.source else group.source
            yield f"{group.streaming or 'rtp'}://{source + '@' if source else ''}{host}:{group.port}"
        if instance.transport_stream_uri:
            yield _asked_with(member.hints_for(instance.transport_stream_uri).headers, instance.transport_stream_uri)
    for stream in member.streams:
        yield _asked_with(member.hints_for(stream).headers, stream)
    if not member.streams and not any(instance.transport_stream_uri for instance in instances):
        for uri in (one.hls_uri for one in instances):
            if uri:
                yield _asked_with(member.hints_for(uri).headers, _hls_url(uri))


def _hls_url(uri: str) -> str:
    """Say that it is a playlist, where its ending does not."""
    uri = uri.strip().partition("#")[0]
    return uri if uri.partition("?")[0].lower().endswith(".m3u8") else f"{uri}#hls"


def _asked_with(headers: Sequence[tuple[str, str]], url: str) -> str:
    """Put the headers of its requests behind the URL of a source; a fragment of its own says nothing to anybody here."""
    if not headers:
        return url
    address, _, fragment = url.partition("#")
    options = [fragment] if fragment == "hls" else []
    options += [f"{name}={quote(value, safe='')}" for name, value in headers]
    return f"{address}#{'&'.join(options)}"


def _why_none(members: Sequence[ListedService]) -> str:
    """Say why of what is listed nothing can be read."""
    instances = [instance for member in members for instance in member.service.service_instances]
    if not instances:
        return said("no-way-to-receive")
    if any(instance.dash is not None for instance in instances):
        return said("dash-only")
    return said("tuners-only")


def with_carried(network: OneNetwork, own: Mapping[str, ListedService]) -> OneNetwork:
    """Return the network with the node's own feeds of carried services, each the first member of its service.

    It is its best member's record with the node's own instances, and is there for every region of the service.
    """
    if not own:
        return network
    services = dict(network.services)
    for id_, feed in own.items():
        service = services.get(id_)
        if service is None:
            continue
        best = service.members[0]
        regions = tuple(dict.fromkeys(at for m in service.members if m.region for at in (m.region, *m.also)))
        everywhere = any(m.national or not m.region for m in service.members)
        record = replace(best.service, service_instances=feed.service.service_instances)
        member = replace(
            feed, service=record, region=regions[0] if regions else "", also=regions[1:], national=everywhere,
            number=None, quality=feed.quality or best.quality,
        )  # fmt: skip
        services[id_] = replace(service, members=(member, *service.members))
    return replace(network, services=services)
