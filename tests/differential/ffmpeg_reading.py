"""What ffmpeg and ffprobe find in a stream: frames decoded, packets copied, what the headers say."""

import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Hashed:
    """A decoded frame or a packet."""

    time: Fraction  # presentation time, s
    digest: str


def _run(arguments):
    result = subprocess.run([str(a) for a in arguments], capture_output=True, check=False, timeout=120)
    return result.stdout.decode(), result.stderr.decode(errors="replace").strip()


def hashed(ffmpeg, source, stream, *options, beside=()):
    """Return the frames (or packets, with ``-c copy``) of one stream and what ffmpeg complains of.

    ``-strict 1`` and ``output_corrupt``: all frames, in the order of the standard, even where the stream does not say how
    far pictures are reordered and where not all that they refer to is there. A second output takes the streams
    ``beside``: ffmpeg counts times from the first packet of the streams in use, although it is told to copy them.
    """
    options = ["-fps_mode", "passthrough", "-enc_time_base", "-1", *options, "-f", "framemd5", "-"]
    if beside:
        options += [*(word for index in beside for word in ("-map", f"0:{index}")), "-c", "copy", "-f", "null", "-"]
    decoder = ["-strict", "1", "-flags", "output_corrupt"]
    text, errors = _run(
        [ffmpeg, "-nostdin", "-v", "error", *decoder, "-copyts", "-i", source, "-map", f"0:{stream}", *options]
    )
    rows, time_base = [], Fraction(1)
    for line in text.splitlines():
        if line.startswith("#tb 0:"):
            time_base = Fraction(line.split()[2])
        elif not line.startswith("#"):
            fields = [field.strip() for field in line.split(",")]
            rows.append(Hashed(int(fields[2]) * time_base, fields[5]))
    return rows, errors


def packets(ffmpeg, source, stream, *options, beside=()):
    """Return the packets of one stream in decoding order."""
    return hashed(ffmpeg, source, stream, "-c", "copy", *options, beside=beside)[0]


def streams(ffprobe, source, program=None):
    """Return the streams that have packets, of one programme or of all."""
    text, _ = _run([ffprobe, "-v", "quiet", "-of", "json", "-count_packets", "-show_streams", "-show_programs", source])
    read = json.loads(text)
    found = read.get("streams", [])
    if program is not None:
        found = next(p for p in read["programs"] if p["program_num"] == program)["streams"]
    return list({s["index"]: s for s in found if int(s.get("nb_read_packets", 0))}.values())
