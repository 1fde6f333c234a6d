"""DVB subtitles against FFmpeg: its encoder's streams and real captures, pixel by pixel with its decoder."""

import io
import random
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.packaging import dvb_subtitle_writer as write
from tests.packaging.teletext_writer import with_private
from tests.packaging.television import stream
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
    command = [
        ffmpeg,
        "-v",
        "quiet",
        "-compute_clut",
        "0",
        "-copyts",
        "-canvas_size",
        "{}x{}".format(*size),
        "-i",
        str(path),
    ]
    command += ["-filter_complex", f"[0:i:{pid}]null[o]", "-map", "[o]", "-fps_mode", "passthrough"]
    command += ["-enc_time_base", "1:90000", "-frame_pts", "1", "-f", "image2", "-c:v", "png", str(folder / "%d.png")]
    subprocess.run(command, timeout=120, check=True)
    found = {int(file.stem): np.asarray(Image.open(file).convert("RGBA")) for file in folder.glob("*.png")}
    return {pts: pixels for pts, pixels in found.items() if pixels[:, :, 3].any()}


def compare(ffmpeg: str, path: Path, pid: int, size: tuple[int, int], folder: Path, least: int) -> set[int]:
    """Compare screens by PTS; return where only FFmpeg has something."""
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
    return {change.pts_90k for change in changes if change.screen is None} & theirs.keys()


@pytest.mark.differential
@pytest.mark.parametrize(("pid", "least"), [(150, 3), (550, 2), (650, 4)])
def test_a_real_capture_s_pixels_are_ffmpeg_s(captures: Path, ffmpeg: str, tmp_path: Path, pid: int, least: int):
    path = captures / "rust-dvb/tnt-5w-12732v-isi6-10s.ts"
    assert compare(ffmpeg, path, pid, (1920, 1080), tmp_path, least) == set()


# -- made streams

rows_of = {
    depth: st.lists(st.tuples(st.integers(0, (1 << depth) - 1), st.integers(1, 300)), min_size=1, max_size=12)
    for depth in (2, 4, 8)
}


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_all_run_lengths_are_read_as_they_were_written(depth: int):
    @given(st.lists(rows_of[depth], min_size=1, max_size=4))
    def check(lines):
        rows = [[pixel for pixel, n in line for _ in range(n)] for line in lines]
        width = max(map(len, rows))
        region = np.full((2 * len(rows), width), 0, np.uint8)
        data = b"".join(write.string(row, depth) + b"\xf0" for row in rows)
        assert draw_field(np.frombuffer(data, np.uint8), region, 0, 0, depth, False) == len(rows)
        for n, row in enumerate(rows):
            assert region[2 * n].tolist() == row + [0] * (width - len(row))
        assert not region[1::2].any()

    check()


def test_codes_of_fewer_bits_are_mapped_to_the_region_s():
    row = [0, 1, 2, 3, 3, 0]
    data = np.frombuffer(write.string(row, 2), np.uint8)
    for depth, expected in ((4, [0, 7, 8, 15, 15, 0]), (8, [0, 0x77, 0x88, 0xFF, 0xFF, 0])):
        region = np.zeros((1, 6), np.uint8)
        draw_field(data, region, 0, 0, depth, False)
        assert region[0].tolist() == expected
    table = np.frombuffer(b"\x20\x4a\xbc" + write.string(row, 2), np.uint8)
    region = np.zeros((1, 6), np.uint8)
    draw_field(table, region, 0, 0, 4, False)
    assert region[0].tolist() == [4, 10, 11, 12, 12, 4]


def test_what_falls_outside_a_region_is_not_drawn():
    region = np.zeros((2, 4), np.uint8)
    data = np.frombuffer(write.string([5] * 10, 4) + b"\xf0" + write.string([6] * 10, 4), np.uint8)
    draw_field(data, region, 2, 1, 4, False)
    assert region.tolist() == [[0, 0, 0, 0], [0, 0, 5, 5]]


