"""Subtitles of a programme: from the screens of a stream to segments of tracks, each with the span of the video's.

A segment of text is written when its subtitles are known: when the stream of text has come to the segment's end, or the
pictures are so far past it (PATIENCE_90K) that a stream in which nothing is said need not be waited for. Nothing else
ever waits for text. What comes later than that begins with the first segment that is not written yet (ADR 17).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

from yiwang.base.elementary import CodecConfig, Marks, Octets
from yiwang.base.events import Fault
from yiwang.base.subtitle import Cue, Screen, ScreenChange
from yiwang.base.timebase import TICKS_90K, unwrap_33
from yiwang.codecs.dvb_subtitle.decoder import DvbSubtitleDecoder
from yiwang.codecs.teletext.decoder import TeletextDecoder
from yiwang.isobmff.chunk import cmaf_chunk
from yiwang.isobmff.subs import subs
from yiwang.packaging.events import EventSink, PartPublished, SegmentPublished, TrackHeader
from yiwang.packaging.text_streams import TELETEXT, TextPage, TextSpec
from yiwang.packaging.track_writer import PARTS_PER_SEGMENT_BOUND
from yiwang.subtitles.imsc import IMAGE_CODEC, NAMESPACE, TEXT_CODEC, imsc_images, imsc_text
from yiwang.subtitles.webvtt import webvtt_segment

PATIENCE_90K = TICKS_90K
"""Text comes about when it is to be seen, pictures of that time some tenths of a second before."""
LONGEST_PATIENCE_90K = 3 * TICKS_90K
FAR_90K = 10 * TICKS_90K
"""A PTS further than this from the pictures' is no time: the programme's clock tells it."""
MAX_CHANGES = 256
"""So many wait for their segment; more than come in a segment."""

TEXT_CONFIG = CodecConfig("text", "stpp", TEXT_CODEC, f"{NAMESPACE}\0\0\0".encode())
IMAGE_CONFIG = CodecConfig("text", "stpp", IMAGE_CODEC, f"{NAMESPACE}\0\0image/png\0".encode())


class Change(NamedTuple):
    """What a page shows from a raw time on, in a time base."""

    base: int
    raw: int
    screen: Screen | None
    time_out_90k: int


class TextTrack:
    """The subtitles of one page: changes of the screen in, the cues of any span of time out, each span once.

    Parameters
    ----------
    name : str    of the track
    page : TextPage
    """

    def __init__(self, name: str, page: TextPage, config: CodecConfig) -> None:
        self.name = name
        self.page = page
        self.config = config
        self._changes: deque[Change] = deque(maxlen=MAX_CHANGES)
        self._shown: Change | None = None  # at the end of the last span

    def add(self, base: int, raw: int, change: ScreenChange) -> Change:
        """Take a change at raw time ``raw`` of time base ``base``; later ones that are known already are taken back."""
        changes = self._changes
        while changes and changes[-1].base == base and changes[-1].raw > raw:
            changes.pop()
        changes.append(Change(base, raw, change.screen, change.time_out_90k))
        return changes[-1]

    def known_until(self, base: int, known: int, reference: int) -> int:
        """Raw time up to which all is known, if all changes up to ``known`` have come; ``reference`` as in `TextInput.feed`."""
        return known

    def cut(self, base: int, begin: int, end: int) -> list[Cue]:
        """Return the cues of a span; each ends within it, and goes on in the next."""
        cues: list[Cue] = []
        changes, shown, at = self._changes, self._shown, begin
        if shown is not None and shown.base != base:
            shown = None  # the time base has jumped: what was seen is over
        while changes and (changes[0].base < base or (changes[0].base == base and changes[0].raw < end)):
            change = changes.popleft()
            if change.base < base:
                continue
            until = max(change.raw, begin)
            self._show(cues, shown, at, until)
            shown, at = change, until
        self._show(cues, shown, at, end)
        self._shown = shown
        return cues

    def _show(self, cues: list[Cue], shown: Change | None, begin: int, end: int) -> None:
        if shown is None:
            return
        end = min(end, shown.raw + shown.time_out_90k)
        screen = self._seen(shown) if end > begin else None
        if screen is not None:
            add_cue(cues, Cue(begin, end, screen))

    def _seen(self, change: Change) -> Screen | None:
        return change.screen


def add_cue(cues: list[Cue], cue: Cue) -> None:
    """Append a cue; one that goes on is one."""
    if cues and cues[-1].end == cue.begin and cues[-1].screen == cue.screen:
        cues[-1] = replace(cues[-1], end=cue.end)
    else:
        cues.append(cue)


class Decoder(Protocol):
    """Octets of a subtitle stream in, changes of its screens out (see `yiwang.codecs`)."""

    def feed(self, es: Octets, marks: Marks) -> list[ScreenChange]:
        """Return the changes that ``es`` completes."""

    def flush(self) -> list[ScreenChange]:
        """Return what is left at the end of the stream."""

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""

    @property
    def pts_90k(self) -> int:
        """PTS up to which all is known, -1 where it is not said."""


def text_config(spec: TextSpec) -> CodecConfig:
    """Return what a stream's subtitles become: text, or pictures."""
    return TEXT_CONFIG if spec.format == TELETEXT else IMAGE_CONFIG


