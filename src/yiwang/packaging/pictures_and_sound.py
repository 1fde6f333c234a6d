"""Pictures in a transport stream, sound from elsewhere: one stream out, whose packets of the pictures are what they were.

Of the segment of pictures only the packets of its PMT are others: they name the sound, too. Between its packets go those
of the sound, where the clock (PCR) is a fifth of a second before them. Continuity counters of both begin at 0 in each
segment: who gives segments out lets them go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.base.errors import WireError
from yiwang.base.timebase import TICKS_90K, WRAP_33, step_33
from yiwang.codecs.registry import PACKAGED
from yiwang.kernels import ts_multiplex as kernel
from yiwang.kernels.ts_restamp import DTS, OFFSET, PCR, PID, ts_times
from yiwang.mpegts import pat
from yiwang.mpegts.carriage import AUDIO
from yiwang.mpegts.clock_line import rising
from yiwang.mpegts.demultiplexer import Demultiplexer, Workspace
from yiwang.mpegts.multiplexer import (
    PCR_INTERVAL_90K,
    PCR_LEAD_90K,
    ElementaryStream,
    Samples,
    access_units,
    pes_packets,
    section_packets,
)
from yiwang.mpegts.packet import PacketSync
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.stream_coding import plain_type

SOUND_LEAD_90K = TICKS_90K // 5
"""From the PCR at which sound is sent to its presentation: what T-STD's buffer for sound holds of most."""
LARGEST_STEP_90K = 10 * TICKS_90K
"""A step of the clock that is longer, or back, is a jump that no tag has told of: it counts as none."""
FIRST_SOUND_PID, LAST_PID = 0x200, 0x1FFA
_ODD = 1


@dataclass(frozen=True, slots=True)
class PicturesSegment:
    """A segment of pictures, looked into.

    packets : ndarray of shape (N, 188), uint8
    pids : ndarray of shape (N,), int64
    marks, clock_90k : ndarray of shape (M,), int64    packets with a PCR and what it says, rising
    begin_90k, end_90k : int                           the first picture's decoding, and the end of the last one's
    sound_begin_90k, sound_end_90k : int               sound from one to the other goes with it
    """

    packets: Octets
    pids: NDArray[np.int64]
    pmt_pid: int
    pmt: Pmt
    marks: NDArray[np.int64]
    clock_90k: NDArray[np.int64]
    begin_90k: int
    end_90k: int
    sound_begin_90k: int
    sound_end_90k: int


