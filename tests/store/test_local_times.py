"""Times of places: the table says what the zone database says, at every second."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.local_time import LocalTime
from yiwang.store.local_times import local_time_of

ZONES = [
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Shanghai",
    "Asia/Tehran",
]
YEARS_1991, YEARS_2059 = 662_688_000, 2_808_691_200


@given(st.sampled_from(ZONES), st.integers(YEARS_1991, YEARS_2059))
def test_the_table_says_what_the_zone_says(zone: str, local_s: int) -> None:
    shown = datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(seconds=local_s)
    assert local_time_of(zone).utc_s(local_s) == shown.timestamp()


@pytest.mark.parametrize(
    ("written", "offset_s"), [("+08:00", 28_800), ("-0330", -12_600), ("+00:00", 0), ("+1400", 50_400)]
)
def test_an_offset_is_a_zone(written: str, offset_s: int) -> None:
    assert local_time_of(written) == LocalTime((offset_s,))


@pytest.mark.parametrize(
    "written", ["", "Europe", "Asia/Bejing", "../../etc/passwd", "/etc/passwd", "+25:00", "Asia/\0", "a" * 300, "8"]
)
def test_what_is_no_zone_is_refused_in_one_line(written: str) -> None:
    with pytest.raises(
        ValueError, match=r"^expected an IANA zone as Asia/Shanghai, or an offset as \+08:00, got [^\n]{1,70}$"
    ):
        local_time_of(written)