def test_a_colour_may_leave_what_is_there():
    region = np.full((1, 4), 9, np.uint8)
    draw_field(np.frombuffer(write.string([1, 2, 1, 0], 4), np.uint8), region, 0, 0, 4, True)
    assert region[0].tolist() == [9, 2, 9, 0]


@pytest.mark.differential
@pytest.mark.parametrize("depth", [2, 4, 8])
def test_default_colours_are_ffmpeg_s(ffmpeg: str, tmp_path: Path, depth: int):
    """A page without a CLUT segment that has every colour; FFmpeg reads a full line's end of string as one octet."""
    rows = [[n for n in range(1 << depth) for _ in range(2)] for _ in range(8)]
    parts = [
        (100_000, write.pes(write.shown(rows, 100, 400, depth, with_clut=False, margin=2), 100_000)),
        (200_000, write.pes(write.cleared(), 200_000)),
        (300_000, write.pes(write.shown(rows, 100, 400, depth, with_clut=False, margin=2), 300_000)),
        (400_000, write.pes(write.cleared(), 400_000)),
    ]
    path = tmp_path / "made.ts"
    path.write_bytes(with_private(stream(6), write.SUBTITLE_PID, write.descriptor(), parts))
    compare(ffmpeg, path, write.SUBTITLE_PID, (720, 576), tmp_path, 2)


def feed(decoder: DvbSubtitleDecoder, octets: bytes, pts: int) -> list[ScreenChange]:
    """Take a PES packet's payload."""
    payload = np.frombuffer(octets[9 + octets[8] :], np.uint8)
    return decoder.feed(payload, np.array([[0, pts, -1, MARK_PES_START]], np.int64))


ROWS = [[0, 1, 1, 2, 0, 0], [0, 1, 2, 2, 3, 0], [0, 0, 0, 1, 1, 0]]


def test_a_screen_is_what_is_seen_of_its_regions():
    decoder = DvbSubtitleDecoder([(1, 1)])
    (change,) = feed(decoder, write.pes(write.shown(ROWS, 100, 200, time_out=7), 1000), 1000)
    assert (change.page, change.pts_90k, change.time_out_90k) == ((1, 1), 1000, 7 * 90_000)
    assert change.screen is not None
    (bitmap,) = change.screen.bitmaps
    assert (bitmap.x, bitmap.y, bitmap.width, bitmap.height) == (101, 200, 4, 3)  # cropped to what is seen
    pixels = painted(change.screen, (720, 576))[200:203, 100:106]
    white, none = [255, 255, 255, 255], [0, 0, 0, 0]
    assert pixels[0].tolist()[:3] == [none, white, white]
    (gone,) = feed(decoder, write.pes(write.cleared(), 2000), 2000)
    assert gone.screen is None
    assert decoder.drain_faults() == []


def test_a_display_set_whose_end_is_not_said_ends_with_its_packet():
    decoder = DvbSubtitleDecoder([(1, 1)])
    changes = feed(decoder, write.pes(write.shown(ROWS, 0, 0), 1000, says_end=False), 1000)
    assert [change.screen is not None for change in changes] == [True]


def packet_of(*segments: tuple[int, bytes]) -> bytes:
    return write.pes([write.segment(kind, 1, data) for kind, data in segments], 0, says_end=False)


def test_a_page_has_no_more_pixels_than_a_display():
    """Whatever it says: 64 regions of that size would take 130 MB, and a second for each screen."""
    large = [(0x11, write.region(n, 1920, 1080, 8, [], fill=n + 1)) for n in range(3)]
    decoder = DvbSubtitleDecoder([(1, 1)])
    shown = write.page([(2, 0, 0), (0, 0, 0), (0, 5, 5), (0, 0, 0)])
    (change,) = feed(decoder, packet_of((0x10, shown), *large, (0x80, b"")), 900_000)
    assert [(one.x, one.y, one.width, one.height) for one in change.screen.bitmaps] == [(0, 0, 1920, 1080)]
    assert {fault.name: fault.count for fault in decoder.drain_faults()} == {"dvb_subtitle_segment_error": 2}
    smaller = [(0x11, write.region(n, 960, 1080, 8, [], fill=1)) for n in (0, 1)]  # in place of what was there
    (change,) = feed(decoder, packet_of((0x10, write.page([(0, 0, 0), (1, 960, 0)], state=0)), *smaller), 903_600)
    assert [one.x for one in change.screen.bitmaps] == [0, 960]


