"""The demo's pictures: a sky, three moving ridges, a wandering sun; the channel's name, a clock, and the strip.

Everything moves a whole number of times a minute, so the last picture is followed by the first without a jump.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.media.demo_channels import FRAMES_PER_SECOND, LOOP_SECONDS, DemoChannel
from yiwang.media.demo_strip import BLOCKS, HEIGHT_DIVISOR, strip_blocks
from yiwang.media.demo_text import cjk_font, digit_masks, text_mask
from yiwang.media.raster import fill_below, fill_ellipse, rgb_of, yuv_of, yuv_of_colour

FRAMES = LOOP_SECONDS * FRAMES_PER_SECOND
FLASH_FRAMES = 2  # 80 ms, as long as the beep

_BLACK, _WHITE, _PANEL, _GREY = 16, 235, 32, 128
_RIDGES = ((0.56, 0.050, 1, 2), (0.68, 0.045, 2, -3), (0.80, 0.035, 3, 5))
"""Far to near: place and height in parts of the picture's height; screens a minute; swells a minute at full sea, in tens."""
_WAVES = ((1, 0.55, 0.3), (2, 0.3, 2.1), (5, 0.12, 4.0), (9, 0.05, 1.2))
"""Cycles across the picture, share of the height, phase."""


class DemoPainter:
    """Paints the pictures of one channel.

    Parameters
    ----------
    channel : DemoChannel
    """

    def __init__(self, channel: DemoChannel) -> None:
        self._channel = channel
        self._w, self._h = channel.width, channel.height
        self._squeeze = channel.sar[1] / channel.sar[0]
        self._strip_top = self._h - 2 * (self._h // HEIGHT_DIVISOR // 2)
        self._bar = (self._strip_top - 2 * max(1, self._h // 180), self._strip_top)
        self._digits = digit_masks(round(self._h * 0.17) // 2 * 2, self._squeeze)
        self._ridge_yuv = [yuv_of_colour(colour) for colour in channel.look.ridges]
        self._accent = yuv_of_colour(channel.look.accent)
        self._base = self._background()
        self._write_names()
        self._picture = np.empty_like(self._base)

    def paint(self, frame: int) -> Octets:
        """Paint picture number ``frame`` of the minute.

        Returns
        -------
        picture : ndarray of shape (H * 3 / 2, W), uint8     planar 4:2:0, as PyAV takes it; valid until the next call
        """
        np.copyto(self._picture, self._base)
        planes = self._planes(self._picture)
        self._sun(planes, frame)
        for ridge in range(len(_RIDGES)):
            self._ridge(planes, ridge, frame)
        self._clock(planes, frame)
        self._foot(planes, frame)
        return self._picture

    def _planes(self, picture: Octets) -> tuple[Octets, Octets, Octets]:
        w, h = self._w, self._h
        chroma = picture[h:].reshape(-1)
        size = w * h // 4
        u, v = chroma[:size].reshape(h // 2, w // 2), chroma[size:].reshape(h // 2, w // 2)
        return picture[:h], u, v

    def _background(self) -> Octets:
        """Paint the sky, with a little noise in the rounding, so that the gradient has no bands."""
        top, bottom = (rgb_of(colour) for colour in self._channel.look.sky)
        at = np.linspace(0, 1, self._h, dtype=np.float32)[:, None] ** 1.2
        yuv = yuv_of(top + (bottom - top) * np.minimum(at * 1.5, 1))
        picture = np.empty((self._h * 3 // 2, self._w), np.uint8)
        noise = np.random.default_rng(self._channel.service_id).random((self._h, self._w), np.float32)
        planes = self._planes(picture)
        planes[0][:] = yuv[:, None, 0] + noise
        for plane, c in ((planes[1], 1), (planes[2], 2)):
            plane[:] = yuv[::2, None, c] + noise[::2, ::2]
        return picture

    def _sun(self, planes: tuple[Octets, Octets, Octets], frame: int) -> None:
        turn = frame / FRAMES
        ry = self._h * 0.075
        rx = ry * self._squeeze
        x = -2 * rx + turn * (self._w + 4 * rx)
        y = self._h * (0.56 - 0.11 * np.sin(np.pi * turn))
        fill_ellipse(planes[0], x, y, rx, ry, self._accent[0])
        for plane, value in zip(planes[1:], self._accent[1:], strict=True):
            fill_ellipse(plane, x / 2, y / 2, rx / 2, ry / 2, value)

    def _ridge(self, planes: tuple[Octets, Octets, Octets], ridge: int, frame: int) -> None:
        top = self._ridge_line(ridge, frame)
        highest = int(top.min())
        y, u, v = self._ridge_yuv[ridge]
        fill_below(planes[0], top, highest, y)
        half = (top[::2] / 2).astype(np.float32)
        fill_below(planes[1], half, highest // 2, u)
        fill_below(planes[2], half, highest // 2, v)

    def _ridge_line(self, ridge: int, frame: int) -> NDArray[np.float32]:
        place, height, screens, swells = _RIDGES[ridge]
        swell = self._channel.look.swell
        x = np.linspace(0, 1, self._w, endpoint=False, dtype=np.float32)
        turn = frame / FRAMES
        line = np.zeros(self._w, np.float32)
        for i, (cycles, share, phase) in enumerate(_WAVES):
            drift = cycles * screens + (1, -1)[i % 2] * round(swell * swells * (2 + i))
            line += np.float32(share) * np.sin(2 * np.pi * (cycles * x + drift * turn % 1) + phase + 2 * ridge)
        return (self._h * (place - height * (1 + swell / 2) * line)).astype(np.float32)

    def _write_names(self) -> None:
        """Write the names into the background: nothing moves before them."""
        channel, planes = self._channel, self._planes(self._base)
        top, left = self._h // 18, round(self._h // 14 * self._squeeze)
        region = f"{channel.region.name_zh}  {channel.region.name_en}"
        for text, size in ((channel.name_zh, 0.11), (channel.name_en, 0.058), (region, 0.036)):
            if text.isascii() or cjk_font() is not None:
                mask = text_mask(text, round(self._h * size), self._squeeze)
                _blend_white(planes, mask, top, left)
                top += round(mask.shape[0] * 0.89)

    def _clock(self, planes: tuple[Octets, Octets, Octets], frame: int) -> None:
        seconds, hundredths = frame // FRAMES_PER_SECOND, frame % FRAMES_PER_SECOND * 100 // FRAMES_PER_SECOND
        boxes = [self._digits[c] for c in f":{seconds:02}.{hundredths:02}"]
        box_h, box_w = boxes[0].shape[0], sum(box.shape[1] for box in boxes)
        margin = self._h // 36 * 2
        side = round(margin * self._squeeze) // 2 * 2
        dot = round(box_h * 0.14)
        dot_w = round(dot * self._squeeze)
        panel_w, panel_h = (box_w + 3 * side + 2 * dot_w) // 2 * 2, (box_h + margin) // 2 * 2
        top, left = margin, (self._w - side - panel_w) // 2 * 2
        _fill(planes, top, top + panel_h, left, left + panel_w, (_PANEL, _GREY, _GREY))
        if frame % FRAMES_PER_SECOND < FLASH_FRAMES:
            fill_ellipse(planes[0], left + side + dot_w, top + panel_h / 2, dot_w, dot, _WHITE)
        first_row = top + (panel_h - box_h) // 2
        x = left + 2 * side + 2 * dot_w
        for box in boxes:
            where = planes[0][first_row : first_row + box_h, x : x + box.shape[1]]
            where[:] = _PANEL + (_WHITE - _PANEL) * box.astype(np.uint16) // 255
            x += box.shape[1]

    def _foot(self, planes: tuple[Octets, Octets, Octets], frame: int) -> None:
        reached = (frame + 1) * self._w // FRAMES // 2 * 2
        _fill(planes, *self._bar, 0, self._w, (_BLACK, _GREY, _GREY))
        _fill(planes, *self._bar, 0, reached, self._accent)
        edges = [i * self._w // BLOCKS // 2 * 2 for i in range(BLOCKS + 1)]
        for block, white in enumerate(strip_blocks(frame)):
            luma = _WHITE if white else _BLACK
            _fill(planes, self._strip_top, self._h, edges[block], edges[block + 1], (luma, _GREY, _GREY))


def _fill(
    planes: tuple[Octets, Octets, Octets], top: int, bottom: int, left: int, right: int, yuv: tuple[int, int, int]
) -> None:
    """Fill a rectangle; its edges are even."""
    planes[0][top:bottom, left:right] = yuv[0]
    for plane, value in zip(planes[1:], yuv[1:], strict=True):
        plane[top // 2 : bottom // 2, left // 2 : right // 2] = value


def _blend_white(planes: tuple[Octets, Octets, Octets], mask: Octets, top: int, left: int) -> None:
    """Mix white into the planes where the mask has ink."""
    h, w = mask.shape[0] // 2 * 2, mask.shape[1] // 2 * 2
    top, left = top // 2 * 2, left // 2 * 2
    full = mask[:h, :w].astype(np.float32) / 255
    half = full.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3))
    for plane, cover, value, step in (
        (planes[0], full, _WHITE, 1),
        (planes[1], half, _GREY, 2),
        (planes[2], half, _GREY, 2),
    ):
        where = plane[top // step : top // step + cover.shape[0], left // step : left // step + cover.shape[1]]
        where[:] = where + (value - where.astype(np.float32)) * cover[: where.shape[0], : where.shape[1]] + 0.5