class PicturesAndSound:
    """The machine: `read` each segment of pictures, `joined` with what there is of sound."""

    def __init__(self) -> None:
        self._workspace = Workspace()
        self._tables: tuple[int, Pmt] | None = None  # the last PMT that came, and its PID
        self._told: tuple[Pmt, tuple[ElementaryStream, ...]] | None = None  # what our PMT says
        self._version = 0
        self._sound_pids: list[int] = []

    def read(self, octets: bytes) -> PicturesSegment | None:
        """Look into a segment; None: nothing in it tells what or when it is, so that no sound can go with it."""
        sync = PacketSync()
        found = [sync.feed(octets), sync.flush()]
        packets = np.ascontiguousarray(np.concatenate(found)) if found[1].size else np.ascontiguousarray(found[0])
        if not packets.size:
            return None
        self._look_for_tables(packets)
        if self._tables is None:
            return None
        pmt_pid, pmt = self._tables
        pids = (packets[:, 1].astype(np.int64) & 0x1F) << 8 | packets[:, 2]
        rows, _ = ts_times(packets.reshape(-1), 188)
        dts = _dts(rows, pmt)
        clock = rows[(rows[:, PID] == pmt.pcr_pid) & (rows[:, PCR] >= 0)]
        marks, times = clock[:, OFFSET] // 188, _rising(clock[:, PCR])
        if not len(times):  # pictures without a clock: by their own times
            if not len(dts):
                return None
            marks, times = dts[:, OFFSET] // 188, _rising((dts[:, DTS] - PCR_LEAD_90K) % WRAP_33)
        begin, end = int(times[0]) + SOUND_LEAD_90K, int(times[-1]) + _usual_step(times) + SOUND_LEAD_90K
        pictures = begin, end
        if len(dts):
            decoding = _rising(dts[:, DTS])
            decoding += begin + step_33(int(decoding[0]), begin) - decoding[0]
            pictures = int(decoding[0]), int(decoding[-1]) + _usual_step(decoding)
            end = min(end, pictures[1])
        return PicturesSegment(packets, pids, pmt_pid, pmt, marks, times, *pictures, begin, end)

    def joined(self, pictures: PicturesSegment, sounds: Sequence[tuple[ElementaryStream, Samples | None]]) -> bytes:
        """Octets of the segment with its sound; its tables name all of ``sounds``, there or not."""
        sounds, tables, is_new = self._tables_for(pictures, sounds)
        if not sounds:
            return pictures.packets.tobytes()
        is_table = pictures.pids == pictures.pmt_pid
        starts = np.flatnonzero(is_table & (pictures.packets[:, 1] & 0x40 > 0))
        if not len(starts):
            starts = np.array([-1])
        pieces, keys = [pictures.packets[~is_table]], [np.flatnonzero(~is_table) * 2 + _ODD]
        copies = np.tile(tables, (len(starts), 1))
        copies[:, 3] = 0x10 | np.arange(len(copies)) & 15
        pieces.append(copies)
        keys.append(np.repeat(starts * 2 + _ODD, len(tables)))
        sound, places = self._sound_packets(pictures, sounds)
        if is_new:  # a demultiplexer passes over what no table has named
            places = np.maximum(places, starts[0] + 1)
        pieces.append(sound)
        keys.append(places * 2)
        order = np.argsort(np.concatenate(keys), kind="stable")
        return np.concatenate(pieces)[order].tobytes()

    # -- tables

    def _look_for_tables(self, packets: Octets) -> None:
        demultiplexer = Demultiplexer(lambda pat, pmts: (), table_pids=(), workspace=self._workspace)
        demultiplexer.feed(packets.reshape(-1))
        for program in demultiplexer.pat.programs if demultiplexer.pat is not None else ():
            pmt = demultiplexer.pmts.get(program.program_number)
            if program.program_number != pat.NETWORK_PROGRAM_NUMBER and pmt is not None:
                self._tables = program.program_map_pid, pmt
                return

    def _tables_for(
        self, pictures: PicturesSegment, sounds: Sequence[tuple[ElementaryStream, Samples | None]]
    ) -> tuple[Sequence[tuple[ElementaryStream, Samples | None]], Octets, bool]:
        """Return as many of the sounds as have room in the PMT, its packets, and whether it is another one than before."""
        pmt = pictures.pmt
        self._find_pids(
            len(sounds), {*pictures.pids.tolist(), *(one.elementary_pid for one in pmt.streams), pmt.pcr_pid}
        )
        while True:
            streams = tuple(stream for stream, _ in sounds)
            told = pmt, streams
            is_new = told != self._told
            if is_new and self._told is not None:
                self._version = (self._version + 1) % 32
            version = (pmt.version_number + self._version) % 32
            entries = tuple(
                PmtStream(stream.carriage.stream_type, pid, stream.es_info)
                for stream, pid in zip(streams, self._sound_pids, strict=False)
            )
            ours = Pmt(pmt.program_number, pmt.pcr_pid, pmt.program_info, pmt.streams + entries, version)
            try:
                (section,) = ours.to_sections()
            except WireError:
                sounds = sounds[:-1]
                continue
            self._told = told
            packets = b"".join(section_packets(pictures.pmt_pid, section))
            return sounds, np.frombuffer(packets, np.uint8).reshape(-1, 188), is_new

    def _find_pids(self, n: int, taken: set[int]) -> None:
        """Have a PID for each sound, the same one as before unless the pictures' stream has taken it."""
        kept = [pid if pid not in taken else 0 for pid in self._sound_pids]
        free = iter(sorted(set(range(FIRST_SOUND_PID, LAST_PID)) - taken - set(kept)))
        self._sound_pids = [pid or next(free) for pid in [*kept, *[0] * (n - len(kept))]]

    # -- sound

    def _sound_packets(
        self, pictures: PicturesSegment, sounds: Sequence[tuple[ElementaryStream, Samples | None]]
    ) -> tuple[Octets, NDArray[np.int64]]:
        """Return the sound's packets, and before which packet of the pictures each goes."""
        es: list[Octets] = []
        units: list[NDArray[np.int64]] = []
        at = 0
        for n, (stream, samples) in enumerate(sounds):
            if samples is None or not len(samples.places):
                continue
            octets, ends = access_units(stream.carriage, samples)
            rows = pes_packets(n, stream.carriage, samples, ends)
            rows[:, kernel.UNIT_BEGIN : kernel.UNIT_END + 1] += at
            at += octets.size
            es.append(octets)
            units.append(rows)
        if not units:
            return np.empty((0, 188), np.uint8), np.empty(0, np.int64)
        rows = np.concatenate(units)
        rows = np.ascontiguousarray(rows[np.argsort(rows[:, kernel.UNIT_TIME], kind="stable")])
        pids = [
            (pid, stream.carriage.stream_id + (n % 32 if stream.carriage.stream_id == AUDIO else 0))
            for n, ((stream, _), pid) in enumerate(zip(sounds, self._sound_pids, strict=False))
        ]
        none = np.empty(0, np.int64)
        out = np.empty(kernel.most_packets(rows, len(sounds), 0, PCR_INTERVAL_90K) * kernel.PACKET, np.uint8)
        n_octets = kernel.write_packets(
            np.concatenate(es), rows, np.array(pids, np.int64), np.empty((0, 188), np.uint8), none,
            np.zeros(2, np.int64), none, PCR_LEAD_90K, PCR_INTERVAL_90K, out,
        )  # fmt: skip
        packets = out[:n_octets].reshape(-1, 188)
        unit = np.cumsum(packets[:, 1] & 0x40 > 0) - 1
        return packets, _places(pictures, rows[:, kernel.UNIT_TIME] - SOUND_LEAD_90K)[unit]


