"""Captions within the video (CEA-608, CEA-708): signalled, and passed on as they are."""

import subprocess
from pathlib import Path

import pytest

from tests.packaging import television
from yiwang.codecs.cea_captions import caption_services
from yiwang.packaging.events import CaptionService, CaptionsFound, PeriodStarted
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager
from yiwang.services.package_files import package_files


def cc_data(*triplets: tuple[int, int, int], flags: int = 0x40) -> bytes:
    """An SEI's octets around cc_data: cc_type, two octets; a valid triplet each."""
    rows = b"".join(bytes([0xFC | kind, first, second]) for kind, first, second in triplets)
    return b"\x06\x04\x20\xb5\x00\x31GA94\x03" + bytes([flags | 0x80 | len(triplets), 0xFF]) + rows + b"\xff\x80"


@pytest.mark.parametrize(
    ("picture", "services"),
    [
        (b"\0\0\0\x01\x65 no captions", set()),
        (cc_data((0, 0x80, 0x80)), {"CC1"}),  # null pairs
        (cc_data((1, 0x80, 0x80)), set()),
        (cc_data((0, 0x94, 0x20)), {"CC1"}),
        (cc_data((0, 0x1C, 0x25)), {"CC2"}),
        (cc_data((1, 0x15, 0x26), (0, 0x80, 0x80)), {"CC1", "CC3"}),
        (cc_data((1, 0x1D, 0x29)), {"CC4"}),
        (cc_data((1, 0x01, 0x03)), set()),  # extended data services
        (cc_data((3, 0x02, 0x22)), {"SERVICE1"}),
        (cc_data((3, 0x42, 0x45), (2, 0x41, 0x42)), {"SERVICE2"}),
        (cc_data((3, 0x02, 0x00)), set()),
        (cc_data((0, 0x80, 0x80), flags=0), set()),  # process_cc_data_flag is 0
        (cc_data((0, 0x80, 0x80))[:14], set()),  # cut off
    ],
)
def test_services_are_told_by_what_they_use(picture, services):
    assert caption_services(picture) == services


def ffmpeg_captions(ffmpeg: str, path: Path) -> list[str]:
    command = [ffmpeg, "-v", "quiet", "-f", "lavfi", "-i", f"movie={path}[out+subcc]", "-map", "0:s", "-f", "srt", "-"]
    text = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()
    return ["\n".join(entry.split("\n")[2:]) for entry in text.strip().split("\n\n")]


@pytest.mark.differential
@pytest.mark.parametrize(
    ("capture", "services"),
    [
        ("shaka-player/captions-test.ts", ("CC1", "SERVICE1")),
        ("mux.js/sintel-captions.ts", ("CC1",)),
        ("videojs-http-streaming/caption.ts", ("CC1",)),
    ],
)
def test_real_captions_are_signalled_and_pass_untouched(
    captures: Path, ffmpeg: str, tmp_path: Path, capture: str, services: tuple[str, ...]
):
    package_files([str(captures / capture)], tmp_path, 180_000, None)
    playlist = (tmp_path / "index.m3u8").read_text()
    manifest = (tmp_path / "manifest.mpd").read_text()
    lines = [line for line in playlist.splitlines() if "TYPE=CLOSED-CAPTIONS" in line]
    assert [line.partition('INSTREAM-ID="')[2][:-1] for line in lines] == list(services)
    assert 'CLOSED-CAPTIONS="cc-video"' in playlist
    assert '<Accessibility schemeIdUri="urn:scte:dash:cc:cea-608:2015" value="CC1=und"/>' in manifest
    assert ("urn:scte:dash:cc:cea-708:2015" in manifest) == ("SERVICE1" in services)
    whole = tmp_path / "whole.mp4"
    numbers = sorted(int(path.stem) for path in (tmp_path / "video").glob("[0-9]*.m4s"))
    parts = [tmp_path / "video" / "init.mp4", *(tmp_path / "video" / f"{n}.m4s" for n in numbers)]
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    theirs = ffmpeg_captions(ffmpeg, captures / capture)
    assert theirs
    assert ffmpeg_captions(ffmpeg, whole) == theirs


def with_caption_descriptor(octets: bytes) -> bytes:
    descriptor = bytes([0x86, 13, 0xE2]) + b"eng" + bytes([0x7E, 0x3F, 0xFF]) + b"spa" + bytes([0xC2, 0x3F, 0xFF])

    def rewrite(section: bytearray) -> None:
        at = section.index(bytes([0x1B, 0xE0 | television.VIDEO_PID >> 8, television.VIDEO_PID & 0xFF]))
        length = (section[at + 3] & 0x0F) << 8 | section[at + 4]
        section[at + 3 : at + 5] = (0xF000 | length + len(descriptor)).to_bytes(2, "big")
        section[at + 5 : at + 5] = descriptor
        section[2] += len(descriptor)

    return television.with_sections(octets, television.PMT_PID, rewrite)


def test_the_pmt_s_descriptor_tells_services_and_languages_at_once():
    packager = TransportPackager(None, Settings(part_90k=0))
    octets = with_caption_descriptor(television.stream(6))
    events = packager.feed(octets, 1 << 40) + packager.flush(1 << 40)
    found = [n for n, event in enumerate(events) if isinstance(event, CaptionsFound)]
    assert isinstance(events[0], PeriodStarted)
    assert len(found) == 1
    assert events[found[0]] == CaptionsFound("video", (CaptionService("CC1", "eng"), CaptionService("SERVICE2", "spa")))


def test_a_video_without_captions_says_nothing_of_them():
    packager = TransportPackager(None, Settings(part_90k=0))
    events = packager.feed(television.stream(6), 1 << 40)
    assert not any(isinstance(event, CaptionsFound) for event in events)
