"""What viewers are told of the network: all of it once, then of each service what is another than before (ADR 48)."""

import json
from collections.abc import Callable
from typing import Any

from yiwang.net import wall_clock
from yiwang.services.network import Network
from yiwang.web import views
from yiwang.web.told import Told

LOOK_MS = 500
"""The network is looked at so often at most, however many ask, and not while nobody does."""
KEPT = 256
KEPT_OCTETS = 200_000
_OF_SERVICE = tuple(name for name in views.ServiceView.model_fields if name != "id")
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class NetworkFeed:
    """The network as a text with a revision, and what has changed since one.

    A revision is the node's start and a number; those of a node that was started again are not known to it.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._era = f"{network.started_ms:x}"
        self._told = Told(KEPT, KEPT_OCTETS)
        self._view: views.NetworkView | None = None
        self._looked_ms = -(1 << 62)
        self._whole: tuple[int, str] = (-1, "")

    def look(self) -> tuple[str, str]:
        """Return the revision and the network, as JSON of `views.NetworkView`."""
        self._look()
        number = self._told.number
        if self._whole[0] != number:
            assert self._view is not None
            self._whole = number, self._view.model_dump_json()
        return self._revision, self._whole[1]

    def view(self) -> tuple[str, views.NetworkView]:
        """Return the revision and the network."""
        self._look()
        assert self._view is not None
        return self._revision, self._view

    def reader(self, since: str = "") -> Callable[[], str]:
        """Return a function that returns server-sent events, their ids the revision that one stands at after them.

        ``network`` is everything; ``change`` is ``services``, each with its id and the fields that are others, and
        ``gone``, ids. The first time there is always one, then an empty text where nothing has happened.

        Parameters
        ----------
        since : str    what is known already; a revision of another node is as none
        """
        told, is_first = self._number_of(since), True

        def read() -> str:
            nonlocal told, is_first
            self._look()
            news = self._told.since(told)
            if news is None:
                events = [("network", self.look()[1])]
            else:
                nothing = [_COMPACT({"services": [], "gone": []})] if is_first else []
                events = [("change", text) for text in news or nothing]
            told, is_first = self._told.number, False
            return "".join(f"event: {name}\nid: {self._revision}\ndata: {text}\n\n" for name, text in events)

        return read

    @property
    def _revision(self) -> str:
        return f"{self._era}-{self._told.number}"

    def _number_of(self, revision: str) -> int:
        era, _, number = revision.partition("-")
        return int(number) if era == self._era and number.isdecimal() and len(number) < 20 else -1

    def _look(self) -> None:
        monotonic_ms = wall_clock.monotonic_ms()
        if monotonic_ms - self._looked_ms < LOOK_MS:
            return
        self._looked_ms = monotonic_ms
        before, self._view = self._view, views.network_view(self._network, wall_clock.now_ms())
        change = None if before is None else _change(before, self._view)
        if change is None:
            self._told.begin_anew()
        elif change["services"] or change["gone"]:
            self._told.add(_COMPACT(change))


def _change(before: views.NetworkView, after: views.NetworkView) -> dict[str, Any] | None:
    """Tell what is another; None: more than services."""
    if any(getattr(before, name) != getattr(after, name) for name in ("name", "version", "regions", "cmcd", "viewer")):
        return None
    known = {service.id: service for service in before.services}
    services = []
    for service in after.services:
        old = known.pop(service.id, None)
        if old is None:
            services.append(service.model_dump())
        elif old != service:
            fields = {name for name in _OF_SERVICE if getattr(old, name) != getattr(service, name)}
            services.append(service.model_dump(include={"id", *fields}))
    return {"services": services, "gone": list(known)}
