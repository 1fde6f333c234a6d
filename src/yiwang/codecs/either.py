"""A stream whose stream_type may be wrong about how its sound is framed: its octets tell."""

from collections.abc import Callable
from copy import copy
from typing import ClassVar, Self

from yiwang.base.elementary import AccessUnit, Marks, Octets
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.codecs.frame_search import FrameSearch


class EitherFramer:
    """The machine: see `yiwang.codecs.framer.Framer`. The framing whose frames come first is that of the stream.

    KINDS has the name and the framer of each that may be: what stream_type says, then what else there is in the field. None
    finds frames of another kind, as each needs two headers that agree.
    """

    KINDS: ClassVar[tuple[tuple[str, Callable[[], FrameSearch]], ...]]

    def __init__(self) -> None:
        self._chosen: FrameSearch | None = None
        self._candidates = tuple(make() for _, make in self.KINDS)
        self._faults: list[Fault] = []

    def __copy__(self) -> Self:
        other = object.__new__(type(self))
        chosen = self._chosen
        # those that were not chosen are fed no more
        other._candidates = tuple(copy(each) if chosen in (None, each) else each for each in self._candidates)
        other._chosen = None if chosen is None else other._candidates[self._candidates.index(chosen)]
        other._faults = self._faults[:]
        return other

    def feed(self, es: Octets, marks: Marks) -> list[AccessUnit]:
        """Take a block; return the access units it completes."""
        if self._chosen is not None:
            return self._chosen.feed(es, marks)
        return self._choose([(framer, framer.feed(es, marks)) for framer in self._candidates])

    def flush(self) -> list[AccessUnit]:
        """Take the end of the stream; what comes after it is looked into anew."""
        chosen = self._chosen
        units = self._choose([(framer, framer.flush()) for framer in ((chosen,) if chosen else self._candidates)])
        self._faults = self.drain_faults()
        chosen = self._chosen or self._candidates[0]
        # what the chosen one knows stays true of a next file: a configuration may come but once
        anew = ((make(), framer) for (_, make), framer in zip(self.KINDS, self._candidates, strict=True))
        self._candidates = tuple(framer if framer is chosen else other for other, framer in anew)
        self._chosen = None
        return units

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call; while no frame has been found there are none."""
        faults, self._faults = self._faults, []
        framer = self._chosen or self._candidates[0]
        return faults + framer.drain_faults() if framer.first_frame is not None else faults

    def _choose(self, found: list[tuple[FrameSearch, list[AccessUnit]]]) -> list[AccessUnit]:
        for framer, units in sorted(found, key=lambda pair: pair[0].first_frame or 0):
            if units:
                if self._chosen is None:
                    self._chosen = framer
                    self._note_kind(self._candidates.index(framer))
                return units
        return []

    def _note_kind(self, n: int) -> None:
        if n:
            detail = said("type-says", one=self.KINDS[0][0], other=self.KINDS[n][0])
            self._faults.append(Fault("wrong_stream_type", detail=detail))