def _decoder(spec: TextSpec) -> Decoder:
    if spec.format != TELETEXT:
        return DvbSubtitleDecoder(page.page for page in spec.pages)
    return TeletextDecoder({page.page: page.language for page in spec.pages})


class TextInput:
    """An elementary stream with subtitles: finds the time of each change on the raw timeline.

    Parameters
    ----------
    spec : TextSpec
    tracks_of : callable(TextPage) -> tuple of TextTrack
    """

    def __init__(self, spec: TextSpec, tracks_of: Callable[[TextPage], tuple[TextTrack, ...]]) -> None:
        self.spec = spec
        self._tracks = {page.page: tracks_of(page) for page in spec.pages}
        self._decoder = _decoder(spec)
        self._base = -1
        self._known = 0  # raw time up to which all changes have come
        self._lag = 0  # by how much text has come after the pictures of its time
        self.faults: list[Fault] = []

    @property
    def tracks(self) -> list[TextTrack]:
        """All that come of it."""
        return [track for tracks in self._tracks.values() for track in tracks]

    def feed(self, es: Octets, marks: Marks, reference: int, base: int) -> None:
        """Take a block; ``reference`` is the raw time of the primary stream's newest unit, ``base`` its time base."""
        self._take(self._decoder.feed(es, marks), reference, base)
        self._base = base
        self._known, is_far = self._raw(self._decoder.pts_90k, reference)
        if not is_far:
            self._lag = min(max(self._lag, reference - self._known), LONGEST_PATIENCE_90K)

    def finish(self, reference: int, base: int) -> None:
        """Take the end of the stream."""
        self._take(self._decoder.flush(), reference, base)

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""
        faults, self.faults = self.faults, []
        return [replace(fault, pid=self.spec.pid) for fault in faults + self._decoder.drain_faults()]

    def known_until(self, reference: int, base: int) -> int:
        """Raw time up to which no more is waited for."""
        patience = max(PATIENCE_90K, min(self._lag + PATIENCE_90K // 2, LONGEST_PATIENCE_90K))
        if self._base == base and self._known >= reference - patience:
            return self._known
        self.finish(reference, base)  # what has begun is as whole as it gets
        return reference - patience

    def _take(self, changes: list[ScreenChange], reference: int, base: int) -> None:
        for change in changes:
            raw, is_far = self._raw(change.pts_90k, reference)
            if is_far and change.pts_90k >= 0:
                self.faults.append(Fault("text_time_stamp", detail="PTS of text is far from the pictures': not used"))
            for track in self._tracks[change.page]:
                track.add(base, raw, change)

    def _raw(self, pts_90k: int, reference: int) -> tuple[int, bool]:
        """Raw time of a PTS, and whether it is none and the programme's clock was taken."""
        raw = unwrap_33(pts_90k, reference) if pts_90k >= 0 else reference
        if pts_90k < 0 or abs(raw - reference) > FAR_90K:
            return reference, True
        return raw, False


class TextOutput:
    """Writes a track of a period: one segment for each of the primary stream's.

    For players close to the live edge there are parts in WebVTT before the segment is whole. A cue ends with its part, as
    its own end is not known yet; in the whole segment it is one again.

    Parameters
    ----------
    header : TrackHeader           timescale 90 000
    source : TextInput
    track : TextTrack
    part_90k : int                 part target; 0: one part per segment
    base, offset : int             of the period
    out : EventSink                events are appended here
    """

    def __init__(
        self,
        header: TrackHeader,
        source: TextInput,
        track: TextTrack,
        part_90k: int,
        base: int,
        offset: int,
        out: EventSink,
    ) -> None:
        self.track = track
        self._header = header
        self._source = source
        self._is_image = header.config.codec == IMAGE_CODEC
        self._part_90k = 0 if self._is_image else part_90k  # parts are WebVTT
        self._base = base
        self._offset = offset
        self._out = out
        self._begun: deque[tuple[int, int]] = deque()  # number and begin (media time) of segments not written yet
        self._index = 0  # of the first one's next part
        self._written = 0  # media time up to which it is written
        self._cues: list[Cue] = []  # of it so far

    def follow(self, source: TextInput) -> None:
        """Go on with a stream that has moved to another PID."""
        self._source = source

    def begin_segment(self, media_time: int, number: int) -> None:
        """Note that a segment begins, and that the one before ends there."""
        if not self._begun:
            self._written = media_time
        self._begun.append((number, media_time))

    def write_known(self, reference: int) -> None:
        """Write what is known; ``reference`` as in `TextInput.feed`: no segment will begin at or before it."""
        last = reference + self._offset
        if len(self._begun) == 1 and not (self._part_90k and self._written + self._part_90k < last):
            return  # as most times
        known = self._source.known_until(reference, self._base)
        known = self.track.known_until(self._base, known, reference) + self._offset
        while self._begun:
            end = self._begun[1][1] if len(self._begun) > 1 else None
            until = end
            if self._part_90k and (end is None or self._written + self._part_90k < end):
                until = self._written + self._part_90k
            if until is None or until > known or (end is None and until >= last):
                break
            self._write(until, is_last=until == end)

    def finish(self, end: int) -> None:
        """Write all that is left; the period ends at media time ``end``."""
        while self._begun:
            segment_end = self._begun[1][1] if len(self._begun) > 1 else end
            until = segment_end
            if self._part_90k:
                until = min(until, self._written + self._part_90k)
            self._write(until, is_last=until == segment_end)

    def _write(self, end: int, *, is_last: bool) -> None:
        """Write a part that ends at ``end``, and with the last one the segment."""
        number, begin = self._begun[0]
        offset, header = self._offset, self._header
        if end > self._written:
            cues = [
                replace(cue, begin=cue.begin + offset, end=cue.end + offset)
                for cue in self.track.cut(self._base, self._written - offset, end - offset)
            ]
            for cue in cues:
                add_cue(self._cues, cue)
            data = self._chunk(number, begin, end - begin) if is_last else b""
            text = b"" if self._is_image else webvtt_segment(cues, self._written)
            self._out.append(
                PartPublished(header.name, number, self._index, data, self._written, end - self._written, True, text)
            )
            self._index += 1
            self._written = end
        if is_last:
            if self._index:
                text = b"" if self._is_image else webvtt_segment(self._cues, begin)
                self._out.append(SegmentPublished(header.name, number, begin, end - begin, True, text))
            self._begun.popleft()
            self._index = 0
            self._cues = []
            if self._begun:
                self._written = self._begun[0][1]

    def _chunk(self, number: int, begin: int, duration: int) -> bytes:
        """Octets of the segment as CMAF: one chunk of one sample, a document of all its cues."""
        header, sub_samples = self._header, b""
        if self._is_image:
            document, pictures = imsc_images(self._cues, header.language)
            if pictures:
                sub_samples = subs([len(document), *map(len, pictures)])
            document = b"".join((document, *pictures))
        else:
            document = imsc_text(self._cues, header.language)
        sequence_number = number * PARTS_PER_SEGMENT_BOUND & 0xFFFFFFFF
        return cmaf_chunk(sequence_number, header.track_id, begin, [document], [duration], [0], [True], sub_samples)
