"""The network's records. Its words are DVB-I's: what a source lists is kept whole as a `yiwang.dvbi` record.

A *source* is one list that somebody keeps: the node's own channels, another node's or vendor's DVB-I list, an M3U
playlist. It *lists* services for its region. What several regions list may be the same service; those are its *members*.
"""

from dataclasses import dataclass, field
from typing import Literal

from yiwang.dvbi.common import Text
from yiwang.dvbi.service_list import Region as ListRegion
from yiwang.dvbi.service_list import Service
from yiwang.network.own import OWN_SOURCE
from yiwang.network.restrictions import Restrictions

Quality = Literal["", "sd", "hd", "uhd"]
HERE = "http://here.invalid"
"""In a URI: the address by which the reader reached this node. Documents are made once and say it to each in his words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region: ``id`` is ISO 3166-2 where there is such a code (``CN-ZJ``), else an operator's; ``parent`` its id, or none.

    ``country_codes`` are ISO 3166-1 alpha-3 with commas between, of a region without a parent. ``listed`` is its record in
    a DVB-I list that has it, without those within it: postcodes, coordinates, whether viewers may choose it.
    """

    id: str
    names: tuple[Text, ...] = ()
    parent: str | None = None
    country_codes: str = ""
    listed: ListRegion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressHints:
    """What a playlist says of an address that DVB-I has no words for.

    ``headers`` are those that the server wants of requests; ``catchup`` attributes of EXTINF by which players find what was
    on before.
    """

    headers: tuple[tuple[str, str], ...] = ()
    catchup: tuple[tuple[str, str], ...] = ()


NO_HINTS = AddressHints()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedService:
    """A service as one source lists it.

    ``key`` is its name within the source, always the same for the same service; ``number`` is what the source gives it in
    ``region``, ``numbers`` are those in others, by region. ``national`` services are meant for every region, whoever lists
    them; ``also``: more regions it is for. ``guide`` names the schedule (source id, key) that the source itself says is this
    service's. ``streams`` are where its transport stream can be had over HTTP, the best first, where no instance says it.
    ``hints`` are of addresses. ``also_named``: names it goes by elsewhere, not to be shown; ``groups``: headings under which
    a playlist has it.
    """

    source: str
    key: str
    region: str
    service: Service
    number: int | None = None
    quality: Quality = ""
    national: bool = False
    guide: tuple[str, str] | None = None
    streams: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    numbers: tuple[tuple[str, int], ...] = ()
    hints: tuple[tuple[str, AddressHints], ...] = ()
    also_named: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    id: str = field(init=False, repr=False, compare=False)
    """Unique in the network, always the same: ``source/key``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.source}/{self.key}")

    @property
    def names(self) -> tuple[str, ...]:
        """All names it goes by, those that are shown first."""
        return (*(text.value for text in self.service.service_names), *self.also_named)

    def hints_for(self, address: str) -> AddressHints:
        """Return what is said of an address."""
        return next((hints for of, hints in self.hints if of == address), NO_HINTS)

    @property
    def all_numbers(self) -> tuple[tuple[str, int], ...]:
        """All numbers that the source gives it, by region."""
        return ((self.region, self.number), *self.numbers) if self.number is not None else self.numbers

    def is_for(self, places: tuple[str, ...]) -> bool:
        """Whether it is meant for one of these places."""
        return self.national or self.region in places or any(region in places for region in self.also)


EvidenceKind = Literal["rule", "decision", "identifier", "triplet", "name", "guide", "previous", "region", "against"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or against two listed services being the same; ``score`` is its weight, negative: against."""

    one: str  # ListedService.id
    other: str
    kind: EvidenceKind
    score: float
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkService:
    """A service of the network.

    ``id`` is stable from run to run. ``members`` are ordered: the first is the one to use in a region that has none of its
    own; two of one region differ in quality only. ``variants`` are ids of services that carry the same programme except at
    certain hours (regional opt-outs): linked, not merged.
    """

    id: str
    members: tuple[ListedService, ...]
    evidence: tuple[Evidence, ...] = ()
    variants: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """What restrictions call it: its id, and those of the node's own channels that it is."""
        own = (member.key for member in self.members if member.source == OWN_SOURCE)
        return tuple(dict.fromkeys((self.id, *own)))


@dataclass(frozen=True, slots=True)
class Conflict:
    """What an operator may want to decide; ``kind`` as ``number``, ``identifier``, ``match``; ``about`` are ids."""

    kind: str
    about: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneNetwork:
    """The whole: regions by id, services by id, and for each region (``""``: no region) the service of each number.

    A region without numbers of its own has those of the next one above it that has. ``against`` is evidence that was not
    followed. ``restrictions`` are the operator's.
    """

    regions: dict[str, Region] = field(default_factory=dict)
    services: dict[str, NetworkService] = field(default_factory=dict)
    numbers: dict[str, dict[int, str]] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    against: tuple[Evidence, ...] = ()
    restrictions: Restrictions = field(default_factory=Restrictions)