def test_an_object_is_drawn_in_so_many_places_and_no_more():
    places = [(0x11, write.region(n, 200, 2, 8, [(7, x, 0) for x in range(0, 200, 2)])) for n in range(4)]
    segments = [(0x10, write.page([(n, 0, 2 * n) for n in range(4)])), *places, (0x13, write.picture(7, [[1], [1]], 8))]
    (change,) = feed(DvbSubtitleDecoder([(1, 1)]), packet_of(*segments), 900_000)
    assert (painted(change.screen, (200, 8))[..., 3] > 0).sum() == 2 * 256


def test_of_many_display_sets_in_one_packet_the_last_is_shown():
    sets = [((0x10, write.page([(0, n, 0)], state=0)), (0x80, b"")) for n in range(100)]
    first = (0x10, write.page([(0, 0, 0)])), (0x11, write.region(0, 2, 2, 8, [], fill=1))
    decoder = DvbSubtitleDecoder([(1, 1)])
    changes = feed(decoder, packet_of(*first, *(segment for one in sets for segment in one)), 900_000)
    changes += feed(decoder, packet_of(), 903_600)
    assert len(changes) == 9
    assert [change.screen.bitmaps[0].x for change in changes][-2:] == [7, 99]
    assert changes[-1].pts_90k == 900_000


def test_pages_in_one_stream_are_kept_apart():
    decoder = DvbSubtitleDecoder([(1, 1), (2, 2)])
    other = [octets[:2] + b"\0\2" + octets[4:] for octets in write.shown([[3, 3]], 10, 10)]
    changes = feed(decoder, write.pes([*write.shown(ROWS, 0, 0), *other, write.segment(0x80, 2, b"")], 1000), 1000)
    assert sorted(change.page for change in changes) == [(1, 1), (2, 2)]
    assert {(b.width, b.height) for c in changes if c.screen for b in c.screen.bitmaps} == {(4, 3), (2, 1)}


@pytest.mark.parametrize("seed", range(20))
def test_no_octets_make_it_fail(seed):
    chance = random.Random(seed)
    decoder = DvbSubtitleDecoder([(1, 1)])
    for n in range(60):
        octets = bytearray(write.pes(write.shown(ROWS, 100, 200, chance.choice((2, 4, 8))), 1000))
        for _ in range(chance.randrange(12)):
            octets[chance.randrange(14, len(octets))] = chance.randrange(256)
        feed(decoder, bytes(octets[: chance.randrange(20, len(octets))]), n * 1000)
    assert all(fault.name.startswith("dvb_subtitle_") for fault in decoder.drain_faults())


# -- files


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 700)), min_size=1, max_size=30))
def test_runs_are_deflated(runs):
    octets = b"".join(bytes([value]) * n for value, n in runs)
    assert zlib.decompress(deflate(np.frombuffer(octets, np.uint8))) == octets


def test_a_png_reads_back():
    pixels = np.array([[0, 1, 2, 1], [0, 1, 2, 1], [2, 2, 2, 2]], np.uint8)
    colours = [(0, 0, 0, 0), (10, 20, 30, 255), (200, 100, 50, 128)]
    picture = Image.open(io.BytesIO(png(pixels, colours))).convert("RGBA")
    assert np.asarray(picture).tolist() == [[list(colours[n]) for n in row] for row in pixels.tolist()]


def test_colours_are_those_of_bt_601():
    assert rgba(235, 128, 128, 0) == (255, 255, 255, 255)
    assert rgba(16, 128, 128, 0) == (0, 0, 0, 255)
    assert rgba(81, 240, 90, 0)[:3] == pytest.approx((255, 0, 0), abs=2)
    assert rgba(0, 1, 2, 3) == (0, 0, 0, 0)
    assert [len(DEFAULTS[depth]) for depth in (2, 4, 8)] == [4, 16, 256]
