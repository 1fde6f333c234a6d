"""The MPEG-TS of a packaged capture is its CMAF in another wrapping: ffmpeg decodes both to the same pictures and sound."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.differential import ffmpeg_reading as reading
from yiwang.mpegts.demultiplexer import Demultiplexer
from yiwang.mpegts.tr_101_290 import INDICATORS, Monitor
from yiwang.services.package_files import package_files

CAPTURES = (
    "mp2ts-tools/80s_with_ad.ts",
    "mp2ts-tools/obs_hevc_aac.ts",
    "tsduck/test-072.ts",  # MPEG-2 video to H.264, MPEG audio
    "shaka-player/hls-ts-muxed-ec3-h264/ChID_voices_1280x720p_25fps_h264_6ch_256kbps_ddp_sub_0000.ts",  # E-AC-3
)
IN_PACKETS = {"mp2", "mp3"}
"""FFmpeg takes another decoder for these in MP4, which rounds otherwise: their packets are compared."""


@pytest.fixture(scope="module", params=CAPTURES)
def folder(captures: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path_factory.mktemp("ts")
    package_files([str(captures / request.param)], folder, 180_000, None, ts=True)
    return folder


def joined(folder: Path, out: Path, names: Iterator[Path] | list[Path]) -> Path:
    out.write_bytes(b"".join(name.read_bytes() for name in names))
    return out


def by_number(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.glob(f"*{suffix}"), key=lambda path: int(path.stem))


def test_frames_and_times_are_those_of_cmaf(ffmpeg: str, ffprobe: str, folder: Path, tmp_path: Path):
    ts = joined(folder, tmp_path / "all.ts", by_number(folder / "ts", ".ts"))
    streams = reading.streams(ffprobe, ts)
    tracks = [path for path in sorted(folder.iterdir()) if (path / "init.mp4").is_file()]
    tracks = [path for path in tracks if path.name.startswith(("video", "audio"))]
    tracks.sort(key=lambda path: (path.name != "video", path.name))
    assert len(streams) == len(tracks)
    starts = set()
    for stream, track in zip(streams, tracks, strict=True):
        assert stream["codec_type"] == track.name.partition("-")[0]
        cmaf = joined(folder, tmp_path / "track.mp4", [track / "init.mp4", *by_number(track, ".m4s")])
        options = ("-c", "copy") if stream["codec_name"] in IN_PACKETS else ()
        ours, complaints = reading.hashed(ffmpeg, ts, stream["index"], *options)
        theirs, _ = reading.hashed(ffmpeg, cmaf, 0, *options)
        assert not complaints
        assert len(theirs) == len(ours) > 0
        assert [frame.digest for frame in ours] == [frame.digest for frame in theirs]
        starts.add(theirs[0].time - ours[0].time)
        first_ts, first_cmaf = ours[0].time, theirs[0].time
        for one, other in zip(ours, theirs, strict=True):
            assert abs((one.time - first_ts) - (other.time - first_cmaf)) <= Fraction(1, 1000)
    assert max(starts) - min(starts) <= Fraction(1, 1000), "one timeline for picture and sound"


def test_the_measurement_of_our_own_streams_finds_nothing(folder: Path):
    monitor = Monitor()
    demultiplexer = Demultiplexer(
        lambda _, pmts: [s.elementary_pid for p in pmts.values() for s in p.streams], monitor=monitor
    )
    octets = b"".join(path.read_bytes() for path in by_number(folder / "ts", ".ts"))
    for at in range(0, len(octets), 188 * 100):
        demultiplexer.feed(octets[at : at + 188 * 100])
    counts = {i.name: n for i, n in zip(INDICATORS, monitor.counts(), strict=True) if n and i.priority < 3}
    assert counts == {}
    assert monitor.packets == len(octets) // 188
    (pcr,) = monitor.pcrs()
    assert pcr.longest_interval_27m <= 40 * 27_000
