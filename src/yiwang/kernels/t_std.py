"""The system target decoder's buffers over a scanned block (ISO/IEC 13818-1 2.4.2). What is measured: `mpegts/t_std.py`.

When a packet comes is known only with the programme's next PCR. So packets that matter are noted, a word each, and played when
that comes: the transport buffer first, then what it lets go, octet by octet where a unit ends, into the buffers behind.

Fills are bits times 27,000,000, so that a rate times ticks is one and all arithmetic is exact.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.memory import sparse_zeros
from yiwang.kernels.compiled import kernel
from yiwang.kernels.ts_scan import DISCONTINUITY, DUPLICATE, LOST, NO_PAYLOAD, PUSI, SCRAMBLED, UNUSABLE

SECOND = 27_000_000
OCTET = 8 * SECOND
PACKET_BITS = 1504
PCR_WRAP = 300 << 33
LARGEST_STEP = SECOND // 2
"""PCRs further apart measure no time."""
LONG = 10 * SECOND
"""In so much time every buffer drains, and no rate times it is too much for 64 bits."""
TB_SIZE = 512 * OCTET
SYSTEM_RATE = 80_000
"""Rsys is a 500th of the transport rate, and at least so much (2.4.2.3)."""

# by PID
N_PIDS = 8192
ROLES = 0
ES_SLOTS = N_PIDS  # slot of the elementary stream
SECTION_LEFT = 2 * N_PIDS  # octets of the open section; -1: wait for the next payload_unit_start
SECTION_HEAD = 3 * N_PIDS  # its first octets, while they are fewer than three: 1 in front
ES, SYSTEM_TABLE, CLOCK = 1, 2, 4

# scalars
_AT = 4 * N_PIDS
POSITION, N_PROGRAMS, N_STREAMS, HEAD_SLOT = range(_AT, _AT + 4)
"""HEAD_SLOT: the stream whose first octets are for the caller to read."""

MAX_PROGRAMS = 64
QUEUE = 1 << 15
"""So many words are noted between two PCRs: half a second of more than 80 Mbit/s."""
(
    PCR_PID, PMT_PID, HAS_TIME, LAST_PCR, TIME, BEGIN, N_QUEUED, SYSTEM_SLOT, MEASURED,
) = range(9)  # fmt: skip
PROGRAM_ROW = 9
PROGRAMS = _AT + 8

MAX_STREAMS = 512
RING = 1024
"""So many access units may be in a stream's buffers."""
STREAM_ROW = 64
STREAMS = PROGRAMS + MAX_PROGRAMS * PROGRAM_ROW
(
    # what it is: set by the caller
    PID, PROGRAM, KIND, RX, RBX, MB_SIZE, B_SIZE, DELAY_LIMIT, LOW_DELAY, WALK, WANTS_HEAD,
    # the reading of its packets
    IS_SYNCED, HEADER_LEFT, UNIT_LEFT, UNIT_HEAD, UNIT_HEAD_FILL, ANCHOR, ANCHOR_FRAMES, IS_ANCHOR_NEW, LAST_STAMP, FRAME_TICKS,
    IS_BROKEN, IS_COLLECTING, HEAD_FILL, IS_PLAIN, IS_LOCKED,
    # the buffers
    TB_FILL, TB_TIME, TB_EMPTY, MB_FILL, MB_EMPTY, B_FILL, B_TIME, LAST_EXIT, OPEN_OCTETS, OPEN_TD, RING_BEGIN, RING_LENGTH,
    # what was found
    N_PACKETS, N_UNITS, TB_OVERFLOWS, MB_OVERFLOWS, B_OVERFLOWS, UNDERFLOWS, EMPTY_ERRORS, DELAY_ERRORS, TB_PEAK, MB_PEAK,
    B_PEAK, LONGEST_DELAY,
) = range(50)  # fmt: skip
FIRST_STATE, FIRST_FOUND = IS_SYNCED, N_PACKETS
"""A row from IS_SYNCED on is the kernel's; FIRST_FOUND begins what is told."""
TDS = STREAMS + MAX_STREAMS * STREAM_ROW
"""Decoding times of the units in the ring, then their octets."""
UNIT_OCTETS = TDS + MAX_STREAMS * RING
QUEUES = UNIT_OCTETS + MAX_STREAMS * RING
N_STATE = QUEUES + MAX_PROGRAMS * QUEUE

NOT_KNOWN, ONLY_TB, SYSTEM, MAIN, LEAK = range(5)
"""KIND: nothing yet; TB alone; TBsys and Bsys; TB and one buffer behind it (B, or MB and EB as one); TB, MB and EB."""
PES, MPEG_AUDIO, ADTS, LOAS, AC_3 = range(5)
"""WALK: where its units begin, at each PES packet or as frames do."""

