"""What a live packager waits for: until it has come in the stream, the octets before it can wait as well.

Nothing can be published before the next part's last sample is there. Parts end some times a second, blocks of a live
stream come some tens of times, and the way through all the rooms costs more than the octets of a block do. So a source
asks of what has just come how long it may keep it, by the times that the stream has shown (`yiwang.net.source.Source.hold`).
A wrong answer costs time, never octets: what is published is the same for all cuts of the stream.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.kernels import pes_due
from yiwang.packaging.inputs import AudioInput, VideoInput
from yiwang.packaging.period import OpenPeriod
from yiwang.packaging.timeline import Timeline

NOTHING_DUE_MS = 1_000
"""Nobody waits for anything."""
LONGEST_BLOCK_MS = 100
"""What comes at once after silence has not come all the time since."""


class Due(NamedTuple):
    """A stream and the time in it that completes something; times are the 33-bit ones of PES headers."""

    pid: int
    time_33: int
    first_33: int = pes_due.NEVER  # what the first stream of the list must have come to as well
    on_random_access: bool = False  # so does a random access point, once it is whole
    stream_type: int = 0  # of a picture: random access points are known by its start codes too


def dues_of(period: OpenPeriod, primary: VideoInput | AudioInput, timeline: Timeline) -> list[Due]:
    """Return what must come before anything of a period can be published; nothing when that cannot be told."""
    dues: list[Due] = []
    video, first = period.video, None
    if video is not None and isinstance(primary, VideoInput):
        due = video.due_90k
        if due is None:  # the next segment begins at a random access point, or where the cell after the next one does
            due = timeline.start_of(period.number + 2) - period.shift
        first = primary
        spec, time_33 = primary.spec, primary.stream_time(due - period.offset)
        dues.append(Due(spec.pid, time_33, on_random_access=True, stream_type=spec.stream_type))
    for source, output in period.audio.items():
        ends = [end for end in (output.due_90k, period.segment_end(source)) if end is not None]
        if not ends and first is not None:
            continue  # the video has not told yet where its segment ends
        raw = min(ends, default=timeline.start_of(period.number + 1)) - period.offset
        after = pes_due.NEVER if first is None else first.stream_time(raw)
        dues.append(Due(source.spec.pid, source.stream_time(raw), after))
    return dues


class Watch:
    """Looks for what is due in the octets of a stream, before they are demultiplexed."""

    def __init__(self) -> None:
        self._watches: NDArray[np.int64] = np.empty((0, pes_due.N_COLUMNS), np.int64)
        self._dues: Sequence[Due] = ()
        self._told_ms = 0

    def set(self, dues: Sequence[Due]) -> None:
        """Wait for these, of which the first may be the condition of others; for none: everything is due.

        What has been seen of a stream stays known.
        """
        if dues == self._dues:
            return
        self._dues = dues
        known = {row[pes_due.PID]: row for row in self._watches.tolist()}
        rows = []
        for pid, time_33, first_33, on_random_access, stream_type in dues:
            of_stream, state = [pes_due.NEVER, 0, 0], int(on_random_access)
            if (before := known.get(pid)) is not None:
                of_stream = before[pes_due.SEEN :]
                if state and before[pes_due.RANDOM_ACCESS]:
                    state = before[pes_due.RANDOM_ACCESS]
            rows.append((pid, time_33, first_33, state, stream_type, *of_stream))
        self._watches = np.array(rows, np.int64).reshape(-1, pes_due.N_COLUMNS)

    def until_due_ms(self, octets: Octets, now_ms: int) -> int:
        """Tell in how many ms something that is waited for is expected; 0: ``octets``, which come next, bring it.

        ``now_ms``: of a clock that only rises.
        """
        since_ms, self._told_ms = max(self._told_ms, now_ms - LONGEST_BLOCK_MS), now_ms
        if not self._watches.shape[0]:
            return 0
        return -(-pes_due.until_due(octets, self._watches, since_ms * 90, now_ms * 90) // 90)
