"""What a listed service says it is: its names' forms, its identifier, its DVB triplets, its quality."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from yiwang.dvbi.service_instance import DVBTriplet, ServiceInstance
from yiwang.network.model import ListedService, Quality
from yiwang.network.names import NameForm, normalise
from yiwang.network.words import GENERIC

MOST_NAMES = 6  # of a service, in several languages
NO_ORIGINAL_NETWORK = {None, 0, 0xFFFF}  # what muxes say that were never set up; others may be anybody's too

Label = tuple[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Identity:
    """A listed service with its names' forms; the first is the one it goes by. ``triplets`` are only those that are set up."""

    listed: ListedService
    forms: tuple[NameForm, ...]
    language: str
    identifier: str
    triplets: frozenset[tuple[int, int, int]]
    quality: Quality

    @property
    def form(self) -> NameForm:
        """The form of the name it goes by."""
        return self.forms[0]

    @property
    def label(self) -> Label:
        """What tells a feed from the others of its service: hours later, places."""
        return self.form.shift_h, self.form.places


@lru_cache(maxsize=100_000)
def anonymous(form: NameForm) -> bool:
    """Whether a name tells only a kind or a number, as every region has them (News, 公共频道, Channel 1)."""
    return all(word in GENERIC or word.rstrip("+").isdigit() or len(word) == 1 for word in form.words)


def _triplets(instance: ServiceInstance) -> Iterator[DVBTriplet]:
    for delivery in (
        instance.dvbt,
        instance.dvbs,
        instance.dvbc,
        instance.rtsp,
        instance.multicast_ts,
    ):
        if delivery is not None and delivery.triplet is not None:
            yield delivery.triplet


def identify(listed: ListedService, aliases: dict[str, str]) -> Identity:
    """Return the identity of a listed service; ``aliases`` are forms' ``plain`` and the name that is meant by them."""
    texts = [text for text in listed.service.service_names if text.value.strip()][:MOST_NAMES]
    forms = []
    names = list(dict.fromkeys([text.value for text in texts] + list(listed.also_named)))[:MOST_NAMES]
    for name in names or (listed.key,):
        form = normalise(name)
        forms.append(normalise(aliases[form.plain]) if form.plain in aliases else form)
    triplets = frozenset(
        (t.orig_net_id, t.ts_id, t.service_id)
        for instance in listed.service.service_instances
        for t in _triplets(instance)
        if t.orig_net_id is not None
        and t.orig_net_id not in NO_ORIGINAL_NETWORK
        and t.ts_id is not None
        and t.service_id
    )
    return Identity(
        listed=listed,
        forms=tuple(dict.fromkeys(forms)),
        language=texts[0].lang if texts else "",
        identifier=listed.service.unique_identifier.strip(),
        triplets=triplets,
        quality=listed.quality or next((form.quality for form in forms if form.quality), ""),
    )
