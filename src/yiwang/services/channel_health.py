"""How a channel is, in one word, the same for everybody who looks at it."""

from typing import Literal, get_args

from yiwang.services.channel import Channel

Health = Literal["down", "faulty", "starting", "unplayable", "good"]
HEALTHS: tuple[Health, ...] = get_args(Health)
"""The worst first."""
OVERDUE_MS = 15_000
"""A live channel that has published nothing for so long is down, whatever it says of itself."""
RECENT_MS = 60_000
"""So long after its last fault a channel is called faulty."""


def channel_health(channel: Channel, state: str, now_ms: int) -> Health:
    """Judge a channel in a state at a moment."""
    if state == "no-signal":
        return "down"
    if state == "unsupported":
        return "unplayable"
    if state == "starting":
        return "starting"
    if (channel.segment_age_ms(now_ms) or 0) > OVERDUE_MS:
        return "down"
    error = channel.health.last_error
    erred = error is not None and now_ms - error.at_ms < RECENT_MS
    return "faulty" if erred or channel.packager.programme.timeline.source_clock.is_off else "good"
