"""Sound that has become another one, in the coding of its track: until the period ends (ADR 55).

The period whose track is of the new coding begins at a random access point of the pictures. What is heard before that has
no place in the open period's track as it came, so it is decoded and coded again as what that track's header says.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.packaging.transcoding import Pcm, Transcoder
from yiwang.packaging.units import FrameRun

PlanBridge: TypeAlias = Callable[[CodecConfig, CodecConfig], Transcoder | None]
"""What decodes sound of the first coding and makes frames of a track of the second; None where there is nothing that does."""
LONGEST_LOOK_AHEAD = 8
"""Frames that an encoder takes before the first comes out are fewer."""


def bridged(
    plan: PlanBridge, track: CodecConfig, runs: Sequence[FrameRun], offset: int, start: int, end: int
) -> list[tuple[int, bytes]]:
    """Make frames of a track's coding, from ``start`` to ``end``, of sound that is coded otherwise.

    Parameters
    ----------
    track : CodecConfig            what is to come out
    runs : sequence of FrameRun    their media time = raw time + ``offset``, 90 kHz
    start, end : int               where the first frame begins, and up to where they are needed; samples of the track

    Returns
    -------
    list of (int, bytes)    each frame with its begin; none where the sound cannot be decoded or coded so
    """
    frame = track.samples_per_frame
    coder = plan(runs[0].config, track)
    if coder is None or start >= end:
        return []
    lead = -coder.delay % frame  # of silence, so that one of the frames that come out begins at ``start``
    sound = _decoded(plan, coder, runs, offset, track, start - lead, end)
    if not sound:
        return []
    n_frames, n_before = -((start - end) // frame), (lead + coder.delay) // frame
    pcm = np.concatenate(sound, axis=1)
    n_samples = (n_before + n_frames + LONGEST_LOOK_AHEAD) * frame
    pcm = np.pad(pcm[:, :n_samples], ((0, 0), (0, max(0, n_samples - pcm.shape[1]))))
    frames: list[bytes] = []
    for at in range(0, n_samples, frame):
        frames += coder.encode(np.ascontiguousarray(pcm[:, at : at + frame]))
    return [(start + n * frame, data) for n, data in enumerate(frames[n_before : n_before + n_frames])]


def _decoded(
    plan: PlanBridge, coder: Transcoder, runs: Sequence[FrameRun], offset: int, track: CodecConfig, at: int, end: int
) -> list[Pcm]:
    """Return the sound from ``at`` on, without holes: what is missing is silence."""
    decoders, sound = {runs[0].config: coder}, list[Pcm]()
    for run in runs:
        decoder = decoders.get(run.config) or plan(run.config, track)
        if decoder is None:
            continue
        decoders[run.config] = decoder
        for n, unit in enumerate(run.units):
            try:
                pcm = decoder.decode(unit.data)
            except WireError:
                continue
            gap = rescale(run.raw(n) + offset, track.sampling_frequency, TICKS_90K) - at
            if at + gap >= end:
                return sound
            if gap > track.samples_per_frame // 2 or (gap > 0 and not sound):
                sound.append(np.zeros((pcm.shape[0], gap), np.float32))
                at += gap
            elif not sound:
                pcm = pcm[:, -gap:]
            if pcm.shape[1]:
                sound.append(pcm)
                at += pcm.shape[1]
    return sound