def _places(pictures: PicturesSegment, times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return before which packet the clock reaches each time, between two PCRs in proportion to the octets."""
    marks = np.append(pictures.marks, len(pictures.packets))
    clock = np.append(pictures.clock_90k, pictures.clock_90k[-1] + _usual_step(pictures.clock_90k))
    places: NDArray[np.int64] = np.ceil(np.interp(times, clock, marks)).astype(np.int64)
    return places


def _dts(rows: NDArray[np.int64], pmt: Pmt) -> NDArray[np.int64]:
    """Return the rows of the pictures' time stamps; of whatever has some, where nothing is signalled as pictures."""
    kinds = [(stream.elementary_pid, PACKAGED.get(plain_type(stream))) for stream in pmt.streams]
    videos = [pid for pid, packaged in kinds if packaged is not None and packaged.kind == "video"]
    for pid in [*videos, *(stream.elementary_pid for stream in pmt.streams)]:
        found: NDArray[np.int64] = rows[(rows[:, PID] == pid) & (rows[:, DTS] >= 0)]
        if len(found):
            return found
    return rows[:0]


def _rising(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 33-bit times on one line from the first one on."""
    return values[:1] + rising(values, -1, LARGEST_STEP_90K)


def _usual_step(times: NDArray[np.int64]) -> int:
    return int(np.median(np.diff(times))) if len(times) > 1 else 0
