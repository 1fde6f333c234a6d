"""An M3U playlist as what its source lists. It has names, addresses, logos, numbers, and ids in a guide."""

import hashlib
import re
from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from itertools import count
from urllib.parse import urljoin, urlsplit

from yiwang.dvbi.common import LOGO_OF_SERVICE, ControlledTerm, Text, related
from yiwang.dvbi.service_instance import (
    IPMulticastAddress,
    MulticastTSDeliveryParameters,
    ServiceInstance,
    dash_delivery,
    hls_delivery,
)
from yiwang.dvbi.service_list import LINEAR_RADIO, Service
from yiwang.m3u.playlist import Playlist, PlaylistEntry
from yiwang.network.from_dvbi import Listing
from yiwang.network.logos import content_type_of_uri
from yiwang.network.matching.score import likelihood
from yiwang.network.model import NO_HINTS, AddressHints, ListedService
from yiwang.network.names import normalise

_MULTICAST = re.compile(
    r"(?:(?:\[?(?P<source>[0-9A-Fa-f:.]+)\]?)?@)?\[?(?P<address>[0-9A-Fa-f:.]+)\]?:(?P<port>\d{1,5})"
)
_STREAMING = {"udp": "udp", "igmp": "udp", "rtp": "rtp"}
"""By scheme; igmp is VLC's and Chinese apps' word for a group whose packets are of either kind."""
ONE_EVERYWHERE = re.compile("(?:cctv|cgtn|cetv).|.+卫视$")
"""Normal forms of names that no two channels have, so that a list that has one in several groups means one channel."""
SAME_NAME = 0.1
"""Probability by name from which two entries of one tvg-id are one channel."""


