"""Many different texts, each once, end to end in a few arrays."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from yiwang.store.search.alphabet import Alphabet, Ids

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KnownHashes:
    """Which hash belongs to which index: a sorted array, as a dictionary of a million entries would be ten times as large."""

    hashes: Int64
    indices: npt.NDArray[np.int32]

    @classmethod
    def of(cls, hashes: Int64) -> Self:
        """Return the hashes of the indices from 0 on."""
        order = np.argsort(hashes)
        return cls(hashes[order], order.astype(np.int32))

    def find(self, hashes: Int64) -> npt.NDArray[np.int32]:
        """Return the index of each hash, -1: unknown."""
        if not len(self.hashes):
            return np.full(len(hashes), -1, np.int32)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[at] == hashes, self.indices[at], np.int32(-1))

    def add(self, hashes: Int64) -> Self:
        """Return these and new ones, whose indices follow those that are known."""
        order = np.argsort(hashes)
        at = np.searchsorted(self.hashes, hashes[order])
        indices = (len(self.hashes) + order).astype(np.int32)
        return type(self)(np.insert(self.hashes, at, hashes[order]), np.insert(self.indices, at, indices))


NO_HASHES = KnownHashes(np.empty(0, np.int64), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class Texts:
    """N texts. ``characters``, ``readings`` of the searched characters of text n are from ``starts[n]`` on, up to a 0.

    They begin with a 0, too. ``octets`` is what they are as written, UTF-8, from ``octet_starts[n]``. Where ``readings``
    are not kept they are one 0.
    """

    starts: Int64
    characters: Ids
    readings: Ids
    octets: bytes
    octet_starts: Int64
    known: KnownHashes

    def __len__(self) -> int:
        return len(self.starts) - 1

    def text(self, n: int) -> str:
        """Return a text as it was written."""
        return self.octets[self.octet_starts[n] : self.octet_starts[n + 1]].decode("utf-8", "surrogatepass")

    def add(self, texts: list[str], alphabet: Alphabet, *, read: bool) -> tuple["Texts", npt.NDArray[np.int32]]:
        """Return these and the new ones among ``texts`` (all different), and the index of each."""
        hashes = np.fromiter(map(hash, texts), np.int64, len(texts))
        indices = self.known.find(hashes)
        new = np.flatnonzero(indices < 0)
        if not len(new):
            return self, indices
        indices[new] = len(self) + np.arange(len(new), dtype=np.int32)
        added = [texts[n] for n in new.tolist()]
        starts, characters, readings = alphabet.split(added)
        octets = [text.encode("utf-8", "surrogatepass") for text in added]
        sizes = np.fromiter(map(len, octets), np.int64, len(octets))
        more = Texts(
            starts=np.concatenate([self.starts, self.starts[-1] + starts[1:]]),
            characters=np.concatenate([self.characters, characters]),
            readings=np.concatenate([self.readings, readings]) if read else self.readings,
            octets=b"".join([self.octets, *octets]),
            octet_starts=np.concatenate([self.octet_starts, self.octet_starts[-1] + np.cumsum(sizes)]),
            known=self.known.add(hashes[new]),
        )
        return more, indices

    def only(self, kept: npt.NDArray[np.bool_]) -> "Texts":
        """Return those of ``kept``, in the same order."""
        characters = np.append(True, np.repeat(kept, np.diff(self.starts)))
        octets = np.repeat(kept, np.diff(self.octet_starts))
        hashes = np.empty(len(self), np.int64)
        hashes[self.known.indices] = self.known.hashes
        return Texts(
            starts=1 + _starts(np.diff(self.starts)[kept]),
            characters=self.characters[characters],
            readings=self.readings[characters] if len(self.readings) > 1 else self.readings,
            octets=np.frombuffer(self.octets, np.uint8)[octets].tobytes(),
            octet_starts=_starts(np.diff(self.octet_starts)[kept]),
            known=KnownHashes.of(hashes[kept]),
        )


def _starts(sizes: Int64) -> Int64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


_ZERO = np.zeros(1, np.uint16)
NO_TEXTS = Texts(np.ones(1, np.int64), _ZERO, _ZERO, b"", np.zeros(1, np.int64), NO_HASHES)