HEAD_ROOM = 1024
DONE = -1

# words of a queue: of a packet, then of each unit that begins in it; or of several packets in a row that are all payload
_SLOT, _OCTETS, _HEADER, _UNITS, _BROKEN, _MORE = 24, 34, 42, 50, 56, 57
_PLAIN_OCTETS, _MOST_MORE = 184, 63
_FEWEST, _MOST_UNITS = 8, 31


def new_state() -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """State of one model, and where the first octets of each stream are put for the caller to read."""
    return sparse_zeros(N_STATE), np.zeros((MAX_STREAMS, HEAD_ROOM), np.uint8)


# -- buffers


@kernel
def _pop_unit(state: NDArray[np.int64], row: int) -> None:
    state[row + RING_BEGIN] = (state[row + RING_BEGIN] + 1) % RING
    state[row + RING_LENGTH] -= 1


@kernel
def _leak(state: NDArray[np.int64], row: int, now: int) -> None:
    """Let MB flow into EB up to a time: at Rbx, while EB is not full."""
    ticks = now - state[row + B_TIME]
    if ticks <= 0:
        return
    state[row + B_TIME] = now
    mb = state[row + MB_FILL]
    flow = min(mb, state[row + RBX] * min(ticks, LONG), state[row + B_SIZE] - state[row + B_FILL])
    if flow > 0:
        state[row + MB_FILL] = mb - flow
        state[row + B_FILL] += flow
        state[row + B_PEAK] = max(state[row + B_PEAK], state[row + B_FILL])
    if flow == mb:
        state[row + MB_EMPTY] = now
    elif now - state[row + MB_EMPTY] > SECOND:
        state[row + EMPTY_ERRORS] += 1
        state[row + MB_EMPTY] += SECOND


@kernel
def _remove(state: NDArray[np.int64], row: int, octets: int) -> None:
    """Take an access unit out."""
    fill = state[row + B_FILL] - octets * OCTET
    if fill < 0:  # the rest of it is still on its way to EB
        state[row + MB_FILL] = max(0, state[row + MB_FILL] + fill)
        fill = 0
    state[row + B_FILL] = fill


@kernel
def _decode(state: NDArray[np.int64], row: int, slot: int, now: int) -> None:
    """Take out what is decoded by now."""
    while state[row + RING_LENGTH]:
        place = slot * RING + state[row + RING_BEGIN]
        td, octets = state[TDS + place], state[UNIT_OCTETS + place]
        if td > now:
            break
        if state[row + KIND] == LEAK:
            _leak(state, row, td)
            if state[row + B_FILL] < octets * OCTET and not state[row + LOW_DELAY]:
                state[row + UNDERFLOWS] += 1
        _remove(state, row, octets)
        _pop_unit(state, row)
    if state[row + KIND] == LEAK:
        _leak(state, row, now)


@kernel
def _enter(state: NDArray[np.int64], row: int, octets: int) -> None:
    """Take what leaves TB."""
    state[row + OPEN_OCTETS] += octets
    behind, size, overflows, peak = B_FILL, B_SIZE, B_OVERFLOWS, B_PEAK
    if state[row + KIND] == LEAK:
        behind, size, overflows, peak = MB_FILL, MB_SIZE, MB_OVERFLOWS, MB_PEAK
    fill = state[row + behind] + octets * OCTET
    state[row + behind] = fill
    if fill > state[row + peak]:
        state[row + peak] = fill
    if fill > state[row + size]:
        state[row + overflows] += 1


@kernel
def _end_unit(state: NDArray[np.int64], row: int, slot: int, ended: int, octets_after: int) -> None:
    """Take that the open unit is whole: its last octet left TB when ``ended``."""
    octets = state[row + OPEN_OCTETS] - octets_after
    td = state[row + OPEN_TD]
    state[row + N_UNITS] += 1
    if ended > td:
        if not state[row + LOW_DELAY]:
            state[row + UNDERFLOWS] += 1
        _remove(state, row, octets)
        return
    if state[row + RING_LENGTH] == RING:
        _remove(state, row, state[UNIT_OCTETS + slot * RING + state[row + RING_BEGIN]])
        _pop_unit(state, row)
    place = slot * RING + (state[row + RING_BEGIN] + state[row + RING_LENGTH]) % RING
    state[TDS + place] = td
    state[UNIT_OCTETS + place] = octets
    state[row + RING_LENGTH] += 1


@kernel
def _begin_anew(state: NDArray[np.int64], row: int) -> None:
    """Know nothing of the buffers behind TB."""
    for field in range(MB_FILL, FIRST_FOUND):
        state[row + field] = 0
    state[row + OPEN_OCTETS] = -1


