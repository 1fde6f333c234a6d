"""A guide of 2,000 channels, made when it is asked for: what `/api/guide` would answer."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

CHANNELS = 2_000
SUBJECTS = ("news", "movie", "sports", "show", "children", "music")


def answer(url: str) -> dict[str, Any]:
    """A window of the made-up guide, as `/api/guide` answers."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    start, seconds = int(query["start"]), int(query["seconds"])
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", 40))
    rows = [_row(n, start, seconds) for n in range(offset, min(CHANNELS, offset + limit))]
    return {"revision": 1, "total": CHANNELS, "start": _iso(start), "stop": _iso(start + seconds), "rows": rows}


def _row(n: int, start: int, seconds: int) -> dict[str, Any]:
    length = 60 * (20 + 7 * (n % 11))
    first = start // length * length
    events = [
        {
            "start": _iso(at), "stop": _iso(at + length), "title": f"节目 {n}-{at // length % 97}", "sub_title": "第 3 集",
            "text": "", "genre": "", "subject": SUBJECTS[(at // length) % len(SUBJECTS)], "age": None, "flags": [], "crid": "",
        }
        for at in range(first, start + seconds, length)
    ]  # fmt: skip
    names = [{"value": f"频道 {n}", "lang": "zh"}]
    return {"id": f"s{n}", "place": n, "channel": "", "number": n, "names": names, "logo": "", "events": events}


def _iso(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
