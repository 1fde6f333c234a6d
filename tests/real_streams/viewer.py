"""Package a stream as it would arrive, and look at what a player gets: each sample's content and its place in time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import md5
from itertools import pairwise

import numpy as np

from tests.packaging.test_programme import NOW, Published
from tests.real_streams.footage import FRAME, VIDEO, WRAP, S, Unit, nal_units
from yiwang.kernels.ts_restamp import PCR, ts_times
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.packaging.events import CuePublished, PackagerEvent, PartPublished, PeriodStarted, SegmentPublished
from yiwang.packaging.settings import Settings
from yiwang.packaging.timeline import TimelineState
from yiwang.packaging.transport import TransportPackager

LIVE = Settings()
FILE = Settings(live=False, part_90k=0)
BLOCK_OCTETS = 188 * 21


@dataclass(frozen=True)
class Sample:
    """What a player decodes."""

    track: str
    time: Fraction  # presentation, 90 kHz ticks since 1970
    duration: Fraction
    digest: str
    is_key: bool


@dataclass
class View:
    """All that was published, checked for what always holds."""

    published: Published = field(default_factory=Published)
    events: list[PackagerEvent] = field(default_factory=list)
    cues: list[CuePublished] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    monitor: Monitor = field(default_factory=Monitor)
    packager: TransportPackager = field(init=False)
    now_90k: int = NOW

    def take(self, events: Sequence[PackagerEvent]) -> None:
        self.events += events
        self.cues += [e for e in events if isinstance(e, CuePublished)]
        self.published.take([e for e in events if isinstance(e, PeriodStarted | PartPublished | SegmentPublished)])

    @property
    def periods(self) -> list[PeriodStarted]:
        return self.published.periods

    @property
    def reasons(self) -> list[str]:
        return [p.reason for p in self.periods]

    def tracks(self) -> list[list[str]]:
        return [[h.name for h in p.tracks] for p in self.periods]

    def numbers(self, track: str, period: PeriodStarted) -> list[int]:
        at = self.periods.index(period)
        end = self.periods[at + 1].first_number if at + 1 < len(self.periods) else 1 << 62
        return [n for n in self.published.numbers(track) if period.first_number <= n < end]

    def samples(self, track: str, period: PeriodStarted | None = None) -> list[Sample]:
        """Samples of a track (of one period), in decoding order."""
        found: list[Sample] = []
        for p in self.periods if period is None else [period]:
            header = next((h for h in p.tracks if h.name == track), None)
            numbers = self.numbers(track, p)
            if header is None:
                continue
            codec = "hevc" if header.config.sample_entry.startswith("h") else "avc"
            for number in numbers:
                for pts, duration, is_key, data in movie_samples(self.published.octets[track, number]):
                    scale = Fraction(S, header.timescale)
                    time = pts * scale - p.media_start_90k + p.presentation_start_90k
                    is_video = header.config.kind == "video"
                    name = picture_digest(sample_nals(data), codec) if is_video else digest(data)
                    found.append(Sample(track, time, duration * scale, name, is_key))
        return found

    def without_hole(self, *, lossy: bool = False) -> None:
        """Numbers rise by one in every track, and segments of a period follow each other exactly.

        Where pictures are lost (``lossy``), parts of a segment may leave a hole: a part may be out before the loss is seen.
        """
        if not lossy:
            self.published.check_timelines()
            return
        for period in self.periods:
            for header in period.tracks:
                numbers = self.numbers(header.name, period)
                assert numbers == list(range(period.first_number, period.first_number + len(numbers)))
                segments = [self.published.segments[header.name, n] for n in numbers]
                for a, b in pairwise(segments):
                    assert a.start_ticks + a.duration_ticks == b.start_ticks
                for segment in segments:
                    parts = [p for p in self.published.parts if (p.track, p.number) == (header.name, segment.number)]
                    assert parts[0].start_ticks == segment.start_ticks
                    assert all(a.start_ticks + a.duration_ticks <= b.start_ticks for a, b in pairwise(parts))
                    end = parts[-1].start_ticks + parts[-1].duration_ticks
                    assert end <= segment.start_ticks + segment.duration_ticks

    def in_sync(self, units: Iterable[Unit], within: int = FRAME, codec: str = "avc") -> dict[str, int]:
        """Every sample is one of the source's, and all samples of a period are as far from their source times.

        Returns
        -------
        dict    how many samples of each track there are
        """
        sources = source_times(units, codec)
        counts: Counter[str] = Counter()
        for period in self.periods:
            offsets: list[Fraction] = []
            for header in period.tracks:
                for sample in self.samples(header.name, period):
                    candidates = sources[sample.digest]  # a KeyError: it is not whole, or made of two
                    near = offsets[-1] if offsets else sample.time - candidates[0]
                    offsets.append(min((sample.time - c for c in candidates), key=lambda o: abs(o - near)))
                    counts[header.name] += 1
            assert not offsets or max(offsets) - min(offsets) <= within, (period.reason, max(offsets) - min(offsets))
        return dict(counts)


def package(
    *parts: bytes,
    units: Iterable[Unit] = (),
    seconds: float = 12,
    silences: Sequence[float] = (),
    settings: Settings = LIVE,
    saved: TimelineState | None = None,
    program: int | None = None,
    block_octets: int = BLOCK_OCTETS,
    now_90k: int = NOW,
    flush: bool = True,
    by_pcr: bool = False,
    view: View | None = None,
    other_source: bool = False,
) -> View:
    """Package ``parts``, each of which arrives in ``seconds``, with ``silences`` (seconds) between them.

    Octets arrive evenly, or ``by_pcr`` when the PCRs of their part say. With ``other_source`` each part is another one's.
    """
    view = view or View()
    view.packager = packager = TransportPackager(program, settings, saved, view.monitor)
    for n, part in enumerate(parts):
        now_90k += round(silences[n - 1] * S) if 0 < n <= len(silences) else 0
        if n and other_source:
            packager.begin_source()
        begin = now_90k
        for at in range(0, len(part), block_octets):
            block = part[at : at + block_octets]
            if by_pcr:
                rows, _ = ts_times(np.frombuffer(part[: at + len(block)], np.uint8), 188)
                clock = rows[rows[:, PCR] >= 0, PCR]
                now_90k = begin + (int(clock[-1] - clock[0]) % WRAP if clock.size else 0)
            else:
                now_90k = begin + round((at + len(block)) / len(part) * seconds * S)
            view.take(packager.feed(block, now_90k if settings.live else 0))
            for fault in packager.drain_faults():
                view.faults[fault.name] += fault.count
    if flush:
        view.take(packager.flush(now_90k if settings.live else 0))
        for fault in packager.drain_faults():
            view.faults[fault.name] += fault.count
    view.now_90k = now_90k
    return view


def digest(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()


def source_times(units: Iterable[Unit], codec: str = "avc") -> dict[str, list[int]]:
    """PTS (of each appearance) by the digest of what a sample of the unit holds."""
    found: dict[str, list[int]] = defaultdict(list)
    for unit in units:
        name = picture_digest(nal_units(unit.data), codec) if unit.pid == VIDEO else digest(sound_payload(unit.data))
        found[name].append(unit.pts)
    return dict(found)


def sound_payload(data: bytes) -> bytes:
    """What a sample holds of an ADTS frame, or of Opus behind a control header; any other frame is a sample itself."""
    if data[:2] == b"\x7f\xe0":
        return data[2:].lstrip(b"\xff")[1:]
    if data[0] == 0xFF and data[1] & 0xF6 == 0xF0:
        return data[7 if data[1] & 1 else 9 :]
    return data


def picture_digest(nals: list[bytes], codec: str = "avc") -> str:
    """Of a picture's slices: what stands beside them may be left out or repeated."""
    if codec == "avc":
        return digest(b"".join(n for n in nals if n[0] & 0x1F in (1, 5)))
    return digest(b"".join(n for n in nals if n[0] >> 1 & 0x3F < 32))


