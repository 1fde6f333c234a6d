"""When what a packager waits for comes, by a block of transport packets: read before anything else is, at little cost."""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K, WRAP_33
from yiwang.kernels.compiled import kernel
from yiwang.kernels.pes_gather import timestamp

# columns of a watch
PID, DUE, FIRST_DUE, RANDOM_ACCESS, STREAM_TYPE, SEEN, SEEN_AT, INTERVAL = 0, 1, 2, 3, 4, 5, 6, 7
N_COLUMNS = 8
NEVER = -1
BACKWARD_90K = 90_000
"""Times within a stream go back by less, unless its time base has jumped."""
MISSING_90K = 45_000
"""What has not come so long after it was expected may never come."""
UNKNOWN_90K = 7_200
"""Until something that nothing is known of: as good a guess as any."""
NOT_WAITED_FOR, WAITED_FOR, HAS_BEGUN = 0, 1, 2
"""States of RANDOM_ACCESS."""

AVC, HEVC, MPEG_1_VIDEO, MPEG_2_VIDEO = 0x1B, 0x24, 0x01, 0x02
"""Stream types whose random access points are known by their start codes too."""

PACKET_OCTETS = 188
_MASK = WRAP_33 - 1


@kernel(inline="always")
def _has_come(seen: int, due: int) -> bool:
    return seen != NEVER and (seen - due) & _MASK < HALF_WRAP_33


@kernel(inline="always")
def _until(watch: NDArray[np.int64], due: int, now_90k: int) -> int:
    """Tell how long a stream takes to come to ``due``, by its own time: with a PES header, and those come evenly."""
    if watch[SEEN] == NEVER:
        return UNKNOWN_90K
    left = 0 if _has_come(watch[SEEN], due) else (due - watch[SEEN]) & _MASK
    if watch[INTERVAL] > 0:
        left += -left % watch[INTERVAL]
    left -= now_90k - watch[SEEN_AT]
    return left if left > -MISSING_90K else UNKNOWN_90K


@kernel(inline="always")
def _begins_random_access(octets: NDArray[np.uint8], at: int, end: int, stream_type: int) -> bool:
    """Tell whether a picture, or what stands before one, begins by which a decoder can start."""
    for k in range(at, end - 3):
        if octets[k] or octets[k + 1] or octets[k + 2] != 1:
            continue
        code = np.int64(octets[k + 3])
        if stream_type == AVC:
            found = code & 0x1F == 5 or code & 0x1F == 7  # IDR, SPS
        elif stream_type == HEVC:
            found = 16 <= code >> 1 & 0x3F <= 23 or 32 <= code >> 1 & 0x3F <= 33  # IRAP, VPS, SPS
        else:
            found = code == 0xB3  # sequence_header_code
        if found:
            return True
    return False


@kernel
def until_due(octets: NDArray[np.uint8], watches: NDArray[np.int64], since_90k: int, now_90k: int) -> int:
    """Tell when the first of the watched streams comes to the time that is waited for.

    Parameters
    ----------
    octets : ndarray of shape (N,), uint8        what has come since the last call
    watches : ndarray of shape (W, N_COLUMNS), int64
        PID; DUE: 33-bit time that is waited for; FIRST_DUE: what the first watch must have come to as well, or NEVER;
        RANDOM_ACCESS, updated: whether the end of a random access point is waited for too, and has one begun: a PES packet
        with random_access_indicator, or one that says so in its first packet; STREAM_TYPE: by what start codes;
        SEEN, updated: the newest time, the DTS of a PES header that has one, else its PTS; NEVER at first;
        SEEN_AT, updated: when that came; INTERVAL, updated: between it and the one before, 0 at first
    since_90k, now_90k : int    of a clock that only rises: between these ``octets`` have come

    Returns
    -------
    int     90 kHz ticks, at least 1, until it is expected; 0: it has come. Also 0 when ``octets`` are not whole packets one
        after the other, or time goes back: then they need a closer look
    """
    n = octets.shape[0]
    due = n % PACKET_OCTETS != 0
    for at in range(0, n - PACKET_OCTETS + 1, PACKET_OCTETS):
        if octets[at] != 0x47:
            return 0
        if octets[at + 1] & 0xC0 != 0x40 or octets[at + 3] & 0xD0 != 0x10:
            continue  # a transport error, no begin of a PES packet, scrambled, or no payload
        pid = (np.int64(octets[at + 1] & 0x1F) << 8) | np.int64(octets[at + 2])
        for w in range(watches.shape[0]):
            if watches[w, PID] != pid:
                continue
            payload = at + 4
            if watches[w, RANDOM_ACCESS] == HAS_BEGUN:
                watches[w, RANDOM_ACCESS] = WAITED_FOR
                due = True
            if octets[at + 3] & 0x20:
                length = np.int64(octets[at + 4])
                payload += 1 + length
                if length > 0 and octets[at + 5] & 0x40 and watches[w, RANDOM_ACCESS] == WAITED_FOR:
                    watches[w, RANDOM_ACCESS] = HAS_BEGUN
            if payload + 19 > at + PACKET_OCTETS or octets[payload] or octets[payload + 1] or octets[payload + 2] != 1:
                continue
            kind = watches[w, STREAM_TYPE]
            if watches[w, RANDOM_ACCESS] == WAITED_FOR and kind in (AVC, HEVC, MPEG_1_VIDEO, MPEG_2_VIDEO):
                begin = payload + 9 + np.int64(octets[payload + 8])
                if _begins_random_access(octets, begin, at + PACKET_OCTETS, kind):
                    watches[w, RANDOM_ACCESS] = HAS_BEGUN
            if octets[payload + 7] & 0xC0 == 0xC0:
                seen = timestamp(octets, payload + 14)
            elif octets[payload + 7] & 0x80:
                seen = timestamp(octets, payload + 9)
            else:
                continue
            if seen >= 0:
                before = watches[w, SEEN]
                due = due or (before != NEVER and BACKWARD_90K < (before - seen) & _MASK < HALF_WRAP_33)
                step = (seen - before) & _MASK
                if before != NEVER and 0 < step < TICKS_90K:
                    watches[w, INTERVAL] = step
                watches[w, SEEN] = seen
                watches[w, SEEN_AT] = since_90k + (now_90k - since_90k) * at // n
    for w in range(watches.shape[0]):
        if _has_come(watches[w, SEEN], watches[w, DUE]) and (
            watches[w, FIRST_DUE] == NEVER or _has_come(watches[0, SEEN], watches[w, FIRST_DUE])
        ):
            due = True
    if due:
        return 0
    first_of_all = np.int64(1) << 62
    for w in range(watches.shape[0]):
        until = _until(watches[w], watches[w, DUE], now_90k)
        if watches[w, FIRST_DUE] != NEVER:
            until = max(until, _until(watches[0], watches[w, FIRST_DUE], now_90k))
        if watches[w, RANDOM_ACCESS] == HAS_BEGUN:  # it ends with the next PES header
            until = min(until, watches[w, SEEN_AT] + watches[w, INTERVAL] - now_90k)
        first_of_all = min(first_of_all, until)
    return max(first_of_all, 1)
