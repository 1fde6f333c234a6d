"""Packets that are lost, doubled, damaged, scrambled, out of order or of another size: what is shown is whole and in sync."""

import random
from collections import Counter

import pytest

from tests.net.test_rtp_reorder import Receiver
from tests.net.test_rtp_reorder import packet as rtp_packet
from tests.packaging.test_programme import NOW
from tests.real_streams.footage import AUDIO, VIDEO, S, footage, mux, packets, pid_of
from tests.real_streams.viewer import package
from tests.services.hand_fed import Feeder, feeder, network
from yiwang.mpegts.tr_101_290 import INDICATORS

N_VIDEO, N_AUDIO = 300, 563


def whole():
    return package(mux(footage()))


def measured(view):
    return dict(zip((i.name for i in INDICATORS), view.monitor.counts(), strict=True))


def datagrams(octets, size=7 * 188):
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def with_bursts(octets, share, longest, seed):
    """Lose datagrams by Gilbert's model: a burst begins with a probability, and lasts 1 to ``longest``."""
    rng, holes, burst = random.Random(seed), [], 0
    for n, datagram in enumerate(datagrams(octets)):
        if n > 3 and not burst and rng.random() < 2 * share / (longest + 1):
            burst = rng.randint(1, longest)
        burst, is_lost = max(0, burst - 1), burst > 0
        holes.append(bytes(len(datagram)) if is_lost else datagram)
    return b"".join(seen_by_counters(octets, b"".join(holes)))


def seen_by_counters(octets, with_holes):
    """Packets that are left; where 16, 32 ... of a PID are lost, which no continuity_counter shows, one more."""
    lost = Counter()
    for original, packet in zip(packets(octets), packets(with_holes), strict=True):
        pid = pid_of(original)
        if packet[0] == 0 or (lost[pid] and lost[pid] % 16 == 0):
            lost[pid] += 1
        else:
            lost[pid] = 0
            yield packet


@pytest.mark.parametrize("share", [0, 0.3, 0.5])
def test_row_23_null_and_adaptation_only_packets(share):
    """Half of them nulls, and packets with an adaptation field alone whose counter stands still."""
    rng, out, counters = random.Random(1), [], {}
    null = b"\x47\x1f\xff\x10" + b"\xff" * 184
    for packet in packets(mux(footage())):
        while rng.random() < share:
            pid = rng.choice([VIDEO, AUDIO])
            alone = bytes([0x47, pid >> 8, pid & 0xFF, 0x20 | counters.get(pid, 0), 183, 0]) + b"\xff" * 182
            out.append(null if rng.random() < 0.8 or pid not in counters else alone)
        counters[pid_of(packet)] = packet[3] & 15
        out.append(packet)
    view = package(b"".join(out))
    assert view.published.octets == whole().published.octets
    assert not view.faults


def test_row_24_duplicate_packets():
    rng, out = random.Random(2), []
    for packet in packets(mux(footage())):
        out += [packet] * (1 + (rng.random() < 0.3 and pid_of(packet) in (VIDEO, AUDIO)))
    view = package(b"".join(out))
    assert view.published.octets == whole().published.octets
    assert not view.faults
    assert measured(view)["continuity_count_error"] == 0


@pytest.mark.parametrize("longest", [1, 7])
@pytest.mark.parametrize("share", [0.0001, 0.001, 0.01, 0.05, 0.3])
def test_row_25_losses(share, longest):
    octets = with_bursts(mux(footage()), share, longest, seed=f"{share} {longest}")
    view = package(octets)
    view.in_sync(footage())  # every sample is whole, and where it belongs
    lost = 1 - len(octets) / len(mux(footage()))
    if lost:
        assert view.faults["continuity_count_error"] == measured(view)["continuity_count_error"] > 0
    if share <= 0.05:
        view.without_hole(lossy=True)
        shown = len({s.digest for s in view.samples("video")}) / N_VIDEO
        # one datagram spoils each picture it touches, one of nearly three datagrams, and no more
        assert shown > 1 - 5 * lost - 0.1
        assert view.samples("audio")[-1].time - view.samples("audio")[0].time > 10 * S


def test_row_25_losses_after_which_nothing_is_lost_any_more():
    octets = mux(footage())
    middle = len(octets) // 188 // 2 * 188
    view = package(with_bursts(octets[:middle], 0.3, 7, 5) + octets[middle:])
    view.in_sync(footage())
    times = [s.time for s in view.samples("video") if s.time > view.periods[0].presentation_start_90k + 7 * S]
    assert len(times) >= 25 * 4.8  # all pictures of the last 5 s


