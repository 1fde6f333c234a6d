"""MPEG-2 video in, access units out.

A picture begins with the first of its headers (sequence, group of pictures, picture) and is known for what it is at its
first slice; then the one before it is whole. The two fields of a frame are one access unit.

Multiplexers may leave out time stamps of pictures, and the DTS of those that are shown later than decoded; both are made
from the order of pictures: temporal_reference counts them as they are shown, we count them as they come.
"""

from dataclasses import dataclass

import numpy as np

from yiwang.base.elementary import AccessUnit, CodecConfig, Octets
from yiwang.base.errors import WireError
from yiwang.base.timebase import WRAP_33
from yiwang.codecs.framer import NO_TIMES, MarkedStream
from yiwang.codecs.mpeg2_video.headers import (
    BIDIRECTIONAL,
    BOTTOM_FIELD,
    EXTENSION,
    FRAME,
    GROUP,
    INTRA,
    LAST_SLICE,
    PICTURE,
    SEQUENCE,
    SEQUENCE_END,
    TOP_FIELD,
    Picture,
    Sequence,
    parse_picture,
    parse_sequence,
)
from yiwang.kernels.nal_index import N_COLUMNS, PREFIX, START, index_nal_units

MAX_ACCESS_UNIT_OCTETS = 4 << 20
"""The largest VBV buffer (High level, 13818-2 Table 8-13) has less than 1.3 MB."""
BEGINNERS = frozenset((SEQUENCE, GROUP, PICTURE))
SAP_CLOSED_GOP, SAP_OPEN_GOP = 1, 3
CLOSED_GOP_OCTET, CLOSED_GOP_BIT = 3, 0x40  # of a group_of_pictures_header, after 25 bits of time code
TEMPORAL_REFERENCES = 1024


@dataclass(slots=True)
class _Unit:
    """The open access unit."""

    begin: int  # position in the elementary stream
    picture: Picture
    sap_type: int
    pts_90k: int
    dts_90k: int
    config: CodecConfig | None
    fault: str = ""
    is_whole: bool = True
    end: int | None = None


