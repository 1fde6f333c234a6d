"""Regions by ISO 3166-2: which country a code is of."""

import re

_ISO_3166_2 = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")


def iso_parent(id_: str) -> str | None:
    """Return the country of an ISO 3166-2 code: of ``CN-ZJ``, ``CN``."""
    found = _ISO_3166_2.fullmatch(id_)
    return found[1] if found else None