@kernel
def _through_tb(state: NDArray[np.int64], row: int, begin: int, end: int) -> int:
    """Take a whole packet into TB that comes from ``begin`` to ``end``; return how full it was before."""
    rx = state[row + RX]
    fill = state[row + TB_FILL] - rx * min(begin - state[row + TB_TIME], LONG)
    if fill <= 0:
        fill = 0
        state[row + TB_EMPTY] = begin
    before = fill
    fill += PACKET_BITS * SECOND - rx * (end - begin)
    if fill <= 0:
        fill = 0
        state[row + TB_EMPTY] = end
    elif end - state[row + TB_EMPTY] > SECOND:
        state[row + EMPTY_ERRORS] += 1
        state[row + TB_EMPTY] += SECOND
    if fill > state[row + TB_PEAK]:
        state[row + TB_PEAK] = fill
    if fill > TB_SIZE:
        state[row + TB_OVERFLOWS] += 1
        fill = TB_SIZE
    state[row + TB_FILL] = fill
    state[row + TB_TIME] = end
    state[row + N_PACKETS] += 1
    return int(before)


@kernel
def _leaves_tb(before: int, rx: int, begin: int, end: int, octet: int) -> int:
    """Tell when the octets of a packet up to one have left TB: behind what was there, and not before they have come."""
    return max(begin + (before + octet * OCTET + rx - 1) // rx, begin + (end - begin) * octet // 188)


@kernel
def _play_packet(
    state: NDArray[np.int64], program: int, at: int, word: int, begin: int, end: int, system_rate: int
) -> None:
    """Take a packet that was noted as ``word``, its units from ``at`` on."""
    slot = (word >> _SLOT) & 0x3FF
    row = STREAMS + slot * STREAM_ROW
    octets = (word >> _OCTETS) & 0xFF
    before = _through_tb(state, row, begin, end)
    kind = state[row + KIND]
    if kind == SYSTEM:
        fill = state[row + B_FILL] - system_rate * min(end - state[row + B_TIME], LONG)
        fill = max(fill, 0) + octets * OCTET
        state[row + B_TIME] = end
        state[row + B_FILL] = fill
        state[row + B_PEAK] = max(fill, state[row + B_PEAK])
        if octets and fill > state[row + B_SIZE]:
            state[row + B_OVERFLOWS] += 1
        return
    if (word >> _BROKEN) & 1:
        _begin_anew(state, row)
    if kind < MAIN or not octets:
        return
    rx = state[row + RX]
    done = np.int64(0)
    left_out = ((word >> _HEADER) & 0xFF) if kind == LEAK else np.int64(0)  # PES headers do not go to EB
    for k in range((word >> _UNITS) & 0x1F):
        unit = state[at + k]
        place = (unit & 0xFF) - _FEWEST
        after = np.int64(0)
        if place > done:
            exit_time = _leaves_tb(before, rx, begin, end, 188 - octets + place)
            if state[row + OPEN_OCTETS] >= 0:
                _decode(state, row, slot, exit_time)
                _enter(state, row, place - done)
            state[row + LAST_EXIT] = exit_time
            done = place
        elif place < done:
            after = min(done - place, state[row + OPEN_OCTETS])  # it began with the last octets of the packet before
        if state[row + OPEN_OCTETS] >= 0:
            _end_unit(state, row, slot, int(state[row + LAST_EXIT]), int(after))
        elif kind == LEAK:
            state[row + B_TIME] = state[row + MB_EMPTY] = begin
        ticks = (((unit >> 8) - state[program + LAST_PCR] + (PCR_WRAP >> 1)) % PCR_WRAP) - (PCR_WRAP >> 1)
        td = state[program + TIME] + ticks
        state[row + OPEN_TD] = td
        state[row + OPEN_OCTETS] = after if after > 0 else 0
        state[row + LONGEST_DELAY] = max(state[row + LONGEST_DELAY], td - begin)
        if td - begin > state[row + DELAY_LIMIT]:
            state[row + DELAY_ERRORS] += 1
    if state[row + OPEN_OCTETS] < 0:
        return
    exit_time = _leaves_tb(before, rx, begin, end, 188)
    _decode(state, row, slot, exit_time)
    _enter(state, row, octets - max(done, left_out))
    state[row + LAST_EXIT] = exit_time


@kernel
def _leak_run(state: NDArray[np.int64], row: int, bits: int, first_end: int, end: int, ticks: int) -> bool:
    """Let packets in a row through MB: EB is always full, or MB never empty, or each is in EB before the next comes."""
    mb, one = state[row + MB_FILL], _PLAIN_OCTETS * OCTET
    if state[row + B_FILL] == state[row + B_SIZE]:
        mb += bits
        if mb > state[row + MB_SIZE]:
            return False
        if end - state[row + MB_EMPTY] > SECOND:
            state[row + EMPTY_ERRORS] += 1
            state[row + MB_EMPTY] += SECOND
    elif mb > state[row + RBX] * min(first_end - state[row + B_TIME], LONG):
        # Rbx flows all the time, and MB is fullest at the first packet or at the last one
        rbx = state[row + RBX]
        flow = rbx * min(end - state[row + B_TIME], LONG)
        first = mb + one - rbx * (first_end - state[row + B_TIME])
        last = mb + bits - flow
        if (
            last <= one
            or rbx * ticks < one < rbx * (ticks + 1)
            or mb + bits > state[row + MB_SIZE]
            or state[row + B_FILL] + flow > state[row + B_SIZE]
            or end - state[row + MB_EMPTY] > SECOND
        ):
            return False
        state[row + B_FILL] += flow
        state[row + B_PEAK] = max(state[row + B_PEAK], state[row + B_FILL])
        state[row + MB_PEAK] = max(state[row + MB_PEAK], first)
        mb = last
    else:
        after = state[row + B_FILL] + mb + bits - one
        if after > state[row + B_SIZE] or one > min(state[row + RBX] * ticks, state[row + MB_SIZE]):
            return False
        state[row + B_FILL] = after
        state[row + B_PEAK] = max(state[row + B_PEAK], after)
        mb = np.int64(one)
        state[row + MB_EMPTY] = end
    state[row + MB_FILL] = mb
    state[row + MB_PEAK] = max(state[row + MB_PEAK], mb)
    state[row + B_TIME] = end
    return True


@kernel
def _play_run(
    state: NDArray[np.int64], row: int, slot: int, n: int, begin: int, first_end: int, end: int, ticks: int
) -> bool:
    """Take ``n`` packets in a row, each at least ``ticks`` long, if nothing happens that would need a look at each of them."""
    octets = n * _PLAIN_OCTETS
    if (
        state[row + TB_FILL] > state[row + RX] * min(begin - state[row + TB_TIME], LONG)
        or state[row + RX] * ticks < PACKET_BITS * SECOND
        or (state[row + RING_LENGTH] and state[TDS + slot * RING + state[row + RING_BEGIN]] <= end)
        or state[row + OPEN_OCTETS] < 0
    ):
        return False
    if state[row + KIND] == LEAK:
        if not _leak_run(state, row, octets * OCTET, first_end, end, ticks):
            return False
    else:
        after = state[row + B_FILL] + octets * OCTET
        if after > state[row + B_SIZE]:
            return False
        state[row + B_FILL] = after
        state[row + B_PEAK] = max(state[row + B_PEAK], after)
    state[row + OPEN_OCTETS] += octets
    state[row + LAST_EXIT] = state[row + TB_TIME] = state[row + TB_EMPTY] = end
    state[row + TB_FILL] = 0
    state[row + N_PACKETS] += n
    return True


@kernel
def _play(state: NDArray[np.int64], number: int, step: int) -> None:
    """Take the packets since the last PCR of a programme, ``step`` ticks ago."""
    program = PROGRAMS + number * PROGRAM_ROW
    queue = QUEUES + number * QUEUE
    time, packets = state[program + TIME], state[POSITION] - state[program + BEGIN]
    system_rate = max(SYSTEM_RATE, packets * PACKET_BITS * SECOND // (500 * step))
    ticks = step // packets
    at = queue
    end = queue + state[program + N_QUEUED]
    while at < end:
        word = state[at]
        place = word & 0xFFFFFF
        left = 1 + (word >> _MORE)
        begin = time + int(float(place * step) / float(packets))  # as exact as // below 2**53
        slot = (word >> _SLOT) & 0x3FF
        n = left
        row = STREAMS + slot * STREAM_ROW
        while left:
            until = time + int(float((place + n) * step) / float(packets))
            if n == 1:
                _play_packet(state, program, at + 1, word, begin, until, system_rate)
            else:
                first_end = time + int(float((place + 1) * step) / float(packets))
                if not _play_run(state, int(row), int(slot), int(n), begin, first_end, until, int(ticks)):
                    n //= 2
                    continue
            begin = until
            place += n
            left -= n
            n = min(left, 2 * n)
        at += 1 + ((word >> _UNITS) & 0x1F)
    state[program + TIME] = time + step
    state[program + MEASURED] += step


@kernel
def _reset_streams(state: NDArray[np.int64], number: int) -> None:
    """Begin a new time base of a programme: all its buffers are empty."""
    time = state[PROGRAMS + number * PROGRAM_ROW + TIME]
    for slot in range(state[N_STREAMS]):
        row = STREAMS + slot * STREAM_ROW
        if state[row + PROGRAM] == number:
            _begin_anew(state, row)
            state[row + TB_FILL] = 0
            state[row + TB_TIME] = state[row + TB_EMPTY] = state[row + B_TIME] = time


@kernel
def _take_pcr(state: NDArray[np.int64], pid: int, pcr: int, is_announced: bool) -> None:
    for number in range(state[N_PROGRAMS]):
        program = PROGRAMS + number * PROGRAM_ROW
        if state[program + PCR_PID] != pid:
            continue
        step = (pcr - state[program + LAST_PCR]) % PCR_WRAP
        if state[program + HAS_TIME]:
            if not step and not is_announced:
                continue  # said twice, as some multiplexers do
            if 0 < step <= LARGEST_STEP and not is_announced and state[program + N_QUEUED] >= 0:
                _play(state, number, int(step))
            else:
                _reset_streams(state, number)
        else:
            _reset_streams(state, number)
        state[program + HAS_TIME] = 1
        state[program + LAST_PCR] = pcr
        state[program + BEGIN] = state[POSITION]
        state[program + N_QUEUED] = 0


# -- packets


@kernel
def _note(state: NDArray[np.int64], number: int, slot: int, octets: int, header: int, is_broken: int) -> int:
    """Note a packet; return where its units go, -1 where there is no time."""
    program = PROGRAMS + number * PROGRAM_ROW
    n = state[program + N_QUEUED]
    place = state[POSITION] - state[program + BEGIN]
    if not state[program + HAS_TIME] or n < 0:
        return -1
    if n > QUEUE - 2 - _MOST_UNITS or place >= 1 << 24:
        state[program + N_QUEUED] = -1  # too much for one interval: the next begins anew
        return -1
    at = QUEUES + number * QUEUE + n
    state[at] = place | slot << _SLOT | octets << _OCTETS | header << _HEADER | is_broken << _BROKEN
    state[program + N_QUEUED] = n + 1
    return int(at)


@kernel
def _note_run(state: NDArray[np.int64], number: int, slot: int, n: int) -> None:
    """Note ``n`` packets in a row that are all payload, the first at POSITION."""
    while n > 0:
        at = _note(state, number, slot, _PLAIN_OCTETS, 0, 0)
        if at < 0:
            return
        more = min(n - 1, _MOST_MORE)
        state[at] |= np.int64(more) << _MORE
        n -= more + 1
        state[POSITION] += more + 1


@kernel
def _note_unit(state: NDArray[np.int64], number: int, at: int, place: int, td: int) -> None:
    """Note that a unit begins in the packet noted at ``at``, behind ``place`` of its octets."""
    if at < 0 or (state[at] >> _UNITS) & 0x1F == _MOST_UNITS:
        return
    program = PROGRAMS + number * PROGRAM_ROW
    state[at] += 1 << _UNITS
    state[QUEUES + number * QUEUE + state[program + N_QUEUED]] = (place + _FEWEST) | (td % PCR_WRAP) << 8
    state[program + N_QUEUED] += 1


@kernel
def _stamp(packets: NDArray[np.uint8], i: int, at: int) -> int:
    """Read a PTS or DTS, in ticks of 27 MHz."""
    value = np.int64(packets[i, at] & 0x0E) << 29
    value |= np.int64(packets[i, at + 1]) << 22 | np.int64(packets[i, at + 2] & 0xFE) << 14
    return 300 * int(value | np.int64(packets[i, at + 3]) << 7 | np.int64(packets[i, at + 4]) >> 1)


@kernel
def _pes_header(packets: NDArray[np.uint8], i: int, at: int) -> tuple[int, int]:
    """Read the header of a PES packet; return its octets, 0 where it is none, and its decoding time, -1 where it has none."""
    if (
        at + 9 > 188
        or packets[i, at]
        or packets[i, at + 1]
        or packets[i, at + 2] != 1
        or packets[i, at + 6] & 0xC0 != 0x80
    ):
        return 0, -1
    length = 9 + np.int64(packets[i, at + 8])
    stamps = packets[i, at + 7] >> 6
    if stamps == 3 and length >= 19 and at + 19 <= 188:
        return int(length), _stamp(packets, i, at + 14)
    if stamps >= 2 and length >= 14 and at + 14 <= 188:
        return int(length), _stamp(packets, i, at + 9)
    return int(length), -1


@kernel
def _frame(walk: int, head: int, fill: int) -> tuple[int, int]:
    """Read the first octets of a frame; return its octets, 0: more must come, -1: it is none, and its ticks, 0: not said."""
    if walk == ADTS:
        if fill < 6:
            return 0, 0
        index = (head >> 26) & 15
        length = (head >> 5) & 0x1FFF
        if head >> 36 != 0xFFF or (head >> 33) & 3 or index > 11 or length < 7:
            return -1, 0
        hz = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)[index]
        return length, 1024 * SECOND // hz
    if walk == LOAS:
        if fill < 3:
            return 0, 0
        if head >> 13 != 0x2B7 or not head & 0x1FFF:
            return -1, 0
        return 3 + (head & 0x1FFF), 0
    if walk == MPEG_AUDIO:
        return _mpeg_audio_frame(head, fill)
    return _ac3_frame(head, fill)


@kernel
def _mpeg_audio_frame(head: int, fill: int) -> tuple[int, int]:
    if fill < 4:
        return 0, 0
    rate, hz, layer, is_full = (head >> 12) & 15, (head >> 10) & 3, 4 - ((head >> 17) & 3), (head >> 19) & 1
    if head >> 20 != 0xFFF or layer == 4 or rate in (0, 15) or hz == 3:
        return -1, 0
    frequency = (44100, 48000, 32000)[hz] >> (1 - is_full)
    if is_full and layer == 1:
        kbps = 32 * rate
    elif is_full and layer == 2:
        kbps = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)[rate]
    elif is_full:
        kbps = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[rate]
    elif layer == 1:
        kbps = (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)[rate]
    else:
        kbps = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)[rate]
    samples = 384 if layer == 1 else 576 if layer == 3 and not is_full else 1152
    padding = (head >> 9) & 1
    if layer == 1:
        return 4 * (12 * 1000 * kbps // frequency + padding), samples * SECOND // frequency
    return samples // 8 * 1000 * kbps // frequency + padding, samples * SECOND // frequency


@kernel
def _ac3_frame(head: int, fill: int) -> tuple[int, int]:
    if fill < 6:
        return 0, 0
    code, fscod, bsid = (head >> 8) & 0x3F, (head >> 14) & 3, (head >> 3) & 31
    if head >> 32 != 0x0B77 or bsid > 10 or fscod == 3 or code > 37:
        return -1, 0
    kbps = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)[code >> 1]
    frequency = (48000, 44100, 32000)[fscod]
    words = kbps * 96000 // frequency if fscod != 1 else 320 * kbps // 147 + (code & 1)
    return 2 * words, 1536 * SECOND // frequency


