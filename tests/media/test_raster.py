"""Drawing with soft edges, against twins that take one sample at a time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from yiwang.media import demo_picture, demo_text
from yiwang.media.demo_channels import CHANNELS
from yiwang.media.demo_picture import DemoPainter
from yiwang.media.raster import fill_below, fill_ellipse, yuv_of_colour

planes = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)))


@given(planes, st.data(), st.integers(0, 255))
def test_below_an_edge_everything_is_filled_and_the_edge_is_mixed(
    plane: np.ndarray, data: st.DataObject, value: int
) -> None:
    rows, columns = plane.shape
    top = data.draw(hnp.arrays(np.float32, columns, elements=st.floats(0, rows + 3, width=32)))
    expected = plane.astype(float)
    for y in range(rows):
        for x in range(columns):
            cover = min(1.0, max(0.0, y + 1 - float(top[x])))
            expected[y, x] += (value - expected[y, x]) * cover
    fill_below(plane, top, int(top.min()), value)
    assert np.abs(plane - expected).max() <= 0.51


@given(planes, st.floats(-5, 25), st.floats(-5, 25), st.floats(0.5, 12), st.floats(0.5, 12), st.integers(0, 255))
def test_an_ellipse_is_full_inside_and_leaves_what_is_outside(
    plane: np.ndarray, x0: float, y0: float, rx: float, ry: float, value: int
) -> None:
    before = plane.copy()
    fill_ellipse(plane, x0, y0, rx, ry, value)
    for (y, x), sample in np.ndenumerate(plane):
        depth = (1 - math.hypot((x + 0.5 - x0) / rx, (y + 0.5 - y0) / ry)) * min(rx, ry)
        if depth > 0.51:
            assert sample == value
        elif depth < -0.51:
            assert sample == before[y, x]
        else:
            assert min(value, before[y, x]) <= sample <= max(value, before[y, x])


@pytest.mark.parametrize(
    ("colour", "yuv"),
    [
        ("#000000", (16, 128, 128)),
        ("#ffffff", (235, 128, 128)),
        ("#ff0000", (63, 102, 240)),
        ("#0000ff", (32, 240, 118)),
    ],
)
def test_colours_are_those_of_bt_709(colour: str, yuv: tuple[int, int, int]) -> None:
    assert yuv_of_colour(colour) == yuv


def test_without_a_chinese_font_the_latin_names_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with_font = DemoPainter(CHANNELS[0]).paint(0).copy()
    monkeypatch.setattr(demo_text, "cjk_font", lambda: None)
    monkeypatch.setattr(demo_picture, "cjk_font", lambda: None)
    without = DemoPainter(CHANNELS[0]).paint(0)
    corner = (slice(0, 240), slice(0, 500))
    assert (without[corner] == 235).sum() > 500
    assert not np.array_equal(without[corner], with_font[corner])
