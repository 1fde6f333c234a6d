"""Package files to a folder: the same core as live, the whole presentation kept, playlists written at the end."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from yiwang.base.errors import NotFound, WorkError
from yiwang.base.events import Fault
from yiwang.codecs.registry import is_packaged
from yiwang.isobmff.chunk_samples import split_chunks
from yiwang.mpegts.stream_coding import plain_type
from yiwang.net.file_blocks import read_blocks
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media, hls_multivariant
from yiwang.origin.presentation import Presentation
from yiwang.origin.settings import PresentationSettings
from yiwang.origin.ts_view import hls_ts, ts_contents
from yiwang.packaging.events import PackagerEvent, PartPublished, PeriodStarted, SegmentPublished
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import Skipped, TransportPackager
from yiwang.packaging.ts_segment import ts_segment
from yiwang.services.reading import ReadSubtitles, subtitle_reader
from yiwang.services.transcoding import TranscodeAudio, TranscodeVideo, transcode_settings

BLOCK_OCTETS = 188 * 8192


@dataclass(slots=True)
class Result:
    """What was written."""

    segments: int = 0
    periods: int = 0
    duration_90k: int = 0
    tracks: dict[str, str] = field(default_factory=dict)  # name -> codec
    skipped: tuple[Skipped, ...] = ()
    faults: dict[str, int] = field(default_factory=dict)


class FilePackager:
    """Packages blocks to ``folder``.

    Parameters
    ----------
    folder : Path            made if it is not there
    segment_90k : int        target duration
    program_number : int or None
    transcode_audio : str    'auto', 'always' or 'never', as the config's key
    transcode_video : str    'auto' or 'never', as the config's key
    ts : bool                HLS with MPEG-TS, too: ``ts.m3u8`` and ``ts/{number}.ts``
    read_subtitles : bool or tuple of str    text of subtitles that are pictures, in these languages
    """

    def __init__(
        self,
        folder: Path,
        segment_90k: int,
        program_number: int | None,
        transcode_audio: TranscodeAudio = "auto",
        transcode_video: TranscodeVideo = "auto",
        *,
        ts: bool = False,
        read_subtitles: ReadSubtitles = False,
    ) -> None:
        self._folder = folder
        self._ts = ts
        self._headers: dict[str, list[bytes]] = {}
        settings = Settings(
            segment_90k,
            part_90k=0,
            live=False,
            init_name=self._init_name,
            **transcode_settings(transcode_audio, transcode_video),
            reader=subtitle_reader(read_subtitles, live=False),
        )
        self._packager = TransportPackager(program_number, settings)
        self._presentation = Presentation(
            PresentationSettings(segment_90k, part_90k=0, window_90k=None, live=False, keep_media=False)
        )
        self._parts: dict[str, list[bytes]] = {}
        self._is_empty = True
        self.result = Result()

    def _init_name(self, track: str, octets: bytes) -> str:
        known = self._headers.setdefault(track, [])
        if octets not in known:
            known.append(octets)
        n = known.index(octets)
        return "init.mp4" if n == 0 else f"init-{n + 1}.mp4"

    def run(self, files: Iterable[Iterable[bytes | memoryview]]) -> Result:
        """Package the blocks of all files; WorkError when nothing can be packaged or something cannot be written."""
        for blocks in files:
            for n, block in enumerate(blocks):
                if n == 0:
                    self._write(self._packager.begin_file(block))
                    self._is_empty = False
                self._write(self._packager.feed(block, 0))
                self._count(self._packager.drain_faults())
        self._write(self._packager.flush(0))
        self._count(self._packager.drain_faults())
        self.result.skipped = self._packager.skipped + self._packager.unused
        if not self.result.segments:
            raise WorkError(self._why_nothing())
        self._presentation.finish()
        p = self._presentation
        texts = {"index.m3u8": hls_multivariant(p), "manifest.mpd": dash_mpd(p, 0)}
        for track in self.result.tracks:
            if p.track(track).is_text and not p.track(track).is_webvtt:
                continue
            texts[f"{track}/index.m3u8"] = hls_media(p, track)
        self.result.duration_90k = p.end_90k - p.periods[0].presentation_start_90k
        for name, text in texts.items():
            self._save(name, [text.encode()])
        if self._ts:
            self._write_ts()
        return self.result

    def _write_ts(self) -> None:
        """Multiplex the segments that have been written."""
        p = self._presentation
        try:
            self._save("ts.m3u8", [hls_ts(p).encode()])
        except NotFound as error:
            raise WorkError(f"no MPEG-TS of it: {error}") from None
        for number, tracks in ts_contents(p):
            chunks = [split_chunks(self._read(f"{track.name}/{number}.m4s")) for track in tracks]
            self._save(f"ts/{number}.ts", [ts_segment(number, tracks, chunks, p.settings.segment_90k)])

    def _read(self, name: str) -> bytes:
        """Octets of a file written before; nothing where there is none."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise WorkError(f"{self._folder / name}: cannot be read: {error.strerror}") from None

    def _write(self, events: list[PackagerEvent]) -> None:
        for event in events:
            if isinstance(event, PeriodStarted):
                self.result.periods += 1
                for header in event.tracks:
                    self.result.tracks[header.name] = header.config.codec
                    self._save(f"{header.name}/{header.init_name}", [header.init])
            elif isinstance(event, PartPublished):
                self._parts.setdefault(event.track, []).append(event.data)
            elif isinstance(event, SegmentPublished):
                self._save(f"{event.track}/{event.number}.m4s", self._parts.pop(event.track, []))
                if event.webvtt:
                    self._save(f"{event.track}/{event.number}.vtt", [event.webvtt])
                self.result.segments += 1
            self._presentation.apply(event)

    def _save(self, name: str, octets: list[bytes]) -> None:
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.writelines(octets)
        except OSError as error:
            raise WorkError(f"{path}: cannot be written: {error.strerror}") from None

    def _count(self, faults: list[Fault]) -> None:
        for fault in faults:
            self.result.faults[fault.name] = self.result.faults.get(fault.name, 0) + fault.count

    def other_programmes(self) -> list[int]:
        """Numbers of the programmes that were not chosen, but have packets of streams that are packaged."""
        demultiplexer = self._packager.demultiplexer
        listed = demultiplexer.pat.programs if demultiplexer.pat is not None else ()
        counts = demultiplexer.packet_counts
        return [
            number
            for number, pmt in ((p.program_number, demultiplexer.pmts.get(p.program_number)) for p in listed)
            if pmt is not None and number != self._packager.program_number
            if any(is_packaged(plain_type(s)) and counts[s.elementary_pid] for s in pmt.streams)
        ]

    def _why_nothing(self) -> str:
        demultiplexer = self._packager.demultiplexer
        if self._is_empty:
            return "it is empty"
        if not demultiplexer.packet_counts.any():
            return "no MPEG transport stream in it: no run of sync bytes 0x47 at 188, 192 or 204 octets"
        if demultiplexer.pat is None:
            return "no PAT in the transport stream: it cannot be told which PIDs belong together"
        numbers = [p.program_number for p in demultiplexer.pat.programs if p.program_number]
        if self._packager.wanted is not None and self._packager.wanted not in numbers:
            return f"no program {self._packager.wanted}; its PAT lists {_listed(numbers)}"
        if not demultiplexer.pmts:
            return f"no PMT in it; its PAT lists program {_listed(numbers)}"
        pids = list(self._packager.packaged_pids)
        if pids and not demultiplexer.packet_counts[pids].any():
            return f"no packets of its streams: PID {_listed(pids)}"
        if pids and "scrambled_packet" in self.result.faults:
            return f"program {self._packager.program_number} is scrambled: PID {_listed(pids)}"
        if pids:
            return "its streams have no random access point with parameter sets and a PTS"
        skipped = ", ".join(sorted({s.codec for s in self._packager.skipped})) or "none"
        return f"no picture and no sound that can be packaged in it; streams found: {skipped}"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def package_files(
    inputs: list[str],
    folder: Path,
    segment_90k: int,
    program_number: int | None,
    progress: Callable[[int], None] = lambda octets: None,
    transcode_audio: TranscodeAudio = "auto",
    transcode_video: TranscodeVideo = "auto",
    *,
    ts: bool = False,
    read_subtitles: ReadSubtitles = False,
) -> Result:
    """Package files (``-``: standard input), one after the other, to ``folder``.

    Parameters
    ----------
    program_number : int or None    None: the first one that anything comes of: one that is scrambled, or has tables only, is
                                    passed over
    progress : callable             told how many octets have been read since the last call
    ts : bool                       HLS with MPEG-TS, too
    read_subtitles : bool or tuple of str    text of subtitles that are pictures, in these languages

    Raises
    ------
    WorkError    an input cannot be read, nothing in it can be packaged, or the folder cannot be written
    """

    def blocks(name: str) -> Iterable[memoryview]:
        for block in read_blocks(name, BLOCK_OCTETS):
            yield block
            progress(len(block))

    def packager(number: int | None) -> FilePackager:
        return FilePackager(
            folder, segment_90k, number, transcode_audio, transcode_video, ts=ts, read_subtitles=read_subtitles
        )

    first = packager(program_number)
    try:
        return first.run(blocks(name) for name in inputs)
    except WorkError as error:
        if program_number is None and "-" not in inputs:
            for other in first.other_programmes():
                with suppress(WorkError):
                    return packager(other).run(read_blocks(name, BLOCK_OCTETS) for name in inputs)
        raise WorkError(f"{' '.join(inputs)}: {error}") from None