@kernel
def _walk_frames(
    state: NDArray[np.int64], row: int, at: int, packets: NDArray[np.uint8], i: int, first: int, begin: int
) -> None:
    """Find the frames that begin in a packet, noted at ``at``; it gives its octets from ``first`` on, a PES header first."""
    walk, number = state[row + WALK], state[row + PROGRAM]
    o = begin
    while o < 188:
        left = state[row + UNIT_LEFT]
        if left > 0:
            step = min(left, 188 - o)
            state[row + UNIT_LEFT] = left - step
            o += step
            continue
        state[row + UNIT_HEAD] = (state[row + UNIT_HEAD] << 8) | np.int64(packets[i, o])
        state[row + UNIT_HEAD_FILL] += 1
        o += 1
        fill = state[row + UNIT_HEAD_FILL]
        octets, ticks = _frame(int(walk), int(state[row + UNIT_HEAD]), int(fill))
        if not octets:
            continue
        if octets < fill and not state[row + IS_LOCKED]:  # a PES packet may begin in the middle of a frame
            state[row + UNIT_HEAD] &= (np.int64(1) << (8 * (fill - 1))) - 1
            state[row + UNIT_HEAD_FILL] = fill - 1
            continue
        state[row + UNIT_HEAD] = state[row + UNIT_HEAD_FILL] = 0
        if octets < fill:
            state[row + IS_SYNCED] = 0
            state[row + IS_BROKEN] = 1
            return
        state[row + IS_LOCKED] = 1
        state[row + UNIT_LEFT] = octets - fill
        if ticks:
            state[row + FRAME_TICKS] = ticks
        if state[row + IS_ANCHOR_NEW]:
            state[row + IS_ANCHOR_NEW] = 0
            if not ticks and state[row + ANCHOR_FRAMES] and state[row + LAST_STAMP] >= 0:  # from PTS to PTS
                between = (state[row + ANCHOR] - state[row + LAST_STAMP]) % PCR_WRAP
                state[row + FRAME_TICKS] = between // state[row + ANCHOR_FRAMES] if between < 10 * SECOND else 0
            state[row + LAST_STAMP] = state[row + ANCHOR]
            state[row + ANCHOR_FRAMES] = 0
        n = state[row + ANCHOR_FRAMES]
        state[row + ANCHOR_FRAMES] += 1
        if n == 0 or state[row + FRAME_TICKS]:
            place = o - fill - first if o - fill > begin else o - fill - begin
            _note_unit(state, int(number), at, int(place), int(state[row + ANCHOR] + n * state[row + FRAME_TICKS]))


