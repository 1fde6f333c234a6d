import pytest

from yiwang.dash.duration import xs_date_time, xs_duration


@pytest.mark.parametrize(
    ("ticks", "timescale", "text"),
    [
        (0, 90_000, "PT0S"),
        (180_000, 90_000, "PT2S"),
        (172_800, 90_000, "PT1.92S"),
        (1, 90_000, "PT0.000011S"),
        (96_256, 48_000, "PT2.005333S"),
        (1_700_000_000 * 90_000 + 3600, 90_000, "PT1700000000.04S"),
    ],
)
def test_durations_are_seconds_to_the_microsecond(ticks, timescale, text):
    assert xs_duration(ticks, timescale) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000_040_000, "2023-11-14T22:13:20.04Z"),
        (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
    ],
)
def test_dates_are_utc(us, text):
    assert xs_date_time(us) == text