def test_row_25_losses_and_another_order_by_rtp():
    parts = datagrams(mux(footage(4)))
    receiver = Receiver()
    order = list(range(len(parts)))
    rng = random.Random(3)
    for at in range(5, len(order) - 5, 11):
        window = order[at : at + 4]
        rng.shuffle(window)
        order[at : at + 4] = window
    lost = {40, 41, 150}
    taken = []
    for n, at in enumerate(order):
        if at not in lost:
            receiver.reorder.feed(rtp_packet(65_500 + at, parts[at]), n)
            taken += [bytes(p) for p in receiver.reorder.ready]
            receiver.reorder.ready.clear()
    receiver.reorder.expire(1 << 40)
    taken += [bytes(p) for p in receiver.reorder.ready]
    assert b"".join(taken) == b"".join(p for n, p in enumerate(parts) if n not in lost)
    counts = receiver.counts()
    assert counts["rtp_lost"] == 3
    assert package(b"".join(taken), seconds=4).in_sync(footage(4))["video"] > 80


def shown_by_counters(before, after):
    """Whether each place where packets of a PID do not follow each other is one where continuity_counter does not."""
    successor, last = {}, {}
    for packet in packets(b"".join(before)):
        successor[last.get(pid_of(packet))] = packet
        last[pid_of(packet)] = packet
    last = {}
    for packet in packets(b"".join(after)):
        previous = last.get(pid_of(packet))
        if previous and successor.get(previous) != packet and (packet[3] - previous[3]) % 16 in (0, 1):
            return False
        last[pid_of(packet)] = packet
    return True


def test_row_25_losses_and_another_order_of_datagrams_that_have_no_numbers():
    """UDP without RTP: which came early can not be told, so what is out of order counts as lost, and no halves are joined."""
    parts = datagrams(mux(footage()))
    rng, n_swapped = random.Random(12), 0
    for at in range(20, len(parts) - 10, 40):
        before, by = parts[at - 10 : at + 10], rng.randint(1, 3)
        parts.insert(at + by, parts.pop(at))
        if shown_by_counters(before, parts[at - 10 : at + 10]):
            n_swapped += 1
        else:
            parts[at - 10 : at + 10] = before
    assert n_swapped > 5
    view = package(b"".join(parts))
    view.without_hole(lossy=True)
    counts = view.in_sync(footage())
    assert view.faults["continuity_count_error"] == measured(view)["continuity_count_error"] >= n_swapped
    assert counts["video"] > N_VIDEO - 8 * n_swapped  # some name what was lost (ADR 35)
    assert counts["audio"] > N_AUDIO - 8 * n_swapped
    assert len(view.periods) == 1


def test_row_25_losses_are_counted_by_pid():
    out = list(packets(mux(footage())))
    sound = [n for n, p in enumerate(out) if pid_of(p) == AUDIO]
    for n in sound[100:1000:100]:
        out[n] = b""
    view = package(b"".join(out))
    errors = view.packager.demultiplexer.continuity_count_errors
    assert (errors[AUDIO], errors[VIDEO]) == (9, 0)
    view.without_hole()
    counts = view.in_sync(footage())
    assert counts["video"] == N_VIDEO
    assert counts["audio"] >= N_AUDIO - 2 * 9


def test_row_26_transport_error_indicator():
    rng, out, n_bad = random.Random(4), [], 0
    for n, packet in enumerate(packets(mux(footage()))):
        if n > 20 and rng.random() < 0.005:
            packet = bytes([0x47, packet[1] | 0x80]) + packet[2:4] + rng.randbytes(184)
            n_bad += 1
        out.append(packet)
    view = package(b"".join(out))
    view.without_hole(lossy=True)
    counts = view.in_sync(footage())
    assert view.faults["transport_error"] == measured(view)["transport_error"] == n_bad
    assert counts["video"] > N_VIDEO - 2 * n_bad  # some name what was lost (ADR 35)


