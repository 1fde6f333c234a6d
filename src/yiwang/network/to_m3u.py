"""The network as an M3U playlist, for Kodi, VLC and TiviMate: one entry a service, in the order of its numbers."""

from collections.abc import Iterator

from yiwang.dvbi.common import Text
from yiwang.m3u.playlist import Playlist, PlaylistEntry
from yiwang.network.logos import logo_of
from yiwang.network.model import HERE, ListedService, NetworkService, OneNetwork
from yiwang.network.of_region import in_order, members_for, places

_VLC_OPTION = {"user-agent": "http-user-agent", "referer": "http-referrer", "origin": "http-origin"}
"""By header; Kodi and TiviMate read these, too."""


def playlist(network: OneNetwork, region: str | None = None, language: str = "zh") -> Playlist:
    """Return the services of a region, or of all (None), that have an address a player takes; the rest is left out."""
    where = places(network, region) if region is not None else None
    entries = (
        _entry(network, service, members_for(service, where), number, language)
        for number, service in in_order(network, region)
    )
    found = tuple(entry for entry in entries if entry is not None)
    return Playlist(entries=found, attributes={"x-tvg-url": f"{HERE}/guide.xml.gz"})


def _entry(
    network: OneNetwork, service: NetworkService, members: list[ListedService], number: int | None, language: str
) -> PlaylistEntry | None:
    found = next(((uri, member.hints_for(uri)) for member in members for uri in addresses(member)), None)
    if found is None:
        return None
    uri, hints = found
    best = members[0]
    name = text_in(best.service.service_names, language) or service.id
    attributes = {"tvg-id": service.id, "tvg-name": name}
    if number is not None:
        attributes["tvg-chno"] = str(number)
    logo = logo_of(service)
    if logo:
        attributes["tvg-logo"] = logo
    region = network.regions.get(best.region)
    group = text_in(region.names, language) if region is not None else ""
    groups = [name.replace(";", ",") for name in dict.fromkeys((group, *best.groups)) if name]
    if groups:
        attributes["group-title"] = ";".join(groups)
    if best.service.service_type is not None and best.service.service_type.href.endswith("-radio"):
        attributes["radio"] = "true"
    attributes |= hints.catchup
    options = tuple((_VLC_OPTION[header], value) for header, value in hints.headers if header in _VLC_OPTION)
    return PlaylistEntry(uri=uri, name=name, attributes=attributes, vlc_options=options)


def addresses(member: ListedService) -> Iterator[str]:
    """Yield where a player finds a listed service, the best first: HLS, DASH, a transport stream."""
    instances = sorted(member.service.service_instances, key=lambda one: one.priority)
    yield from (one.hls_uri for one in instances if one.hls_uri)
    for one in instances:
        location = one.dash.uri_based_location if one.dash is not None else None
        if location is not None and location.uri is not None:
            yield location.uri.value
    yield from member.streams
    yield from (one.transport_stream_uri for one in instances if one.transport_stream_uri)
    for one in instances:
        group = one.multicast_ts.ip_multicast_address if one.multicast_ts is not None else None
        if group is not None:
            host = f"[{group.address}]" if ":" in group.address else group.address
            source = f"[{group.source}]" if ":" in group.source else group.source
            yield f"{group.streaming or 'rtp'}://{source}@{host}:{group.port}"


def text_in(texts: tuple[Text, ...], language: str) -> str:
    """Return the text in a language, else in none that is said, else the first."""
    for wanted in (language, ""):
        for text in texts:
            if text.value and text.lang.partition("-")[0] == wanted:
                return text.value
    return texts[0].value if texts else ""
