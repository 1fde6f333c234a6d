"""The transport stream kernels equal their slow twins on real captures, on made packets and on damage."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.slow_ts import SlowPes, SlowScan
from yiwang.base import elementary
from yiwang.kernels import pes_gather, ts_scan

SCAN_FLAGS = ("PUSI", "RANDOM_ACCESS", "DISCONTINUITY", "LOST", "DUPLICATE", "SCRAMBLED", "UNUSABLE")
MARK_FLAGS = ("PES_START", "RANDOM_ACCESS", "DAMAGED", "ALIGNED", "BETWEEN")


def scan(packets):
    n = packets.shape[0]
    state = ts_scan.new_state()
    outs = (np.empty(n, np.int32), np.empty(n, np.uint8), np.empty(n, np.uint8), np.empty(n, np.int64))
    table_of, rows = np.full(8192, ts_scan.NO_TABLE, np.int16), np.empty(n, np.int64)
    table_of[[0, 0x11]] = 0, 1
    repeated = np.zeros((2, 188), np.uint8)
    counters = np.zeros(ts_scan.N_COUNTERS, np.int64)
    n_read, errors, n_rows, n_dropped = ts_scan.scan_packets(
        packets, *state, counters, *outs, table_of, repeated, rows, False
    )
    assert n_read == n
    assert n_dropped == np.count_nonzero(outs[1] & (ts_scan.UNUSABLE | ts_scan.SCRAMBLED))
    assert rows[:n_rows].tolist() == [
        i for i, pid in enumerate(outs[0]) if pid in (0, 0x11) and not outs[1][i] & ts_scan.DROPPED
    ]
    return errors, outs


@given(wrong=st.sets(st.integers(0, 2 * ts_scan.AHEAD + 9)), n=st.integers(0, 2 * ts_scan.AHEAD + 10))
@settings(max_examples=30, deadline=None)
def test_a_scan_that_stops_at_a_wrong_sync_byte_has_read_what_comes_before(wrong: set[int], n: int):
    packets = np.zeros((n, 188), np.uint8)
    packets[:, 0] = 0x47
    packets[:, 2] = np.arange(n) % 3
    packets[:, 3] = 0x10 | np.arange(n) // 3 % 16
    packets[[row for row in wrong if row < n], 0] = 0x46
    first = min((row for row in wrong if row < n), default=n)

    def scanned(packets: np.ndarray, stops: bool) -> tuple[object, ...]:
        state, counters = ts_scan.new_state(), np.zeros(ts_scan.N_COUNTERS, np.int64)
        outs = (np.empty(n, np.int32), np.empty(n, np.uint8), np.empty(n, np.uint8), np.empty(n, np.int64))
        tables = np.full(8192, ts_scan.NO_TABLE, np.int16), np.zeros((0, 188), np.uint8), np.empty(n, np.int64)
        counts = ts_scan.scan_packets(packets, *state, counters, *outs, *tables, stops)
        return counts, counters.tolist(), *(each[:first].tolist() for each in (*state, *outs))

    assert scanned(packets, True) == scanned(packets[:first], False)
    assert scanned(packets, False)[0][0] == n


def test_a_table_that_is_repeated_is_not_looked_at_again_until_another_one_comes():
    def packet(cc: int, version: int, *, start: bool = True) -> bytes:
        return bytes([0x47, 0x40 * start, 0, 0x10 | cc, 0, version]) + bytes(182)

    known = np.zeros((1, 188), np.uint8)
    known[0] = np.frombuffer(packet(7, 1), np.uint8)
    state, table_of = ts_scan.new_state(), np.full(8192, ts_scan.NO_TABLE, np.int16)
    table_of[0] = 0

    def rows_of(*packets: bytes) -> list[int]:
        block = np.frombuffer(b"".join(packets), np.uint8).reshape(-1, 188)
        n = len(packets)
        outs = (np.empty(n, np.int32), np.empty(n, np.uint8), np.empty(n, np.uint8), np.empty(n, np.int64))
        counters, rows = np.zeros(ts_scan.N_COUNTERS, np.int64), np.empty(n, np.int64)
        _, _, n_rows, _ = ts_scan.scan_packets(block, *state, counters, *outs, table_of, known, rows, False)
        return rows[:n_rows].tolist()

    assert rows_of(packet(0, 1), packet(1, 1)) == []
    assert rows_of(packet(2, 1), packet(4, 1)) == [1]  # one was lost, perhaps another version
    known[0] = np.frombuffer(packet(0, 1), np.uint8)
    assert rows_of(packet(5, 1), packet(6, 2), packet(7, 1), packet(8, 1)) == [1, 2, 3]
    assert rows_of(packet(9, 1)) == [0]  # nobody has said that this one is known now
    known[0] = np.frombuffer(packet(0, 1, start=False), np.uint8)
    assert rows_of(packet(10, 1, start=False)) == [0]  # the middle of a section tells nothing alone


def compare(octets: bytes) -> None:
    packets = np.frombuffer(octets, np.uint8).reshape(-1, 188)
    n = packets.shape[0]
    errors, (pids, flags, payloads, pcrs) = scan(packets)
    twin = SlowScan()
    rows = [twin.packet(packets[i].tobytes()) for i in range(n)]
    for i, row in enumerate(rows):
        names = {name for name in SCAN_FLAGS if flags[i] & getattr(ts_scan, name)}
        assert (int(pids[i]), int(payloads[i]), int(pcrs[i]), names) == (
            row["pid"] if row["payload"] != 188 or row["flags"] != {"UNUSABLE"} else int(pids[i]),
            row["payload"],
            row["pcr"],
            row["flags"],
        ), f"packet {i}"
    assert errors == sum(twin.cc_errors.values())
    for pid in {int(p) for p in pids if p >= 0} - {0x1FFF}:
        slow = SlowPes()
        for i, row in enumerate(rows):
            if row["pid"] == pid:
                slow.packet(row, packets[i].tobytes())
        state, header = pes_gather.new_state()
        es, marks, bad = b"", [], 0
        for begin, end in ((0, n // 3), (n // 3, n)):  # state goes over blocks
            out = np.zeros(max(1, (end - begin) * 184), np.uint8)
            rows_out = np.zeros((2 * (end - begin) + 1, 4), np.int64)
            n_es, n_marks, n_bad = pes_gather.gather_pes(
                packets, begin, end, pids, flags, payloads, pid, state, header, out, rows_out
            )
            for offset, pts, dts, bits in rows_out[:n_marks].tolist():
                names = frozenset(name for name in MARK_FLAGS if bits & getattr(elementary, f"MARK_{name}"))
                marks.append((len(es) + offset, pts, dts, names))
            es += out[:n_es].tobytes()
            bad += n_bad
        assert es == slow.es
        assert marks == slow.marks
        assert bad == slow.bad
        assert pes_gather.is_cut(state) == slow.is_cut


CAPTURES = ["tsduck/test-072.ts", "mux.js/test-segment.ts", "tsduck/test-144.ts", "videojs-http-streaming/caption.ts"]


@pytest.mark.parametrize("name", CAPTURES)
def test_kernels_read_a_real_capture_as_their_twins_do(captures: Path, name: str):
    compare((captures / name).read_bytes()[: 188 * 1500])


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_kernels_read_a_damaged_capture_as_their_twins_do(captures: Path, data: st.DataObject):
    octets = bytearray((captures / "videojs-http-streaming/caption.ts").read_bytes()[: 188 * 120])
    for _ in range(data.draw(st.integers(0, 12))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    packets = [bytes(octets[i : i + 188]) for i in range(0, len(octets), 188)]
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(packets) - 1))
        if data.draw(st.booleans()):
            del packets[at]
        else:
            packets.insert(at, packets[at])
    compare(b"".join(packets))


@given(st.lists(st.binary(min_size=187, max_size=187), max_size=30), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_kernels_read_random_packets_as_their_twins_do(tails: list[bytes], pids: int):
    packets = [b"\x47" + bytes([t[0] & 0x5F & (0xE0 | pids), t[1] & 3]) + t[2:] for t in tails]
    compare(b"".join(packets))


def test_fifteen_lost_packets_are_not_taken_for_a_duplicate():
    a = b"\x47\x01\x00\x15" + bytes(range(184))
    b = b"\x47\x01\x00\x15" + bytes(reversed(range(184)))
    _, (_, flags, _, _) = scan(np.frombuffer(a + a + b, np.uint8).reshape(-1, 188))
    assert [int(f) for f in flags] == [0, ts_scan.DUPLICATE, ts_scan.LOST]
