"""Fragmented MP4 of other packagers as a transport stream: samples read, pictures and sound joined by time, multiplexed.

Pictures and sound may be in one segment or in segments of their own, of which each has its own begin and length. What
comes with a segment of pictures is the sound up to its end.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yiwang.base.errors import WireError
from yiwang.base.timebase import TICKS_90K, WRAP_33, unwrap_33
from yiwang.isobmff.chunk_samples import BEGIN, COMPOSITION_TICKS, DECODE_TICKS, DURATION_TICKS, SIZE, SYNC
from yiwang.isobmff.fragments import fragment_samples
from yiwang.isobmff.movie import MovieTrack, parse_movie
from yiwang.kernels.ts_multiplex import ADTS, LENGTH_SIZE, NAL_UNITS
from yiwang.mpegts import roles
from yiwang.mpegts.carriage import VIDEO, carriage
from yiwang.mpegts.multiplexer import PCR_LEAD_90K, TIME_DTS, TIME_PTS, ElementaryStream, Multiplexer, Samples
from yiwang.packaging.ts_segment import to_90k

SLIGHT_90K = 90
"""By so much a decoding time may be after its presentation: some writers round them apart."""
LARGEST_ADTS_OCTETS = (1 << 13) - 1 - 512
"""aac_frame_length, less a header with a program_config_element."""
LARGEST_FRAME_OCTETS = 60_000
"""Of sound: what fits in one PES packet."""
LONGEST_NOMINAL_90K = 60 * TICKS_90K
MOST_STREAMS = 24
"""Of the programme: its PMT has to fit in one section."""
_ENCRYPTED = ("encv", "enca")
_AVC, _HEVC = 0x1B, 0x24
_AVC_DELIMITER, _HEVC_DELIMITER = 9, 35


@dataclass(frozen=True, slots=True)
class TrackSamples:
    """What a segment has of one track, and how a transport stream carries it."""

    stream: ElementaryStream
    samples: Samples

    @property
    def begin_90k(self) -> int:
        """DTS of the first sample."""
        return int(self.samples.times[0, TIME_DTS])


class FragmentReader:
    """Reads the segments of one playlist: `take_header` when its EXT-X-MAP is another one, `read` each segment.

    Parameters
    ----------
    language : str        ISO 639-2, where the track does not say one
    role : str            DASH role of its sound
    pictures : bool       whether pictures are wanted; without, it is one track of sound
    """

    def __init__(self, language: str = roles.UNDETERMINED, role: str = roles.MAIN, *, pictures: bool = True) -> None:
        self.complaints: list[str] = []  # of the header: what is in it and not carried, each in one clause
        self._language, self._role, self._pictures = language, role, pictures
        self._tracks: dict[int, tuple[MovieTrack, ElementaryStream]] = {}
        self._late: dict[int, int] = {}  # by track_ID: how far decoding times are before those of the track, 90 kHz

    def take_header(self, octets: bytes) -> str:
        """Read a Media Initialization Section; return why it is not carried, in one clause, empty if it is.

        Raises
        ------
        WireError    it cannot be read
        """
        movie = parse_movie(octets)
        found: dict[int, tuple[MovieTrack, ElementaryStream]] = {}
        refused: list[MovieTrack] = []
        videos = [track for track in movie if track.kind == "video"][:1] if self._pictures else []
        sounds = [track for track in movie if track.kind == "audio"][: MOST_STREAMS if self._pictures else 1]
        for track in [*videos, *sounds]:
            how = carriage(track.config) if track.config is not None else None
            if how is None:
                refused.append(track)
                continue
            language = roles.language_code(track.language)
            language = self._language if language == roles.UNDETERMINED else language
            found[track.track_id] = track, ElementaryStream(how, language, self._role)
        self._tracks, self._late = found, {}
        self.complaints = [_why(track) for track in refused]
        if any(track.kind == "video" for track in refused) or not found:
            return "; ".join(self.complaints) or "it has neither pictures nor sound"
        return ""

    def read(self, octets: bytes) -> list[TrackSamples]:
        """Return what a segment has of each track, pictures first; none of a track that has nothing in it.

        Raises
        ------
        WireError    see `fragment_samples`; or a frame of sound that is too large
        """
        rows = fragment_samples(octets, {track_id: track for track_id, (track, _) in self._tracks.items()})
        data = np.frombuffer(octets, np.uint8)
        return [
            TrackSamples(stream, self._samples(track, stream, data, rows[track_id]))
            for track_id, (track, stream) in self._tracks.items()
            if track_id in rows and rows[track_id][:, SIZE].any()
        ]

    def _samples(
        self, track: MovieTrack, stream: ElementaryStream, octets: NDArray[np.uint8], rows: NDArray[np.int64]
    ) -> Samples:
        rows = rows[rows[:, SIZE] > 0]
        dts = rows[:, DECODE_TICKS] + track.offset_ticks
        times = to_90k(np.stack((dts + rows[:, COMPOSITION_TICKS], dts), axis=1), track.timescale)
        end = int(to_90k(dts[-1:] + rows[-1:, DURATION_TICKS], track.timescale)[0])
        late = int((times[:, TIME_DTS] - times[:, TIME_PTS]).max())
        if late > max(self._late.get(track.track_id, 0), SLIGHT_90K):
            self._late[track.track_id] = late  # composition time offsets are negative: decode all so much earlier
        late = self._late.get(track.track_id, 0)
        times[:, TIME_DTS] = np.minimum(times[:, TIME_DTS] - late, times[:, TIME_PTS])
        places = np.ascontiguousarray(rows[:, BEGIN : SYNC + 1])
        if stream.carriage.framing == NAL_UNITS:
            _leave_out_delimiters(octets, places, stream.carriage.stream_type)
        elif stream.carriage.stream_id != VIDEO:
            most = LARGEST_ADTS_OCTETS if stream.carriage.framing == ADTS else LARGEST_FRAME_OCTETS
            if int(places[:, 1].max()) > most:
                raise WireError("movie fragment", 0, f"frames of {most} octets at most", f"{places[:, 1].max()}")
        return Samples(octets, places, times, end - late)


class SoundQueue:
    """Sound of one playlist that has come before its pictures, in order.

    Times are those of the pictures or whole wraps of 33 bits from them: of two playlists each may have begun to count its
    wraps elsewhere.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, TrackSamples]] = deque()

    def append(self, discontinuities: int, found: TrackSamples) -> None:
        """Take what a segment has; ``discontinuities`` is its Discontinuity Sequence Number."""
        self._waiting.append((discontinuities, found))

    @property
    def octets(self) -> int:
        """Octets of all segments that wait."""
        return sum(found.samples.octets.size for _, found in self._waiting)

    @property
    def duration_90k(self) -> int:
        """How long all that lasts."""
        return sum(found.samples.end_90k - found.begin_90k for _, found in self._waiting)

    def drop_before(self, discontinuities: int, begin_90k: int) -> None:
        """Let go of what is before all pictures that are still to come."""
        self._unwrap(begin_90k)
        while self._waiting:
            number, found = self._waiting[0]
            if number > discontinuities or found.samples.end_90k > begin_90k - PCR_LEAD_90K:
                return
            self._waiting.popleft()

    def has(self, discontinuities: int, begin_90k: int, end_90k: int) -> bool:
        """Tell whether all sound up to a time has come."""
        self._unwrap(begin_90k)
        for number, found in reversed(self._waiting):
            if _belongs(number, found, discontinuities, begin_90k, end_90k):
                return found.samples.end_90k >= end_90k
            if number > discontinuities:
                return True
        return False

    def take(self, discontinuities: int, begin_90k: int, end_90k: int) -> TrackSamples | None:
        """Return the sound of a segment of pictures; what is too late for it, or of a time line before, is lost."""
        self._unwrap(begin_90k)
        where = discontinuities, begin_90k, end_90k
        pieces: list[TrackSamples] = []
        while self._waiting:
            number, found = self._waiting[0]
            if not _belongs(number, found, *where):
                if number > discontinuities or (found.begin_90k >= end_90k and not self._has_any(*where)):
                    break
                self._waiting.popleft()
                continue
            if pieces and pieces[0].stream != found.stream:
                break
            times = found.samples.times[:, TIME_DTS]
            first, after = np.searchsorted(times, (begin_90k - PCR_LEAD_90K, end_90k)).tolist()
            if after > first:
                pieces.append(_part(found, first, after))
            if after < len(times):
                self._waiting[0] = number, _part(found, after, len(times))
                break
            self._waiting.popleft()
        return _joined(pieces) if pieces else None

    def _unwrap(self, near_90k: int) -> None:
        for k, (number, found) in enumerate(self._waiting):
            shift = unwrap_33(found.begin_90k % WRAP_33, near_90k) - found.begin_90k
            if shift:
                samples = found.samples
                moved = replace(samples, times=samples.times + shift, end_90k=samples.end_90k + shift)
                self._waiting[k] = number, replace(found, samples=moved)

    def _has_any(self, discontinuities: int, begin_90k: int, end_90k: int) -> bool:
        return any(_belongs(number, found, discontinuities, begin_90k, end_90k) for number, found in self._waiting)


