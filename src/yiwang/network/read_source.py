"""A document of a source, whatever it is: an M3U playlist, a DVB-I list or registry, an XMLTV guide."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from yiwang.base.errors import WireError
from yiwang.base.local_time import UTC, LocalTime
from yiwang.base.xml_text import encoding_of
from yiwang.dvbi.service_list import CONTENT_TYPE, read_service_list
from yiwang.dvbi.service_list_registry import LIST_TYPE, read_service_list_entry_points
from yiwang.m3u.genre_list import is_genre_list, read_genre_list
from yiwang.m3u.reader import decode, read_playlist
from yiwang.network.from_dvbi import Listing, listing_of_service_list
from yiwang.network.from_m3u import listing_of_playlist
from yiwang.network.guide.from_xmltv import XmltvSchedules
from yiwang.network.guide.schedule import Schedule

Kind = Literal["auto", "dvb-i", "xmltv", "m3u"]
LIST_TYPES = (LIST_TYPE, CONTENT_TYPE)
MOST_LISTS = 16
"""Lists of a registry that are followed."""
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(ServiceListEntryPoints|ServiceList|tv)[\s>/]")
_PLAYLIST = re.compile(rb"[\xef\xbb\xbf\s]*(?:#[^\r\n]*[\r\n]\s*+){0,8}?#(?:EXTM3U|EXTINF)", re.IGNORECASE)
"""Before its first line there may be remarks."""
_HEAD_OCTETS = 1 << 16


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """What a document has: services, schedules by the key they have in it, and other documents to be read.

    ``channel_names``: of an XMLTV guide, for those who know no ids; ``channel_icons``: addresses of logos it has.
    """

    listing: Listing = field(default_factory=Listing)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    channel_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    channel_icons: dict[str, str] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing that a network is made of."""
        return not (self.listing.services or self.schedules or self.more)


def read_source(
    source: str,
    octets: bytes,
    kind: Kind = "auto",
    region: str = "",
    shift_s: int = 0,
    base: str = "",
    local: LocalTime = UTC,
) -> SourceDocument:
    """Read a document; ``kind`` auto: it is what it looks like. ``base``: where it is from, for relative addresses;
    ``local``: of times without a zone.

    Raises
    ------
    WireError    it is none of them, or not what ``kind`` says, or cannot be read at all
    """
    head = octets[:_HEAD_OCTETS]
    encoding = encoding_of(head[:256])
    if encoding.startswith("utf-16"):
        head = head.decode(encoding, "ignore").encode()
    found = _ROOT.search(head)
    root = found[1].decode() if found else ""
    is_playlist = _PLAYLIST.match(head) is not None
    has_genres = not is_playlist and not root and is_genre_list(decode(head)[0])
    if kind == "m3u" or (kind == "auto" and (is_playlist or has_genres)):
        if not is_playlist and not has_genres:
            raise WireError("playlist", 0, "#EXTM3U", repr(octets[:40]))
        playlist = read_playlist(octets) if is_playlist else read_genre_list(octets)
        listing = listing_of_playlist(source, playlist, region, base)
        return SourceDocument(listing, more=playlist.guide_uris, faults={**playlist.faults, **listing.faults})
    if root == "tv" and kind in ("auto", "xmltv"):
        return _read_guide(octets, shift_s, local)
    if root == "ServiceList" and kind in ("auto", "dvb-i"):
        service_list, unknown = read_service_list(octets)
        listing = listing_of_service_list(source, service_list, region)
        return SourceDocument(listing, faults={**unknown, **listing.faults})
    if root == "ServiceListEntryPoints" and kind in ("auto", "dvb-i"):
        return SourceDocument(more=_lists_of(octets))
    expected = {
        "auto": "a playlist, a DVB-I list or registry, or an XMLTV guide",
        "dvb-i": "a ServiceList",
        "xmltv": "tv",
    }
    raise WireError("document", 0, expected[kind], root or repr(octets[:40]))


def with_what_stays(document: SourceDocument, before: SourceDocument) -> SourceDocument:
    """Return the same document; services and schedules that are as they were before, or all of it, are the same objects."""
    had = {service.key: service for service in before.listing.services}
    services = tuple(had[one.key] if had.get(one.key) == one else one for one in document.listing.services)
    told = before.schedules
    schedules = {key: told[key] if told.get(key) == one else one for key, one in document.schedules.items()}
    document = replace(document, listing=replace(document.listing, services=services), schedules=schedules)
    return before if document == before else document


def at_their_times(schedules: dict[str, Schedule], listings: Sequence[Listing]) -> dict[str, Schedule]:
    """Return schedules by key with those of `Listing.guide_shifts`; what is used at other times alone is left out as it is."""
    shifts = {key: shift for listing in listings for key, shift in listing.guide_shifts.items()}
    used = {service.guide[1] for listing in listings for service in listing.services if service.guide is not None}
    moved = {key: schedules[of].shifted(shift_s) for key, (of, shift_s) in shifts.items() if of in schedules}
    elsewhere = {of for of, _ in shifts.values()} - used
    return {key: schedule for key, schedule in schedules.items() if key not in elsewhere} | moved


def _lists_of(octets: bytes) -> tuple[str, ...]:
    entry_points, _ = read_service_list_entry_points(octets)
    uris: list[str] = []
    for provider in entry_points.provider_offerings:
        for offering in provider.service_list_offerings:
            locations = sorted(offering.service_list_uris, key=lambda one: one.content_type not in LIST_TYPES)
            uris += [one.uri.value for one in locations[:1] if one.uri is not None]
    return tuple(dict.fromkeys(uris))[:MOST_LISTS]


def _read_guide(octets: bytes, shift_s: int, local: LocalTime) -> SourceDocument:
    reader = XmltvSchedules(local, shift_s)
    reader.feed(octets)
    reader.flush()
    schedules = reader.schedules()
    names = {id_: _names(channel.display_names) for id_, channel in reader.channels.items()}
    icons = {id_: channel.icons[0] for id_, channel in reader.channels.items() if channel.icons}
    return SourceDocument(schedules=schedules, channel_names=names, channel_icons=icons, faults=dict(reader.faults))


def _names(texts: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value, _ in texts if value))