@kernel
def _begin_pes(state: NDArray[np.int64], row: int, packets: NDArray[np.uint8], i: int, first: int) -> int:
    """Take the header of a PES packet; return its octets in this packet, -1 where it is none."""
    length, td = _pes_header(packets, i, first)
    if not length:
        state[row + IS_SYNCED] = 0
        state[row + IS_BROKEN] = 1
        return -1
    state[row + HEADER_LEFT] = max(0, first + length - 188)
    if state[row + WALK] == PES and td < 0 and state[row + IS_SYNCED] and state[row + FRAME_TICKS]:
        td = int((state[row + ANCHOR] + state[row + FRAME_TICKS]) % PCR_WRAP)  # one for each unit need not be said
    if td >= 0:
        if state[row + WALK] == PES and state[row + IS_SYNCED]:
            state[row + FRAME_TICKS] = (td - state[row + ANCHOR]) % PCR_WRAP
            if state[row + FRAME_TICKS] > SECOND:
                state[row + FRAME_TICKS] = 0
        state[row + ANCHOR] = td
        state[row + IS_ANCHOR_NEW] = 1
        if not state[row + IS_SYNCED]:
            state[row + IS_SYNCED] = 1
            state[row + LAST_STAMP] = -1
            state[row + ANCHOR_FRAMES] = state[row + FRAME_TICKS] = 0
            state[row + UNIT_LEFT] = state[row + UNIT_HEAD] = state[row + UNIT_HEAD_FILL] = state[row + IS_LOCKED] = 0
    elif state[row + WALK] == PES:
        state[row + IS_SYNCED] = 0
        state[row + IS_BROKEN] = 1
    return int(min(length, 188 - first))


