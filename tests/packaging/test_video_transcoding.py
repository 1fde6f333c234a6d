"""MPEG-2 video becomes H.264: every picture at its time, each segment by itself, the same on every packager."""

import subprocess
from functools import lru_cache

import av
import numpy as np
import pytest

from tests.packaging import television as tv
from tests.packaging.captioned_mpeg2 import LINES, captioned
from tests.packaging.test_captions import ffmpeg_captions
from tests.packaging.test_programme import NOW, Published
from yiwang.codecs.cea_captions import SIGNATURE
from yiwang.packaging.events import CaptionsFound
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager
from yiwang.services.transcoding import transcode_settings

SECONDS = 8


@lru_cache
def stream(*options: str) -> bytes:
    """Eight seconds of MPEG-2 video, 25 pictures a second in open GOPs of 12, and AAC."""
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s=128x96:r=25:d={SECONDS}"]
    command += ["-f", "lavfi", "-i", f"sine=d={SECONDS}:r=48000", "-c:v", "mpeg2video", "-bf", "2", "-g", "12"]
    command += ["-b:v", "1M", "-c:a", "aac", *options, "-f", "mpegts", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def package(octets: bytes, *, live: bool = True, blocks: int = 40, now_90k: int = NOW, video: str = "auto"):
    settings = Settings(segment_90k=90_000, live=live, **transcode_settings("never", video))
    packager, published = TransportPackager(None, settings), Published()
    for at in range(0, len(octets), 188 * blocks):
        now = now_90k + at * SECONDS * 90_000 // len(octets) if live else 0
        published.take(packager.feed(octets[at : at + 188 * blocks], now))
    published.take(packager.flush(now_90k + SECONDS * 90_000 if live else 0))
    return published, packager


def decoded(octets: bytes, tmp_path, name: str) -> list[tuple[int, np.ndarray]]:
    """Return (pts_90k, luma) of each picture, read by FFmpeg."""
    file = tmp_path / name
    file.write_bytes(octets)
    pictures = []
    with av.open(str(file)) as container:
        (video,) = container.streams.video[:1]
        for frame in container.decode(video):
            if not frame.is_corrupt:
                pictures.append((round(frame.pts * frame.time_base * 90_000), frame.to_ndarray(format="gray")))
    return pictures


def psnr_db(one: np.ndarray, other: np.ndarray) -> float:
    return 10 * np.log10(255**2 / max(1e-9, ((one.astype(float) - other) ** 2).mean()))


@pytest.mark.parametrize("options", [(), ("-flags", "+ildct+ilme")], ids=["progressive", "interlaced coding"])
def test_every_picture_is_there_at_its_time_and_looks_as_it_did(ffmpeg, tmp_path, options):
    octets = stream(*options)
    published, packager = package(octets, live=False)
    (period,) = published.periods
    header = next(h for h in period.tracks if h.name == "video")
    assert header.config.codec.startswith("avc1.64")
    assert (header.config.width, header.config.height, header.config.frame_rate) == (128, 96, (25, 1))
    media = header.init + b"".join(published.octets["video", n] for n in published.numbers("video"))
    ours, original = decoded(media, tmp_path, "ours.mp4"), decoded(octets, tmp_path, "original.ts")
    shift = original[0][0] - ours[0][0]
    assert [pts + shift for pts, _ in ours] == [pts for pts, _ in original]
    assert len(ours) == 25 * SECONDS
    reference = tmp_path / "reference.nut"
    command = [ffmpeg, "-v", "error", "-i", tmp_path / "original.ts", "-vf", "bwdif=mode=send_frame:deint=interlaced"]
    subprocess.run([*command, "-an", "-c:v", "rawvideo", "-pix_fmt", "yuv420p", reference], check=True)
    progressive = decoded(reference.read_bytes(), tmp_path, "read.nut")
    quality = [psnr_db(a, b) for (_, a), (_, b) in zip(ours, progressive, strict=True)]
    assert np.median(quality) > 31
    assert min(quality) > 24  # at a segment's ends, pictures are made progressive without their neighbours
    published.check_timelines()
    assert packager.drain_faults() == []


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("options", [(), ("-flags", "+ildct+ilme")], ids=["progressive", "interlaced coding"])
def test_captions_go_with_their_pictures(ffmpeg, tmp_path, live, options):
    """CEA-608 of user_data is found, whole and in order, in the SEI of the H.264; and it is told of."""
    octets = captioned(stream(*options))
    (tmp_path / "original.ts").write_bytes(octets)
    published, packager = package(octets, live=live)
    header = next(h for h in published.periods[0].tracks if h.name == "video")
    assert header.config.sample_entry == "avc1"
    media = header.init + b"".join(published.octets["video", n] for n in published.numbers("video"))
    (tmp_path / "ours.mp4").write_bytes(media)
    theirs, ours = (ffmpeg_captions(ffmpeg, tmp_path / name) for name in ("original.ts", "ours.mp4"))
    assert [line in theirs[-1] for line in LINES[:2]] == [True, True]
    assert ours == theirs
    assert media.count(SIGNATURE) == 25 * SECONDS  # each picture has its own
    told = [e for e in published.others if isinstance(e, CaptionsFound)]
    assert [[service.instream_id for service in e.services] for e in told] == [["CC1"]]
    assert packager.drain_faults() == []


def test_each_segment_can_be_played_by_itself(ffmpeg, tmp_path):
    published, _ = package(stream(), live=False)
    header = next(h for h in published.periods[0].tracks if h.name == "video")
    for number in published.numbers("video"):
        segment = published.segments["video", number]
        assert segment.independent
        pictures = decoded(header.init + published.octets["video", number], tmp_path, "one.mp4")
        assert len(pictures) == segment.duration_ticks // 3600
        independent = [part.independent for part in published.parts if (part.track, part.number) == ("video", number)]
        assert independent == [True] + [False] * (len(independent) - 1)


@pytest.mark.parametrize("late", [0.2, 0.37])
def test_two_packagers_that_joined_apart_make_the_same_pictures(ffmpeg, late):
    octets = stream()
    first, _ = package(octets)
    at = int(len(octets) // 188 * late) * 188
    now = NOW + at * SECONDS * 90_000 // len(octets)
    second, _ = package(octets[at:], now_90k=now, blocks=17)
    common = sorted(set(first.numbers("video")) & set(second.numbers("video")))[1:-1]
    assert len(common) >= 3
    assert all(first.octets["video", n] == second.octets["video", n] for n in common)


def test_sound_and_pictures_stay_together(ffmpeg):
    published, _ = package(stream())
    for number in published.numbers("video")[1:-1]:
        video, audio = published.segments["video", number], published.segments["audio", number]
        begin = audio.start_ticks * 90_000 // 48_000
        assert 0 <= begin - video.start_ticks <= 1_921


def test_damage_costs_pictures_and_not_the_track(ffmpeg):
    octets = stream()
    packets = tv.packets(octets)
    torn = b"".join(p for n, p in enumerate(packets) if n % 97 or tv.pid_of(p) != tv.VIDEO_PID)
    published, packager = package(torn)
    published.check_timelines()
    assert {fault.name for fault in packager.drain_faults()} >= {"continuity_count_error", "damaged_access_unit"}
    whole, _ = package(octets)
    assert set(published.numbers("video")) >= set(whole.numbers("video")[1:-1])


def test_who_wants_the_original_gets_it(ffmpeg, tmp_path):
    octets = stream()
    published, _ = package(octets, live=False, video="never")
    header = next(h for h in published.periods[0].tracks if h.name == "video")
    assert header.config.codec == "mp4v.61"
    media = header.init + b"".join(published.octets["video", n] for n in published.numbers("video"))
    ours, original = decoded(media, tmp_path, "ours.mp4"), decoded(octets, tmp_path, "original.ts")
    assert [luma.tobytes() for _, luma in ours] == [luma.tobytes() for _, luma in original]
