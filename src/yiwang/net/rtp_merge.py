"""Copies of one RTP stream, come over several paths, merged into one without a seam: SMPTE ST 2022-7. No I/O, no clock.

A packet is given out when its turn comes, whichever leg brought it first. A gap is waited for until its first successor has
waited for ``skew_ms``: by then the slowest path has delivered, or has lost the packet as well. Where only one leg is alive
nobody else can fill it, and REORDER_MS is enough.

A leg whose numbers or time stamps are not those of the others stands *apart*: its sender began anew, or it carries another
stream. Nothing is taken from it until it agrees again; when no other leg is alive, the stream goes on with its numbers.
"""

import struct
from dataclasses import dataclass, field

from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.net.rtp_reorder import REORDER_MS, rtp_payload

ALIVE_MS = 1_000
"""A leg that brought nothing for so long is dead."""
WINDOW_PACKETS = 8_192
"""Numbers that differ by more belong to another sequence; no skew is so long."""
PROOF_PACKETS = 2
"""So many packets in sequence prove a leg's new place (RFC 3550 A.1)."""
DISAGREEMENTS = 16
"""After so many copies with another time stamp in a row a leg does not carry the same stream."""
LEG_HISTORY_PACKETS = 256
"""A number that a leg has not brought so many packets later it has lost."""
LARGEST_CLAIMS = 64

_HEADER = struct.Struct("!BBHII")
_NEVER, _GIVEN, _GIVEN_UP = 0, 1, 2
_HISTORY_MASK = (1 << LEG_HISTORY_PACKETS) - 1

_SAID = {
    "rtp_lost": "rtp-no-path",
    "rtp_leg_lost": "rtp-one-path",
    "rtp_leg_late": "rtp-path-late",
    "rtp_leg_silent": "rtp-path-silent",
    "rtp_leg_apart": "rtp-paths-apart",
    "rtp_restarted": "rtp-anew",
    "rtp_malformed": "rtp-no-rtp",
    "rtp_not_ts": "rtp-no-ts",
}


@dataclass(slots=True)
class Leg:
    """One path: packets since the start, and where in its own sequence it is."""

    received: int = 0
    lost: int = 0  # numbers that never came over it
    late: int = 0  # came when they had been given up
    duplicate: int = 0  # came over this same path before
    apart: int = 0  # not used: of another sequence
    heard_ms: int | None = None
    is_alive: bool = True
    is_apart: bool = False
    _newest: int = -1
    _ssrc: int = 0
    _seen: int = 0  # bit i: number newest - i came, or was before the first
    _disagreements: int = 0
    _proof: tuple[int, int, int] = field(default=(-1, 0, 0))  # number and SSRC that come next, how many have


