"""A CMAF chunk (ISO/IEC 23000-19 7.3.2): one ``moof`` and one ``mdat``.

This runs some times a second for every track, so ``moof`` is packed by precompiled layouts; tests/isobmff/test_chunk.py
has the same octets box by box. What is equal for all samples goes to ``tfhd``: an audio sample then costs 4 octets.
"""

from collections.abc import Sequence
from itertools import chain
from struct import Struct, pack

from yiwang.base.errors import UsageError
from yiwang.isobmff.tfhd import DEFAULT_BASE_IS_MOOF, DEFAULT_SAMPLE_DURATION_PRESENT, DEFAULT_SAMPLE_FLAGS_PRESENT
from yiwang.isobmff.trun import (
    DATA_OFFSET_PRESENT,
    FIRST_SAMPLE_FLAGS_PRESENT,
    NON_SYNC_SAMPLE,
    SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT,
    SAMPLE_DURATION_PRESENT,
    SAMPLE_FLAGS_PRESENT,
    SAMPLE_SIZE_PRESENT,
    SYNC_SAMPLE,
)

_MOOF_TO_TFHD = Struct(">I4sI4sIII4sI4sII")  # moof, mfhd, traf, tfhd as far as track_ID
_TFDT_TO_TRUN = Struct(">I4sIQI4sIII")  # tfdt, trun as far as data_offset
_FIXED = _MOOF_TO_TFHD.size + _TFDT_TO_TRUN.size
_VERSION_1 = 1 << 24


def chunk_pieces(
    sequence_number: int,
    track_id: int,
    base_media_decode_time: int,
    data: Sequence[bytes],
    durations: Sequence[int],
    composition_offsets: Sequence[int],
    sync: Sequence[bool],
    sub_samples: bytes = b"",
) -> tuple[bytes, ...]:
    """Pieces of a CMAF chunk, all up to the first sample, then the samples; equal arguments give equal octets.

    Parameters
    ----------
    sequence_number : int            of ``mfhd``, below 2**32
    track_id : int
    base_media_decode_time : int     of ``tfdt``, in the track's timescale, below 2**64
    data : sequence of N bytes       the samples, N >= 1
    durations : sequence of N int    in the track's timescale
    composition_offsets : sequence of N int    in the track's timescale; a negative one makes ``trun`` version 1
    sync : sequence of N bool        True for a sync sample
    sub_samples : bytes              a ``subs`` box, of a chunk whose samples have parts

    Raises
    ------
    UsageError    no samples, or columns of different length
    """
    n = len(data)
    if not n or not n == len(durations) == len(composition_offsets) == len(sync):
        raise UsageError("a chunk needs samples, and columns of one length")
    tfhd_flags = DEFAULT_BASE_IS_MOOF | DEFAULT_SAMPLE_FLAGS_PRESENT
    trun_flags = DATA_OFFSET_PRESENT | SAMPLE_SIZE_PRESENT
    defaults = []
    columns: list[Sequence[int]] = []

    if durations.count(durations[0]) == n:
        tfhd_flags |= DEFAULT_SAMPLE_DURATION_PRESENT
        defaults.append(durations[0])
    else:
        trun_flags |= SAMPLE_DURATION_PRESENT
        columns.append(durations)

    columns.append([len(sample) for sample in data])

    n_sync = sync.count(True)
    first_flags: tuple[int, ...] = ()
    defaults.append(SYNC_SAMPLE if n_sync == n else NON_SYNC_SAMPLE)
    if n_sync == 1 and sync[0] and n > 1:
        trun_flags |= FIRST_SAMPLE_FLAGS_PRESENT
        first_flags = (SYNC_SAMPLE,)
    elif 0 < n_sync < n:
        trun_flags |= SAMPLE_FLAGS_PRESENT
        columns.append([SYNC_SAMPLE if is_sync else NON_SYNC_SAMPLE for is_sync in sync])

    if any(composition_offsets):
        trun_flags |= SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT
        if min(composition_offsets) < 0:
            trun_flags |= _VERSION_1
            columns.append([offset & 0xFFFFFFFF for offset in composition_offsets])
        else:
            columns.append(composition_offsets)

    tfhd_size = 16 + 4 * len(defaults)
    trun_size = 20 + 4 * len(first_flags) + 4 * n * len(columns)
    traf_size = 8 + tfhd_size + 20 + trun_size + len(sub_samples)
    moof_size = 8 + 16 + traf_size
    head = _MOOF_TO_TFHD.pack(
        moof_size,
        b"moof",
        16,
        b"mfhd",
        0,
        sequence_number,
        traf_size,
        b"traf",
        tfhd_size,
        b"tfhd",
        tfhd_flags,
        track_id,
    )
    run = _TFDT_TO_TRUN.pack(
        20, b"tfdt", _VERSION_1, base_media_decode_time, trun_size, b"trun", trun_flags, n, moof_size + 8
    )
    rows = pack(
        f">{len(first_flags) + n * len(columns)}I", *first_flags, *chain.from_iterable(zip(*columns, strict=True))
    )
    mdat = pack(">I4s", 8 + sum(columns[trun_flags & SAMPLE_DURATION_PRESENT != 0]), b"mdat")
    return b"".join((head, pack(f">{len(defaults)}I", *defaults), run, rows, sub_samples, mdat)), *data


def cmaf_chunk(
    sequence_number: int,
    track_id: int,
    base_media_decode_time: int,
    data: Sequence[bytes],
    durations: Sequence[int],
    composition_offsets: Sequence[int],
    sync: Sequence[bool],
    sub_samples: bytes = b"",
) -> bytes:
    """Octets of a CMAF chunk: `chunk_pieces` joined."""
    columns = (durations, composition_offsets, sync)
    return b"".join(chunk_pieces(sequence_number, track_id, base_media_decode_time, data, *columns, sub_samples))
