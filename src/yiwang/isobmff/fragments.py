"""Where the samples of Movie Fragments are and when (ISO/IEC 14496-12 8.8): any vendor's, of any tracks, in any number.

`chunk_samples` is for chunks of our own, of which it knows the form.
"""

from collections.abc import Iterator, Mapping, Sequence
from struct import unpack_from

import numpy as np
from numpy.typing import NDArray

from yiwang.base.errors import WireError
from yiwang.isobmff.box import fields, version_flags
from yiwang.isobmff.chunk_samples import (
    BEGIN,
    COLUMNS,
    COMPOSITION_TICKS,
    DECODE_TICKS,
    DURATION_TICKS,
    IS_NON_SYNC,
    SIZE,
    SYNC,
)
from yiwang.isobmff.movie import MovieTrack
from yiwang.isobmff.tfdt import parse_tfdt
from yiwang.isobmff.tfhd import BASE_DATA_OFFSET_PRESENT, DEFAULT_BASE_IS_MOOF, TfhdBox, parse_tfhd
from yiwang.isobmff.trun import (
    DATA_OFFSET_PRESENT,
    FIRST_SAMPLE_FLAGS_PRESENT,
    SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT,
    SAMPLE_DURATION_PRESENT,
    SAMPLE_FLAGS_PRESENT,
    SAMPLE_SIZE_PRESENT,
)

SOURCE = "movie fragment"
MOST_SAMPLES = 1 << 16
"""In a segment: ten seconds of sound have 500."""
LONGEST_S = 600
"""From the first decode time of a segment to its end."""
LATEST_S = 1 << 36
"""Of decode times: so far an int64 has them in 90 kHz."""
MOST_BOXES = 1 << 14

_COLUMNS = (SAMPLE_DURATION_PRESENT, SAMPLE_SIZE_PRESENT, SAMPLE_FLAGS_PRESENT, SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT)


def fragment_samples(octets: bytes, tracks: Mapping[int, MovieTrack]) -> dict[int, NDArray[np.int64]]:
    """Return the samples of a segment, those of all its fragments together.

    Parameters
    ----------
    octets : bytes      boxes; those that are not ``moof`` are passed over
    tracks : mapping    by track_ID; fragments of others are passed over

    Returns
    -------
    samples : dict by track_ID, of ndarray of shape (N, 6), int64    columns as of `chunk_samples`, decode times rising

    Raises
    ------
    WireError    a box or a sample is not within what has it, a time or number is beyond all reason, decode times fall
    """
    found: dict[int, list[NDArray[np.int64]]] = {}
    left = MOST_SAMPLES
    for begin, start, end, kind in _boxes(octets, 0, len(octets)):
        if kind != b"moof":
            continue
        data = begin  # 8.8.7.1: where data of a traf without an offset of its own begin
        for _, traf, traf_end, name in _boxes(octets, start, end):
            if name == b"traf":
                track_id, runs, data = _track_fragment(octets, traf, traf_end, begin, data, tracks, left)
                left -= sum(map(len, runs))
                found.setdefault(track_id, []).extend(runs)
    whole = {track_id: np.concatenate(runs) for track_id, runs in found.items() if runs}
    for track_id, samples in whole.items():
        _check(samples, tracks[track_id].timescale, len(octets))
    return whole