class RtpMerge:
    """Datagrams of all legs in; ``ready`` payloads out, in order of sequence_number, each once.

    Parameters
    ----------
    n_legs : int
    skew_ms : int      largest difference of delay between the paths
    """

    def __init__(self, n_legs: int, skew_ms: int) -> None:
        self.ready: list[memoryview | bytes] = []
        self.legs = [Leg() for _ in range(n_legs)]
        self.skew_ms = skew_ms
        self._counts = dict.fromkeys(_SAID, 0)
        self._next = -1
        self._state = bytearray(65536)  # by sequence_number: what became of it, half the numbers back
        self._stamps = [0] * 65536  # time stamps of what was given out or waits
        self._waiting: dict[int, tuple[bytes, int]] = {}  # sequence_number: payload, arrival; in order of arrival
        self._claims: dict[int, tuple[Leg, int]] = {}  # sequence_number: time stamp that a leg apart says it has
        self._began_ms: int | None = None

    def feed(self, leg_index: int, datagram: memoryview, now_ms: int) -> None:
        """Take one datagram.

        Parameters
        ----------
        leg_index : int           which path it came over
        datagram : memoryview     one RTP packet: header and payload
        now_ms : int              of a monotonic clock
        """
        payload = rtp_payload(datagram, self._counts)
        if payload is None:
            return
        leg = self.legs[leg_index]
        leg.heard_ms, leg.is_alive = now_ms, True
        leg.received += 1
        _, _, number, stamp, ssrc = _HEADER.unpack_from(datagram)
        if not self._follows(leg, number, ssrc):
            leg.apart += 1
            return
        if self._next < 0:
            self._begin(number)
        ahead = (number - self._next) & 0xFFFF
        in_window = ahead < WINDOW_PACKETS or ahead >= 0x10000 - WINDOW_PACKETS
        if not in_window or not self._agrees(leg, number, stamp, ahead):
            self._stand_apart(leg, number, payload, stamp, now_ms)
            return
        leg.is_apart = False
        if self._claims:
            self._check_claim(number, stamp)
        self._place(leg, number, ahead, payload, stamp, now_ms)

    def expire(self, now_ms: int) -> None:
        """Give up the gaps that have been waited for long enough; note which legs are dead."""
        if self._began_ms is None:
            self._began_ms = now_ms
        for leg in self.legs:
            heard_ms = self._began_ms if leg.heard_ms is None else leg.heard_ms
            if leg.is_alive and now_ms - heard_ms > ALIVE_MS:
                leg.is_alive = False
                self._counts["rtp_leg_silent"] += 1
        wait_ms = self.skew_ms if sum(leg.is_alive for leg in self.legs) > 1 else REORDER_MS
        while self._waiting and now_ms - next(iter(self._waiting.values()))[1] > wait_ms:
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

    # -- a leg's own sequence

    def _follows(self, leg: Leg, number: int, ssrc: int) -> bool:
        """Take a number into the leg's sequence; False: it is a stray one, or the first of a new sequence."""
        if leg._newest < 0:
            leg._newest, leg._ssrc, leg._seen = number, ssrc, _HISTORY_MASK
            return True
        ahead = (number - leg._newest) & 0xFFFF
        if ssrc == leg._ssrc and 0 < ahead < WINDOW_PACKETS:
            leg._newest = number
            forgotten = min(ahead, LEG_HISTORY_PACKETS)
            came = (leg._seen >> (LEG_HISTORY_PACKETS - forgotten)).bit_count()
            leg.lost += ahead - came
            self._counts["rtp_leg_lost"] += ahead - came
            leg._seen = (leg._seen << forgotten | 1) & _HISTORY_MASK
            return True
        behind = -ahead & 0xFFFF
        if ssrc == leg._ssrc and behind < LEG_HISTORY_PACKETS:
            if leg._seen >> behind & 1:
                leg.duplicate += 1
            else:
                leg._seen |= 1 << behind
            return True
        expected, of_ssrc, proofs = leg._proof
        proofs = proofs + 1 if (number, ssrc) == (expected, of_ssrc) else 1
        leg._proof = ((number + 1) & 0xFFFF, ssrc, proofs)
        if proofs < PROOF_PACKETS:
            return False
        leg._newest, leg._ssrc, leg._seen = number, ssrc, _HISTORY_MASK
        leg._disagreements = DISAGREEMENTS  # its numbers may be near the others' by chance: it must show that it agrees
        return True

    # -- the merged sequence

    def _begin(self, number: int) -> None:
        self._next = number
        self._state = bytearray(65536)
        self._waiting.clear()
        self._claims.clear()

    def _agrees(self, leg: Leg, number: int, stamp: int, ahead: int) -> bool:
        """Compare with the other legs' copy of it, where there is one."""
        is_known = number in self._waiting if ahead < WINDOW_PACKETS else self._state[number] == _GIVEN
        if is_known:
            leg._disagreements = 0 if self._stamps[number] == stamp else min(leg._disagreements + 1, DISAGREEMENTS)
        return leg._disagreements < DISAGREEMENTS

    def _check_claim(self, number: int, stamp: int) -> None:
        """Let a leg that is ahead of the others come in when what it had is what they bring."""
        leg, claimed = self._claims.pop(number, (None, 0))
        if leg is not None and claimed == stamp:
            leg._disagreements = 0

    def _stand_apart(self, leg: Leg, number: int, payload: memoryview, stamp: int, now_ms: int) -> None:
        """Leave a packet out; when no leg is in the old sequence any more, go on with this one's."""
        if not leg.is_apart:
            leg.is_apart = True
            self._counts["rtp_leg_apart"] += 1
        patience_ms = max(self.skew_ms, REORDER_MS)
        others = (o for o in self.legs if o is not leg and not o.is_apart and o.heard_ms is not None)
        if any(now_ms - (o.heard_ms or 0) <= patience_ms for o in others):
            leg.apart += 1
            if len(self._claims) >= LARGEST_CLAIMS:
                del self._claims[next(iter(self._claims))]
            self._claims[number] = leg, stamp
            return
        while self._waiting:
            self._skip_gap()
        self._counts["rtp_restarted"] += 1
        self._begin(number)
        leg.is_apart = False
        leg._disagreements = 0
        self._place(leg, number, 0, payload, stamp, now_ms)

    def _place(self, leg: Leg, number: int, ahead: int, payload: memoryview, stamp: int, now_ms: int) -> None:
        if ahead >= WINDOW_PACKETS:
            if self._state[number] == _GIVEN_UP:
                leg.late += 1
                self._counts["rtp_leg_late"] += 1
        elif ahead == 0:
            self._stamps[number] = stamp
            self._give(payload)
            self._give_waiting()
        elif number not in self._waiting:
            self._stamps[number] = stamp
            self._waiting[number] = (bytes(payload), now_ms)

    def _give(self, payload: memoryview | bytes) -> None:
        self.ready.append(payload)
        self._step(_GIVEN)

    def _step(self, state: int) -> None:
        self._state[self._next] = state
        self._state[(self._next + 0x8000) & 0xFFFF] = _NEVER
        self._next = (self._next + 1) & 0xFFFF

    def _give_waiting(self) -> None:
        while self._next in self._waiting:
            self._give(self._waiting.pop(self._next)[0])

    def _skip_gap(self) -> None:
        while self._next not in self._waiting:
            self._step(_GIVEN_UP)
            self._counts["rtp_lost"] += 1
        self._give_waiting()
