"""One programme in, one channel's parts and segments out.

Order of thought: the *primary* stream (video; the first audio in a radio programme) decides. Each of its pictures is
lifted to raw time; a random access point in a new cell of the timeline begins a segment; audio frames wait in queues until
the primary has passed them, then go to the segment in whose span they begin. Whatever breaks continuity - a jump of the
time base, a hole, other codecs, other tracks - ends the period; the next random access point in a new cell is held until
the audio has arrived there too (so that the old period's audio is whole), then the new period begins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from yiwang.base.elementary import AccessUnit, CodecConfig, Marks, Octets
from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_90K
from yiwang.codecs.registry import framer_for
from yiwang.isobmff.header import cmaf_header
from yiwang.packaging.events import PackagerEvent, PeriodStarted, TrackHeader
from yiwang.packaging.inputs import PATIENCE_90K, AudioInput, StreamSpec, VideoInput
from yiwang.packaging.outputs import AudioOutput, Unit, VideoOutput
from yiwang.packaging.timeline import Timeline, TimelineState

VIDEO_WAIT_90K = 15 * TICKS_90K
"""So long a programme waits for its video before it goes on with sound alone."""


@dataclass(slots=True)
class Settings:
    """How a channel is packaged; 90 kHz ticks."""

    segment_90k: int = 2 * TICKS_90K
    part_90k: int = TICKS_90K // 2  # 0: no low-latency parts
    live: bool = True
    init_name: Callable[[str, bytes], str] = lambda track, octets: f"init-{crc32(octets):08x}.mp4"


class _Period:
    """The open period: its outputs and where its segments begin."""

    def __init__(self, start: int, base: int, number: int) -> None:
        self.start = start
        self.base = base
        self.number = number  # of the newest segment
        self.segment_start = start
        self.boundaries: list[tuple[int, int]] = [(start, number)]
        self.video: VideoOutput | None = None
        self.audio: dict[AudioInput, AudioOutput] = {}
        self.cursor: dict[AudioInput, int] = {}
        self.shift = 0  # PTS - DTS at its first picture
        self.end: int | None = None  # where it ends, once that is known
        self.in_leading = True


class ProgrammePackager:
    """The machine: `set_streams`, then `feed` elementary stream blocks, then `flush`; each returns events.

    Parameters
    ----------
    settings : Settings
    saved : TimelineState or None    of an earlier run of this channel
    """

    def __init__(self, settings: Settings, saved: TimelineState | None = None) -> None:
        self.settings = settings
        self.timeline = Timeline(settings.segment_90k, saved, live=settings.live)
        self._inputs: dict[int, VideoInput | AudioInput] = {}
        self._names: dict[tuple[str, int, str, str, int | None, int], str] = {}
        self._period: _Period | None = None
        self._hold: list[Unit] = []  # pictures from the next period's first on
        self._hold_start = 0
        self._hold_config: CodecConfig | None = None
        self._hold_reason = ""
        self._reason: str | None = "start"  # why the next period begins; None while the period goes on
        self._base = 0
        self._offsets = {0: self.timeline.state.epoch_offset}
        self._new_base = False
        self._media_end = 0
        self._first_cell: int | None = None
        self._radio_since: int | None = None
        self._out: list[PackagerEvent] = []
        self._faults: list[Fault] = []

    # -- streams

    def set_streams(self, specs: Sequence[StreamSpec]) -> None:
        """Take the programme's streams from its PMT; streams that only moved to another PID go on."""
        before = {source.spec.identity + (k,): source for k, source in self._numbered(self._inputs.values())}
        inputs: dict[int, VideoInput | AudioInput] = {}
        count: dict[tuple[str, int, str, str, int | None], int] = {}
        for spec in specs:
            k = count.get(spec.identity, 0)
            count[spec.identity] = k + 1
            source = before.pop((*spec.identity, k), None)
            framer = source.framer if source and source.spec.pid == spec.pid else framer_for(spec.stream_type)
            if framer is None:
                continue
            if source is None:
                kind = VideoInput if spec.kind == "video" else AudioInput
                source = kind(spec, self._name((*spec.identity, k)), framer)
                if isinstance(source, AudioInput):
                    source.base = source._followed = self._base
            source.spec, source.framer = spec, framer
            inputs[spec.pid] = source
        same = {s.name for s in inputs.values()} == {s.name for s in self._inputs.values()}
        self._inputs = inputs
        if not same and self._period is not None and self._reason is None:
            self._reason = "streams changed"

    @staticmethod
    def _numbered(
        sources: "Sequence[VideoInput | AudioInput] | object",
    ) -> "list[tuple[int, VideoInput | AudioInput]]":
        count: dict[object, int] = {}
        numbered = []
        for source in sources:  # type: ignore[attr-defined]
            k = count.get(source.spec.identity, 0)
            count[source.spec.identity] = k + 1
            numbered.append((k, source))
        return numbered

    def _name(self, key: tuple[str, int, str, str, int | None, int]) -> str:
        """'video', 'audio', 'audio-2': the first free one, then always the same for this stream."""
        if key not in self._names:
            n = sum(1 for known in self._names if known[0] == key[0])
            self._names[key] = key[0] if n == 0 else f"{key[0]}-{n + 1}"
        return self._names[key]

    @property
    def _primary(self) -> VideoInput | AudioInput | None:
        video = next((s for s in self._inputs.values() if isinstance(s, VideoInput)), None)
        if video is not None and self._radio_since is None:
            return video
        return next((s for s in self._inputs.values() if isinstance(s, AudioInput)), video)

    @property
    def _audio(self) -> list[AudioInput]:
        return [s for s in self._inputs.values() if isinstance(s, AudioInput)]

    # -- media

    def feed(self, pid: int, es: Octets, marks: Marks, now_90k: int) -> list[PackagerEvent]:
        """Take a block of one elementary stream; ``now_90k`` is UTC since 1970 in 90 kHz ticks."""
        source = self._inputs.get(pid)
        if source is not None:
            self._take(source, source.framer.feed(es, marks), now_90k)
            self._faults += source.framer.drain_faults()
        return self._drain_events()

    def flush(self, now_90k: int) -> list[PackagerEvent]:
        """End of the input: publish all that is left."""
        for source in self._inputs.values():
            self._take(source, source.framer.flush(), now_90k)
        if self._hold:
            self._start_period()
        if self._period is not None:
            self._period.end = self._period.end or self._finish_primary()
            self._drain_audio(final=True)
            self._close_period()
        return self._drain_events()

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""
        faults, self._faults = self._faults, []
        return faults

    def _drain_events(self) -> list[PackagerEvent]:
        events, self._out[:] = self._out[:], []
        return events

    def _take(self, source: VideoInput | AudioInput, units: list[AccessUnit], now_90k: int) -> None:
        for au in units:
            if isinstance(source, VideoInput):
                lifted = source.lift(au, self.timeline.lift(max(au.dts_90k, au.pts_90k, 0), now_90k))
                if lifted is None:
                    self._faults.append(Fault("no_time_stamp", detail="a picture before the first PTS"))
                    continue
                if self._radio_since is not None:
                    self._video_is_back(lifted[0])
                self._on_primary(*lifted, now_90k)
            else:
                self._on_audio(source, au, now_90k)
        if units:
            self._drain_audio()

    def _on_audio(self, source: AudioInput, au: AccessUnit, now_90k: int) -> None:
        primary = self._primary is source
        before = source.last_raw
        reference = self.timeline.lift(au.pts_90k, now_90k) if primary and au.pts_90k >= 0 else self.timeline.reference
        if reference is None:
            if primary or (au.pts_90k >= 0 and self._radio_due(au, now_90k)):
                reference = now_90k
            else:
                return
        unit = source.lift(au, reference, self._base)
        if unit is None:
            return
        if primary:
            broken = source.base is None
            if broken:
                source._join(self._base)  # it is the programme's clock: none to wait for
            self._on_primary(unit, broken and before is not None, now_90k)

    def _on_primary(self, unit: Unit, broken: bool, now_90k: int) -> None:
        """Advance the state machine by one picture (one frame in a radio programme)."""
        if broken:
            self._break(unit, now_90k)
        self.timeline.advance(unit.raw_dts, now_90k)
        if self._hold:
            self._hold.append(unit)
        elif self._reason is not None or self._period is None:
            self._consider_start(unit, now_90k)
        else:
            self._continue(unit, now_90k)
        if self._hold and self._audio_ready():
            self._start_period()

    # -- breaks

    def _break(self, unit: Unit, now_90k: int) -> None:
        """End the period; decide whether the time base is still the same."""
        step = unit.raw_dts - (self.timeline.reference or unit.raw_dts)
        elapsed = self.timeline.elapsed(now_90k)
        same_base = 0 < step and (
            abs(step - elapsed) < TICKS_90K + elapsed // 10 if self.settings.live else step < 10 * TICKS_90K
        )
        self._hold.clear()
        if self._period is not None and self._period.end is None:
            self._period.end = self._finish_primary()
            self._media_end = self._period.end
        self._reason = "signal returned" if same_base else "time jump"
        self._faults.append(
            Fault("time_hole" if same_base else "time_jump", detail=f"DTS went on by {step / TICKS_90K:.3f} s")
        )
        self._new_base = self._new_base or not same_base
        self._base += 1
        self._offsets[self._base] = self.timeline.state.epoch_offset
        self._offsets.pop(self._base - 3, None)
        primary = self._primary
        if isinstance(primary, AudioInput):
            primary._join(self._base)
            primary.queue[-1] = (self._base, primary.queue[-1][1])

    def _finish_primary(self) -> int:
        """Write the last picture; return where presentation ends."""
        period = self._period
        assert period is not None
        if period.video is None:
            return max((u.raw_pts + self._offsets[period.base] for s in self._audio for _, u in list(s.queue)[-1:]),
                       default=period.segment_start) + 1  # fmt: skip
        period.video.finish()
        return period.video.end_90k + period.shift

    def _video_is_back(self, unit: Unit) -> None:
        """Leave the sound-only state at the video's next random access point."""
        self._radio_since = None
        if self._reason is None:
            self._reason = "video is back"

    def _radio_due(self, au: AccessUnit, now_90k: int) -> bool:
        """Tell whether the sound has waited long enough for a first picture."""
        if self._radio_since is None:
            if self._audio_waiting_since is None:
                self._audio_waiting_since = au.pts_90k
            if (au.pts_90k - self._audio_waiting_since) % (1 << 33) < VIDEO_WAIT_90K:
                return False
            self._radio_since = au.pts_90k
        return True

    _audio_waiting_since: int | None = None

    # -- starting a period

    def _consider_start(self, unit: Unit, now_90k: int) -> None:
        """Hold this picture as the next period's first when it can be one."""
        period, timeline = self._period, self.timeline
        if unit.au.sap_type == 0:
            if period is not None and period.end is None:
                self._continue(unit, now_90k)  # the old period goes on until the new one can begin
            return
        if period is None:
            cell = timeline.number_of(unit.raw_pts + timeline.state.epoch_offset)
            self._first_cell = cell if self._first_cell is None else self._first_cell
            if timeline.resumed and cell == self._first_cell:
                return  # its begin may have been published before we stopped, with other octets
            start = timeline.begin(unit.raw_pts, now_90k)
        elif self._new_base:
            start = timeline.open_epoch(unit.raw_pts, self._media_end, now_90k)
        else:
            start = unit.raw_pts + timeline.state.epoch_offset
            if self._number_at(start) is None:
                if period.end is None:
                    self._continue(unit, now_90k)
                return
        self._new_base = False
        self._offsets[self._base] = timeline.state.epoch_offset
        if period is not None and period.end is None:
            if period.video is not None:
                period.video.resolve(unit.raw_dts + timeline.state.epoch_offset)
            period.end = start
        self._hold = [unit]
        self._hold_start = start
        self._hold_config = unit.au.config

    def _audio_ready(self) -> bool:
        """Tell whether every audio stream has reached the held period, or has been waited for long enough."""
        if self._hold[-1].raw_dts - self._hold[0].raw_dts > PATIENCE_90K:
            return True
        return all(self._first_of_hold(source) is not None for source in self._audio)

    def _first_of_hold(self, source: AudioInput) -> Unit | None:
        for base, unit in source.queue:
            if base == self._base and unit.raw_pts + self._offsets[base] >= self._hold_start:
                return unit
        return None

    def _start_period(self) -> None:
        hold, self._hold = self._hold, []
        start = self._hold_start
        number = self._number_at(start)
        if self._period is not None:
            self._drain_audio(final=True)
            self._close_period()
        assert number is not None
        primary = self._primary
        assert primary is not None
        period = _Period(start, self._base, number)
        period.shift = hold[0].raw_pts - hold[0].raw_dts
        headers = []
        part = self.settings.part_90k
        for source in self._inputs.values():
            if isinstance(source, VideoInput):
                if source is not primary:
                    continue
                header = self._header(source, hold[0].au.config, 90_000)
                period.video = VideoOutput(header, part, self._out)
                period.video.writer.begin_segment(number)
                source.config = hold[0].au.config
            else:
                first = hold[0] if source is primary else self._first_of_hold(source)
                if first is None:
                    continue
                source.config = first.au.config
                header = self._header(source, source.config, source.config.sampling_frequency)
                period.audio[source] = AudioOutput(header, part, self._out)
                period.cursor[source] = 0
            headers.append(header)
        state = self.timeline.state
        state.period_id += 1
        state.last_number = number
        self._out.append(
            PeriodStarted(
                state.period_id,
                number,
                start,
                self.timeline.presentation(start),
                tuple(headers),
                "restart" if self._reason == "start" and self.timeline.resumed else self._reason or "codec change",
            )
        )
        self._period = period
        self._reason = None
        for unit in hold:
            if self._reason is None and not self._hold:
                self._continue(unit, 0)
            elif self._hold:
                self._hold.append(unit)
            else:
                self._consider_start(unit, 0)

    def _header(self, source: VideoInput | AudioInput, config: CodecConfig, timescale: int) -> TrackHeader:
        spec, name = source.spec, source.name
        track_id = 1 if spec.kind == "video" else 1 + int(name.partition("-")[2] or 1)
        octets = cmaf_header(config, track_id, timescale, spec.language)
        init_name = self.settings.init_name(name, octets)
        return TrackHeader(name, track_id, timescale, config, spec.language, spec.role, init_name, octets)

    def _close_period(self) -> None:
        period, self._period = self._period, None
        assert period is not None
        if period.video is not None:
            period.video.finish()
        for output in period.audio.values():
            output.finish()

    # -- inside a period

    def _number_at(self, media_time: int) -> int | None:
        """Number of a segment that begins at ``media_time``; None when its cell has one already."""
        timeline, period = self.timeline, self._period
        if self.settings.live:
            number = timeline.number_of(media_time)
            return number if number > timeline.state.last_number or period is None else None
        if period is None:
            return 1
        cell = timeline.cell_ticks
        if period.end is None and (media_time - period.start) // cell <= (period.segment_start - period.start) // cell:
            return None
        return timeline.state.last_number + 1

    def _continue(self, unit: Unit, now_90k: int) -> None:
        """Add one picture to the open period."""
        period = self._period
        assert period is not None
        offset = self._offsets[period.base]
        dts, pts = unit.raw_dts + offset, unit.raw_pts + offset
        video = period.video
        if video is not None:
            if video.pending_times is not None:
                self._cut_in_empty_cell(video, dts)
                video.resolve(dts)
            if unit.au.config != self._config_of(video):
                self._reason = "codec change"
            if unit.au.sap_type == 0 and pts < period.start:
                return  # a leading picture: what it refers to was before the period
        if unit.au.sap_type:
            number = self._number_at(pts)
            if number is not None:
                skipped = self.settings.live and number != period.number + 1
                if self._reason is not None or skipped:
                    self._reason = self._reason or "signal returned"
                    self._consider_start(unit, now_90k)
                    return
                self._begin_segment(pts, number)
        if video is None:
            return
        if self._reason == "codec change":
            return  # not decodable with this period's header
        video.put(unit.au, dts, pts)
        if unit.raw_next_dts >= 0 and not period.in_leading:
            next_dts = unit.raw_next_dts + offset
            self._cut_in_empty_cell(video, next_dts)
            video.resolve(next_dts)
        period.in_leading = period.in_leading and (unit.au.sap_type != 0)

    @staticmethod
    def _config_of(video: VideoOutput) -> CodecConfig:
        return video.writer.header.config

    def _cut_in_empty_cell(self, video: VideoOutput, next_dts: int) -> None:
        """Begin a segment at the last picture of a cell that has no random access point.

        So numbers follow the cells without a hole and no segment is longer than two cells (RFC 8216 4.3.3.1).
        """
        period, pending = self._period, video.pending_times
        if not self.settings.live or period is None or pending is None:
            return
        at = pending[0] + period.shift
        if (
            self.timeline.number_of(at) == period.number + 1
            and self.timeline.number_of(next_dts + period.shift) > period.number + 1
        ):
            self._begin_segment(at, period.number + 1)

    def _begin_segment(self, media_time: int, number: int) -> None:
        period = self._period
        assert period is not None
        period.number = number
        period.segment_start = media_time
        period.boundaries.append((media_time, number))
        self.timeline.state.last_number = number
        if period.video is not None:
            period.video.writer.begin_segment(number)

    def _drain_audio(self, *, final: bool = False) -> None:
        """Give queued audio frames to the segments that the primary stream has decided."""
        period = self._period
        if period is None:
            return
        if period.end is not None:
            watermark = period.end
        elif period.video is not None:
            watermark = period.video.watermark_90k
        else:
            watermark = None
        for source, output in period.audio.items():
            queue = source.queue
            while queue:
                base, unit = queue[0]
                if base is None:
                    break
                if base != period.base:
                    if base > period.base:
                        break
                    queue.popleft()
                    continue
                media = unit.raw_pts + self._offsets[base]
                if watermark is not None and media >= watermark:
                    if period.end is not None and self._base != period.base:
                        queue.popleft()  # of the old time base, past its end
                        continue
                    break
                if unit.au.config != output.writer.header.config and media >= period.start:
                    self._reason = self._reason or "codec change"
                    queue.popleft()
                    continue
                queue.popleft()
                if media < period.start:
                    continue
                if not output.add(unit.au, media, self._segment_at(period, source, media)):
                    source.dropped += 1
        self._forget_boundaries(period)
        _ = final

    @staticmethod
    def _segment_at(period: _Period, source: AudioInput, media_time: int) -> int:
        boundaries, at = period.boundaries, period.cursor[source]
        while at + 1 < len(boundaries) and boundaries[at + 1][0] <= media_time:
            at += 1
        period.cursor[source] = at
        return boundaries[at][1]

    @staticmethod
    def _forget_boundaries(period: _Period) -> None:
        done = min(period.cursor.values(), default=len(period.boundaries) - 1)
        if done > 16:
            del period.boundaries[:done]
            for source in period.cursor:
                period.cursor[source] -= done
