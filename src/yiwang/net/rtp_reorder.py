"""RTP packets back in the order they were sent (RFC 3550), carrying a transport stream (RFC 2250). No I/O, no clock.

A gap is waited for until ``REORDER_PACKETS`` later packets have come or ``REORDER_MS`` have passed, then it is lost. A
sequence number far from the expected one, or another SSRC, is believed when the next number follows it (RFC 3550 A.1),
so one stray datagram does no harm and a restarted sender is picked up at its second packet.
"""

import struct

from yiwang.base.events import Fault
from yiwang.base.said import said

REORDER_PACKETS = 64
REORDER_MS = 50
HISTORY_PACKETS = 256  # how far back a late packet is known from a restart
MAX_DROPOUT = 3000  # RFC 3550 A.1: a larger step forward is a restart

PAYLOAD_TYPE_MP2T = 33  # RFC 3551
SYNC_BYTE = 0x47

_HEADER = struct.Struct("!BBHII")
_SEEN_MASK = (1 << HISTORY_PACKETS) - 1

_SAID = {
    "rtp_lost": "rtp-lost",
    "rtp_late": "rtp-given-up",
    "rtp_duplicate": "rtp-twice",
    "rtp_malformed": "rtp-or-bare",
    "rtp_not_ts": "rtp-no-ts",
    "rtp_restarted": "rtp-anew",
}


def rtp_payload(datagram: memoryview, counts: dict[str, int]) -> memoryview | None:
    """Take off the fixed header, CSRC list, extension and padding: RFC 3550 5.1, 5.3.1.

    Returns
    -------
    memoryview or None    None: it is not RTP, or carries no transport stream; counted as ``rtp_malformed``, ``rtp_not_ts``
    """
    end = len(datagram)
    if end < 12 or datagram[0] >> 6 != 2:
        counts["rtp_malformed"] += 1
        return None
    start = 12 + 4 * (datagram[0] & 0x0F)
    if datagram[0] & 0x10 and start + 4 <= end:
        start += 4 + 4 * (datagram[start + 2] << 8 | datagram[start + 3])
    if datagram[0] & 0x20:
        end -= datagram[end - 1]
    if start > end:
        counts["rtp_malformed"] += 1
        return None
    if datagram[1] & 0x7F != PAYLOAD_TYPE_MP2T and (start == end or datagram[start] != SYNC_BYTE):
        counts["rtp_not_ts"] += 1
        return None
    return datagram[start:end]


class RtpReorder:
    """Datagrams in; ``ready`` payloads out, in order of sequence_number.

    The payloads in ``ready`` may be views of the datagram last fed: take them before its memory is used again.
    """

    def __init__(self) -> None:
        self.ready: list[memoryview | bytes] = []
        self._counts = dict.fromkeys(_SAID, 0)
        self._next = -1  # the sequence_number to give out next; -1 before the first packet
        self._ssrc = 0
        self._seen = 0  # bit i: packet next - 1 - i was given out
        self._waiting: dict[int, tuple[bytes, int]] = {}  # sequence_number: payload, arrival; in order of arrival
        self._suspect = (-1, 0)  # sequence_number and SSRC which, if they come next, prove a restart

    def feed(self, datagram: memoryview, now_ms: int) -> None:
        """Take one datagram.

        Parameters
        ----------
        datagram : memoryview     one RTP packet: header and payload
        now_ms : int              of a monotonic clock
        """
        payload = rtp_payload(datagram, self._counts)
        if payload is None:
            return
        _, _, sequence_number, _, ssrc = _HEADER.unpack_from(datagram)
        if self._next < 0:
            self._next, self._ssrc = sequence_number, ssrc
        ahead = (sequence_number - self._next) & 0xFFFF
        if ahead == 0 and ssrc == self._ssrc:
            self._give(payload)
            self._give_waiting()
        elif ssrc == self._ssrc and ahead <= MAX_DROPOUT:
            self._wait(sequence_number, bytes(payload), now_ms)
        elif ssrc == self._ssrc and 0x10000 - ahead <= HISTORY_PACKETS:
            seen = self._seen >> (0x10000 - ahead - 1) & 1
            self._counts["rtp_duplicate" if seen else "rtp_late"] += 1
        elif (sequence_number, ssrc) == self._suspect:
            self._restart(sequence_number, ssrc, payload)
        else:
            self._suspect = ((sequence_number + 1) & 0xFFFF, ssrc)

    def expire(self, now_ms: int) -> None:
        """Give up the gaps that have been waited for long enough."""
        while self._waiting and now_ms - next(iter(self._waiting.values()))[1] > REORDER_MS:
            self._skip_gap()

    @property
    def is_waiting(self) -> bool:
        """Whether a packet has come before its turn."""
        return bool(self._waiting)

    def drain_faults(self) -> list[Fault]:
        """Return the counts since the last call."""
        faults = [Fault(name, n, detail=said(_SAID[name], n=n)) for name, n in self._counts.items() if n]
        for fault in faults:
            self._counts[fault.name] = 0
        return faults

    def _give(self, payload: memoryview | bytes) -> None:
        self.ready.append(payload)
        self._next = (self._next + 1) & 0xFFFF
        self._seen = (self._seen << 1 | 1) & _SEEN_MASK

    def _give_waiting(self) -> None:
        while self._next in self._waiting:
            self._give(self._waiting.pop(self._next)[0])

    def _wait(self, sequence_number: int, payload: bytes, now_ms: int) -> None:
        if sequence_number in self._waiting:
            self._counts["rtp_duplicate"] += 1
            return
        self._waiting[sequence_number] = (payload, now_ms)
        if len(self._waiting) > REORDER_PACKETS:
            self._skip_gap()

    def _skip_gap(self) -> None:
        nearest = min((n - self._next) & 0xFFFF for n in self._waiting)
        self._counts["rtp_lost"] += nearest
        self._next = (self._next + nearest) & 0xFFFF
        self._seen = (self._seen << min(nearest, HISTORY_PACKETS)) & _SEEN_MASK
        self._give_waiting()

    def _restart(self, sequence_number: int, ssrc: int, payload: memoryview) -> None:
        while self._waiting:
            self._skip_gap()
        self._counts["rtp_restarted"] += 1
        self._next, self._ssrc, self._seen = sequence_number, ssrc, 0
        self._give(payload)