@kernel
def _take_es(state: NDArray[np.int64], slot: int, flag: int, first: int, packets: NDArray[np.uint8], i: int) -> None:
    """Take a packet of an elementary stream."""
    row = STREAMS + slot * STREAM_ROW
    number = int(state[row + PROGRAM])
    if flag & (LOST | SCRAMBLED):
        state[row + IS_SYNCED] = 0
        state[row + IS_BROKEN] = 1
    if flag & (DUPLICATE | SCRAMBLED) or first >= NO_PAYLOAD or state[row + KIND] == ONLY_TB:
        _note(state, number, slot, 0, 0, 0)
        return
    header = 0
    if flag & PUSI:
        header = _begin_pes(state, row, packets, i, first)
    elif state[row + HEADER_LEFT]:
        header = int(min(state[row + HEADER_LEFT], 188 - first))
        state[row + HEADER_LEFT] -= header
    if not state[row + IS_SYNCED]:
        if _note(state, number, slot, 0, 0, int(state[row + IS_BROKEN])) >= 0:
            state[row + IS_BROKEN] = 0
        return
    at = _note(state, number, slot, 188 - first, header, int(state[row + IS_BROKEN]))
    if at >= 0:
        state[row + IS_BROKEN] = 0
    if state[row + WALK] != PES:
        _walk_frames(state, row, at, packets, i, first, first + header)
    elif flag & PUSI:
        _note_unit(state, number, at, 0, int(state[row + ANCHOR]))