def sample_nals(data: bytes) -> list[bytes]:
    nals, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        nals.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return nals


def boxes(octets: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """(type, offset of its payload, payload) of each box."""
    at = 0
    while at < len(octets):
        size = int.from_bytes(octets[at : at + 4], "big")
        yield octets[at + 4 : at + 8], at + 8, octets[at + 8 : at + size]
        at += size


def movie_samples(octets: bytes) -> Iterator[tuple[int, int, bool, bytes]]:
    """(composition time, duration, is a sync sample, data) of each sample of a segment (ISO/IEC 14496-12 8.8)."""
    moof_at = 0
    for kind, at, payload in boxes(octets):
        if kind != b"moof":
            continue
        moof_at = at - 8
        (traf,) = (p for k, _, p in boxes(payload) if k == b"traf")
        inner = {k: p for k, _, p in boxes(traf)}
        assert inner[b"tfdt"][0] == 1
        time = int.from_bytes(inner[b"tfdt"][4:12], "big")
        tfhd, trun = inner[b"tfhd"], inner[b"trun"]
        defaults: dict[int, int] = {}
        place = 8
        for bit, size in ((1, 8), (2, 4), (8, 4), (0x10, 4), (0x20, 4)):
            if int.from_bytes(tfhd[1:4], "big") & bit:
                defaults[bit] = int.from_bytes(tfhd[place : place + size], "big")
                place += size
        flags, count = int.from_bytes(trun[1:4], "big"), int.from_bytes(trun[4:8], "big")
        data_at, place = moof_at + int.from_bytes(trun[8:12], "big", signed=True), 12
        first_flags = None
        if flags & 4:
            first_flags, place = int.from_bytes(trun[place : place + 4], "big"), place + 4
        for n in range(count):
            row = {0x100: defaults.get(8, 0), 0x200: defaults.get(0x10, 0), 0x400: defaults.get(0x20, 0), 0x800: 0}
            if n == 0 and first_flags is not None:
                row[0x400] = first_flags
            for bit in row:
                if flags & bit:
                    row[bit] = int.from_bytes(trun[place : place + 4], "big", signed=bit == 0x800)
                    place += 4
            data = octets[data_at : data_at + row[0x200]]
            assert len(data) == row[0x200] > 0
            yield time + row[0x800], row[0x100], not row[0x400] & 0x10000, data
            data_at += row[0x200]
            time += row[0x100]
