"""The elementary streams of a programme, each with its 33-bit times lifted to 64 bits."""

from bisect import insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeAlias

from yiwang.base.elementary import HOLE_90K, AccessUnit, CodecConfig, Marks, Octets
from yiwang.base.events import Fault
from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K, WRAP_33, rescale, unwrap_33
from yiwang.packaging.captions import Captions
from yiwang.packaging.units import FrameRun, Unit

STEP_BACK_90K = TICKS_90K // 4
"""Time stamps that step back by less are mended one by one; by more, the time base has jumped."""
REORDER_90K = TICKS_90K
"""By more than this no PTS is before its DTS, not even of a multiplexer that disregards the reordering of pictures."""
REORDER_PICTURES = 16
"""No picture is shown later than so many that are decoded after it (ISO/IEC 14496-10 A.3.1: MaxDpbFrames)."""
REORDERED = 4
"""Of pictures that have no DTS, and whose PTS fall, no more than so many are taken to be decoded before and shown after one."""
FALL_90K = TICKS_90K // 2
"""Their PTS fall by less; by more, the time base has jumped."""
LONGEST_UNDECODABLE_90K = 3 * TICKS_90K
"""So long the signal goes on where pictures were left out, as what they refer to was lost."""
OVERLAP_90K = 10 * TICKS_90K
"""Another source of the programme that is behind by less is in the same time base: what it tells again is passed over."""
LEAD_90K = 10 * TICKS_90K
"""Audio may lead or lag video by so much in the multiplex."""
PATIENCE_90K = 3 * TICKS_90K
"""How long one track's jump waits for the other track's."""
SAME_TIME_90K = TICKS_90K
"""Only so long when the track that did not jump fits the other's new time base as it is: by chance its own jump is none."""
AUDIO_QUEUE_90K = 20 * TICKS_90K
UNITS_KEPT = 104
"""Access units that may be a transcoder's pre-roll: of Opus in the shortest packets twelve frames of AAC are 103."""
PTS_ROUNDING_90K = 90
"""A frame's PTS may be so much before the time that frames counted in samples give it."""


Identity: TypeAlias = tuple[str, int, str, str, int | None]


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """An elementary stream of a programme, as its PMT describes it; ``channel_config`` is what it says of Opus."""

    pid: int
    kind: str  # 'video' | 'audio'
    stream_type: int
    language: str = "und"
    role: str = "main"
    component_tag: int | None = None
    channel_config: bytes = b""

    @property
    def identity(self) -> Identity:
        """What stays when a new PMT version moves the stream to another PID."""
        return (self.kind, self.stream_type, self.language, self.role, self.component_tag)


class Framer(Protocol):
    """Elementary stream octets in, access units out (see `yiwang.codecs`)."""

    def feed(self, es: Octets, marks: Marks) -> list[AccessUnit]:
        """Return the access units that ``es`` completes."""

    def flush(self) -> list[AccessUnit]:
        """Return what is left at the end of the stream."""

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""


