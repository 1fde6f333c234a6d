"""A channel's restrictions as they are now: what its splice cues say, and what of it a viewer is about to see (ADR 61)."""

from yiwang.network.restrictions import Cue, CuesSay, Restriction, Restrictions, in_force
from yiwang.services.channel import Channel

JOIN_SEGMENTS = 3
"""A player begins so many segments behind the live edge (rfc8216bis 6.3.3)."""


def cues_say_of(channel: Channel) -> CuesSay:
    """Return what tells whether the channel's cues restrict it so between two moments (UTC of the media, ms)."""
    delivery = channel.presentation.delivery

    def say(cue: Cue, begin_ms: int, end_ms: int) -> bool:
        return any(
            not (r.no_regional_blackout_flag if cue == "regional" else r.web_delivery_allowed_flag)
            for r in (span.restrictions for span in delivery.within(90 * begin_ms, 90 * end_ms))
        )

    return say


def live_span_ms(channel: Channel, now_ms: int) -> tuple[int, int]:
    """Return from when until when (UTC of the media) it is that a player who joins now would show first."""
    edge_ms = channel.presentation.end_90k // 90 or now_ms
    join_ms = round(1000 * JOIN_SEGMENTS * channel.packaging.segment_duration)
    return edge_ms - join_ms, max(edge_ms, now_ms)


def held_now(
    restrictions: Restrictions, channel: Channel, now_ms: int
) -> list[tuple[Restriction, tuple[int | None, int | None]]]:
    """Return a channel's restrictions that are in force, each from when until when."""
    rules = restrictions.of(channel.service.id)
    if not rules:
        return []
    begin_ms, end_ms = live_span_ms(channel, now_ms)
    cues_say = cues_say_of(channel)
    spans = [(rule, in_force(rule, begin_ms, end_ms, cues_say)) for rule in rules]
    return [(rule, span) for rule, span in spans if span is not None]