@kernel
def _section_octets(
    state: NDArray[np.int64], pid: int, flag: int, first: int, packets: NDArray[np.uint8], i: int
) -> int:
    """Count the octets of sections in a packet: what is not, stuffing and pointer_field, does not go to Bsys."""
    if flag & (LOST | SCRAMBLED):
        state[SECTION_LEFT + pid] = -1
        state[SECTION_HEAD + pid] = 0
    if flag & (DUPLICATE | SCRAMBLED) or first >= NO_PAYLOAD:
        return 0
    n = np.int64(0)
    o = first
    begins = np.int64(188)
    if flag & PUSI:
        begins = min(np.int64(188), first + 1 + np.int64(packets[i, first]))
        o = first + 1
    while o < 188:
        if o == begins:
            state[SECTION_LEFT + pid] = state[SECTION_HEAD + pid] = 0
            begins = np.int64(188)
        left = state[SECTION_LEFT + pid]
        if left < 0:
            if begins >= 188 or o >= begins:
                break
            o = begins
            continue
        if left > 0:
            step = min(left, (begins if o < begins else 188) - o)
            state[SECTION_LEFT + pid] = left - step
            n += step
            o += step
            continue
        head = state[SECTION_HEAD + pid]
        if not head:
            if packets[i, o] == 0xFF:
                state[SECTION_LEFT + pid] = -1
                continue
            head = np.int64(1)
        head = (head << 8) | np.int64(packets[i, o])
        n += 1
        o += 1
        if head >> 24:
            state[SECTION_LEFT + pid] = head & 0xFFF
            if not head & 0xFFF:
                state[SECTION_LEFT + pid] = -1
            head = np.int64(0)
        state[SECTION_HEAD + pid] = head
    return int(n)


