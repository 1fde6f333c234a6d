"""Names of a channel's tracks: a stream keeps its name for ever, whatever PID it moves to."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from yiwang.packaging.inputs import Identity

K = TypeVar("K")
V = TypeVar("V")
Key = tuple[Identity, int]
"""What a stream is, and how many of the same identity come before it in the PMT."""


class Names:
    """'video', 'audio', 'audio-2', 'text', ...: the first free one for each stream that is new."""

    def __init__(self) -> None:
        self._names: dict[Key, str] = {}

    def of(self, key: Key, kind: str) -> str:
        """Return the name of a stream."""
        name = self._names.get(key)
        if name is None:
            n = sum(other.partition("-")[0] == kind for other in self._names.values())
            name = self._names[key] = kind if n == 0 else f"{kind}-{n + 1}"
        return name


def ordinal(name: str) -> int:
    """1 for 'audio', 2 for 'audio-2'."""
    return int(name.partition("-")[2] or 1)


def numbered(items: Iterable[V], key: Callable[[V], K]) -> Iterator[tuple[tuple[K, int], V]]:
    """Pair each item with its key and how many equal keys came before."""
    seen: dict[K, int] = {}
    for item in items:
        k = key(item)
        seen[k] = seen.get(k, -1) + 1
        yield (k, seen[k]), item
