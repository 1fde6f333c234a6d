"""The table of docs/conformance.md: every stream of every real capture, what becomes of it, and what ffmpeg says of both.

The cases are those of `test_captures`, with what is wrong with a capture before we touch it; nothing else is excused.
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from inspect import signature
from pathlib import Path

from tests.differential import ffmpeg_reading
from tests.differential.ffmpeg_reading import Hashed
from tests.differential.test_captures import CASES, SEGMENT_90K, UNREADABLE, Case, Packaged
from yiwang.base.errors import YiwangError
from yiwang.codecs.registry import PACKAGED
from yiwang.net.file_blocks import read_blocks
from yiwang.services.package_files import BLOCK_OCTETS, FilePackager

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "conformance.md"
TICK = Fraction(1, 90_000)
AS_IT_IS = {name: "never" for name in signature(FilePackager).parameters if name.startswith("transcode")}
DIFFERS = "**differs**"
HEAD = """# Conformance

Made by `make conformance`; do not edit. Each stream of each real capture that the tests use, packaged by `yiwang package`
and read again by ffmpeg, beside what ffmpeg reads in the capture itself.

- *frames*: how many of the capture's are in the track. Of a capture with pictures, sound begins and ends with them.
- *times*: whether each frame is as far from the first as in the capture, to a tick of 90 kHz (and to a sample, of sound).
- *MD5*: how many decoded pictures are the same to the bit; of sound, how many coded frames are, as decoding begins with
  silence. LATM is compared decoded, as its frames are repacked.
- A *remark* names what is wrong with the capture itself, or why a stream is left out.

| capture | stream | track | frames | times | MD5 | remark |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One stream of a capture."""

    capture: str
    stream: str
    track: str = "–"
    frames: str = "–"
    times: str = "–"
    digests: str = "–"
    remark: str = ""

    def __str__(self) -> str:
        cells = (self.capture, self.stream, self.track, self.frames, self.times, self.digests, self.remark)
        return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


@dataclass(frozen=True)
class Tools:
    ffmpeg: str
    ffprobe: str


def case_of(name: str) -> Case:
    return next((case for case in CASES.values() if case.files == (name,)), Case((name,), ""))


def fingerprint(captures: Path) -> str:
    """What the table is made from: captures, cases, and what is packaged; another one means that it is stale."""
    files = [(str(f.relative_to(captures)), f.stat().st_size) for f in sorted(captures.rglob("*.ts"))]
    kinds = sorted((number, packaged.kind) for number, packaged in PACKAGED.items())
    text = repr((files, sorted(CASES.items()), sorted(UNREADABLE.items()), kinds))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rows_of(file: Path, name: str, tools: Tools) -> Iterator[Row]:
    """Package a capture, and compare each of its streams."""
    case = case_of(name)
    streams = ffmpeg_reading.streams(tools.ffprobe, file)
    with tempfile.TemporaryDirectory() as folder:
        packager = FilePackager(Path(folder), SEGMENT_90K, case.program, **AS_IT_IS)
        try:
            result = packager.run([read_blocks(str(file), BLOCK_OCTETS)])
        except YiwangError as error:
            said = [f"{stream_name(s)}" for s in streams if stream_codec(s)]
            yield Row(name, ", ".join(said) or "none that ffprobe names", remark=f"not packaged: {error}")
            return
        inner = packager._packager
        tracks = {pid: source.name for pid, source in inner.programme._inputs.items()}
        skipped = {s.pid: s.codec for s in inner.skipped}
        ours = Packaged(case, [file], Path(folder), result)
        pictures: list[Fraction] = []
        for stream in sorted(streams, key=lambda s: (s.get("codec_type") != "video", int(s.get("id", "0"), 0))):
            pid = int(stream.get("id", "0"), 0)
            track = tracks.get(pid)
            if track not in result.tracks:
                if stream_codec(stream) or pid in skipped:
                    reason = f"not packaged: {skipped[pid]}" if pid in skipped else "of another programme"
                    reason = "no frame of it lies beside a picture that is whole" if track else reason
                    yield Row(name, stream_name(stream), remark=reason)
                continue
            kept = [s for s in streams if int(s.get("id", "0"), 0) in tracks]
            yield compare(ours, name, stream, track, kept, pictures, tools)


def stream_codec(stream: dict) -> str:
    codec = stream.get("codec_name", "")
    return "" if codec in ("unknown", "timed_id3", "bin_data", "epg", "scte_35") else codec


def stream_name(stream: dict) -> str:
    pid = f"0x{int(stream['id'], 0):X}" if "id" in stream else "?"
    return f"{pid} {stream.get('codec_name', 'unknown')}"


def read_track(ours: Packaged, track: str, read: Callable[..., list[Hashed]]) -> list[Hashed]:
    """Let ``read`` read each period of a track as a file."""
    found: list[Hashed] = []
    for period in ours.periods(track):
        file = ours.folder / "period.mp4"
        file.write_bytes(ours.octets(track, period[0].map, *(segment.uri for segment in period)))
        found += read(file, "0")
    return found


def compare(
    ours: Packaged, name: str, stream: dict, track: str, streams: list[dict], pictures: list[Fraction], tools: Tools
) -> Row:
    """Compare one stream with its track; the times of pictures, as the capture has them, are written to ``pictures``."""
    case, (file,) = ours.case, ours.sources
    is_video, codec = stream["codec_type"] == "video", stream["codec_name"]
    beside = [s["index"] for s in streams if s.get("codec_type") in ("video", "audio")]
    if is_video or codec == "aac_latm":

        def read(source: Path, which: object, beside: list[int] | tuple[()] = ()) -> list[Hashed]:
            return ffmpeg_reading.hashed(tools.ffmpeg, source, which, beside=beside)[0]
    else:

        def read(source: Path, which: object, beside: list[int] | tuple[()] = ()) -> list[Hashed]:
            options = ("-bsf:a", "aac_adtstoasc") if codec == "aac" and source == file else ()
            return ffmpeg_reading.packets(tools.ffmpeg, source, which, *options, beside=beside)

    theirs, mine = read(file, stream["index"], beside), read_track(ours, track, read)
    expected, remarks = theirs, []
    if is_video:
        if case.cut_picture:
            expected = [frame for n, frame in enumerate(theirs) if n != len(theirs) + case.cut_picture]
        expected = expected[case.pictures_before :]
        if case.pictures_before:
            remarks.append(f"{case.pictures_before} pictures before its first random access point")
        if expected:
            pictures[:] = [expected[0].time, expected[-1].time]
    else:
        expected = with_pictures(expected[: len(expected) - case.cut_sound], mine, pictures)
        if not pictures and expected:  # of radio, the first sound says where other sound begins
            pictures[:] = [expected[0].time, expected[-1].time]
    if case.defect:
        remarks.append(
            f"the capture {case.defect}" if not case.defect[0].isdigit() else f"the capture begins {case.defect}"
        )
    same = sum(a.digest == b.digest for a, b in zip(expected, mine, strict=False))
    offsets = [b.time - a.time for a, b in zip(expected, mine, strict=False)]
    sample = Fraction(2, int(stream["sample_rate"])) if not is_video else Fraction(0)
    spread = max(offsets) - min(offsets) if offsets else Fraction(0)
    is_right = len(expected) == len(mine) and len(mine) - same <= case.changed_pictures
    times = "same" if spread <= 2 * (TICK + sample) else f"{float(spread) * 1000:.1f} ms apart"
    frames = f"{len(mine)} of {len(theirs)}"
    return Row(
        name,
        stream_name(stream),
        f"`{track}`",
        frames if is_right else f"{DIFFERS}: {frames}",
        times if times == "same" else f"{DIFFERS}: {times}",
        f"{same} same",
        "; ".join(remarks),
    )


def with_pictures(frames: list[Hashed], mine: list[Hashed], pictures: list[Fraction]) -> list[Hashed]:
    """Frames of sound that belong to pictures: from the first one's time on, as long as ours last."""
    if not pictures or not mine:
        return frames
    first = next((n for n, frame in enumerate(frames) if frame.digest == mine[0].digest), 0)
    early = [frame for frame in frames[:first] if frame.time >= pictures[0] + TICK]
    late = [frame for frame in frames[first + len(mine) :] if frame.time < pictures[1]]
    return frames[first - len(early) : first + len(mine) + len(late)]


