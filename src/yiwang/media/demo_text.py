"""Words and digits for the demo's pictures, as coverage masks."""

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from yiwang.base.elementary import Octets

# Debian fonts-noto-cjk, Fedora google-noto-sans-cjk, Arch noto-fonts-cjk, WenQuanYi, Droid, macOS, Windows
CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyhbd.ttc",
)
NOTO_CJK_SC = 2  # place of Simplified Chinese in Noto's collection


@cache
def cjk_font() -> str | None:
    """Find a font with Chinese characters; None when this machine has none."""
    return next((path for path in CJK_FONTS if Path(path).is_file()), None)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = cjk_font()
    if path is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(path, size, index=NOTO_CJK_SC if "NotoSansCJK" in path else 0)


def text_mask(text: str, size: int, squeeze: float = 1.0) -> Octets:
    """Draw a line of text.

    Parameters
    ----------
    text : str
    size : int           of the font, samples
    squeeze : float      width of a drawn sample against its height: 1 / sample aspect ratio

    Returns
    -------
    mask : ndarray of shape (H, W), uint8      0 nothing to 255 ink
    """
    font = _font(size)
    left, _, right, _ = font.getbbox(text)
    image = Image.new("L", (max(1, round(right - left)), round(size * 1.5)), 0)
    ImageDraw.Draw(image).text((-left, 0), text, 255, font)
    if squeeze != 1.0:
        image = image.resize((max(1, round(image.width * squeeze)), image.height), Image.Resampling.LANCZOS)
    return np.asarray(image, np.uint8).copy()


def digit_masks(size: int, squeeze: float = 1.0) -> dict[str, Octets]:
    """Draw the characters of a clock, every digit in a box of one width, so that the clock does not dance."""
    _, top, _, bottom = _font(size).getbbox("0123456789")
    rows = slice(max(0, round(top) - 1), round(bottom) + 1)  # no more than the digits need, so that they can be centred
    masks = {c: text_mask(c, size, squeeze)[rows] for c in "0123456789:."}
    width = max(masks[c].shape[1] for c in "0123456789") + max(2, size // 16)
    boxes = {}
    for c, mask in masks.items():
        box_width = width if c.isdigit() else width // 2
        box = np.zeros((mask.shape[0], box_width), np.uint8)
        drawn = mask[:, :box_width]
        left = (box_width - drawn.shape[1]) // 2
        box[:, left : left + drawn.shape[1]] = drawn
        boxes[c] = box
    return boxes
