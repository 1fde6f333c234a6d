"""Ranges and codings as RFC 9110 reads them."""

import pytest

from yiwang.web.http import Request, parse_range


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"bytes=0-9", (0, 9)),
        (b"bytes=90-", (90, 99)),
        (b"bytes=-10", (90, 99)),
        (b"bytes=-1000", (0, 99)),
        (b"bytes=50-1000", (50, 99)),
        (b"bytes=100-", ()),
        (b"bytes=-0", ()),
        (b"bytes=9-3", None),
        (b"bytes=0-1,4-5", None),
        (b"items=0-1", None),
        (b"bytes=a-b", None),
        (b"bytes=-", None),
        (b"bytes=0-" + 5000 * b"9", None),
        (b"", None),
    ],
)
def test_a_range_is_read(value, expected):
    assert parse_range(value, 100) == expected


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        (b"gzip", True),
        (b"GZIP", True),
        (b"br, gzip", True),
        (b"gzip;q=1.0, identity; q=0.5", True),
        (b"gzip ; q=0.001", True),
        (b"*", True),
        (b"*;q=0.1", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0.000, *", False),
        (b"*;q=0", False),
        (b"identity", False),
        (b"x-gzip-like", False),
        (b"", False),
    ],
)
def test_whether_gzip_is_accepted_is_read(value, accepted):
    """RFC 9110 12.5.3."""
    assert Request("GET", "/", b"", {b"accept-encoding": value}).accepts_gzip() is accepted
    assert Request("GET", "/", b"", {}).accepts_gzip() is False
