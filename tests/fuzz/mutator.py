"""Octets made wrong: at random, but the same for the same seed."""

import numpy as np

LARGEST_OCTETS = 1 << 17
ODD = np.array([0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF, 0x47, 0x40, 0x3F], np.uint8)


class Mutator:
    """Makes inputs of seeds: a few changes each, now and then very many.

    Parameters
    ----------
    rng : numpy.random.Generator
    packets : bool    the seeds are transport packets: whole ones are moved, and their headers changed, too
    """

    def __init__(self, rng: np.random.Generator, *, packets: bool = False) -> None:
        self._rng = rng
        self._steps = [self._flip, self._flip, self._odd, self._noise, self._cut_out, self._repeat, self._number]
        if packets:
            self._steps += [self._move_packet, self._header, self._header, self._lose_packet]

    def mutate(self, seed: bytes, other: bytes) -> bytes:
        """Return ``seed`` with changes; ``other`` is a second seed whose pieces may come in."""
        rng = self._rng
        octets = np.frombuffer(seed, np.uint8).copy()
        for _ in range(int(rng.choice([1, 1, 2, 3, 8, 40]))):
            if octets.size < 2:
                break
            octets = self._steps[rng.integers(len(self._steps))](octets)
        if rng.random() < 0.1 and octets.size and other:
            at, begin = int(rng.integers(octets.size)), int(rng.integers(len(other)))
            octets = np.concatenate([octets[:at], np.frombuffer(other, np.uint8)[begin : begin + 4096], octets[at:]])
        if rng.random() < 0.01 and octets.size:
            octets = self._stretch(octets)
        return octets[:LARGEST_OCTETS].tobytes()

    def cuts(self, octets: bytes, most: int = 8) -> list[bytes]:
        """Return the octets in a few blocks."""
        places = sorted(int(p) for p in self._rng.integers(0, len(octets) + 1, int(self._rng.integers(most))))
        return [octets[a:b] for a, b in zip([0, *places], [*places, len(octets)], strict=True)]

    def lose(self, n: int, share: float = 0.1) -> list[bool]:
        """Return of ``n`` things which are lost."""
        return [bool(lost) for lost in self._rng.random(n) < share]

    def _at(self, octets: np.ndarray) -> int:
        # the begin of anything is where its structure is
        return int(self._rng.integers(min(octets.size, 64) if self._rng.random() < 0.3 else octets.size))

    def _flip(self, octets: np.ndarray) -> np.ndarray:
        octets[self._at(octets)] ^= 1 << int(self._rng.integers(8))
        return octets

    def _odd(self, octets: np.ndarray) -> np.ndarray:
        octets[self._at(octets)] = self._rng.choice(ODD)
        return octets

    def _noise(self, octets: np.ndarray) -> np.ndarray:
        at, n = self._at(octets), int(self._rng.integers(1, 200))
        part = octets[at : at + n]
        part[:] = self._rng.integers(0, 256, part.size, np.uint8)
        return octets

    def _cut_out(self, octets: np.ndarray) -> np.ndarray:
        at, n = self._at(octets), int(self._rng.integers(1, 300))
        return np.delete(octets, np.s_[at : at + n])

    def _repeat(self, octets: np.ndarray) -> np.ndarray:
        at, n, times = self._at(octets), int(self._rng.integers(1, 300)), int(self._rng.integers(1, 4))
        return np.concatenate([octets[: at + n], *[octets[at : at + n]] * times, octets[at + n :]])

    def _stretch(self, octets: np.ndarray) -> np.ndarray:
        """A few octets very many times: whose time is more than linear shows it."""
        at, n = self._at(octets), int(self._rng.integers(1, 9))
        part = octets[at : at + n]
        return np.concatenate([octets[:at], np.tile(part, (LARGEST_OCTETS >> 1) // part.size), octets[at:]])

    def _number(self, octets: np.ndarray) -> np.ndarray:
        """Two octets, as most lengths are, become a number near an end of their range."""
        at = self._at(octets)
        value = int(self._rng.choice([0, 1, 0x0FFF, 0x1FFF, 0x7FFF, 0xFFFF, octets.size - at, octets.size]))
        part = octets[at : at + 2]
        part[:] = [value >> 8 & 0xFF, value & 0xFF][: part.size]
        return octets

    def _packet(self, octets: np.ndarray) -> slice:
        at = int(self._rng.integers(max(1, octets.size // 188))) * 188
        return np.s_[at : at + 188]

    def _move_packet(self, octets: np.ndarray) -> np.ndarray:
        packet = octets[self._packet(octets)].copy()
        at = int(self._rng.integers(max(1, octets.size // 188))) * 188
        return np.concatenate([octets[:at], packet, octets[at:]])

    def _lose_packet(self, octets: np.ndarray) -> np.ndarray:
        return np.delete(octets, self._packet(octets))

    def _header(self, octets: np.ndarray) -> np.ndarray:
        packet = octets[self._packet(octets)]
        if packet.size > 8:
            packet[int(self._rng.integers(1, 8))] = self._rng.integers(256)
        return octets