class VideoInput:
    """Video of a programme: its DTS is the programme's clock.

    A PTS is believed, as it keeps pictures in order and in step with sound. Some multiplexers count the DTS up from the
    first PTS, so that a picture would be decoded after it is shown; then ``_lag`` moves it and all that follow to where none
    is. Others say none though pictures are reordered, and their PTS fall; then those are put in order (`_decoded_at`).
    """

    def __init__(self, spec: StreamSpec, name: str, framer: Framer) -> None:
        self.spec = spec
        self.name = name
        self.framer = framer
        self.is_fed = self.has_units = False
        self.unreadable = 0
        self._last_dts: int | None = None  # as the stream says it, lifted
        self._interval = TICKS_90K // 25
        self._lag = 0
        self._decoded_until = 0
        self._n_seen = 0
        self._shown: list[int] = []  # PTS of pictures that are reordered and have no DTS: the latest, in order
        self._is_reordered = False  # the PTS of such have fallen since the last random access point
        self._last_pts: int | None = None  # of the picture before, if that has no DTS
        self._step_back = STEP_BACK_90K
        self.in_overlap = False  # what comes has been had from another source
        self.captions = Captions()

    def begin_file(self, *, is_primary: bool) -> None:
        """Take the next picture for a jump of the time base if its time is not after this one's."""
        self._step_back = 0

    def begin_source(self) -> None:
        """Take that what comes is from another source."""
        self.in_overlap = self._last_dts is not None

    def _repeats(self, au: AccessUnit, step: int) -> bool:
        """Tell whether a picture of another source has been had from the one before."""
        self.in_overlap = -OVERLAP_90K < step <= 0 or (au.pts_90k < 0 and au.dts_90k < 0)
        return self.in_overlap

    def stream_time(self, raw_dts: int) -> int:
        """Return what the stream will say, 33 bits, where a picture has this raw time."""
        return (raw_dts + self._lag) % WRAP_33

    def lift(self, au: AccessUnit, reference: int) -> tuple[Unit, bool] | None:
        """Give a picture its raw times.

        Returns
        -------
        (unit, broken) or None    ``broken``: this picture does not continue the one before; None: no time can be had
        """
        last = self._last_dts
        if au.pts_90k < 0 and au.dts_90k < 0:
            if last is None:
                return None
            dts = raw_pts = last + self._interval
        else:
            dts, raw_pts = self._stamps(au, reference if last is None else last)
        broken = False
        if self.in_overlap and last is not None and self._repeats(au, dts - last):
            return None
        if last is not None:
            step = dts - last
            if step <= -self._step_back or step > (LONGEST_UNDECODABLE_90K if au.after_undecodable else HOLE_90K):
                broken = True
            elif step <= 0:
                dts = last + 1
            else:
                self._interval = step
        if dts - raw_pts > REORDER_90K:
            raw_pts = dts
        self._last_dts = dts
        self._step_back = STEP_BACK_90K
        self._lag = 0 if self._shown else max(self._lag, dts - raw_pts)
        raw_dts = dts - self._lag
        if last is not None and not broken:
            raw_dts = max(raw_dts, self._decoded_until)
        raw_next = -1
        self._n_seen += 1
        if (
            au.next_dts_90k >= 0 and self._n_seen > REORDER_PICTURES and not self._shown
        ):  # before, the next one may change the lag
            raw_next = unwrap_33(au.next_dts_90k, dts) - self._lag
            if not 0 < raw_next - raw_dts <= HOLE_90K:
                raw_next = -1
        self._decoded_until = max(raw_next, raw_dts + 1)
        return Unit(au, raw_dts, raw_pts, raw_next), broken

    def _stamps(self, au: AccessUnit, near: int) -> tuple[int, int]:
        """Return the DTS and PTS of a picture that has one of them at least, as raw times near to another one."""
        dts = unwrap_33(au.dts_90k if au.dts_90k >= 0 else au.pts_90k, near)
        if au.dts_90k < 0:
            return self._decoded_at(dts, au), dts
        if self._last_pts is not None:
            self._last_pts = None
            self._shown.clear()
        return dts, unwrap_33(au.pts_90k, dts) if au.pts_90k >= 0 else dts

    def _decoded_at(self, raw_pts: int, au: AccessUnit) -> int:
        """Return when a picture without DTS is decoded: when it is shown, if PTS do not fall from one to the next.

        If they do, at the PTS that is REORDERED places before the latest in their order. That is as even as they are, and
        the same wherever a packager joined; whether it is so is seen anew between two random access points.
        """
        last, self._last_pts = self._last_pts, raw_pts
        if au.sap_type:
            if not self._is_reordered:
                self._shown.clear()
            self._is_reordered = False
        if last is not None and -FALL_90K < raw_pts - last < 0:
            self._is_reordered = True
            self._shown = self._shown or self._shown_until(last, au)
        if self._shown:
            if raw_pts - self._shown[0] > -FALL_90K and raw_pts - self._shown[-1] <= HOLE_90K:
                insort(self._shown, raw_pts)
                del self._shown[0]
            else:
                self._shown = self._shown_until(raw_pts, au)
        return self._shown[0] if self._shown else raw_pts

    def _shown_until(self, raw_pts: int, au: AccessUnit) -> list[int]:
        """Return the last PTS in order that there would be up to one, were pictures alike."""
        rate = au.config.frame_rate or (25, 1)
        return [raw_pts - rescale(n * TICKS_90K, rate[1], rate[0]) for n in reversed(range(REORDERED + 1))]

    def decode_before_shown(self, held: list[Unit], n_first: int, room_90k: int) -> list[Unit]:
        """Let pictures be decoded earlier, from the first held on, where one would be decoded after it is shown.

        Of pictures without DTS the lag is only known when some have come. What is asked are the ``n_first``, as how many are
        held depends on where blocks end; ``room_90k``: by no more than this, as no time in CMAF is negative.
        """
        if self._shown and not any(unit.au.dts_90k >= 0 for unit in held):
            return self._put_in_order(held, room_90k)
        first = [unit for unit in held[:n_first] if unit.raw_dts - held[0].raw_dts < TICKS_90K]
        by_90k = min(room_90k, max(unit.raw_dts - unit.raw_pts for unit in first))
        if by_90k <= 0 or any(unit.au.dts_90k >= 0 for unit in first):
            return held
        self._lag += by_90k
        self._decoded_until -= by_90k
        return [unit._replace(raw_dts=unit.raw_dts - by_90k, raw_next_dts=-1) for unit in held]

    def _put_in_order(self, held: list[Unit], room_90k: int) -> list[Unit]:
        """Let pictures be decoded as `_decoded_at` tells, the first ones too, which came before it could be told."""
        shown = self._shown_until(held[0].raw_pts, held[0].au)
        one_less = shown[0] - shown[1]
        self._shown = [max(pts + one_less, held[0].raw_dts - room_90k) for pts in shown]
        units, self._decoded_until = [], 0
        for unit in held:
            self._last_dts = self._decoded_at(unit.raw_pts, unit.au)
            raw_dts = max(self._last_dts, self._decoded_until)
            self._decoded_until = raw_dts + 1
            units.append(unit._replace(raw_dts=raw_dts, raw_next_dts=-1))
        return units

    def follow(self, units: Sequence[AccessUnit], at: int) -> list[Unit]:
        """Give the pictures from ``at`` on their raw times, as far as each continues the one before: as `lift` one by one."""
        taken: list[Unit] = []
        last, lag, decoded_until = self._last_dts, self._lag, self._decoded_until
        if last is None or self.in_overlap or self._n_seen < REORDER_PICTURES or self._shown:
            return taken
        for n in range(at, len(units)):
            au = units[n]
            pts, dts, following = au.pts_90k, au.dts_90k, au.next_dts_90k
            if pts < 0 or following < 0:
                break
            step = ((dts if dts >= 0 else pts) - last) % WRAP_33
            reorder = (pts - dts) % WRAP_33 if dts >= 0 else 0
            if reorder >= HALF_WRAP_33:
                reorder -= WRAP_33
            dts = last + step
            raw_dts, duration = dts - lag, (following - dts) % WRAP_33
            if not 0 < step <= HOLE_90K or -reorder > lag or raw_dts < decoded_until or not 0 < duration <= HOLE_90K:
                break
            taken.append(Unit(au, raw_dts, dts + reorder, raw_dts + duration))
            last, decoded_until, self._interval = dts, raw_dts + duration, step
        if taken:
            self._last_dts, self._decoded_until, self._step_back = last, decoded_until, STEP_BACK_90K
            self._n_seen += len(taken)
            self._last_pts = taken[-1].raw_pts if taken[-1].au.dts_90k < 0 else None
        return taken


