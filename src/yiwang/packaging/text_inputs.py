"""The subtitle streams of a programme, by PID: a track goes on whatever PID or page its subtitles move to."""

from collections.abc import Callable, Iterator, Sequence

from yiwang.base.elementary import Marks, Octets
from yiwang.base.events import Fault
from yiwang.packaging.inputs import Identity
from yiwang.packaging.names import Names, numbered
from yiwang.packaging.period import OpenPeriod
from yiwang.packaging.read_track import ReadTrack
from yiwang.packaging.reading import Reader
from yiwang.packaging.text import TEXT_CONFIG, TextInput, TextTrack, text_config
from yiwang.packaging.text_streams import DVB_SUBTITLE, TELETEXT, TextPage, TextSpec

READ_SUFFIX = "-ocr"
"""Names of tracks with text that was read in another's pictures end so."""


class TextInputs:
    """What is fed to each, and the tracks that come of them.

    Parameters
    ----------
    names : Names
    faults : list of Fault    theirs are appended here
    reader : Reader or None   who reads those that are pictures
    wait : bool               for what it reads, however long it takes
    """

    def __init__(self, names: Names, faults: list[Fault], reader: Reader | None = None, *, wait: bool = False) -> None:
        self._names = names
        self._faults = faults
        self._reader = reader
        self._wait = wait
        self._refused: set[str] = set()  # languages of which that has been told
        self._by_pid: dict[int, TextInput] = {}
        self._tracks: dict[str, TextTrack] = {}

    def __contains__(self, pid: int) -> bool:
        return pid in self._by_pid

    @property
    def tracks(self) -> Iterator[tuple[TextInput, TextTrack]]:
        """All tracks, each with the stream it comes of."""
        return ((source, track) for source in self._by_pid.values() for track in source.tracks)

    @property
    def track_names(self) -> set[str]:
        """Names of all tracks."""
        return {track.name for _, track in self.tracks}

    def set(self, specs: Sequence[TextSpec], period: OpenPeriod | None) -> None:
        """Take the subtitle streams of a new PMT; what ``period`` writes follows them."""
        pages = numbered(((spec, page) for spec in specs for page in spec.pages), _identity)
        names = {(spec.pid, page.page): self._names.of(key, "text") for key, (spec, page) in pages}

        def tracks_of(spec: TextSpec) -> Callable[[TextPage], tuple[TextTrack, ...]]:
            def find(page: TextPage) -> tuple[TextTrack, ...]:
                name = names[spec.pid, page.page]
                track = self._tracks.setdefault(name, TextTrack(name, page, text_config(spec)))
                read = self._read(name, page, spec) if spec.format == DVB_SUBTITLE else None
                return (track,) if read is None else (track, read)

            return find

        before, self._by_pid = self._by_pid, {}
        for spec in specs:
            source = before.get(spec.pid)
            if source is None or source.spec != spec:
                source = TextInput(spec, tracks_of(spec))
            self._by_pid[spec.pid] = source
        for output in period.texts if period is not None else ():
            for source in self._by_pid.values():
                if output.track in source.tracks:
                    output.follow(source)

    def _read(self, name: str, page: TextPage, spec: TextSpec) -> TextTrack | None:
        """Return the track of what is read in a page's pictures; None where nobody reads them."""
        refusal = "" if self._reader is None else self._reader.refusal(page.language)
        if self._reader is None or refusal is not None:
            if refusal and page.language not in self._refused:
                self._refused.add(page.language)
                self._faults.append(Fault("subtitle_language_not_read", pid=spec.pid, detail=refusal))
            return None
        name += READ_SUFFIX
        if name not in self._tracks:
            self._reader.prepare(page.language)
            self._tracks[name] = ReadTrack(name, page, TEXT_CONFIG, self._reader, self._faults.append, wait=self._wait)
        return self._tracks[name]

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
