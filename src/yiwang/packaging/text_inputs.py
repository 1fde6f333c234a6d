"""The subtitle streams of a programme, by PID: a track goes on whatever PID or page its subtitles move to."""

from collections.abc import Callable, Iterator, Sequence

from yiwang.base.elementary import Marks, Octets
from yiwang.base.events import Fault
from yiwang.packaging.inputs import Identity
from yiwang.packaging.names import Names, numbered
from yiwang.packaging.period import OpenPeriod
from yiwang.packaging.text import TextInput, TextTrack, text_config
from yiwang.packaging.text_streams import TELETEXT, TextPage, TextSpec


class TextInputs:
    """What is fed to each, and the tracks that come of them.

    Parameters
    ----------
    names : Names
    faults : list of Fault    theirs are appended here
    """

    def __init__(self, names: Names, faults: list[Fault]) -> None:
        self._names = names
        self._faults = faults
        self._by_pid: dict[int, TextInput] = {}
        self._tracks: dict[str, TextTrack] = {}

    def __contains__(self, pid: int) -> bool:
        return pid in self._by_pid

    @property
    def tracks(self) -> Iterator[tuple[TextInput, TextTrack]]:
        """All tracks, each with the stream it comes of."""
        return ((source, track) for source in self._by_pid.values() for track in source.tracks.values())

    @property
    def track_names(self) -> set[str]:
        """Names of all tracks."""
        return {track.name for _, track in self.tracks}

    def set(self, specs: Sequence[TextSpec], period: OpenPeriod | None) -> None:
        """Take the subtitle streams of a new PMT; what ``period`` writes follows them."""
        pages = numbered(((spec, page) for spec in specs for page in spec.pages), _identity)
        names = {(spec.pid, page.page): self._names.of(key, "text") for key, (spec, page) in pages}

        def track_of(spec: TextSpec) -> Callable[[TextPage], TextTrack]:
            def find(page: TextPage) -> TextTrack:
                name = names[spec.pid, page.page]
                return self._tracks.setdefault(name, TextTrack(name, page, text_config(spec)))

            return find

        before, self._by_pid = self._by_pid, {}
        for spec in specs:
            source = before.get(spec.pid)
            if source is None or source.spec != spec:
                source = TextInput(spec, track_of(spec))
            self._by_pid[spec.pid] = source
        for output in period.texts if period is not None else ():
            for source in self._by_pid.values():
                if output.track in source.tracks.values():
                    output.follow(source)

    def feed(self, pid: int, es: Octets, marks: Marks, reference: int | None, base: int) -> None:
        """Take a block; ``reference`` is the raw time of the last picture: before the first no text can be seen."""
        if reference is not None:
            source = self._by_pid[pid]
            source.feed(es, marks, reference, base)
            self._faults += source.drain_faults()

    def finish(self, reference: int | None, base: int) -> None:
        """Take the end of all of them."""
        for source in self._by_pid.values():
            source.finish(reference or 0, base)


def _identity(stream: tuple[TextSpec, TextPage]) -> Identity:
    spec, page = stream
    return ("text", 0, page.language, page.role, None if spec.format == TELETEXT else 1)
