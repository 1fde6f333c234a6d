"""Media and where it may be watched: who asks from where, and what he is answered who may not have it (ADR 61)."""

import json
import re
from collections.abc import Mapping

from yiwang.net import wall_clock
from yiwang.network.restrictions import Restriction, in_force
from yiwang.network.viewer_region import Viewer
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.services.regional import cues_say_of, live_span_ms
from yiwang.store.config_restrictions import viewer_regions_of
from yiwang.web.http import Answer, Request

COOKIE = "yiwang_region"
"""What a viewer says of where he is."""
ENTRIES = frozenset({"index.m3u8", "manifest.mpd", "ts.m3u8", "stream.ts"})
"""Where a player begins: what takes a channel's place is begun there, too."""
PROBLEM = b"application/problem+json"
PROBLEM_TYPE = "urn:yiwang:out-of-region"
REFUSED = b"private, no-store"
MOST_KNOWN = 4096
_NUMBERED = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.[0-9]{1,4})?\.(?:m4s|vtt|ts)")
_CHOSEN = re.compile(rb"(?:^|;)\s*" + COOKIE.encode() + rb"=([A-Za-z0-9_.-]{1,64})")


class Regional:
    """Says whether a viewer may have what he asks of ``/live/…``.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self.regions = viewer_regions_of(network.config.viewers, network.config.region)
        self._known: dict[tuple[str, bytes, bytes], Viewer] = {}

    def viewer(self, peer: str, headers: Mapping[bytes, bytes]) -> Viewer:
        """Return where a viewer is.

        Parameters
        ----------
        peer : str     address from which the connection comes
        """
        forwarded_for = headers.get(b"x-forwarded-for", b"")
        chosen = _CHOSEN.search(headers.get(b"cookie", b"")) if self.regions.choice != "no" else None
        key = peer, forwarded_for, chosen[1] if chosen else b""
        viewer = self._known.get(key)
        if viewer is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            said = (octets.decode("latin-1") for octets in key[1:])
            viewer = self._known[key] = self.regions.of(peer, *said)
        return viewer

    def keeps(self, channel: Channel, path: str, peer: str, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a viewer may not have what a path of a channel is: one look-up where nothing is restricted."""
        restrictions, service_id = self._network.restrictions, channel.service.id
        if not restrictions.of(service_id):
            return False
        viewer = self.viewer(peer, headers)
        return bool(restrictions.of_region(service_id, viewer.region)) and (
            self._against(channel, path, viewer) is not None
        )

    def refusal(self, channel: Channel, request: Request, peer: str) -> Answer | None:
        """Return what is answered in the place of what a viewer may not have; None: he may."""
        restrictions, service_id = self._network.restrictions, channel.service.id
        if not restrictions.of(service_id):
            return None
        viewer = self.viewer(peer, request.headers)
        rule = self._against(channel, request.path, viewer)
        if rule is None:
            return None
        channel.refused += 1
        entry = request.path.partition(f"/live/{service_id}/")[2]
        other = self._network.channels.get(rule.instead)
        now_ms = wall_clock.now_ms()
        span = live_span_ms(other, now_ms) if other is not None else (now_ms, now_ms)
        cues_say = (cues_say_of(other),) if other is not None else ()
        if rule.instead and restrictions.against(rule.instead, viewer.region, *span, *cues_say) is None:
            instead = f"/live/{rule.instead}/"
            if entry in ENTRIES:
                return _elsewhere(instead + entry, request.query_string)
        else:
            instead = ""
        held = in_force(rule, *live_span_ms(channel, now_ms), cues_say_of(channel))
        return _refused(channel, viewer, rule, instead, held[1] if held is not None else None)

    def cache_control(self, channel: Channel, path: str, cache_control: bytes) -> bytes:
        """Return how long an answer may be kept, and by whom: what some may not have is for no shared cache."""
        rules = self._network.restrictions.of(channel.service.id)
        if not rules or not cache_control.startswith(b"public"):
            return cache_control
        span = self._span_ms(channel, path)
        cues_say = cues_say_of(channel)
        if span is None or all(in_force(rule, *span, cues_say) is None for rule in rules):
            return cache_control
        return cache_control.replace(b"public", b"private", 1)

    def _against(self, channel: Channel, path: str, viewer: Viewer) -> Restriction | None:
        span = self._span_ms(channel, path)
        if span is None:
            return None
        return self._network.restrictions.against(channel.service.id, viewer.region, *span, cues_say_of(channel))

    @staticmethod
    def _span_ms(channel: Channel, path: str) -> tuple[int, int] | None:
        """Return from when until when it is (UTC of the media) what a path has; None: it has nothing to see or hear."""
        *folders, name = path.split("/")[3:] or [""]
        numbered = _NUMBERED.fullmatch(name)
        if not folders or (numbered is None and name in ENTRIES):
            return live_span_ms(channel, wall_clock.now_ms())
        if numbered is None:
            return None  # a CMAF header
        number = int(numbered[1])
        tracks = channel.presentation.tracks
        its = tracks.values() if folders == ["ts"] else [tracks[folders[0]]] if folders[0] in tracks else ()
        for track in its:
            segment = track.segments.get(number)
            if segment is not None:
                return segment.start_90k // 90, max(segment.start_90k, segment.end_90k - 1) // 90
        now_ms = wall_clock.now_ms()
        return now_ms, now_ms  # it is to come, or has gone


def _elsewhere(path: str, query: bytes) -> Answer:
    """Send a player to what takes the channel's place (RFC 9110 15.4.8): media of two channels never share a name."""
    location = path.encode() + (b"?" + query if query else b"")
    return Answer(307, cache_control=REFUSED, headers=[(b"location", location)])


def _refused(channel: Channel, viewer: Viewer, rule: Restriction, instead: str, until_ms: int | None) -> Answer:
    """Refuse by RFC 7725, and say why to programs (RFC 9457)."""
    zh, en = rule.reason
    problem = {
        "type": PROBLEM_TYPE,
        "title": "Not available in this region",
        "status": 451,
        "detail": en,
        "reason": {"zh": zh, "en": en},
        "restriction": rule.id,
        "service": channel.service.id,
        "region": viewer.region,
        "region_by": viewer.by,
        "until_ms": until_ms,
        "instead": f"{instead}index.m3u8" if instead else None,
    }
    link = b"link", b'</>; rel="blocked-by"'
    return Answer(451, [json.dumps(problem, ensure_ascii=False).encode()], PROBLEM, REFUSED, headers=[link])
