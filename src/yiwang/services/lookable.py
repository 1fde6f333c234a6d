"""What of a channel can be looked at: a key frame, and the beginning of a segment of sound."""

from dataclasses import dataclass

from yiwang.origin.track import Segment
from yiwang.services.channel import Channel

SOUND_MS = 500
"""So much sound is decoded at each look."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Octets for `yiwang.media.looker`: of each kind the CMAF header and what follows; None where there is none."""

    period_id: int
    number: int  # of the segment
    pictures: tuple[bytes, bytes] | None
    sound: tuple[bytes, list[bytes]] | None


def newest(channel: Channel, kind: str) -> Segment | None:
    """Return the newest whole segment of the first track of a kind that begins with a random access point."""
    known = channel.presentation.tracks
    for track in (known[header.name] for header in channel.tracks if header.name in known):
        if track.header.config.kind == kind:
            whole = (s for s in reversed(track.listed) if s.whole and s.parts and s.independent and s.parts[0].octets)
            return next(whole, None)
    return None


def begin_of(segment: Segment) -> list[bytes]:
    """Return the first parts, SOUND_MS of them or little more."""
    chunks, ticks = [], 0
    for part in segment.parts:
        if ticks * 1000 >= SOUND_MS * segment.header.timescale:
            break
        chunks.append(part.data)
        ticks += part.duration_ticks
    return chunks


def pieces_of(channel: Channel) -> Pieces | None:
    """Return the newest there is; None: there is nothing whole."""
    pictures, sound = newest(channel, "video"), newest(channel, "audio")
    segment = pictures or sound
    if segment is None:
        return None
    return Pieces(
        segment.period.period_id,
        segment.number,
        (pictures.header.init, pictures.parts[0].data) if pictures else None,
        (sound.header.init, begin_of(sound)) if sound else None,
    )
