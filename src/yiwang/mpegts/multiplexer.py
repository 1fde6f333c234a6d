"""A segment of a programme as a transport stream of its own: equal samples give equal octets, whoever multiplexes them.

PAT and PMT come first and again and again. Continuity counters and PCR are functions of the segment: elementary streams
count from 0 to 15 in each segment, the tables go on by a fixed number of copies per segment number, and PCRs run a fixed
time before the decoding times. So the segments of a period, joined, are one stream without a break.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.base.timebase import TICKS_90K, WRAP_33
from yiwang.kernels import ts_multiplex as kernel
from yiwang.kernels.crc32_mpeg2 import crc32_mpeg2
from yiwang.mpegts import pat, pmt, roles
from yiwang.mpegts.carriage import AUDIO, VIDEO, Carriage
from yiwang.mpegts.descriptor import Descriptor, Descriptors
from yiwang.mpegts.descriptors import Iso639LanguageDescriptor, iso_639_language
from yiwang.mpegts.section import Section

TRANSPORT_STREAM_ID = PROGRAM_NUMBER = 1
PMT_PID, FIRST_PID = 0x1000, 0x100
PCR_LEAD_90K = 2 * TICKS_90K // 5
"""From the PCR that comes with an access unit to its decoding."""
PCR_INTERVAL_90K = 40 * TICKS_90K // 1000
"""DVB: ETSI TS 101 154 4.1.5."""
TABLES_INTERVAL_90K = 2 * TICKS_90K // 5
"""TR 101 290 1.3.a and 1.5.a: at most half a second."""
AUDIO_PES_90K, AUDIO_PES_OCTETS = TICKS_90K // 10, 2800
"""Frames are grouped in PES packets up to this, T-STD's buffer for sound being 3584 octets."""
LONGEST_STEP_90K = 10 * TICKS_90K
"""PCRs are written through a hole of so much, and no further."""

_AUDIO_TYPES = {
    roles.SUPPLEMENTARY: iso_639_language.CLEAN_EFFECTS,
    roles.INTELLIGIBILITY: iso_639_language.HEARING_IMPAIRED,
    roles.DESCRIPTION: iso_639_language.VISUAL_IMPAIRED_COMMENTARY,
}
TIME_PTS, TIME_DTS = range(2)


@dataclass(frozen=True, slots=True)
class ElementaryStream:
    """One component of the programme: what its PMT entry says."""

    carriage: Carriage
    language: str  # ISO 639-2/T, 'und' when not known
    role: str  # DASH role

    @property
    def es_info(self) -> Descriptors:
        """Return its descriptors, with ISO_639_language_descriptor where there is something to say."""
        audio_type = _AUDIO_TYPES.get(self.role, iso_639_language.UNDEFINED)
        if self.carriage.stream_id == VIDEO or (self.language == roles.UNDETERMINED and not audio_type):
            return self.carriage.es_info
        language = Iso639LanguageDescriptor(((self.language, audio_type),))
        return (Descriptor.of(language), *self.carriage.es_info)


@dataclass(frozen=True, slots=True)
class Samples:
    """What a segment has of a stream.

    octets : ndarray of uint8
    places : ndarray of shape (N, 3), int64    begin in ``octets``, size, whether it is a random access point
    times : ndarray of shape (N, 2), int64     PTS and DTS on a 64-bit 90 kHz timeline, DTS rising
    end_90k : int                              DTS of the sample after the last
    """

    octets: Octets
    places: NDArray[np.int64]
    times: NDArray[np.int64]
    end_90k: int


