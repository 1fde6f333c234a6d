"""A segment's CMAF chunks as MPEG-TS: the same samples at the same times in another wrapping."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yiwang.base.timebase import TICKS_90K
from yiwang.isobmff.chunk_samples import BEGIN, COMPOSITION_TICKS, DECODE_TICKS, DURATION_TICKS, SYNC, chunk_samples
from yiwang.mpegts.carriage import carriage
from yiwang.mpegts.multiplexer import ElementaryStream, Multiplexer, Samples
from yiwang.packaging.events import TrackHeader


def programme(tracks: Sequence[TrackHeader]) -> tuple[TrackHeader, ...]:
    """Return the tracks of a period that a transport stream carries, the one with the clock first.

    That is the first video track, else the first of sound; empty when that cannot be carried: sound without the picture
    would be another programme.
    """
    carried = [track for track in tracks if carriage(track.config) is not None]
    videos = [track for track in tracks if track.config.kind == "video"]
    sounds = [track for track in carried if track.config.kind == "audio"]
    if videos:
        return (videos[0], *sounds) if videos[0] in carried else ()
    return tuple(sounds)


def ts_segment(
    number: int, tracks: Sequence[TrackHeader], chunks: Sequence[Sequence[bytes]], segment_90k: int
) -> bytes:
    """Octets of a segment.

    Parameters
    ----------
    number : int                          the segment's, of CMAF
    tracks : sequence of TrackHeader      of `programme`
    chunks : sequence of sequences of bytes    of each track the segment's chunks; none where it has no such segment
    segment_90k : int                     nominal duration
    """
    streams = []
    for track in tracks:
        how = carriage(track.config)
        assert how is not None
        streams.append(ElementaryStream(how, track.language, track.role))
    samples = [_samples(parts, track.timescale) if parts else None for track, parts in zip(tracks, chunks, strict=True)]
    return Multiplexer(streams, segment_90k).segment(number, samples)


def _samples(parts: Sequence[bytes], timescale: int) -> Samples:
    found = [chunk_samples(part) for part in parts]
    at = 0
    for part, rows in zip(parts, found, strict=True):
        rows[:, BEGIN] += at
        at += len(part)
    rows = np.concatenate(found)
    dts = rows[:, DECODE_TICKS]
    pts = dts + rows[:, COMPOSITION_TICKS]
    times = np.stack((pts, np.minimum(dts, pts)), axis=1)  # decoding times that had to be made up can be a tick late
    end = to_90k(rows[-1:, DECODE_TICKS] + rows[-1:, DURATION_TICKS], timescale)
    octets = np.frombuffer(parts[0] if len(parts) == 1 else b"".join(parts), np.uint8)
    places = np.ascontiguousarray(rows[:, BEGIN : SYNC + 1])
    return Samples(octets, places, to_90k(times, timescale), int(end[0]))


def to_90k(ticks: NDArray[np.int64], timescale: int) -> NDArray[np.int64]:
    """Rescale, rounded half up; whole seconds apart, so that nothing overflows."""
    seconds, rest = np.divmod(ticks, timescale)
    rounded: NDArray[np.int64] = seconds * TICKS_90K + (2 * rest * TICKS_90K + timescale) // (2 * timescale)
    return rounded