@kernel
def _take_table(state: NDArray[np.int64], pid: int, octets: int) -> None:
    """Note a packet of PAT, CAT, TSDT or of a PMT for the programmes whose TBsys it goes to."""
    for number in range(state[N_PROGRAMS]):
        program = PROGRAMS + number * PROGRAM_ROW
        if pid <= 3 or state[program + PMT_PID] == pid:
            _note(state, number, int(state[program + SYSTEM_SLOT]), octets, 0, 0)


@kernel
def _collect(
    state: NDArray[np.int64],
    slot: int,
    flag: int,
    first: int,
    packets: NDArray[np.uint8],
    i: int,
    heads: NDArray[np.uint8],
) -> bool:
    """Put the first octets of a PES packet's payload together; True when they are for the caller to read."""
    row = STREAMS + slot * STREAM_ROW
    begin = first
    if flag & (LOST | SCRAMBLED):
        state[row + IS_COLLECTING] = 0
    if flag & (DUPLICATE | SCRAMBLED) or first >= NO_PAYLOAD:
        return False
    if flag & PUSI:
        if state[row + IS_COLLECTING]:
            state[row + IS_COLLECTING] = 0
            state[HEAD_SLOT] = slot
            return True
        length, _ = _pes_header(packets, i, first)
        if not length or first + length > 188:
            return False
        begin = first + length
        state[row + IS_COLLECTING] = 1
        state[row + HEAD_FILL] = 0
    elif not state[row + IS_COLLECTING]:
        return False
    fill = state[row + HEAD_FILL]
    n = min(188 - begin, HEAD_ROOM - fill)
    for k in range(n):
        heads[slot, fill + k] = packets[i, begin + k]
    state[row + HEAD_FILL] = fill + n
    if fill + n < HEAD_ROOM:
        return False
    state[row + IS_COLLECTING] = 0
    state[HEAD_SLOT] = slot
    return True


@kernel
def model(
    packets: NDArray[np.uint8],
    begin: int,
    end: int,
    pids: NDArray[np.int32],
    flags: NDArray[np.uint8],
    payload_offsets: NDArray[np.uint8],
    pcrs: NDArray[np.int64],
    state: NDArray[np.int64],
    heads: NDArray[np.uint8],
) -> int:
    """Take the rows from ``begin`` to ``end``.

    Parameters
    ----------
    packets : ndarray of shape (N, 188), uint8
    pids, flags, payload_offsets, pcrs : outputs of `scan_packets`
    state, heads : of `new_state`, updated

    Returns
    -------
    row : int    DONE, or the row before which the caller must read the first octets of an access unit of the stream
        [HEAD_SLOT]: HEAD_FILL of its row in ``heads``; then it goes on with that row as ``begin``
    """
    origin = state[POSITION] - begin
    following = begin
    while following < end:
        i = following
        following += 1
        pid = np.int64(pids[i])
        if pid < 0:
            continue
        role = state[ROLES + pid]
        if not role:
            continue
        flag = np.int64(flags[i])
        if flag & UNUSABLE:
            continue
        first = int(payload_offsets[i])
        if role & ES:
            slot = int(state[ES_SLOTS + pid])
            row = STREAMS + slot * STREAM_ROW
            state[POSITION] = origin + i
            if not flag and first == 4 and state[row + IS_PLAIN]:  # most of them
                while (
                    following < end
                    and pids[following] == pid
                    and not flags[following]
                    and payload_offsets[following] == 4
                ):
                    following += 1
                _note_run(state, int(state[row + PROGRAM]), slot, following - i)
                continue
            if state[row + WANTS_HEAD] and _collect(state, slot, int(flag), first, packets, i, heads):
                return i
            if role & CLOCK and pcrs[i] >= 0:
                _take_pcr(state, int(pid), pcrs[i], flag & DISCONTINUITY != 0)
            if state[row + KIND] != NOT_KNOWN:
                _take_es(state, slot, int(flag), first, packets, i)
                state[row + IS_PLAIN] = (
                    state[row + WALK] == PES
                    and state[row + KIND] >= MAIN
                    and state[row + IS_SYNCED]
                    and not (state[row + HEADER_LEFT] or state[row + IS_BROKEN] or state[row + WANTS_HEAD])
                )
            continue
        state[POSITION] = origin + i
        if role & CLOCK and pcrs[i] >= 0:
            _take_pcr(state, int(pid), pcrs[i], flag & DISCONTINUITY != 0)
        if role & SYSTEM_TABLE:
            _take_table(state, int(pid), _section_octets(state, int(pid), int(flag), first, packets, i))
    state[POSITION] = origin + end
    return DONE
