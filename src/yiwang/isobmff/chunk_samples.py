"""Where the samples of a CMAF chunk are and when: what `cmaf_chunk` wrote, read back into columns."""

from itertools import pairwise
from struct import unpack_from

import numpy as np
from numpy.typing import NDArray

from yiwang.base.errors import WireError
from yiwang.isobmff.tfhd import DEFAULT_SAMPLE_DURATION_PRESENT, DEFAULT_SAMPLE_FLAGS_PRESENT
from yiwang.isobmff.trun import (
    DATA_OFFSET_PRESENT,
    FIRST_SAMPLE_FLAGS_PRESENT,
    NON_SYNC_SAMPLE,
    SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT,
    SAMPLE_DURATION_PRESENT,
    SAMPLE_FLAGS_PRESENT,
    SAMPLE_SIZE_PRESENT,
)

SOURCE = "CMAF chunk"
BEGIN, SIZE, SYNC, DECODE_TICKS, DURATION_TICKS, COMPOSITION_TICKS = range(6)
COLUMNS = 6
IS_NON_SYNC = NON_SYNC_SAMPLE & 0x10000  # sample_is_non_sync_sample
_CONTAINERS = (b"moof", b"traf")


def chunk_samples(octets: bytes) -> NDArray[np.int64]:
    """Return the samples of a chunk with one track fragment that has one run.

    Returns
    -------
    samples : ndarray of shape (N, 6), int64    begin in ``octets``, size, whether sync, decode time, duration,
                                                composition time offset, in the track's timescale

    Raises
    ------
    WireError    it is no such chunk; a sample is not within it
    """
    boxes = _boxes(octets)
    try:
        tfhd, tfdt, trun = boxes[b"tfhd"], boxes[b"tfdt"], boxes[b"trun"]
    except KeyError as error:
        raise WireError(SOURCE, 0, f"a box {error.args[0].decode()}", "none") from None
    tfhd_flags = unpack_from(">I", octets, tfhd)[0] & 0xFFFFFF
    at = tfhd + 8
    defaults = {}
    for flag in (DEFAULT_SAMPLE_DURATION_PRESENT, DEFAULT_SAMPLE_FLAGS_PRESENT):
        if tfhd_flags & flag:
            (defaults[flag],) = unpack_from(">I", octets, at)
            at += 4
    (decode_ticks,) = unpack_from(">Q", octets, tfdt + 4)
    flags, n, data_offset = unpack_from(">III", octets, trun)
    at = trun + 12
    first_flags = defaults.get(DEFAULT_SAMPLE_FLAGS_PRESENT, 0)
    if flags & FIRST_SAMPLE_FLAGS_PRESENT:
        (first_flags,) = unpack_from(">I", octets, at)
        at += 4
    bits = (SAMPLE_DURATION_PRESENT, SAMPLE_SIZE_PRESENT, SAMPLE_FLAGS_PRESENT, SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT)
    present = [bit for bit in bits if flags & bit]
    if not flags & DATA_OFFSET_PRESENT or SAMPLE_SIZE_PRESENT not in present:
        raise WireError(SOURCE, trun, "data offset and sizes", f"flags {flags:#x}")
    if at + 4 * n * len(present) > len(octets):
        raise WireError(SOURCE, trun, f"{n} samples", f"{len(octets)} octets")
    rows = np.frombuffer(octets, ">u4", n * len(present), at).reshape(n, len(present)).astype(np.int64)
    columns = dict(zip(present, rows.T, strict=True))
    samples = np.zeros((n, COLUMNS), np.int64)
    sizes = samples[:, SIZE] = columns[SAMPLE_SIZE_PRESENT]
    ends = data_offset + np.cumsum(sizes)
    if n and ends[-1] > len(octets):
        raise WireError(SOURCE, data_offset, f"{ends[-1] - data_offset} octets", f"{len(octets) - data_offset}")
    samples[:, BEGIN] = ends - sizes
    durations = columns.get(SAMPLE_DURATION_PRESENT, np.full(n, defaults.get(DEFAULT_SAMPLE_DURATION_PRESENT, 0)))
    samples[:, DURATION_TICKS] = durations
    samples[:, DECODE_TICKS] = decode_ticks + np.cumsum(durations) - durations
    sample_flags = columns.get(SAMPLE_FLAGS_PRESENT)
    if sample_flags is None:
        sample_flags = np.full(n, defaults.get(DEFAULT_SAMPLE_FLAGS_PRESENT, 0))
        sample_flags[:1] = first_flags
    samples[:, SYNC] = sample_flags & IS_NON_SYNC == 0
    offsets = columns.get(SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT)
    if offsets is not None:
        samples[:, COMPOSITION_TICKS] = offsets.astype(np.uint32).view(np.int32) if flags >> 24 else offsets
    return samples


def split_chunks(octets: bytes) -> list[bytes]:
    """Return the chunks of a CMAF segment, each from ``moof`` to the end of its ``mdat``; what is no box ends the last."""
    ends, at = [0], 0
    while at + 8 <= len(octets):
        size, kind = unpack_from(">I4s", octets, at)
        if size < 8:
            break
        at += size
        if kind == b"mdat" and at <= len(octets):
            ends.append(at)
    return [octets[begin:end] for begin, end in pairwise(ends)]


def _boxes(octets: bytes) -> dict[bytes, int]:
    """Return where the payload of each box begins, those in `_CONTAINERS` included, as far as ``mdat``."""
    found: dict[bytes, int] = {}
    at = 0
    while at + 8 <= len(octets):
        size, kind = unpack_from(">I4s", octets, at)
        if size < 8 or at + size > len(octets):
            raise WireError(SOURCE, at, "a box", f"size {size}")
        found.setdefault(kind, at + 8)
        if kind == b"mdat":
            return found
        at += 8 if kind in _CONTAINERS else size
    raise WireError(SOURCE, at, "mdat", "end")