@pytest.mark.parametrize("size", [188, 192, 204])
@pytest.mark.parametrize("block_octets", [188 * 21, 1316 + 5, 100])
def test_row_27_other_packet_sizes_and_garbage(size, block_octets):
    rows = packets(mux(footage()))
    padding = {188: b"", 192: b"", 204: bytes(16)}[size]
    octets = b"".join((n.to_bytes(4, "big") if size == 192 else b"") + p + padding for n, p in enumerate(rows))
    view = package(b"\x47garbage\x47" * 20 + octets, block_octets=block_octets)
    assert view.packager.demultiplexer.packet_size == size
    view.without_hole()
    assert view.in_sync(footage())["video"] == N_VIDEO


def test_row_27_other_packet_sizes_and_garbage_in_the_middle():
    rng = random.Random(6)
    rows = packets(mux(footage()))
    for n in range(100, len(rows), 400):
        rows[n] += rng.randbytes(rng.randrange(1, 600))
    view = package(b"".join(rows))
    view.without_hole()
    assert view.in_sync(footage())["video"] > 0.95 * N_VIDEO
    assert view.faults["ts_garbage"] > 0


def scrambled(octets, pids, begin_s, end_s, control=0xC0):
    """The stream with the payload of PIDs scrambled from one second to another, of 12."""
    rng, out, rows = random.Random(7), [], packets(octets)
    for n, packet in enumerate(rows):
        if pid_of(packet) in pids and begin_s <= n / len(rows) * 12 < end_s and packet[3] & 0x10:
            at = 5 + packet[4] if packet[3] & 0x20 else 4
            packet = packet[:3] + bytes([packet[3] | control]) + packet[4:at] + rng.randbytes(188 - at)
        out.append(packet)
    return b"".join(out)


@pytest.mark.parametrize("pids", [(VIDEO, AUDIO), (AUDIO,), (VIDEO,)])
def test_row_28_scrambled_packets(pids):
    view = package(scrambled(mux(footage()), pids, 4, 7))
    counts = view.in_sync(footage())
    assert counts["video"] >= N_VIDEO - (25 * 4.2 if VIDEO in pids else 12)
    assert counts["audio"] >= N_AUDIO - 47 * 4.2
    assert view.faults["scrambled_packet"] > 100
    assert view.monitor.scrambled_counts[pids[0]] > 100
    assert view.samples("video")[-1].time - view.periods[0].presentation_start_90k == pytest.approx(12 * S, abs=S // 4)
    last = view.samples("video")[-1]
    assert last.digest in {s.digest for s in whole().samples("video")[-3:]}


def test_row_28_scrambled_packets_now_and_then():
    """Intervals of a second, as a smart card's rights come and go: the channel goes on after each within a GOP."""
    octets = mux(footage())
    for begin_s in (2.5, 5.5, 8.5):
        octets = scrambled(octets, (VIDEO, AUDIO), begin_s, begin_s + 1)
    view = package(octets)
    view.without_hole(lossy=True)
    counts = view.in_sync(footage())
    assert counts["video"] >= N_VIDEO - 3 * 25 * 2.1
    assert counts["audio"] >= N_AUDIO - 3 * 47 * 2.1
    assert view.reasons[0] == "start"
    whole_times = [s.time for s in whole().samples("video")]
    assert view.samples("video")[-1].time == whole_times[-1]


def test_row_28_scrambled_packets_falsely_clear():
    """A CAM that failed says "clear" and gives noise: nothing of it is published."""
    octets = scrambled(mux(footage()), (VIDEO, AUDIO), 4, 7, control=0)
    view = package(octets)
    view.in_sync(footage())
    assert view.faults["pes_header_error"] > 10
    times = [s.time - view.periods[0].presentation_start_90k for s in view.samples("video")]
    assert max(times) == pytest.approx(12 * S, abs=S // 4)  # the wall clock went on
    assert view.reasons == ["start", "signal returned"]


def test_row_28_scrambled_packets_leave_other_channels_alone(tmp_path):
    channels = network(tmp_path, "one", "other").channels
    good = feeder(channels["other"], now_ms=NOW // 90)
    bad = Feeder(scrambled(good.octets, (0x100, 0x101), 0, 12), channels["one"], length_s=12, now_ms=NOW // 90)
    for _ in range(len(good.octets) // (14 * 188)):
        good.block()
        bad.block()
    assert channels["other"].state(int(good.now_ms)) == "live"
    assert not [name for name in channels["other"].health.faults if name != "ts_garbage"]
    assert channels["one"].state(int(bad.now_ms)) != "live"
    assert channels["one"].health.faults["scrambled_packet"] > 1000