class Mpeg2VideoFramer(MarkedStream):
    """The machine: see `yiwang.codecs.framer.Framer`."""

    def __init__(self) -> None:
        super().__init__()
        self._octets: Octets = np.empty(0, np.uint8)
        self._origin = 0  # position in the elementary stream of _octets[0]
        self._scanned = 0  # where the search for start codes goes on
        self._rows = np.empty((256, N_COLUMNS), np.int64)
        self._in_slices = False
        self._head: list[tuple[int, int]] = []  # (position, start code) since the last slice
        self._unit: _Unit | None = None
        self._sequence: Sequence | None = None
        self._config: CodecConfig | None = None
        self._after_loss = False
        self._passed_on = False
        self._needs_times = False  # since a loss: which picture is how far from the last time is not known
        self._n_coded: int | None = None  # frames since the last group header; None after a loss
        self._reorders = False
        self._next_dts: int | None = None  # of the next picture, as far as this one tells

    # -- what MarkedStream asks for

    def _take(self, octets: Octets, units: list[AccessUnit]) -> None:
        if self._octets.size:
            self._octets = np.concatenate((self._octets, octets))
        else:
            self._octets, self._origin = octets, self._fed - octets.shape[0]
            self._scanned = max(self._scanned, self._origin)
        for position, code in self._start_codes():
            self._start_code(position, code, units)
        self._keep()

    def _lose(self, units: list[AccessUnit]) -> None:
        if self._unit is not None or self._head:
            self._fault("damaged_access_unit")
            self._after_loss |= self._passed_on
        self._unit, self._head, self._in_slices = None, [], False
        self._n_coded = self._next_dts = None
        self._needs_times = True
        self._octets, self._scanned = self._octets[:0], self._fed

    def _end(self, units: list[AccessUnit]) -> None:
        if self._unit is not None and not self._head:
            self._close(self._origin + self._octets.size, NO_TIMES, units)
        elif self._unit is not None:
            self._close(self._head[0][0], NO_TIMES, units)
        self._unit, self._head, self._in_slices = None, [], False
        self._octets, self._scanned = self._octets[:0], self._fed

    # -- start codes

    def _start_codes(self) -> list[tuple[int, int]]:
        """Return (position, code) of the new start codes that are no slice, and of the first slice of each picture."""
        found: list[tuple[int, int]] = []
        at, end = self._scanned - self._origin, self._octets.shape[0]
        while at < end - PREFIX:
            n, at = index_nal_units(self._octets, at, end, self._rows, 0)
            starts = self._rows[:n, START]
            codes = self._octets[starts + PREFIX]
            is_slice = (codes != PICTURE) & (codes <= LAST_SLICE)
            follows = np.concatenate(([self._in_slices], is_slice[:-1]))
            told = ~(is_slice & follows)
            if n:
                self._in_slices = bool(is_slice[-1])
                found += zip((starts[told] + self._origin).tolist(), codes[told].tolist(), strict=True)
        self._scanned = self._origin + max(at, 0)
        return found

    def _start_code(self, position: int, code: int, units: list[AccessUnit]) -> None:
        if code != PICTURE and code <= LAST_SLICE:
            head, self._head = self._head, []
            self._begin_picture(head, position, units)
        elif code == SEQUENCE_END:
            if self._unit is not None and not self._head:
                self._unit.end = position + PREFIX + 1
        elif self._head or code in BEGINNERS:
            self._head.append((position, code))

    def _keep(self) -> None:
        """Let go of what is behind; drop a picture that never ends."""
        kept = min(
            self._unit.begin if self._unit is not None else self._scanned,
            self._head[0][0] if self._head else self._scanned,
        )
        if self._scanned - kept > MAX_ACCESS_UNIT_OCTETS:
            self._fault("oversized_access_unit")
            self._unit, self._head, kept = None, [], self._scanned
            self._after_loss |= self._passed_on
        self._octets = self._octets[kept - self._origin :].copy()
        self._origin = kept
        if self._unit is None and not self._head:
            self._pes_times.forget(kept)

    # -- access units

    def _begin_picture(self, head: list[tuple[int, int]], end: int, units: list[AccessUnit]) -> None:
        """Read the headers before a first slice."""
        if all(code != PICTURE for _, code in head):
            return  # slices of a picture whose header is lost
        begin = head[0][0]
        pieces = self._pieces(head, end)
        fault, picture = "", Picture(0, 0)
        try:
            self._take_sequence(pieces)
            at = next(n for n, (code, _) in enumerate(pieces) if code == PICTURE)
            extensions = [octets for code, octets in pieces[at + 1 :] if code == EXTENSION]
            picture = parse_picture(pieces[at][1], extensions)
        except WireError as error:
            self._fault("video_header_error", str(error))
            fault = "damaged_access_unit"
        unit = self._unit
        if unit is not None and not unit.is_whole and _is_second_field(unit.picture, picture, head):
            unit.is_whole = True
            self._pes_times.take(begin)
            return
        groups = [octets for code, octets in pieces if code == GROUP]
        if groups:
            self._n_coded = 0
        times = self._times(picture, *self._pes_times.take(begin))
        self._close(begin, times, units)
        sap_type = 0
        if picture.coding_type == INTRA:
            closed = len(groups[0]) > CLOSED_GOP_OCTET and groups[0][CLOSED_GOP_OCTET] & CLOSED_GOP_BIT if groups else 0
            sap_type = SAP_CLOSED_GOP if closed else SAP_OPEN_GOP
        if not fault and self._config is None:
            fault = "no_parameter_sets"
        is_whole = picture.structure not in (TOP_FIELD, BOTTOM_FIELD)
        self._unit = _Unit(begin, picture, sap_type, *times, self._config, fault, is_whole)

    def _pieces(self, head: list[tuple[int, int]], end: int) -> list[tuple[int, bytes]]:
        """Return (code, octets after the start code) of each header."""
        ends = [position for position, _ in head[1:]] + [end]
        return [
            (code, self._octets[position + PREFIX + 1 - self._origin : until - self._origin].tobytes())
            for (position, code), until in zip(head, ends, strict=True)
        ]

    def _take_sequence(self, pieces: list[tuple[int, bytes]]) -> None:
        for n, (code, header) in enumerate(pieces):
            if code == SEQUENCE:
                extensions = []
                for following, octets in pieces[n + 1 :]:
                    if following in BEGINNERS:
                        break
                    if following == EXTENSION:
                        extensions.append(octets)
                sequence = parse_sequence(header, extensions)
                if sequence != self._sequence:
                    self._sequence = sequence
                    config = sequence.config()
                    self._config = config if config != self._config else self._config

    def _close(self, end: int, next_times: tuple[int, int], units: list[AccessUnit]) -> None:
        """Pass on the open access unit, which ends at position ``end``."""
        unit, self._unit = self._unit, None
        if unit is None:
            return
        fault = unit.fault or ("" if unit.is_whole else "damaged_access_unit")
        if not fault and self._needs_times and (unit.pts_90k, unit.dts_90k) == NO_TIMES:
            fault = "untimed_access_unit"
        if fault or unit.config is None:
            self._fault(fault)
            self._after_loss |= self._passed_on
            return
        end = min(end, unit.end or end)
        data = self._octets[unit.begin - self._origin : end - self._origin].tobytes()
        next_dts_90k = next_times[1] if next_times[1] >= 0 else next_times[0]
        units.append(
            AccessUnit(data, unit.pts_90k, unit.dts_90k, unit.sap_type, unit.config, self._after_loss, next_dts_90k)
        )
        self._after_loss = self._needs_times = False
        self._passed_on = True

    # -- time

    def _times(self, picture: Picture, pts_90k: int, dts_90k: int) -> tuple[int, int]:
        """Complete a picture's time stamps; -1 where they cannot be told."""
        sequence = self._sequence
        if sequence is None:
            return pts_90k, dts_90k
        period = sequence.frame_90k
        ahead: int | None = None  # frames that come later but are shown before it
        if self._n_coded is not None:
            half = TEMPORAL_REFERENCES // 2
            ahead = (picture.temporal_reference - self._n_coded + half) % TEMPORAL_REFERENCES - half
            self._n_coded += 1
        self._reorders |= picture.coding_type == BIDIRECTIONAL or (ahead or 0) > 0
        delay = None if ahead is None else max(0, ahead + 1)  # frames from its decoding to its display
        if picture.coding_type == BIDIRECTIONAL or not self._reorders:
            delay = 0
        expected = self._next_dts
        if pts_90k >= 0 and dts_90k < 0:
            if delay is not None:
                dts_90k = round(pts_90k - delay * period) % WRAP_33
            elif expected is not None:
                dts_90k = expected
        elif pts_90k < 0 and expected is not None:
            dts_90k = expected
            pts_90k = round(dts_90k + (1 if delay is None else delay) * period) % WRAP_33
        decoded = dts_90k if dts_90k >= 0 else pts_90k
        if decoded >= 0:
            self._next_dts = round(decoded + _fields(picture, sequence) * period / 2) % WRAP_33
        return pts_90k, dts_90k


def _is_second_field(first: Picture, second: Picture, head: list[tuple[int, int]]) -> bool:
    return (
        first.structure + second.structure == TOP_FIELD + BOTTOM_FIELD
        and FRAME not in (first.structure, second.structure)
        and first.temporal_reference == second.temporal_reference
        and head[0][1] == PICTURE
    )


def _fields(picture: Picture, sequence: Sequence) -> int:
    """For how many field periods a frame is shown (6.3.10, repeat_first_field)."""
    if not picture.repeat_first_field:
        return 2
    if sequence.progressive_sequence:
        return 6 if picture.top_field_first else 4
    return 3
