"""One programme in, one channel's parts and segments out.

Order of thought: the *primary* stream (video; the first audio in a radio programme) decides. Each of its pictures is
lifted to raw time; a random access point in a new cell of the timeline begins a segment; audio frames wait in queues until
the primary has passed them, then go to the segment in whose span they begin. Whatever breaks continuity - a jump of the
time base, a hole, other codecs, other tracks - ends the period. The next random access point in a new cell is held, with
all that follows it, until the audio has arrived there too (so the old period's audio is whole); then the new period begins.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace

from yiwang.base.elementary import HOLE_90K, AccessUnit, Marks, Octets
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K
from yiwang.codecs.nal_framer import FramingSpace
from yiwang.codecs.registry import framer_for
from yiwang.packaging.due import Due, dues_of
from yiwang.packaging.events import CaptionService, CaptionsFound, Outcome, PeriodStarted, TrackHeader
from yiwang.packaging.inputs import LEAD_90K, PATIENCE_90K, AudioInput, Framer, StreamSpec, VideoInput
from yiwang.packaging.names import Names, numbered
from yiwang.packaging.outputs import LONGEST_STILL_90K, VideoOutput
from yiwang.packaging.period import OpenPeriod
from yiwang.packaging.settings import Settings
from yiwang.packaging.splices import Splices
from yiwang.packaging.text_inputs import TextInputs
from yiwang.packaging.text_streams import TextSpec
from yiwang.packaging.timeline import Timeline, TimelineState
from yiwang.packaging.track_maker import TrackMaker
from yiwang.packaging.units import Unit

VIDEO_WAIT_90K = 15 * TICKS_90K
"""So long a programme waits for its video before it goes on with sound alone."""
REORDERING_SHOWN = 6
"""So many pictures without DTS show how far they are reordered: a P picture and each layer of a B pyramid have come."""
UNREADABLE_UNITS = 250
"""So many pictures without parameter sets since the start are more than a GOP that was joined late."""
SAME_BASE_IN_FILE_90K = 10 * TICKS_90K
"""In a file, without a clock to compare with, a longer step forward is a jump of the time base."""


class ProgrammePackager:
    """The machine: `set_streams`, then `feed` blocks of elementary streams, then `flush`; they return events in order.

    Time bases are numbered: each jump of the source's clock makes the next. Audio frames carry the number of theirs, as
    old and new ones are interleaved around a jump.

    Parameters
    ----------
    settings : Settings
    saved : TimelineState or None    of an earlier run of this channel
    space : FramingSpace or None     that of the thread, when it packages many programmes
    """

    def __init__(
        self, settings: Settings, saved: TimelineState | None = None, space: FramingSpace | None = None
    ) -> None:
        self.settings = settings
        self._space = space or FramingSpace()
        self.timeline = Timeline(settings.segment_90k, saved, live=settings.live)
        self._inputs: dict[int, VideoInput | AudioInput] = {}
        self._names = Names()
        self.caption_services: dict[int, tuple[CaptionService, ...]] = {}  # by PID of the video, of the PMT
        self._primary: VideoInput | AudioInput | None = None
        self._period: OpenPeriod | None = None
        self._break_reason: str | None = "restart" if saved else "start"  # None while the period may go on
        self._hold: list[Unit] = []  # the next period's pictures, from its first on
        self._hold_start = 0
        self._base = 0
        self._base_is_placed = True  # its epoch is open
        self._first_cell: int | None = None
        self._quiet_since: int | None = None  # raw time of the first audio frame since there is no period to fill
        self._beside_since: int | None = (
            None  # raw time of another video's first picture, while there is none of the primary
        )
        self._begins_file = False
        self._newest: PeriodStarted | None = None
        self._framed: dict[int, list[AccessUnit]] = {}  # by PID: what is fed next has been framed already
        self._out: list[Outcome] = []
        self._faults: list[Fault] = []
        self._texts = TextInputs(self._names, self._faults, settings.reader, wait=not settings.live)
        self._splices = Splices(self.timeline, self._out, self._faults, live=settings.live)
        self._tracks = TrackMaker(settings, self._out, self._faults)

    @property
    def state(self) -> TimelineState:
        """What must be kept for the next run."""
        return self.timeline.state

    @property
    def unused_pids(self) -> tuple[int, ...]:
        """PIDs of video beside the one that is shown."""
        videos = (source for source in self._inputs.values() if isinstance(source, VideoInput))
        return tuple(source.spec.pid for source in videos if source is not self._primary and source.is_fed)

    # -- streams

    def set_streams(self, specs: Sequence[StreamSpec], now_90k: int, texts: Sequence[TextSpec] = ()) -> None:
        """Take the streams of a new PMT; those that only moved to another PID go on."""
        texts_before = self._texts.track_names
        self._texts.set(texts, self._period)
        stay = {spec.pid for spec in specs if spec.pid in self._inputs and self._inputs[spec.pid].spec == spec}
        for pid in self._inputs.keys() - stay:
            self._finish(self._inputs[pid], now_90k)
        before = dict(numbered(self._inputs.values(), lambda source: source.spec.identity))
        inputs: dict[int, VideoInput | AudioInput] = {}
        for key, spec in numbered(specs, lambda spec: spec.identity):
            source = before.get(key)
            is_new = source is None or (source.spec.pid, source.spec.channel_config) != (spec.pid, spec.channel_config)
            framer = (
                framer_for(spec.stream_type, self._space, spec.channel_config)
                if is_new or source is None
                else source.framer
            )
            if framer is None:
                continue
            if source is None:
                name = self._names.of(key, spec.kind)
                if spec.kind == "video":
                    source = VideoInput(spec, name, framer)
                else:
                    source = AudioInput(spec, name, framer, self._base)
            source.spec, source.framer = spec, framer
            inputs[spec.pid] = source
        names = {s.name for s in inputs.values()}
        if self._hold and self._primary not in inputs.values():
            self._start_period()  # what is held is the old primary's: nothing else may be added to it
        if self._inputs and (
            names != {s.name for s in self._inputs.values()} or texts_before != self._texts.track_names
        ):
            self._end_when_possible("streams changed")
        self._inputs = inputs
        if self._primary not in inputs.values():
            audio = iter(self._audio_inputs())
            self._primary = next((s for s in inputs.values() if isinstance(s, VideoInput)), None) or next(audio, None)

    def _audio_inputs(self) -> Iterator[AudioInput]:
        return (source for source in self._inputs.values() if isinstance(source, AudioInput))

    # -- media

    def must_keep_order(self, blocks: Sequence[tuple[int, Octets, Marks]]) -> bool:
        """Tell whether blocks of several streams that came side by side must be fed packet by packet.

        That is where sound begins, or becomes another one, as what the picture then does depends on how far it has come. Of all
        else the order does not matter. What this finds out of sound is kept for `feed`.
        """
        self._framed.clear()
        if len(blocks) < 2:
            return False
        before: list[tuple[AudioInput, Framer]] = []
        for pid, es, marks in blocks:
            source = self._inputs.get(pid)
            if isinstance(source, AudioInput) and source is not self._primary:
                before.append((source, copy(source.framer)))
                units = self._framed[pid] = source.framer.feed(es, marks)
                if source.is_changed_by(units):
                    for changed, framer in before:
                        changed.framer = framer
                    self._framed.clear()
                    return True
        return False

    def feed(self, pid: int, es: Octets, marks: Marks, now_90k: int) -> list[Outcome]:
        """Take a block of one elementary stream; ``now_90k`` is UTC since 1970 in 90 kHz ticks (0 for a file)."""
        source = self._inputs.get(pid)
        if source is not None:
            source.is_fed = True
            framed = self._framed.pop(pid, None)
            units = source.framer.feed(es, marks) if framed is None else framed
            if units and source is self._primary:  # octets without a unit in them are silence too
                self.timeline.arrived(now_90k)
            self._take(source, units, now_90k)
            self._note_faults(source, source.framer.drain_faults(), has_units=bool(units))
        elif pid in self._texts:
            self._texts.feed(pid, es, marks, self.timeline.reference, self._base)
        self._write_texts()
        if isinstance(source, VideoInput):
            self._tell_captions(source)
        return self._drain_events()

    def _tell_captions(self, source: VideoInput) -> None:
        """Publish the caption services of the video that are known by now, when they have become other ones."""
        if self._period is not None and self._period.video is not None:
            services = source.captions.news(self.caption_services.get(source.spec.pid, ()))
            if services is not None:
                self._out.append(CaptionsFound(source.name, services))

    def _write_texts(self) -> None:
        period, reference = self._period, self.timeline.reference
        if period is not None and reference is not None and period.base == self._base:
            for output in period.texts:
                output.write_known(reference)

    def splice(self, pid: int, section: bytes) -> list[Outcome]:
        """Take a splice_info_section at its place in the stream; what cannot be placed in time yet waits for a period."""
        period = self._period
        if period is not None and self._base_is_placed and period.base == self._base:
            self._splices.take(period, section, pid)
        else:
            self._splices.wait(section)
        return self._drain_events()

    def _finish(self, source: VideoInput | AudioInput, now_90k: int) -> None:
        """Take the last units of a stream that ends, or that goes on under another PID."""
        units = source.framer.flush()
        self._take(source, units, now_90k)
        self._note_faults(source, source.framer.drain_faults(), has_units=bool(units))

    def _note_faults(self, source: VideoInput | AudioInput, faults: list[Fault], *, has_units: bool) -> None:
        """Pass a stream's faults on; who joins in the middle of a GOP has no parameter sets yet: that is no fault."""
        had_units, source.has_units = source.has_units, source.has_units or has_units  # both may come in one block
        for fault in faults:
            if fault.name == "no_parameter_sets" and not had_units:
                source.unreadable += fault.count
                if source.unreadable < UNREADABLE_UNITS:
                    continue
            self._faults.append(replace(fault, pid=source.spec.pid))

    def begin_file(self) -> None:
        """Take the end of a file; another one of the same programme follows, in the same time base or in another."""
        for source in self._inputs.values():
            self._finish(source, 0)
        self._texts.finish(self.timeline.reference, self._base)
        for source in self._inputs.values():
            source.begin_file(is_primary=source is self._primary)
        self._begins_file = True

    def begin_source(self, now_90k: int) -> None:
        """Take that another source of the programme follows: in the same time base, where it may be behind, or in another.

        What the last one has sent is taken first, or its last picture would pass for the new one's first.
        """
        for source in self._inputs.values():
            self._finish(source, now_90k)
        self.timeline.source_clock.begin()
        for source in self._inputs.values():
            source.begin_source()

    def flush(self, now_90k: int) -> list[Outcome]:
        """Publish all that is left: the input has ended."""
        for source in list(self._inputs.values()):
            self._finish(source, now_90k)
            if not source.has_units and 0 < source.unreadable < UNREADABLE_UNITS:  # the join was all there was
                self._faults.append(Fault("no_parameter_sets", source.unreadable, source.spec.pid))
            elif not source.has_units and source.is_fed and not source.unreadable:
                detail = "nothing in it is what its stream_type says"
                self._faults.append(Fault("no_access_unit", pid=source.spec.pid, detail=detail))
        self._texts.finish(self.timeline.reference, self._base)
        if self._period is None and not self._hold:
            self._be_sound_alone(now_90k)
        if self._hold:
            self._start_period()
        if self._period is not None:
            self._leave_period()
            self._close_period()
        self._break_reason = "signal returned"
        return self._drain_events()

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""
        faults = self._faults[:]
        self._faults.clear()
        return faults

    def _drain_events(self) -> list[Outcome]:
        events = self._out[:]
        self._out.clear()
        return events

    def _take(self, source: VideoInput | AudioInput, units: list[AccessUnit], now_90k: int) -> None:
        if isinstance(source, VideoInput):
            self._take_pictures(source, units, now_90k)
        else:
            self._take_frames(source, units, now_90k)
        if units and self._period is not None and self._period.drain_audio(self._base):
            self._end_when_possible("codec change")

    def _take_pictures(self, source: VideoInput, units: list[AccessUnit], now_90k: int) -> None:
        at = 0
        while at < len(units):
            run = source.follow(units, at) if source is self._primary else ()
            written = self._write_run(run) if run else 0
            for n, (au, *_) in enumerate(run):
                source.captions.note(au.data, au.user_data_end)
                if n >= written:
                    self._take_picture(source, run[n], False, now_90k)
            at += len(run)
            if at < len(units):
                source.captions.note(units[at].data, units[at].user_data_end)
                lifted = source.lift(units[at], self._reference(now_90k))
                at += 1
                if lifted is None:
                    self._note_untimed(source)
                else:
                    self._take_picture(source, *lifted, now_90k)

    def _take_picture(self, source: VideoInput, unit: Unit, broken: bool, now_90k: int) -> None:
        if source is not self._primary:
            self._on_returning_video(source, unit, now_90k)
        elif broken or not self._write_run([unit]):
            self._on_primary(unit, broken, now_90k)

    def _take_frames(self, source: AudioInput, units: list[AccessUnit], now_90k: int) -> None:
        at = 0
        if units:
            source.config = units[-1].config
        while at < len(units):
            lifted = source.lift(units[at], self._reference(now_90k), self._base)
            at += 1
            if lifted is None:
                self._note_untimed(source)
            elif source is self._primary:
                self._note_change(source, lifted[0])
                self._on_primary(*lifted, now_90k)
            else:
                quiet_since = self._on_audio(source, *lifted)
                if source is not self._primary:
                    at = source.follow(units, at, self._base, quiet_since + VIDEO_WAIT_90K)

    def _reference(self, now_90k: int) -> int:
        """Return the raw time that a time of the stream is near to."""
        reference = self.timeline.reference
        if reference is not None:
            return reference
        return now_90k if self.settings.live else HALF_WRAP_33  # a file: the 33-bit values themselves

    def _note_untimed(self, source: VideoInput | AudioInput) -> None:
        if not source.in_overlap:
            self._faults.append(Fault("no_time_stamp", pid=source.spec.pid, detail="dropped: no PTS yet"))

    def _write_run(self, run: Sequence[Unit]) -> int:
        """Write pictures of which nothing is special, as nearly all are; return how many, up to the first that is."""
        period = self._period
        if period is None or self._break_reason is not None or self._hold or self._begins_file:
            return 0
        video = period.video
        if video is None or period.end is not None or not self._base_is_placed:
            return 0
        until = self.timeline.start_of(period.number + 2) - period.shift
        heard = [source.last_raw for source in period.audio if source.last_raw is not None]
        n = video.write_run(run, period.offset, period.start, until, min(heard, default=run[-1].raw_dts) + LEAD_90K)
        for unit in run[max(0, n - 2) : n]:
            self.timeline.advance(unit.raw_dts)
        if n:
            self._note_audio_lost(period, run[n - 1].raw_dts)
        return n

    def _note_audio_lost(self, period: OpenPeriod, raw_dts: int) -> None:
        self._quiet_since = None
        for source in period.audio:
            if source.last_raw is not None and raw_dts - source.last_raw > LEAD_90K:
                self._end_when_possible("audio lost")

    def _on_primary(self, unit: Unit, broken: bool, now_90k: int) -> None:
        """Advance by one picture (by one frame in a radio programme)."""
        broken = broken and not self._is_still(unit)
        overlap = 0 if broken else self._overlap(unit)
        if 0 < overlap <= HOLE_90K:
            self._faults.append(Fault("overlapping_picture", detail="a new stream begins before the old one's end"))
            return
        if broken or overlap:
            self._break(unit, now_90k)
        if self._begins_file:
            self._begins_file = False
            for source in self._audio_inputs():
                source.join(self._base)
        self.timeline.advance(unit.raw_dts)
        if self._hold:
            self._hold.append(unit)
        elif self._period is None or self._break_reason is not None:
            self._look_for_start(unit, now_90k)
        else:
            self._continue(unit, now_90k)
        if self._hold and self._is_reordering_known() and self._audio_has_arrived():
            self._start_period()
        if self._period is not None and self._period.end is None:
            self._note_audio_lost(self._period, unit.raw_dts)

    def _is_still(self, unit: Unit) -> bool:
        """Tell whether, in a file, the picture before stood for long while sound went on: the signal was not away."""
        period, last = self._period, self.timeline.reference
        if self.settings.live or period is None or last is None or not isinstance(self._primary, VideoInput):
            return False
        step = unit.raw_dts - last
        heard = max((s.last_raw or 0 for s in period.audio if s.base == self._base), default=0)
        return 0 < step <= LONGEST_STILL_90K and heard - last > step // 2

    def _overlap(self, unit: Unit) -> int:
        """By how much a picture would be decoded before what was taken: pictures of one stream never are."""
        period = self._period
        if self._hold:
            return max(0, self._hold[-1].raw_dts + 1 - unit.raw_dts) if isinstance(self._primary, VideoInput) else 0
        if period is None or period.video is None or period.end is not None or not self._base_is_placed:
            return 0
        video, dts = period.video, unit.raw_dts + period.offset
        pending = video.pending_dts
        return max(0, (video.end_90k if pending is None else pending + 1) - dts)

    def _on_audio(self, source: AudioInput, unit: Unit, broken: bool) -> int:
        """Note what one frame of a secondary stream tells; the frame itself is queued already.

        Returns
        -------
        int    since when, raw time, there is sound without a picture
        """
        period = self._period
        if period is not None and not period.has(source):
            self._end_when_possible("audio arrived")
        self._note_change(source, unit)
        if self._quiet_since is None or broken:
            self._quiet_since = unit.raw_pts
        if unit.raw_pts - self._quiet_since > VIDEO_WAIT_90K and source.base is not None:
            self._go_on_without_video(source)
        return self._quiet_since

    def _note_change(self, source: AudioInput, unit: Unit) -> None:
        """End the period soon where a frame is coded otherwise than its track."""
        period = self._period
        if period is None or not period.has(source) or period.base != source.base:
            return
        if period.changes_config(source, unit.au.config):
            self._end_at_random_access_point(unit.raw_pts + period.offset, "codec change")

    def _go_on_without_video(self, source: AudioInput) -> None:
        """Make sound alone of the programme, until a random access point of its video comes."""
        self._hold.clear()
        if self._period is not None:
            self._leave_period()
        self._primary = source
        self._base = source.base or self._base
        self._break_reason = "video lost"
        self._faults.append(Fault("video_lost", detail=said("sound-only", seconds=VIDEO_WAIT_90K // TICKS_90K)))

    def _be_sound_alone(self, now_90k: int) -> None:
        """Make of the programme what has come of it, when it ends before its video was given up."""
        source = next((source for source in self._audio_inputs() if source.queue), None)
        if source is not None and isinstance(self._primary, VideoInput):
            units = [run.unit(n) for run in source.queue for n in range(len(run.units))]
            self._go_on_without_video(source)
            for unit in units:
                self._on_primary(unit, False, now_90k)

    def _on_returning_video(self, source: VideoInput, unit: Unit, now_90k: int) -> None:
        primary, reference = self._primary, self.timeline.reference
        if isinstance(primary, VideoInput) and primary.is_fed:
            if reference is None and self._beside_since is None:
                self._beside_since = unit.raw_dts
            since = self._beside_since if reference is None else reference
            if unit.raw_dts - (since or 0) <= VIDEO_WAIT_90K:
                return  # a second picture of the programme, as of sign language, is not shown in place of the first
        behind = (reference or 0) - unit.raw_dts
        is_file = not self.settings.live  # where no cell that is taken keeps a period from beginning too early
        broken = behind > (HOLE_90K if is_file else LEAD_90K) or -behind > LEAD_90K
        if unit.au.sap_type and (broken or behind <= 0 or not is_file):
            self._primary = source
            self._end_when_possible("video is back")
            self._on_primary(unit, broken, now_90k)

    # -- what it waits for

    @property
    def goes_on(self) -> bool:
        """Whether what comes next goes on with what came last, as far as is known."""
        period = self._period
        is_open = period is not None and period.end is None and self._primary is not None
        return is_open and not self._hold and self._break_reason is None

    def dues(self) -> list[Due]:
        """What must come before anything can be published; nothing when that cannot be told."""
        period, primary = self._period, self._primary
        if period is None or primary is None or not self.goes_on:
            return []
        return dues_of(period, primary, self.timeline)

    # -- ends of periods

    def _end_when_possible(self, reason: str) -> None:
        """Begin a new period at the next random access point in a new cell; until then the open one goes on."""
        if self._break_reason is None:
            self._break_reason = reason

    def _end_at_random_access_point(self, media_time: int, reason: str) -> None:
        """Begin a new period at the first random access point at or after a moment, as the period can not hold what comes."""
        if self._break_reason is None and self.settings.live:
            self.timeline.begin_cell_at(media_time)
        self._end_when_possible(reason)

    def _break(self, unit: Unit, now_90k: int) -> None:
        """End the period now; decide whether the source's clock is still the same one."""
        step = unit.raw_dts - (self.timeline.reference or unit.raw_dts)
        elapsed = self.timeline.leave(now_90k)
        if self.settings.live:
            as_long = abs(step - elapsed) < TICKS_90K + elapsed // 10
            is_placed = self._period is not None and self._base_is_placed
            same_base = step > 0 and (as_long or (is_placed and self.timeline.is_in_time(unit.raw_dts, now_90k)))
        else:
            same_base = 0 < step < SAME_BASE_IN_FILE_90K
        if self._period is not None and not same_base:
            self._period.release_changed()
        self._leave_period()
        self._hold.clear()
        name, reason = ("time_hole", "signal returned") if same_base else ("time_jump", "time jump")
        if self._period is not None:
            self._break_reason = reason
        self._faults.append(Fault(name, detail=said("dts-stepped", seconds=f"{step / TICKS_90K:.3f}")))
        if not same_base:
            self._base += 1
            self._base_is_placed = False
        if isinstance(self._primary, AudioInput):
            self._primary.join(self._base)
            self._primary.queue[-1].base = self._base
        for source in self._audio_inputs():
            if source.base is None and abs((source.last_raw or 0) - unit.raw_dts) <= LEAD_90K:
                source.join(self._base)

    def _leave_period(self) -> None:
        """The primary stream does not go on in the open period; its audio may still come."""
        period = self._period
        if period is None:
            return
        reference = self.timeline.reference or 0
        period.leave(reference + period.offset)
        period.drain_audio(self._base)

    def _close_period(self) -> None:
        if self._period is not None:
            self._period.drain_audio(self._base)
            self._period.close()

    # -- starts of periods

    def _look_for_start(self, unit: Unit, now_90k: int) -> None:
        """Hold this picture as the next period's first if it can be one; else let the open period go on."""
        period = self._period
        if unit.au.sap_type:
            start = self._place(unit, now_90k)
            if start is not None:
                if period is not None and period.end is None:
                    if period.video is not None:
                        period.video.resolve(unit.raw_dts + period.offset)
                    period.leave(start)
                    period.end = start
                self._hold = [unit]
                self._hold_start = start
                self._base_is_placed = True
                return
        if period is not None and period.end is None:
            self._continue(unit, now_90k)

    def _place(self, unit: Unit, now_90k: int) -> int | None:
        """Media time of a random access point that may begin a period; None while its cell is taken."""
        timeline, period = self.timeline, self._period
        if period is None:
            cell = timeline.number_of(unit.raw_pts + timeline.state.epoch_offset)
            if self._first_cell is None:
                self._first_cell = cell
            if timeline.resumed and cell == self._first_cell:
                return None  # its begin may have been published before we stopped, with other octets
            return timeline.begin(unit.raw_pts, unit.raw_dts, now_90k)
        if not self._base_is_placed:
            return timeline.open_epoch(unit.raw_pts, period.end or period.start, now_90k)
        start = unit.raw_pts + timeline.state.epoch_offset
        return start if self._next_number(start) is not None else None

    def _is_reordering_known(self) -> bool:
        """Tell whether what is held shows how far pictures are reordered, where none of them says when it is decoded.

        Of a file: a channel does not wait, and packagers of one stream must come to the same times wherever they joined.
        """
        hold = self._hold
        if self.settings.live or not isinstance(self._primary, VideoInput) or len(hold) >= REORDERING_SHOWN:
            return True
        return any(unit.au.dts_90k >= 0 for unit in hold) or hold[-1].raw_dts - hold[0].raw_dts >= TICKS_90K

    def _audio_has_arrived(self) -> bool:
        """Tell whether every audio stream has reached the held period, or has been waited for long enough.

        A stream that comes, but later than its pictures, is waited for as long as it may lag.
        """
        now = self._hold[-1].raw_dts
        late = [source for source in self._audio_inputs() if self._first_held(source) is None]
        if now - self._hold[0].raw_dts > PATIENCE_90K:
            late = [source for source in late if source.is_coming(self._base, now)]
        return not late

    def _first_held(self, source: AudioInput) -> Unit | None:
        offset = self.timeline.state.epoch_offset
        for run in source.queue:
            before = run.count_before(self._hold_start - offset)
            if run.base == self._base and before < len(run.units):
                return run.unit(before)
        return None

    def _start_period(self) -> None:
        """Close the old period, publish the new one's headers, and write what was held."""
        hold, self._hold = self._hold, []
        if not self.settings.live and isinstance(self._primary, VideoInput):
            room_90k = hold[0].raw_dts + self.timeline.state.epoch_offset
            hold = self._primary.decode_before_shown(hold, REORDERING_SHOWN, room_90k)
        first, start = hold[0], self._hold_start
        self._close_period()
        number = self._next_number(start)
        if number is None:
            raise AssertionError("a period was placed in a cell that is taken")
        offset = self.timeline.state.epoch_offset
        shift = first.raw_pts - first.raw_dts
        period = OpenPeriod(start, offset, self._base, number, shift, self.settings.bridge)
        leads = self._leads(first)
        copies = self._tracks.plan_copies(
            {source: lead.au.config for source, lead in leads.items() if isinstance(source, AudioInput)}
        )
        headers: list[TrackHeader] = []
        for source, lead in leads.items():
            if isinstance(source, VideoInput):
                headers.append(self._tracks.add_video(period, source, lead.au.config))
                source.captions.begin_track()
            else:
                headers += self._tracks.add_audio(period, source, lead.au.config, copies.get(source))
        headers += self._tracks.add_texts(period, self._texts.tracks)
        self.timeline.state.last_number = number
        reason, self._break_reason = self._break_reason or "", None
        self._publish_period(number, start, tuple(headers), reason)
        self._period = period
        self._splices.take_waiting(period)
        for unit in hold:
            if self._hold:
                self._hold.append(unit)
            elif self._break_reason is not None:
                self._look_for_start(unit, 0)
            else:
                self._continue(unit, 0)
        if period.drain_audio(self._base):
            self._end_when_possible("codec change")

    def _publish_period(self, number: int, start: int, headers: tuple[TrackHeader, ...], reason: str) -> None:
        state, presentation = self.timeline.state, self.timeline.presentation(start)
        state.period_id += 1
        self._newest = PeriodStarted(state.period_id, number, start, presentation, headers, reason)
        self._out.append(self._newest)

    def _keep_to_wall_clock(self, unit: Unit, media_time: int, now_90k: int) -> None:
        """Let presentation time step where the source's clock has taken it too far from the wall clock.

        For players that is a new period, which begins with the segment that has begun. The tracks go on as if nothing had
        happened, so that their octets are the same wherever another packager of the stream lets it step.
        """
        timeline, newest = self.timeline, self._newest
        if not self.settings.live or not now_90k:
            return  # a file; or it was held, and came before now
        by_90k = timeline.deviation(unit.raw_pts, now_90k)
        if timeline.source_clock.note(unit.raw_pts, now_90k):
            detail = said("clock-off-by", ppm=f"{timeline.source_clock.ppm:+.1f}")
            self._faults.append(Fault("source_clock_off", detail=detail))
        if by_90k < 0 and newest is not None:  # a period never begins before the one before it
            by_90k = max(by_90k, (newest.presentation_start_90k - timeline.presentation(media_time)) // 2)
        if by_90k and newest is not None and media_time >= self._splices.cued_until:
            timeline.step(by_90k)
            self._faults.append(
                Fault("clock_step", detail=said("presentation-stepped", seconds=f"{by_90k / TICKS_90K:+.3f}"))
            )
            self._publish_period(timeline.state.last_number, media_time, newest.tracks, "clock step")

    def _leads(self, first: Unit) -> dict[VideoInput | AudioInput, Unit]:
        """Return the streams that have a track in the held period, each with the unit that tells what it is coded as."""
        leads = {}
        for source in self._inputs.values():
            lead = first if source is self._primary else None
            if lead is None and isinstance(source, AudioInput):
                lead = self._first_held(source)
            if lead is not None:
                leads[source] = lead
        return leads

    # -- inside a period

    def _next_number(self, media_time: int) -> int | None:
        """Number of a segment that begins at ``media_time``; None when its cell has one already."""
        timeline, period = self.timeline, self._period
        last = timeline.state.last_number
        if self.settings.live:
            number = timeline.number_of(media_time)
            return number if number > last else None
        if period is None:
            return 1
        cell = timeline.cell_ticks
        if self._break_reason is not None or any(period.segment_start < cut <= media_time for cut in period.cuts):
            return last + 1  # a new period, or a splice, need not wait for the next cell
        if period.end is None and (media_time - period.start) // cell <= (period.segment_start - period.start) // cell:
            return None
        return last + 1

    def _continue(self, unit: Unit, now_90k: int) -> None:
        """Add one picture to the open period."""
        period = self._period
        if period is None:
            return
        dts, pts = unit.raw_dts + period.offset, unit.raw_pts + period.offset
        if unit.au.sap_type == 0 and pts < period.start:
            return  # a leading picture: what it refers to came before the period
        video, config = period.video, unit.au.config
        is_other_codec = config is not period.video_config and config != period.video_config
        if video is not None:
            self._let_stand(period, video, unit.au, dts)
            if video.pending_dts is not None:
                self._cut_in_empty_cell(video, dts)
                video.resolve(dts)
            if is_other_codec:
                self._end_when_possible("codec change")
        if unit.au.sap_type:
            number = self._next_number(pts)
            if number is not None:
                if self.settings.live and number != period.number + 1:
                    self._end_when_possible("signal returned")
                if self._break_reason is not None:
                    self._look_for_start(unit, now_90k)
                    return
                self._begin_segment(pts, number)
                self._keep_to_wall_clock(unit, pts, now_90k)
        if video is None or is_other_codec:
            return
        settled = dts > period.start  # leading pictures are behind; before, the next one may be dropped
        video.put(unit.au, dts, pts)
        if unit.raw_next_dts >= 0 and settled:
            next_dts = unit.raw_next_dts + period.offset
            self._cut_in_empty_cell(video, next_dts)
            video.resolve(next_dts)

    def _let_stand(self, period: OpenPeriod, video: VideoOutput, au: AccessUnit, dts: int) -> None:
        """Let the last picture stand where those before ``au`` were left out, but so that the next cell has one, too."""
        if not au.after_undecodable:
            return
        if self.settings.live and dts + period.shift >= self.timeline.start_of(period.number + 2):
            dts = self.timeline.start_of(period.number + 1) - period.shift
        video.stand_until(dts)

    def _cut_in_empty_cell(self, video: VideoOutput, next_dts: int) -> None:
        """Begin a segment at the last picture of a cell that has no random access point.

        So numbers follow the cells without a hole and no segment is as long as two cells (RFC 8216 4.3.3.1).
        """
        period = self._period
        if not self.settings.live or period is None or video.pending_dts is None:
            return
        empty = period.number + 1
        if next_dts + period.shift < self.timeline.start_of(empty + 1):
            return
        at = video.pending_dts + period.shift
        if self.timeline.number_of(at) == empty:
            self._begin_segment(at, empty)

    def _begin_segment(self, media_time: int, number: int) -> None:
        if self._period is not None:
            self._period.begin_segment(media_time, number)
            self.timeline.state.last_number = number
