"""Which captions a video carries: those that its descriptors name, and those that are seen in its pictures."""

from yiwang.codecs.cea_captions import caption_services
from yiwang.packaging.events import CaptionService

Services = tuple[CaptionService, ...]


class Captions:
    """Of one video stream."""

    def __init__(self) -> None:
        self._seen: frozenset[str] = frozenset()
        self._told: Services | None = None
        self._made_of: tuple[frozenset[str], Services] | None = None

    def note(self, sample: bytes, user_data_end: int) -> None:
        """Look into a picture; behind ``user_data_end`` octets there are none."""
        if user_data_end:
            services = caption_services(sample, user_data_end)
            if not services <= self._seen:
                self._seen |= services

    def begin_track(self) -> None:
        """Take that a new track begins, of which nothing has been told."""
        self._told = self._made_of = None

    def news(self, signalled: Services) -> Services | None:
        """Return all services that are known by now, if they are others than when this was asked before; else None."""
        made_of = self._made_of
        if made_of is not None and made_of[0] is self._seen and made_of[1] is signalled:
            return None
        self._made_of = self._seen, signalled
        seen = self._seen - {service.instream_id for service in signalled}
        services = (*signalled, *map(CaptionService, sorted(seen)))
        if services == (self._told or ()):
            return None
        self._told = services
        return services