class FragmentMultiplexer:
    """Writes one transport stream of segments whose tracks may become others."""

    def __init__(self) -> None:
        self._number = 0
        self._made_for: tuple[tuple[ElementaryStream, ...], int] = ((), 0)
        self._multiplexer: Multiplexer | None = None

    def segment(self, tracks: Sequence[tuple[ElementaryStream, Samples | None]], nominal_90k: int) -> bytes:
        """Octets of the next segment; its first track carries the clock."""
        tracks = tracks[:MOST_STREAMS]
        made_for = tuple(stream for stream, _ in tracks), min(nominal_90k, LONGEST_NOMINAL_90K)
        if self._multiplexer is None or made_for != self._made_for:
            self._multiplexer, self._made_for = Multiplexer(*made_for), made_for
        self._number += 1
        return self._multiplexer.segment(self._number, [samples for _, samples in tracks])


def _why(track: MovieTrack) -> str:
    what = "pictures" if track.kind == "video" else "sound"
    if track.sample_entry in _ENCRYPTED:
        return f"its {what} are encrypted (Common Encryption), which is not carried"
    return f"its {what} ({track.sample_entry!r}) have no form in a transport stream that is carried"


def _leave_out_delimiters(octets: NDArray[np.uint8], places: NDArray[np.int64], stream_type: int) -> None:
    """Let samples begin after their access unit delimiter, as every access unit gets one."""
    can = places[:, 1] > LENGTH_SIZE
    at = np.where(can, places[:, 0], 0)
    head = octets[np.minimum(at[:, None] + np.arange(LENGTH_SIZE + 1), octets.size - 1)].astype(np.int64)
    sizes = LENGTH_SIZE + (head[:, 0] << 24 | head[:, 1] << 16 | head[:, 2] << 8 | head[:, 3])
    if stream_type == _AVC:
        is_delimiter = head[:, 4] & 0x1F == _AVC_DELIMITER
    elif stream_type == _HEVC:
        is_delimiter = head[:, 4] >> 1 & 0x3F == _HEVC_DELIMITER
    else:
        return
    skip = np.where(can & is_delimiter & (sizes < places[:, 1]), sizes, 0)
    places[:, 0] += skip
    places[:, 1] -= skip


def _belongs(number: int, found: TrackSamples, discontinuities: int, begin_90k: int, end_90k: int) -> bool:
    """Tell whether sound is on the pictures' line of time: by number, or by being there where numbers are wrong."""
    return number == discontinuities or (found.begin_90k < end_90k and found.samples.end_90k > begin_90k)


def _part(found: TrackSamples, first: int, after: int) -> TrackSamples:
    whole = found.samples
    end = int(whole.times[after, TIME_DTS]) if after < len(whole.times) else whole.end_90k
    return replace(found, samples=Samples(whole.octets, whole.places[first:after], whole.times[first:after], end))


def _joined(pieces: Sequence[TrackSamples]) -> TrackSamples:
    if len(pieces) == 1:
        return pieces[0]
    octets, places, at = [], [], 0
    for piece in pieces:
        samples = piece.samples
        octets.append(samples.octets)
        places.append(samples.places + np.array((at, 0, 0)))
        at += samples.octets.size
    times = np.concatenate([piece.samples.times for piece in pieces])
    last = pieces[-1].samples.end_90k
    return replace(pieces[0], samples=Samples(np.concatenate(octets), np.concatenate(places), times, last))
