"""Which Media Segment of a live playlist is to be had next, and when the playlist is to be read again. It is told the time.

The playlist of a live channel moves on; servers are restarted and begin to count anew, caches hand out an older copy, a
reader may be so late that what it wanted has left the list. All of that is answered with a segment that is listed now.
"""

from dataclasses import dataclass

from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.hls.playlist_reader import ListedMedia, ListedSegment

HOLD_BACK_TARGETS = 3
"""rfc8216bis 6.3.3: a client should not begin nearer to the end of a live playlist than so many target durations."""
EARLIER_TARGETS = 3
"""Playlists of one presentation are not written at one moment: who goes with another begins so much earlier, to be sure."""
OLDER_COPIES = 3
"""So many times in a row a playlist may be older than one before (caches behind one name); then it is another one."""
SHORTEST_RELOAD_MS, LONGEST_RELOAD_MS = 250, 30_000


@dataclass(frozen=True, slots=True)
class NextSegment:
    """A segment to load; ``missing_us``: so much of the stream is missing before it; 0: it follows the one before.

    ``leap``: it is elsewhere, so what is missing is not known.
    """

    segment: ListedSegment
    missing_us: int = 0
    leap: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it continues the one before: nothing is missing, and no EXT-X-DISCONTINUITY is between."""
        return not (self.leap or self.missing_us or self.segment.discontinuity)


class HlsFollower:
    """The machine: `take` each playlist, ask for the `next_segment` until there is none, `take` again at `reload_ms`.

    Parameters
    ----------
    behind_us : int or None    where to begin in a live playlist: what goes with another one, which begins so far before its
                               end, is there from then on; None: as the playlist says
    """

    def __init__(self, behind_us: int | None = None) -> None:
        self._behind_us = behind_us
        self.ended = False  # the playlist, once its segments have been had
        self.reload_ms = 0
        self.target_ms = 10_000
        self._list: ListedMedia | None = None
        self._next = -1  # media_sequence_number
        self._older = 0
        self._missing_us = 0
        self._leaps = False
        self._faults: list[Fault] = []

    @property
    def is_whole(self) -> bool:
        """Whether the playlist has an end, so that it need not be read again."""
        return self._list is not None and self._list.ended

    @property
    def upcoming(self) -> ListedSegment | None:
        """What `next_segment` gives next, as far as is known."""
        if self._list is None:
            return None
        index = self._next - self._list.media_sequence_number
        return self._list.segments[index] if 0 <= index < len(self._list.segments) else None

    @property
    def behind_us(self) -> int:
        """How far the next segment's begin is before the end of the playlist."""
        if self._list is None:
            return 0
        first = max(self._next - self._list.media_sequence_number, 0)
        return sum(segment.duration_us for segment in self._list.segments[first:])

    def take(self, playlist: ListedMedia, asked_ms: int) -> bool:
        """Take a playlist that was asked for at ``asked_ms``; return whether it is another one than before.

        Notes
        -----
        Source: rfc8216bis 6.3.4: the next is asked for after a target duration, half of one where nothing has changed.
        """
        before, self._list = self._list, playlist
        self.target_ms = max(playlist.target_duration_us // 1000, 1)
        if playlist.segments:
            self._place(playlist)
        changed = before is None or playlist != before
        wait_ms = self.target_ms if changed else self.target_ms // 2
        self.reload_ms = asked_ms + min(max(wait_ms, SHORTEST_RELOAD_MS), LONGEST_RELOAD_MS)
        return changed

    def next_segment(self) -> NextSegment | None:
        """Return what to load now, in order, each once; None: nothing until the playlist has been read again."""
        playlist = self._list
        if playlist is None:
            return None
        index = self._next - playlist.media_sequence_number
        while 0 <= index < len(playlist.segments):
            segment = playlist.segments[index]
            self._next, index = self._next + 1, index + 1
            if segment.gap:
                self.missed(segment, "the playlist has a gap in its place")
                continue
            found = NextSegment(segment, self._missing_us, self._leaps)
            self._missing_us, self._leaps = 0, False
            return found
        self.ended = playlist.ended
        return None

    def missed(self, segment: ListedSegment, why: str) -> None:
        """Take that a segment cannot be had."""
        self._missing_us += segment.duration_us
        self._faults.append(
            Fault("hls_segment_missing", detail=f"{said('in-segment', number=segment.media_sequence_number)}: {why}")
        )

    def drain_faults(self) -> list[Fault]:
        """Return what went wrong since the last call."""
        faults, self._faults = self._faults, []
        return faults

    # -- its place

    def _place(self, playlist: ListedMedia) -> None:
        first = playlist.media_sequence_number
        after = first + len(playlist.segments)
        if self._next < 0:
            self._next = first if playlist.ended else _live_edge(playlist, self._behind_us)
        elif after < self._next:
            self._older += 1
            if self._older >= OLDER_COPIES or playlist.ended:
                self._leap(playlist, said("counts-anew", newest=after - 1, before=self._next - 1))
            return
        elif first > self._next:
            n = first - self._next
            self._faults.append(
                Fault("hls_segment_missing", n, detail=said("left-playlist", first=self._next, last=first - 1))
            )
            self._leap(playlist, "")
        self._older = 0

    def _leap(self, playlist: ListedMedia, why: str) -> None:
        self._next = playlist.media_sequence_number if playlist.ended else _live_edge(playlist)
        self._older, self._missing_us, self._leaps = 0, 0, True
        if why:
            self._faults.append(Fault("hls_restarted", detail=why))


def _live_edge(playlist: ListedMedia, behind_us: int | None = None) -> int:
    """Return the number of the newest segment that is far enough from the end of a live playlist."""
    wanted_us = playlist.hold_back_us or HOLD_BACK_TARGETS * playlist.target_duration_us
    if behind_us is not None:
        wanted_us = behind_us + EARLIER_TARGETS * playlist.target_duration_us
    held_us = 0
    for segment in reversed(playlist.segments):
        held_us += segment.duration_us or playlist.target_duration_us
        if held_us >= wanted_us:
            return segment.media_sequence_number
    return playlist.media_sequence_number