class AudioInput:
    """Audio of a programme: frames queue until the video has decided where segments begin.

    ``base`` is the number of the time base (see `ProgrammePackager`) this stream is in; None while it has jumped and the
    video has not: its frames wait, as their place on the timeline is not known.
    """

    def __init__(self, spec: StreamSpec, name: str, framer: Framer, base: int) -> None:
        self.spec = spec
        self.name = name
        self.framer = framer
        self.is_fed = self.has_units = False
        self.unreadable = 0
        self.queue: deque[FrameRun] = deque()
        self.last_raw: int | None = None
        self.base: int | None = base
        self._base_before_jump = base
        self._odd_since: int | None = None  # since when it and the video disagree about the time base
        self._pes_raw: int | None = None
        self._frames_since_pes = 0
        self._pes_span_90k = 0  # from the first to the last frame of the last PES packet
        self._waits = False
        self._step_back = STEP_BACK_90K
        self.in_overlap = False
        self.dropped = 0
        self._recent: deque[FrameRun] = deque()  # left the queue, the newest last; UNITS_KEPT frames and some more
        self._n_recent = 0
        self.config: CodecConfig | None = None  # of its newest frame

    def is_changed_by(self, units: Sequence[AccessUnit]) -> bool:
        """Tell whether frames are the stream's first, or coded otherwise than its newest."""
        config = self.config
        return any([unit.config != config for unit in units if unit.config is not config])

    def begin_file(self, *, is_primary: bool) -> None:
        """Let frames wait until the primary stream tells whether the next file goes on in this time base."""
        self._step_back = 0
        if not is_primary:
            self.last_raw = self._odd_since = self._pes_raw = None
            if self.base is not None:
                self._base_before_jump = self.base
            self.base = None
            self._waits = True

    def begin_source(self) -> None:
        """Take that what comes is from another source; frames without a time stamp wait for the first that has one."""
        self.in_overlap = self.last_raw is not None
        if self.in_overlap:
            self._pes_raw = None

    def stream_time(self, raw_pts: int) -> int:
        """Return what the stream will say, 33 bits, at the begin of the PES packet that has a frame of this raw time."""
        return (raw_pts - self._pes_span_90k - PTS_ROUNDING_90K) % WRAP_33

    def lift(self, au: AccessUnit, reference: int, base: int) -> tuple[Unit, bool] | None:
        """Give a frame its raw time, decide to which time base it belongs, queue it.

        Parameters
        ----------
        reference : int    raw time of the primary stream's last picture
        base : int         number of the programme's time base

        Returns
        -------
        (unit, broken) or None    as `VideoInput.lift`
        """
        last, broken = self.last_raw, False
        if au.pts_90k >= 0:
            raw = unwrap_33(au.pts_90k, reference if last is None else last)
            if last is not None and not -self._step_back < raw - last < HOLE_90K:
                broken = True
                raw = unwrap_33(au.pts_90k, reference)
            if self._pes_raw is not None:
                self._pes_span_90k = (self.last_raw or raw) - self._pes_raw if not broken else 0
            self._pes_raw = raw
            self._frames_since_pes = 0
            self._step_back = STEP_BACK_90K
        elif self._pes_raw is None:
            return None
        else:
            self._frames_since_pes += 1
            samples = self._frames_since_pes * au.config.samples_per_frame
            raw = self._pes_raw + rescale(samples, TICKS_90K, au.config.sampling_frequency)
        if self.in_overlap and last is not None:
            self.in_overlap = -OVERLAP_90K < raw - last <= TICKS_90K // 200  # stamps are rounded; a frame is longer
            if self.in_overlap:
                return None
        is_undecided = False
        if broken or last is None or self.base != base:
            if broken:
                self._label(self.base)  # they came before the jump
            self._follow(raw, reference, base, broken)
            is_undecided = self._is_undecided(raw, reference, base)
        else:
            self._odd_since = None
        self.last_raw = raw
        if self.base != base and not is_undecided:
            self._label(self.base)
        of_base = None if is_undecided else self.base
        self.queue.append(FrameRun(of_base, [au], self._pes_raw or 0, self._frames_since_pes))
        self._bound_queue(raw)
        return Unit(au, raw, raw, -1), broken

    def follow(self, units: Sequence[AccessUnit], at: int, base: int, latest: int) -> int:
        """Queue the frames of ``units`` from ``at`` on that need no closer look than the one that was lifted before them.

        These are the rest of its PES packet, while the stream is in the programme's time base and goes on as it was, if
        the last of them does not begin after the raw time ``latest``.

        Returns
        -------
        int    index of the first frame that must be lifted
        """
        if self.in_overlap or self.base != base:
            return at
        run, end = self.queue[-1], at
        config = run.config
        while end < len(units):
            au = units[end]
            if au.pts_90k >= 0 or au.after_loss or au.config is not config:
                break
            end += 1
        raw = run.raw(len(run.units) + end - at - 1)
        if end == at or raw > latest:
            return at
        run.units += units[at:end]
        self._frames_since_pes += end - at
        self.last_raw = raw
        self._bound_queue(raw)
        return end

    def _bound_queue(self, newest_raw: int) -> None:
        queue = self.queue
        while abs(newest_raw - queue[0].raw(0)) > AUDIO_QUEUE_90K and queue[0].base == self.base:
            queue[0].drop_first()
            self.dropped += 1
            if not queue[0].units:
                queue.popleft()

    def take_queued(self, n: int) -> FrameRun:
        """Take the first ``n`` frames of the first run out of the queue."""
        run = self.queue[0]
        if n < len(run.units):
            run = run.split(n)
        else:
            self.queue.popleft()
        recent = self._recent
        recent.append(run)
        self._n_recent += len(run.units)
        while self._n_recent - len(recent[0].units) >= UNITS_KEPT:
            self._n_recent -= len(recent.popleft().units)
        return run

    def before(self, n: int) -> Iterator[Unit]:
        """Go back from the predecessor of frame ``n`` of what was taken out of the queue last."""
        return islice(self._back_from(n), UNITS_KEPT - 1)

    def _back_from(self, n: int) -> Iterator[Unit]:
        for age, run in enumerate(reversed(self._recent)):
            for earlier in reversed(range(len(run.units) if age else n)):
                yield run.unit(earlier)

    def is_coming(self, base: int, now_raw: int) -> bool:
        """Tell whether its newest frame is in this time base, or may be, and no further behind the pictures than it may be."""
        if self.last_raw is None or now_raw - self.last_raw > LEAD_90K:
            return False
        return self.base == base or self._is_undecided(self.last_raw, now_raw, base)

    def _is_undecided(self, raw: int, reference: int, base: int) -> bool:
        """Tell whether it may yet turn out that it is in this time base, which is not where it was, but fits.

        Either its own jump is still to come, or by chance it is none.
        """
        if self.base is None or self.base >= base:
            return False
        waited = 0 if self._odd_since is None else abs(raw - self._odd_since)
        return waited <= PATIENCE_90K and abs(raw - reference) <= LEAD_90K

    def _follow(self, raw: int, reference: int, base: int, broken: bool) -> None:
        """Stay in, leave or join the programme's time base.

        A jump towards where the video is joins it; a jump away from it waits for the video to jump as well. When one of
        the two never jumps, PATIENCE_90K later nearness decides.
        """
        if self.last_raw is None:
            if not self._waits:
                self.join(base)
        elif broken:
            if abs(raw - reference) <= abs(self.last_raw - reference):
                self.join(base)
            elif self.base is not None:
                self._base_before_jump = self.base
                self.base = None
                self._odd_since = raw
        if self.base == base:
            self._odd_since = None
            return
        if self._odd_since is None:
            self._odd_since = raw
        jumped_too = self.base is None and base > self._base_before_jump
        apart, waited = abs(raw - reference), abs(raw - self._odd_since)
        fits = self.base is not None and apart <= SAME_TIME_90K
        if apart <= LEAD_90K and (jumped_too or waited > (SAME_TIME_90K if fits else PATIENCE_90K)):
            self.join(base)

    def join(self, base: int) -> None:
        """Belong to a time base, with all frames that waited for it."""
        self.base = self._base_before_jump = base
        self._odd_since = None
        self._waits = False
        self._label(base)

    def _label(self, base: int | None) -> None:
        """Let frames that waited belong to a time base."""
        for run in self.queue:
            if run.base is None:
                run.base = base
