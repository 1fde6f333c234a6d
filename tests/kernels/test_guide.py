import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels import slow_guide
from yiwang.kernels.guide_merge import KEPT, clean_events, is_alike, lay_events
from yiwang.kernels.guide_rows import fields_end, gather_rows, rows_are_whole
from yiwang.network.guide.rows import field_octets
from yiwang.network.guide.titles import title_numbers

TITLES = [
    title_numbers(t)
    for t in (
        "新闻联播",
        "新闻联播前瞻",
        "天气预报",
        "红楼梦",
        "红楼梦12",
        "Match of the day",
        "The match of the day",
        "",
    )
]
events = st.lists(
    st.tuples(st.integers(-2, 400), st.integers(-30, 120), st.sampled_from(TITLES)).map(
        lambda e: (60 * e[0], 60 * (e[0] + e[1]), *e[2])
    ),
    max_size=14,
).map(sorted)
rows = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from([b"", b"zh", b"en", b"k" * 200]), st.binary(max_size=300)), max_size=6
).map(lambda fields: b"".join(field_octets(t, v, k) for t, k, v in sorted(fields, key=lambda field: field[0])))


def columns(some):
    return [np.array([event[n] for event in some], np.int64) for n in range(4)]


@given(st.sampled_from(TITLES), st.sampled_from(TITLES))
def test_titles_that_are_alike(one, other):
    assert is_alike(*one, *other) == slow_guide.is_alike((0, 0, *one), (0, 0, *other)) == is_alike(*other, *one)


@settings(max_examples=100)
@given(events)
def test_a_schedule_is_made_of_events(some):
    start, stop, title, sketch = columns(some)
    stop_out, reason, kept_as = (
        np.empty(len(some), np.int64),
        np.empty(len(some), np.uint8),
        np.empty(len(some), np.int64),
    )
    clean_events(start, stop, title, sketch, stop_out, reason, kept_as)
    kept = reason == KEPT
    assert list(zip(start[kept].tolist(), stop_out[kept].tolist(), strict=True)) == [
        e[:2] for e in slow_guide.clean(some)
    ]


@settings(max_examples=100)
@given(events.map(slow_guide.clean), events.map(slow_guide.clean))
def test_schedules_are_laid_over_each_other(some, others):
    n, m = len(some), len(others)
    same, join = np.full(m, -1, np.int64), np.empty(n, np.int64)
    out = [np.empty(n + m, np.int64) for _ in range(3)]
    count = lay_events(*columns(some), *columns(others), same, join, *out)
    both = [*some, *others]
    got = [(int(a), int(b), *both[k][2:]) for a, b, k in zip(*(column[:count] for column in out), strict=True)]
    assert got == slow_guide.lay(some, others)
    assert all(slow_guide.is_same(some[i], others[j]) for i, j in enumerate(join.tolist()) if j >= 0)


@given(rows, st.lists(rows, max_size=3))
def test_rows_are_joined(one, others):
    octets = np.frombuffer(b"".join([one, *others]) + b"\0", np.uint8)[:-1]
    ends = np.cumsum([len(one), *map(len, others)])
    begins = ends - [len(one), *map(len, others)]
    k = len(others)
    joined = np.arange(1, k + 1, dtype=np.int64)
    links = np.append(np.arange(1, k + 1), 0 if k else -1).astype(np.int64)  # each to the next, the row to the first
    if k:
        links[k - 1] = -1
    out, spare, at = np.empty(len(octets), np.uint8), np.empty(len(octets), np.uint8), np.empty(2, np.int64)
    used = gather_rows(octets, begins, ends, np.zeros(1, np.int64), links, joined, out, spare, at)
    expected = one
    for other in others:
        expected = slow_guide.join(expected, other)
    assert out[:used].tobytes() == expected
    assert at.tolist() == [0, used]
    assert rows_are_whole(out[:used], at)


@given(st.binary(max_size=60))
def test_rows_that_are_none_end_in_bounds(octets):
    end = fields_end(np.frombuffer(bytearray(octets), np.uint8), 0, len(octets))
    assert 0 <= end <= len(octets)