def _boxes(octets: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield begin, begin of the payload, end and type of each box."""
    for _ in range(MOST_BOXES):
        if at >= end:
            return
        size, kind = unpack_from(">I4s", octets, at) if at + 8 <= end else (0, b"")
        start = at + 8
        if size == 1 and at + 16 <= end:
            (size,) = unpack_from(">Q", octets, start)
            start += 8
        elif size == 0 and kind:
            size = end - at
        if not start <= at + size <= end:
            raise WireError(SOURCE, at, f"a box within {end - at} octets", f"size {size}")
        yield at, start, at + size, kind
        at += size
    raise WireError(SOURCE, at, f"at most {MOST_BOXES} boxes", "more")


def _track_fragment(
    octets: bytes, at: int, end: int, moof: int, data: int, tracks: Mapping[int, MovieTrack], left: int
) -> tuple[int, list[NDArray[np.int64]], int]:
    """Return track_ID, the samples of each run, and where the data after the last one begin."""
    boxes = list(_boxes(octets, at, end))
    payload = _first(octets, boxes, b"tfhd")
    tfhd = parse_tfhd(payload)
    track = tracks.get(tfhd.track_id)
    if track is None:
        return tfhd.track_id, [], data
    if tfhd.sample_description_index not in (None, 1):
        raise WireError("tfhd", 8, "sample_description_index 1", str(tfhd.sample_description_index))
    flags = int.from_bytes(payload[1:4], "big")
    if flags & BASE_DATA_OFFSET_PRESENT:  # of a segment whose begin is that of the resource
        (data,) = fields("tfhd", "Q", payload, 8)
    elif flags & DEFAULT_BASE_IS_MOOF:
        data = moof
    if data > len(octets):
        raise WireError("tfhd", 8, f"base_data_offset within {len(octets)} octets", str(data))
    ticks = parse_tfdt(_first(octets, boxes, b"tfdt")).base_media_decode_time
    if ticks > LATEST_S * track.timescale or ticks >> 62:
        raise WireError("tfdt", 4, f"at most {LATEST_S} s", f"{ticks} of {track.timescale} ticks")
    runs, base = [], data
    for _, start, stop, kind in boxes:
        if kind != b"trun":
            continue
        samples = _run(octets[start:stop], track, tfhd, base, data, ticks, left)
        left -= len(samples)
        if len(samples):
            data = int(samples[-1, BEGIN] + samples[-1, SIZE])
            ticks = int(samples[-1, DECODE_TICKS] + samples[-1, DURATION_TICKS])
            runs.append(samples)
    return tfhd.track_id, runs, data


def _first(octets: bytes, boxes: Sequence[tuple[int, int, int, bytes]], kind: bytes) -> bytes:
    for _, start, stop, name in boxes:
        if name == kind:
            return octets[start:stop]
    raise WireError("traf", 0, f"a box {kind.decode()}", "none")


def _run(
    payload: bytes, track: MovieTrack, tfhd: TfhdBox, base: int, data: int, ticks: int, left: int
) -> NDArray[np.int64]:
    """Return the samples of a ``trun``; a composition time offset is signed whatever the version, as writers have it."""
    _, flags = version_flags("trun", payload, (0, 1))
    (n,) = fields("trun", "I", payload, 4)
    at = 8
    if flags & DATA_OFFSET_PRESENT:
        data = base + fields("trun", "i", payload, at)[0]
        at += 4
    first_flags = None
    if flags & FIRST_SAMPLE_FLAGS_PRESENT:
        (first_flags,) = fields("trun", "I", payload, at)
        at += 4
    present = [bit for bit in _COLUMNS if flags & bit]
    if n > left or at + 4 * n * len(present) > len(payload):
        raise WireError("trun", 4, f"samples in {len(payload) - at} octets, {left} at most", f"sample_count {n}")
    rows = np.frombuffer(payload, ">u4", n * len(present), at).reshape(n, len(present)).astype(np.int64)
    columns = dict(zip(present, rows.T, strict=True))

    def column(bit: int, own: int | None, default: int) -> NDArray[np.int64]:
        known = columns.get(bit)
        return np.full(n, default if own is None else own, np.int64) if known is None else known

    samples = np.zeros((n, COLUMNS), np.int64)
    defaults = track.defaults
    sizes = column(SAMPLE_SIZE_PRESENT, tfhd.default_sample_size, defaults.default_sample_size)
    durations = column(SAMPLE_DURATION_PRESENT, tfhd.default_sample_duration, defaults.default_sample_duration)
    sample_flags = column(SAMPLE_FLAGS_PRESENT, tfhd.default_sample_flags, defaults.default_sample_flags)
    if first_flags is not None and SAMPLE_FLAGS_PRESENT not in columns:
        sample_flags[:1] = first_flags
    samples[:, SIZE], samples[:, BEGIN] = sizes, data + np.cumsum(sizes) - sizes
    samples[:, DURATION_TICKS], samples[:, DECODE_TICKS] = durations, ticks + np.cumsum(durations) - durations
    samples[:, SYNC] = sample_flags & IS_NON_SYNC == 0
    offsets = columns.get(SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT)
    if offsets is not None:
        samples[:, COMPOSITION_TICKS] = offsets.astype(np.uint32).view(np.int32)
    return samples


def _check(samples: NDArray[np.int64], timescale: int, n_octets: int) -> None:
    ends = samples[:, BEGIN] + samples[:, SIZE]
    if samples[:, BEGIN].min() < 0 or ends.max() > n_octets:
        raise WireError(SOURCE, 0, f"samples within {n_octets} octets", f"{samples[:, BEGIN].min()} to {ends.max()}")
    if int(samples[:, SIZE].sum()) > n_octets:
        raise WireError(SOURCE, 0, "samples apart from each other", "the same octets again")
    times = samples[:, DECODE_TICKS]
    if (np.diff(times) < 0).any():
        raise WireError(SOURCE, 0, "rising decode times", "earlier ones")
    lasts = int(times[-1] - times[0] + samples[-1, DURATION_TICKS])
    if max(lasts, int(np.abs(samples[:, COMPOSITION_TICKS]).max())) > LONGEST_S * timescale:
        raise WireError(SOURCE, 0, f"{LONGEST_S} s at most", f"{lasts} of {timescale} ticks")