def table(captures: Path, tools: Tools, names: list[str] | None = None) -> list[Row]:
    """All rows, or those of some captures."""
    files = [file for file in sorted(captures.rglob("*.ts")) if not names or str(file.relative_to(captures)) in names]
    rows: list[Row] = []
    for n, file in enumerate(files):
        name = str(file.relative_to(captures))
        if sys.stderr.isatty():
            print(f"\r{n + 1} of {len(files)}: {name:<100.100}", end="", file=sys.stderr, flush=True)
        rows += rows_of(file, name, tools)
    return rows


def page(captures: Path, rows: list[Row]) -> str:
    """Text of docs/conformance.md."""
    tracks = [row for row in rows if row.track != "–"]
    wrong = [row for row in tracks if DIFFERS in str(row)]
    counts = Counter(row.capture for row in rows)
    text = HEAD + "".join(f"{row}\n" for row in rows)
    text += (
        f"\n{len(counts)} captures, {len(tracks)} tracks, of which {len(tracks) - len(wrong)} are as in the capture.\n"
    )
    return text + f"\n<!-- made from {fingerprint(captures)} -->\n"


def main() -> int:
    """Write the page; 1 when a track is not as in its capture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=Path, default=ROOT.parent / "shared" / "captures")
    parser.add_argument("--only", action="append", help="print the rows of a capture, and write nothing")
    options = parser.parse_args()
    tools = Tools(*(shutil.which(name) or name for name in ("ffmpeg", "ffprobe")))
    rows = table(options.captures, tools, options.only)
    if options.only:
        print(*rows, sep="\n")
        return 0
    PAGE.write_text(page(options.captures, rows))
    wrong = [row for row in rows if DIFFERS in str(row)]
    print(*wrong, f"{PAGE.relative_to(ROOT)}: {len(rows)} streams, {len(wrong)} differ", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
