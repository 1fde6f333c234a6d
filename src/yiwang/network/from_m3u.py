"""An M3U playlist as what its source lists. It has names, addresses, logos, numbers, and ids in a guide."""

import hashlib
import re
from collections import Counter
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from yiwang.dvbi.common import LOGO_OF_SERVICE, Text, related
from yiwang.dvbi.service_instance import (
    IPMulticastAddress,
    MulticastTSDeliveryParameters,
    ServiceInstance,
    dash_delivery,
    hls_delivery,
)
from yiwang.dvbi.service_list import Service
from yiwang.m3u.playlist import Playlist, PlaylistEntry
from yiwang.network.from_dvbi import Listing
from yiwang.network.logos import content_type_of_uri
from yiwang.network.model import NO_HINTS, AddressHints, ListedService

_MULTICAST = re.compile(r"@?\[?(?P<address>[0-9A-Fa-f:.]+)\]?:(?P<port>\d{1,5})")


def listing_of_playlist(source: str, playlist: Playlist, region: str = "", base: str = "") -> Listing:
    """Return what a playlist lists; entries that are no live channels are counted and left out.

    Entries of one ``tvg-id`` are one service with several instances, the first to be tried first; with another
    ``tvg-shift`` they are another service, as the guide of the first at other times is theirs. Relative addresses are
    to ``base``.
    """
    faults: Counter[str] = Counter()
    first_shift: dict[str, int] = {}  # by tvg-id
    shifts: dict[str, tuple[str, int]] = {}
    services: dict[str, ListedService] = {}
    for entry in playlist.entries:
        if not entry.tvg_name:
            faults["entry without a name"] += 1
            continue
        if entry.duration_ms is not None and entry.duration_ms > 0:
            faults["entry that is no channel"] += 1  # a film has a duration
            continue
        key = entry.tvg_id or hashlib.sha256(f"{entry.tvg_name}\n{entry.uri}".encode()).hexdigest()[:16]
        shift_s = playlist.guide_offset_ms(entry) // 1000
        guide = entry.tvg_id
        if guide and shift_s:
            guide = f"{entry.tvg_id} {shift_s / 3600:+g} h"
            shifts[guide] = entry.tvg_id, shift_s
        if entry.tvg_id and first_shift.setdefault(entry.tvg_id, shift_s) != shift_s:
            key = f"{entry.tvg_id} {shift_s / 3600:+g} h"
        known = services.get(key)
        listed = _listed(source, key, region, entry, guide, base, tuple(playlist.catchup(entry).items()))
        if known is None:
            services[key] = listed
        elif listed.service.service_instances:
            services[key] = _joined(known, listed)
    return Listing(services=tuple(services.values()), guide_shifts=shifts, faults=dict(faults))


def _absolute(base: str, uri: str) -> str:
    """Return an address on the web of what a playlist from there names; as it is where that makes none."""
    try:
        if uri and not urlsplit(uri).scheme and urlsplit(base).scheme in ("http", "https"):
            return urljoin(base, uri)
    except ValueError:
        pass
    return uri


def _listed(
    source: str,
    key: str,
    region: str,
    entry: PlaylistEntry,
    guide: str,
    base: str,
    catchup: tuple[tuple[str, str], ...],
) -> ListedService:
    logo, uri = _absolute(base, entry.tvg_logo), _absolute(base, entry.location)
    instance = instance_of_uri(uri)
    service = Service(
        unique_identifier="",
        service_names=(Text(value=entry.tvg_name),),
        provider_names=tuple(Text(value=group) for group in entry.groups[:1]),
        related_materials=(related(LOGO_OF_SERVICE, logo, content_type_of_uri(logo)),) if logo else (),
        service_instances=(instance,) if instance is not None else (),
    )
    number = re.match(r"\d{1,4}", entry.tvg_chno)
    hints = AddressHints(headers=tuple(entry.request_headers.items()), catchup=catchup)
    return ListedService(
        source=source, key=key, region=region, service=service,
        number=int(number[0]) or None if number else None,
        guide=(source, guide) if guide else None,
        stream=uri if instance is None else "",
        hints=((uri, hints),) if hints != NO_HINTS else (),
    )  # fmt: skip


def _joined(known: ListedService, other: ListedService) -> ListedService:
    """Return a service with the instances of another of the same id, to be tried later."""
    instances = known.service.service_instances
    more = (replace(one, priority=len(instances) + n) for n, one in enumerate(other.service.service_instances))
    service = replace(known.service, service_instances=(*instances, *more))
    return replace(known, service=service, hints=known.hints + other.hints)


def instance_of_uri(uri: str) -> ServiceInstance | None:
    """Return the instance that an address is, by its scheme and ending; None where DVB-I has no words for it."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme in ("http", "https"):
        path = parts.path.lower()
        if path.endswith(".mpd"):
            return ServiceInstance(dash=dash_delivery(uri))
        return ServiceInstance(other=hls_delivery(uri)) if path.endswith((".m3u8", ".m3u")) else None
    if parts.scheme in ("udp", "rtp"):
        found = _MULTICAST.fullmatch(parts.netloc)
        if found and int(found["port"]) < 65536:
            address = IPMulticastAddress(address=found["address"], port=int(found["port"]), streaming=parts.scheme)
            return ServiceInstance(multicast_ts=MulticastTSDeliveryParameters(ip_multicast_address=address))
    return None
