"""Ages out of the ways ratings are written."""

import pytest

from yiwang.network.guide.age import age_of
from yiwang.network.guide.event import Age, Event
from yiwang.xmltv.guide import SystemValue


@pytest.mark.parametrize(
    ("value", "age"),
    [
        ("12", 12), ("16+", 16), ("FSK 12", 12), ("PG-13", 13), ("TV-14", 14), ("TV-Y7", 7), ("-10", 10), (" 18 ", 18),
        ("R", None), ("TV-MA", None), ("99", None), ("2024", None), ("", None), ("12A", None),
    ],
)  # fmt: skip
def test_a_rating_says_years_or_not(value: str, age: int | None):
    assert age_of(Event(start_s=0, stop_s=1, ratings=(SystemValue(value, "x"),))) == age


def test_the_strictest_counts():
    event = Event(start_s=0, stop_s=1, ages=(Age(6, "CHN"), Age(9)), ratings=(SystemValue("12"), SystemValue("3")))
    assert age_of(event) == 12
    assert age_of(Event(start_s=0, stop_s=1)) is None
