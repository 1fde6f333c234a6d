"""Splice cues of a programme: sections in, each cue once with its time on the channel's timeline out."""

from collections import OrderedDict
from dataclasses import dataclass, replace

from yiwang.base.timebase import TICKS_90K, WRAP_33
from yiwang.scte35.command import TimeSignal
from yiwang.scte35.descriptor import write_descriptors
from yiwang.scte35.segmentation_descriptor import SegmentationDescriptor
from yiwang.scte35.splice_info_section import SpliceInfoSection, parse_splice_info_section
from yiwang.scte35.splice_insert import SpliceInsert

KNOWN_CUES = 256
"""So many are remembered, to know a repeated one."""
REPEATED_WITHIN_90K = 10 * TICKS_90K
"""An immediate cue that says the same after longer is another one: encoders do give an id again."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What one section says of one event. ``time_33``: effective, pts_adjustment added; None: immediately."""

    kind: str
    event_id: int | None
    time_33: int | None
    duration_90k: int | None
    auto_return: bool
    content: bytes  # what two sections have in common that say the same; the time apart
    segmentation_type_id: int = 0


def read_cues(octets: bytes) -> list[Cue]:
    """Return the cues of a section: one of a splice_insert, one of each segmentation_descriptor of a time_signal.

    Raises
    ------
    WireError    it is no splice_info_section

    Notes
    -----
    Source: SCTE 35 9.6 (pts_adjustment), 9.7.3, 9.7.4, 10.3.3. splice_schedule tells what a splice_insert says again in
    time, and the other commands nothing of a player's concern; encrypted ones cannot be read.
    """
    section = parse_splice_info_section(octets)
    command = section.command
    if section.encrypted is not None:
        return []
    descriptors = write_descriptors(section.descriptors)
    if isinstance(command, SpliceInsert):
        return [_of_insert(section, command, _timeless(command).to_bytes() + descriptors)]
    if isinstance(command, TimeSignal):
        time_33 = _effective(section, command.pts_time)
        segments = [d for d in section.descriptors if isinstance(d, SegmentationDescriptor)]
        cues = [_of_segment(segment, time_33, segment.to_bytes()) for segment in segments]
        return cues or [Cue("cmd", None, time_33, None, False, descriptors)]
    return []


def _effective(section: SpliceInfoSection, pts_time: int | None) -> int | None:
    return None if pts_time is None else (pts_time + section.pts_adjustment) % WRAP_33


def _timeless(command: SpliceInsert) -> SpliceInsert:
    """Leave out pts_time: the same effective time can be said with another pts_adjustment."""
    return replace(command, pts_time=0) if command.pts_time is not None else command


def _of_insert(section: SpliceInfoSection, command: SpliceInsert, content: bytes) -> Cue:
    if command.splice_event_cancel_indicator:
        return Cue("cancel", command.splice_event_id, None, None, False, content)
    pts_time = command.pts_time
    if command.components:
        times = [time for _, time in command.components if time is not None]
        pts_time = times[0] if times else None
    duration = command.break_duration
    kind = "out" if command.out_of_network_indicator else "in"
    is_break = duration is not None and kind == "out"
    return Cue(
        kind,
        command.splice_event_id,
        _effective(section, pts_time),
        duration.duration if duration is not None and is_break else None,
        duration.auto_return if duration is not None and is_break else False,
        content,
    )


def _of_segment(segment: SegmentationDescriptor, time_33: int | None, content: bytes) -> Cue:
    event_id = segment.segmentation_event_id
    if segment.segmentation_event_cancel_indicator:
        return Cue("cancel", event_id, None, None, False, content)
    kind = "out" if segment.is_out else "in" if segment.is_in else "cmd"
    duration = None if kind == "in" else segment.segmentation_duration
    return Cue(kind, event_id, time_33, duration, False, content, segment.segmentation_type_id)


class CueFilter:
    """Machine: passes each cue on once; one that says other things of its event than the one before is new."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[object, ...], tuple[int | None, bytes, int]] = OrderedDict()

    def is_new(self, cue: Cue, raw: int, now_raw: int) -> bool:
        """Tell whether a cue at raw time ``raw`` has not been passed on; ``now_raw``: where the programme is."""
        time = None if cue.time_33 is None else raw
        event = cue.content if cue.event_id is None else cue.event_id
        key = (cue.kind, event, cue.segmentation_type_id)
        before = self._told.pop(key, None)
        self._told[key] = (time, cue.content, now_raw)
        if len(self._told) > KNOWN_CUES:
            self._told.popitem(last=False)
        if before is None or before[:2] != (time, cue.content):
            return True
        return time is None and abs(now_raw - before[2]) > REPEATED_WITHIN_90K
