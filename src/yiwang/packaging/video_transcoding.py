"""Pictures in a coding that browsers do not play, made anew in one that they do: the track has those in place of the original.

A coded picture depends on all that the encoder has seen. So that two packagers of one stream make the same octets, whenever
they joined, every segment is made by an encoder of its own, and a decoder begins at every segment that begins with a random
access point. Pictures that come behind that point but are shown before it belong to the segment before: its decoder (a
*run*) takes them too.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.timebase import TICKS_90K
from yiwang.packaging.events import Outcome, PackagerEvent, TrackHeader, Work
from yiwang.packaging.sound_writer import LONGEST_FILL_90K
from yiwang.packaging.track_writer import TrackWriter

BROWSERS_DO_NOT_PLAY = frozenset({"mp4v"})
"""Sample entries of MPEG-1 and MPEG-2 video."""


class Sample(NamedTuple):
    """A coded picture; no other is shown out of the order in which it is decoded."""

    pts_90k: int
    data: bytes
    is_sync: bool


Picture: TypeAlias = Any
"""A decoded picture, known to the decoder and the encoder of one factory."""


class PictureDecoder(Protocol):
    """Coded pictures in, decoded ones in the order in which they are shown out."""

    def decode(self, data: bytes, pts_90k: int) -> list[tuple[int, Picture]]:
        """Return (pts_90k, picture) of each that is whole now. Raises WireError."""

    def flush(self) -> list[tuple[int, Picture]]:
        """Return the rest."""


class PictureEncoder(Protocol):
    """Decoded pictures in; the first that comes out is a random access point, the only one."""

    def encode(self, picture: Picture, pts_90k: int) -> list[Sample]:
        """Return the samples that are whole now."""

    def flush(self) -> list[Sample]:
        """Return the rest."""


class VideoTranscoderFactory(Protocol):
    """Makes decoders and encoders for streams of one configuration."""

    @property
    def config(self) -> CodecConfig:
        """What comes out."""

    def decoder(self) -> PictureDecoder:
        """Begin to decode."""

    def encoder(self) -> PictureEncoder:
        """Begin to encode."""


PlanVideoTranscoding: TypeAlias = Callable[[CodecConfig], VideoTranscoderFactory | None]
"""How a stream is transcoded; None where it cannot be."""


class _Run:
    """A decoder from one random access point to the next, and an encoder for each segment that begins there or between."""

    def __init__(self, factory: VideoTranscoderFactory, begin: int) -> None:
        self.begin = begin  # PTS of its first picture
        self.is_finished = False
        self.end: int | None = None  # nothing shown at or after it belongs to this run
        self.ready: list[tuple[int, Sample]] = []  # with the number of the segment
        self._factory = factory
        self._decoder = factory.decoder()
        self._encoder: PictureEncoder | None = None
        self._number = -1
        self._last_pts: int | None = None
        self._coming: deque[tuple[int, int]] = deque()  # PTS and number of segments still to begin

    def begin_segment(self, pts: int, number: int) -> None:
        """Let a segment begin with the picture shown at ``pts``."""
        self._coming.append((pts, number))

    def put(self, data: bytes, pts: int) -> bool:
        """Take a coded picture; False when it cannot be decoded.

        What is shown before the first picture is the run's before: here it would be dropped, but FFmpeg would give its
        captions to another picture.
        """
        if pts < self.begin:
            return True
        try:
            self._take(self._decoder.decode(data, pts))
        except WireError:
            return False
        return True

    def finish(self) -> None:
        """Get all out that is still in it."""
        self._take(self._decoder.flush())
        self._end_encoder()
        self.is_finished = True

    def _take(self, pictures: list[tuple[int, Picture]]) -> None:
        for pts, picture in pictures:
            if self._last_pts is not None and pts <= self._last_pts:
                continue  # of a damaged picture whose place cannot be told
            self._last_pts = pts
            while self._coming and self._coming[0][0] <= pts:
                self._end_encoder()
                self._number = self._coming.popleft()[1]
                self._encoder = self._factory.encoder()
            if self._encoder is not None and (self.end is None or pts < self.end):
                self.ready += [(self._number, sample) for sample in self._encoder.encode(picture, pts)]

    def _end_encoder(self) -> None:
        if self._encoder is not None:
            self.ready += [(self._number, sample) for sample in self._encoder.flush()]
            self._encoder = None


class TranscodingWriter:
    """Takes the samples of the original as a `TrackWriter` does, and writes others.

    It leaves the work to whoever settles the outcomes.

    Parameters
    ----------
    header : TrackHeader          of what comes out
    part_90k : int
    out : list of Outcome         work is appended here
    factory : VideoTranscoderFactory
    undecodable : callable        told of each picture that cannot be decoded
    """

    def __init__(
        self,
        header: TrackHeader,
        part_90k: int,
        out: list[Outcome],
        factory: VideoTranscoderFactory,
        undecodable: Callable[[], None],
    ) -> None:
        self.header = header
        self._out = out
        self._factory = factory
        self._undecodable = undecodable
        self._events: list[PackagerEvent] = []
        self._writer = TrackWriter(header, part_90k, self._events)
        self._begins: int | None = None  # number of the segment that begins with the next sample
        self._runs: deque[_Run] = deque()
        self._pending: tuple[int, Sample] | None = None
        self._nominal = TICKS_90K // 25

    def begin_segment(self, number: int) -> None:
        """Start a segment with the next sample."""
        self._begins = number

    def add(self, data: bytes, start_ticks: int, duration_ticks: int, composition_offset: int, sap: bool) -> None:
        """Take a sample of the original."""
        begins, self._begins = self._begins, None
        pts = start_ticks + composition_offset
        self._out.append(Work(partial(self._add, data, pts, duration_ticks, begins, sap)))

    def extend(self, by_ticks: int) -> bool:
        """Leave it: a decoder of these pictures shows them whatever was lost, so none is left out before."""
        return False

    def due_ticks(self, duration_ticks: int) -> int | None:
        """When something can be published is not known: the decoder reorders, the encoder takes its time."""
        return None

    def end_segment(self) -> None:
        """Write all that is left: the period ends."""
        self._out.append(Work(self._finish))

    # -- the work

    def _add(self, data: bytes, pts: int, duration: int, begins: int | None, sap: bool) -> list[PackagerEvent]:
        self._nominal = duration
        if len(self._runs) > 1 and (begins is not None or pts > (self._runs[0].end or 0)):
            self._runs[0].finish()  # no more pictures come that are shown before the second run's first
            self._write()
        if begins is not None:
            if sap or not self._runs:
                if self._runs:
                    self._runs[-1].end = pts
                self._runs.append(_Run(self._factory, pts))
            self._runs[-1].begin_segment(pts, begins)
        decoded = [run.put(data, pts) for run in self._runs]
        if not decoded[-1]:
            self._undecodable()
        self._write()
        return self._drain_events()

    def _finish(self) -> list[PackagerEvent]:
        for run in self._runs:
            run.finish()
        self._write()
        if self._pending is not None:
            self._put(self._pending, self._pending[1].pts_90k + self._nominal)
            self._pending = None
        self._writer.end_segment()
        self._runs.clear()
        return self._drain_events()

    def _write(self) -> None:
        while self._runs:
            run = self._runs[0]
            ready, run.ready = run.ready, []
            for number, sample in ready:
                if self._pending is not None:
                    self._put(self._pending, sample.pts_90k)
                self._pending = number, sample
            if not run.is_finished:
                return
            self._runs.popleft()

    def _put(self, pending: tuple[int, Sample], end: int) -> None:
        number, sample = pending
        duration = end - sample.pts_90k
        if number != self._writer.number:
            self._writer.begin_segment(number)
        self._writer.add(
            sample.data,
            sample.pts_90k,
            duration if 0 < duration <= LONGEST_FILL_90K else self._nominal,
            0,
            sample.is_sync,
        )

    def _drain_events(self) -> list[PackagerEvent]:
        events = self._events[:]
        self._events.clear()
        return events
