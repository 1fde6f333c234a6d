"""The multiplexing kernels against their slow twins, on samples and PES packets of all sizes."""

from itertools import accumulate

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels import slow_ts_multiplex as slow
from yiwang.kernels import ts_multiplex as kernel

LEAD, INTERVAL = 36_000, 3_600


@st.composite
def samples(draw: st.DrawFn) -> bytes:
    """NAL units behind their lengths; sometimes a length that leads too far."""
    nal_units = draw(st.lists(st.binary(max_size=300), max_size=4))
    octets = b"".join(len(n).to_bytes(4, "big") + n for n in nal_units)
    return octets + draw(st.sampled_from([b"", b"", b"\0", b"\0\0\1\0abc", b"\xff\xff\xff\xff"]))


@given(
    st.lists(st.tuples(samples() | st.binary(min_size=1, max_size=9), st.booleans()), min_size=1, max_size=5),
    st.sampled_from(range(4)),
    st.sampled_from([b"", bytes.fromhex("a04c4000")]),
)
def test_samples_become_the_access_units_of_the_slow_twin(drawn, framing, program_config):
    prefix, sync_prefix = b"\0\0\0\1\x09\xf0", b"\0\0\0\1\x09\xf0\0\0\0\1\x67sps\0\0\0\1\x68pps"
    if framing == kernel.ADTS:
        prefix = sync_prefix = bytes.fromhex("fff14c80001ffc") + program_config
    if framing == kernel.OPUS:
        prefix = sync_prefix = b"\x7f\xe0"
    octets = b"".join(sample for sample, _ in drawn)
    ends = list(accumulate(len(sample) for sample, _ in drawn))
    places = np.array([(e - len(s), len(s), sync) for e, (s, sync) in zip(ends, drawn, strict=True)], np.int64)
    sizes = sum(len(s) // 255 + 1 for s, _ in drawn) if framing == kernel.OPUS else 0
    out = np.zeros(len(octets) + len(drawn) * len(sync_prefix) + sizes, np.uint8)
    unit_ends = np.zeros(len(drawn), np.int64)
    n = kernel.frame_samples(
        np.frombuffer(octets, np.uint8),
        places,
        framing,
        np.frombuffer(prefix, np.uint8),
        np.frombuffer(sync_prefix, np.uint8),
        out,
        unit_ends,
    )
    expected = [slow.frame(sample, framing, sync_prefix if sync else prefix) for sample, sync in drawn]
    assert out[:n].tobytes() == b"".join(expected)
    assert unit_ends.tolist() == list(accumulate(map(len, expected)))


SIZES = st.one_of(st.integers(16, 600), st.sampled_from([157, 162, 165, 170, 176, 184, 338, 346, 65_530, 70_000]))
UNITS = st.tuples(SIZES, st.booleans(), st.booleans(), st.sampled_from([1, 1800, 3600, 3601, 7200, 40_000]))


@given(st.lists(st.tuples(st.integers(0, 1), UNITS), min_size=1, max_size=12), st.integers(0, 2**33 - 1))
def test_packets_are_those_of_the_slow_twin(drawn, begin):
    streams = np.array([(0x100, 0xE0), (0x101, 0xC0)], np.int64)
    octets = np.random.default_rng(len(drawn)).integers(0, 256, 900_000, np.uint8)
    twin = slow.SlowMultiplexer(LEAD, INTERVAL)
    last = {stream: n for n, (stream, _) in enumerate(drawn)}
    rows, at, time = [], 0, begin
    tables = np.full((2, 188), 0x47, np.uint8)
    table_times = np.array([begin, begin + 10_000], np.int64)
    sent = 0
    for n, (stream, (size, access, reorders, lasts)) in enumerate(drawn):
        while sent < 2 and table_times[sent] <= time:
            twin.out += [tables[0].tobytes(), tables[1].tobytes()]
            sent += 1
        pts, dts = (time + 7200) % 2**33, time % 2**33 if reorders else None
        flags = access * kernel.RANDOM_ACCESS | (stream == 0) * kernel.UNBOUNDED
        flags |= (last[stream] == n) * kernel.LAST_OF_PID
        lasts = lasts if stream == 0 else 0
        dts_column = -1 if dts is None else dts
        if stream and size > 60_000:
            size = 2000  # sound has no PES packets without a length
        rows.append((stream, time, pts, dts_column, at, at + size, lasts, flags))
        es = octets[at : at + size].tobytes()
        pes = slow.pes(int(streams[stream, 1]), pts, dts, es, stream == 0)
        twin.pes(int(streams[stream, 0]), pes, time, lasts, access, last[stream] == n)
        at, time = at + size, time + max(1, lasts)
    twin.out += [tables[0].tobytes(), tables[1].tobytes()] * (2 - sent)
    units = np.array(rows, np.int64)
    most = kernel.most_packets(units, 2, 4, INTERVAL)
    out = np.zeros(most * 188, np.uint8)
    n_octets = kernel.write_packets(
        octets, units, streams, tables, np.array([0, 0x1000]), np.array([5, 9]), table_times, LEAD, INTERVAL, out
    )
    assert n_octets <= out.size
    packets = out[:n_octets].reshape(-1, 188)
    is_table = (packets[:, 1] == 0x47) & (packets[:, 2] == 0x47)
    assert (packets[is_table, 3] & 15).tolist() == [5, 9, 6, 10]
    packets[is_table, 3] = 0x47
    assert [packet.tobytes() for packet in packets] == twin.out
    assert all(count % 16 == 0 for count in twin.counters.values())
