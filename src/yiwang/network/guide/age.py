"""From which age on an event is meant to be seen, as one number."""

import re

from yiwang.network.guide.event import Event

OLDEST = 21
_YEARS = re.compile(r"(?:\D*\D)?(\d{1,2})\s*\+?")
"""A rating that says years: 12, 16+, FSK 12, PG-13, TV-14."""


def age_of(event: Event) -> int | None:
    """Return the highest age that anybody asks for; None: nobody says one."""
    years = [age.years for age in event.ages]
    for rating in event.ratings:
        said = _YEARS.fullmatch(rating.value.strip())
        if said is not None and int(said[1]) <= OLDEST:
            years.append(int(said[1]))
    return max(years, default=None)
