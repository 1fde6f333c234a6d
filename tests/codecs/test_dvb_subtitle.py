"""DVB subtitles against FFmpeg: its encoder's streams and real captures, pixel by pixel with its decoder."""

import io
import random
import subprocess
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import missing
from yiwang.base.elementary import MARK_PES_START
from yiwang.base.subtitle import Screen, ScreenChange
from yiwang.codecs.dvb_subtitle.clut import DEFAULTS, rgba
from yiwang.codecs.dvb_subtitle.decoder import DvbSubtitleDecoder
from yiwang.codecs.dvb_subtitle.png import deflate, png
from yiwang.kernels.dvb_pixel_data import draw_field
from yiwang.mpegts.demultiplexer import Demultiplexer, EsBlock


def read(octets: bytes, pid: int, pages=((1, 1),), cut: int = 188 * 50) -> tuple[list[ScreenChange], list[str]]:
    demultiplexer = Demultiplexer(lambda pat, pmts: [pid])
    decoder = DvbSubtitleDecoder(pages)
    changes = []
    for at in range(0, len(octets), cut):
        for event in demultiplexer.feed(octets[at : at + cut]):
            if isinstance(event, EsBlock):
                changes += decoder.feed(event.es, event.marks)
    return changes + decoder.flush(), [fault.name for fault in decoder.drain_faults()]


def painted(screen: Screen | None, size: tuple[int, int]) -> np.ndarray:
    """RGBA of the whole screen, by Pillow's reading of the files."""
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    for bitmap in screen.bitmaps if screen else ():
        picture = Image.open(io.BytesIO(bitmap.png)).convert("RGBA")
        assert picture.size == (bitmap.width, bitmap.height)
        canvas.paste(picture, (bitmap.x, bitmap.y))
    return np.asarray(canvas)


def ffmpeg_screens(ffmpeg: str, path: Path, pid: int, size: tuple[int, int], folder: Path) -> dict[int, np.ndarray]:
    """RGBA by PTS of each display set with something on it, as libavcodec's dvbsub decoder has them."""
    command = [ffmpeg, "-v", "quiet", "-copyts", "-canvas_size", "{}x{}".format(*size), "-i", str(path)]
    command += ["-filter_complex", f"[0:i:{pid}]null[o]", "-map", "[o]", "-fps_mode", "passthrough"]
    command += ["-enc_time_base", "1:90000", "-frame_pts", "1", "-f", "image2", "-c:v", "png", str(folder / "%d.png")]
    subprocess.run(command, timeout=120, check=True)
    found = {int(file.stem): np.asarray(Image.open(file).convert("RGBA")) for file in folder.glob("*.png")}
    return {pts: pixels for pts, pixels in found.items() if pixels[:, :, 3].any()}


def compare(ffmpeg: str, path: Path, pid: int, size: tuple[int, int], folder: Path, least: int) -> None:
    changes, faults = read(path.read_bytes(), pid)
    assert faults == []
    theirs = ffmpeg_screens(ffmpeg, path, pid, size, folder)
    ours = {change.pts_90k: change.screen for change in changes if change.screen is not None}
    assert len(ours) >= least
    assert ours.keys() <= theirs.keys()
    for pts, screen in ours.items():
        pixels, other = painted(screen, size), theirs[pts]
        is_seen = other[:, :, 3] > 0
        assert (is_seen == (pixels[:, :, 3] > 0)).all()
        difference = np.abs(pixels[is_seen].astype(int) - other[is_seen])
        assert difference.max() <= 3  # of rounding in the colour conversion
    cleared = {change.pts_90k for change in changes if change.screen is None}
    assert not any(pts in theirs for pts in cleared)


@pytest.mark.differential
@pytest.mark.parametrize(("pid", "least"), [(150, 3), (550, 2), (650, 4)])
def test_a_real_capture_s_pixels_are_ffmpeg_s(captures: Path, ffmpeg: str, tmp_path: Path, pid: int, least: int):
    compare(ffmpeg, captures / "rust-dvb/tnt-5w-12732v-isi6-10s.ts", pid, (1920, 1080), tmp_path, least)
