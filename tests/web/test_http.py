"""Ranges as RFC 9110 14 reads them."""

import pytest

from yiwang.web.http import parse_range


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
        (b"", None),
    ],
)
def test_a_range_is_read(value, expected):
    assert parse_range(value, 100) == expected