class Multiplexer:
    """Writes the segments of a programme whose components stay the same. The first one carries the PCRs.

    Parameters
    ----------
    streams : sequence of ElementaryStream
    segment_90k : int    nominal duration of a segment: how often the tables come is a function of it
    """

    def __init__(self, streams: Sequence[ElementaryStream], segment_90k: int) -> None:
        self._streams = tuple(streams)
        self._copies = max(1, -(-2 * segment_90k // TABLES_INTERVAL_90K))  # in a segment of two cells, too
        n_audio = -1
        pids = []
        for n, stream in enumerate(streams):
            n_audio += stream.carriage.stream_id == AUDIO
            one_of_many = n_audio % 32 if stream.carriage.stream_id == AUDIO else 0
            pids.append((FIRST_PID + n, stream.carriage.stream_id + one_of_many))
        self._pids = np.array(pids, np.int64)
        self._tables = np.frombuffer(b"".join(self._table_packets()), np.uint8).reshape(-1, kernel.PACKET)
        self._table_pids = np.array([pat.PID] + [PMT_PID] * (len(self._tables) - 1))

    def _table_packets(self) -> list[bytes]:
        """PAT and PMT; the PMT's version is a function of what it says, as another packager may have seen other ones."""
        entries = tuple(
            pmt.PmtStream(stream.carriage.stream_type, FIRST_PID + n, stream.es_info)
            for n, stream in enumerate(self._streams)
        )
        version = crc32_mpeg2(b"".join(entry.to_bytes() for entry in entries)) % 32
        (programs,) = pat.Pat(TRANSPORT_STREAM_ID, (pat.PatProgram(PROGRAM_NUMBER, PMT_PID),)).to_sections()
        (streams,) = pmt.Pmt(PROGRAM_NUMBER, FIRST_PID, (), entries, version).to_sections()
        return section_packets(pat.PID, programs) + section_packets(PMT_PID, streams)

    def segment(self, number: int, samples: Sequence[Samples | None]) -> bytes:
        """Octets of a segment, whole packets.

        Parameters
        ----------
        number : int         its place among the segments; those of numbers one apart follow each other
        samples : sequence   one for each stream; None or none where the segment has nothing of it
        """
        begin, end = self._span(samples)
        es: list[Octets] = []
        units: list[NDArray[np.int64]] = []
        at = 0
        for n, found in enumerate(samples):
            if found is None or not found.places.size:
                continue
            octets, ends = access_units(self._streams[n].carriage, found)
            rows = pes_packets(n, self._streams[n].carriage, found, ends, begin)
            if n == 0:
                lasts = np.diff(np.append(rows[:, kernel.UNIT_TIME], end))
                rows[:, kernel.UNIT_LASTS] = np.clip(lasts, 1, LONGEST_STEP_90K)
            rows[-1, kernel.UNIT_FLAGS] |= kernel.LAST_OF_PID
            rows[:, kernel.UNIT_BEGIN : kernel.UNIT_END + 1] += at
            at += octets.size
            es.append(octets)
            units.append(rows)
        if not units:
            return b""
        all_units = np.concatenate(units)
        all_units = np.ascontiguousarray(all_units[np.argsort(all_units[:, kernel.UNIT_TIME], kind="stable")])
        table_times = self._table_times(begin, end)
        tables = self._tables
        first_counters = np.array([number * self._copies, number * self._copies * (len(tables) - 1)], np.int64) % 16
        most = kernel.most_packets(all_units, len(self._streams), len(tables) * table_times.size, PCR_INTERVAL_90K)
        out = np.empty(most * kernel.PACKET, np.uint8)
        n_octets = kernel.write_packets(
            np.concatenate(es) if len(es) > 1 else es[0],
            all_units,
            self._pids,
            tables,
            self._table_pids,
            first_counters,
            table_times,
            PCR_LEAD_90K,
            PCR_INTERVAL_90K,
            out,
        )
        return out[:n_octets].tobytes()

    def _span(self, samples: Sequence[Samples | None]) -> tuple[int, int]:
        """Return when sending begins and ends: by what carries the PCRs, else by what there is."""
        there = [found for found in samples if found is not None and found.places.size]
        clock = samples[0] if samples and samples[0] is not None and samples[0].places.size else None
        spans = [clock] if clock is not None else there
        begin = min((int(found.times[0, TIME_DTS]) for found in spans), default=0)
        return begin, max((found.end_90k for found in spans), default=0)

    def _table_times(self, begin_90k: int, end_90k: int) -> NDArray[np.int64]:
        """When each copy of the tables is sent: evenly; a segment of more than two cells has whole rounds of counters more."""
        copies = self._copies
        while end_90k - begin_90k > copies * TABLES_INTERVAL_90K and copies < 16 * 64:
            copies += kernel.COUNTERS
        return begin_90k + (end_90k - begin_90k) * np.arange(copies) // copies


def access_units(carriage: Carriage, found: Samples) -> tuple[Octets, NDArray[np.int64]]:
    """Return samples as access units of an elementary stream, and where each ends in it."""
    longest = max(len(carriage.prefix), len(carriage.sync_prefix))
    sizes = found.places[:, kernel.SAMPLE_SIZE]
    n_lengths = int((sizes // 0xFF + 1).sum()) if carriage.framing == kernel.OPUS else 0
    out = np.empty(int(sizes.sum()) + n_lengths + len(found.places) * longest, np.uint8)
    ends = np.empty(len(found.places), np.int64)
    n_octets = kernel.frame_samples(
        found.octets,
        found.places,
        carriage.framing,
        np.frombuffer(carriage.prefix, np.uint8),
        np.frombuffer(carriage.sync_prefix, np.uint8),
        out,
        ends,
    )
    return out[:n_octets], ends


def pes_packets(
    n: int, carriage: Carriage, found: Samples, ends: NDArray[np.int64], begin_90k: int | None = None
) -> NDArray[np.int64]:
    """Return the rows of a stream's PES packets: one for each picture, or for a group of frames of sound.

    Parameters
    ----------
    n : int                     index of the stream
    ends : ndarray of (N,)      see `access_units`
    begin_90k : int or None     nothing is sent before
    """
    is_video = carriage.stream_id == VIDEO
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
    dts = found.times[:, TIME_DTS]
    first = np.arange(len(ends)) if is_video else _groups(dts, ends, AUDIO_PES_90K, AUDIO_PES_OCTETS)
    rows = np.zeros((len(first), kernel.UNIT_COLUMNS), np.int64)
    rows[:, kernel.UNIT_STREAM] = n
    rows[:, kernel.UNIT_TIME] = dts[first] if begin_90k is None else np.maximum(dts[first], begin_90k)
    rows[:, kernel.UNIT_PTS] = found.times[first, TIME_PTS] % WRAP_33
    same = found.times[first, TIME_PTS] == dts[first]
    rows[:, kernel.UNIT_DTS] = np.where(same, -1, dts[first] % WRAP_33)
    rows[:, kernel.UNIT_BEGIN] = starts[first]
    rows[:, kernel.UNIT_END] = np.append(starts[first[1:]], ends[-1])
    sync = found.places[first, kernel.SAMPLE_SYNC] != 0
    if is_video:
        rows[:, kernel.UNIT_FLAGS] = kernel.UNBOUNDED | np.where(sync, kernel.RANDOM_ACCESS, 0)
    else:
        rows[0, kernel.UNIT_FLAGS] = kernel.RANDOM_ACCESS
    return rows


def section_packets(pid: int, section: Section) -> list[bytes]:
    """Packets of one section, with counters of 0."""
    octets = b"\0" + section.to_bytes()
    return [
        bytes((0x47, (at == 0) << 6 | pid >> 8, pid & 0xFF, 0x10)) + octets[at : at + 184].ljust(184, b"\xff")
        for at in range(0, len(octets), 184)
    ]


def _groups(dts: NDArray[np.int64], ends: NDArray[np.int64], longest_90k: int, most_octets: int) -> NDArray[np.int64]:
    """Return the first frame of each group: as many frames as come within a time and a size, one at least."""
    first = [0]
    time, begin = dts.tolist(), [0, *ends.tolist()]
    for i in range(1, len(time)):
        if time[i] - time[first[-1]] >= longest_90k or begin[i + 1] - begin[first[-1]] > most_octets:
            first.append(i)
    return np.array(first)