def listing_of_playlist(source: str, playlist: Playlist, region: str = "", base: str = "") -> Listing:
    """Return what a playlist lists; entries that are no channels are counted and left out.

    Entries are one service with several addresses, the first to be tried first, if they have one ``tvg-id`` (and names that
    may be one channel's), or no ``tvg-id`` and one name (in normal form) in one group; never where ``tvg-chno`` or
    ``tvg-shift`` differ, as the guide of the first at other times is theirs. Relative addresses are to ``base``.
    """
    faults: Counter[str] = Counter()
    shifts: dict[str, tuple[str, int]] = {}
    channels = _Channels()
    for entry in playlist.entries:
        if not entry.title:
            faults["entry without a name"] += 1
        elif entry.is_recorded:
            faults["entry that is no channel"] += 1
        else:
            channels.add(entry, playlist.guide_offset_ms(entry) // 1000)
    services = []
    called = Counter(name for entries in channels.by_key.values() for name in {e.tvg_name for e, _ in entries})
    for key, entries in channels.by_key.items():
        first, shift_s = entries[0]
        guide = first.tvg_id
        if guide and shift_s:
            guide = f"{first.tvg_id} {shift_s / 3600:+g} h"
            shifts[guide] = first.tvg_id, shift_s
        listed = _listed(source, key, region, [entry for entry, _ in entries], guide, base, playlist)
        alone = first.tvg_name != first.title and called[first.tvg_name] == 1
        services.append(replace(listed, also_named=(first.tvg_name,)) if alone else listed)
    return Listing(services=tuple(services), guide_shifts=shifts, faults=dict(faults))


class _Channels:
    """Entries by the key of the service that they are. Keys have no addresses in them: those change by the day."""

    def __init__(self) -> None:
        self.by_key: dict[str, list[tuple[PlaylistEntry, int]]] = {}
        self._of_id: dict[tuple[str, int], list[str]] = {}  # keys, by tvg-id and shift
        self._of_name: dict[Hashable, list[str]] = {}  # of those without a tvg-id

    def add(self, entry: PlaylistEntry, shift_s: int) -> None:
        """Put an entry to those of its channel."""
        self.by_key.setdefault(self._key(entry, shift_s), []).append((entry, shift_s))

    def _key(self, entry: PlaylistEntry, shift_s: int) -> str:
        if not entry.tvg_id:
            return self._by_name(entry)
        keys = self._of_id.setdefault((entry.tvg_id, shift_s), [])
        for key in keys:
            first = self.by_key[key][0][0]
            if _may_be_one(first, entry) and _is_one_name(first.title, entry.title):
                return key
        at_another_hour = f"{entry.tvg_id} {shift_s / 3600:+g} h"
        wanted = entry.tvg_id, at_another_hour, f"{entry.tvg_id} {entry.title}", f"{at_another_hour} {entry.title}"
        keys.append(self._free(*(wanted if not keys else wanted[2:])))
        return keys[-1]

    def _by_name(self, entry: PlaylistEntry) -> str:
        """Return the key of a name in a group; of a name that is one channel's everywhere in any group."""
        form, groups = normalise(entry.title), ";".join(entry.groups)
        alone = ONE_EVERYWHERE.match(form.full) is not None
        keys = self._of_name.setdefault(
            (form.full, form.quality, form.shift_h, form.places, "" if alone else groups), []
        )
        for key in keys:
            if _may_be_one(self.by_key[key][0][0], entry):
                return key
        wanted = (entry.title, f"{entry.title}\n{groups}", f"{entry.title}\n{groups}\n{entry.tvg_chno}")
        keys.append(self._free(*(hashlib.sha256(one.encode()).hexdigest()[:16] for one in wanted)))
        return keys[-1]

    def _free(self, *wanted: str) -> str:
        free = (key for key in wanted if key not in self.by_key)
        return next(free, None) or next(k for n in count(2) if (k := f"{wanted[-1]} {n}") not in self.by_key)


def _may_be_one(one: PlaylistEntry, other: PlaylistEntry) -> bool:
    return not (one.tvg_chno and other.tvg_chno and one.tvg_chno != other.tvg_chno)


def _is_one_name(one: str, other: str) -> bool:
    if one == other:
        return True
    form, other_form = normalise(one), normalise(other)
    if (form.shift_h, form.places) != (other_form.shift_h, other_form.places):
        return False
    return likelihood(form, other_form) >= SAME_NAME


def _absolute(base: str, uri: str) -> str:
    """Return an address on the web of what a playlist from there names; as it is where that makes none."""
    try:
        if uri and not urlsplit(uri).scheme and urlsplit(base).scheme in ("http", "https"):
            return urljoin(base, uri)
    except ValueError:
        pass
    return uri


def _listed(
    source: str, key: str, region: str, entries: list[PlaylistEntry], guide: str, base: str, playlist: Playlist
) -> ListedService:
    """Return the service that entries are: what the first says of it, the addresses of all."""
    first = entries[0]
    logo = _absolute(base, next((entry.tvg_logo for entry in entries if entry.tvg_logo), ""))
    provider = first.attributes.get("provider", "") or next(iter(first.groups), "")
    hints: dict[str, AddressHints] = {}
    for entry in entries:
        headers, catchup = tuple(entry.request_headers.items()), tuple(playlist.catchup(entry).items())
        hints.setdefault(_absolute(base, entry.location), AddressHints(headers=headers, catchup=catchup))
    made = {uri: instance_of_uri(uri) for uri in hints}
    instances = [instance for instance in made.values() if instance is not None]
    service = Service(
        unique_identifier="",
        service_names=(Text(value=first.title),),
        provider_names=(Text(value=provider),) if provider else (),
        related_materials=(related(LOGO_OF_SERVICE, logo, content_type_of_uri(logo)),) if logo else (),
        service_type=ControlledTerm(href=LINEAR_RADIO) if first.is_radio else None,
        service_instances=tuple(replace(instance, priority=n) for n, instance in enumerate(instances)),
    )
    number = re.match(r"\d{1,4}(?!\d)", first.tvg_chno)
    return ListedService(
        source=source, key=key, region=region, service=service,
        number=int(number[0]) or None if number else None,
        guide=(source, guide) if guide else None,
        streams=tuple(uri for uri, instance in made.items() if instance is None),
        hints=tuple((uri, said) for uri, said in hints.items() if said != NO_HINTS),
        groups=first.groups,
    )  # fmt: skip


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
    if parts.scheme in _STREAMING:
        found = _MULTICAST.fullmatch(parts.netloc)
        if found and int(found["port"]) < 65536:
            address = IPMulticastAddress(
                source=found["source"] or "", address=found["address"], port=int(found["port"]),
                streaming=_STREAMING[parts.scheme],
            )  # fmt: skip
            return ServiceInstance(multicast_ts=MulticastTSDeliveryParameters(ip_multicast_address=address))
    return None
