"""Transport packets are lost: whatever is passed on is whole, and carries its own time."""

import random

import pytest

from tests.codecs.feeding import run
from tests.codecs.reference_ts import read_ts
from yiwang.codecs.registry import framer_for

STREAMS = [
    ("tsduck/test-026.ts", 0x1B),
    ("androidx-media/sample_h265.ts", 0x24),
    ("mp2ts-tools/obs_hevc_aac.ts", 0x24),
    ("tsduck/test-072.ts", 0x1B),
    ("shaka-player/hls-ts-b-frames/1.ts", 0x1B),
    ("shaka-player/hls-ts-audio-muxed-in-video/main.ts", 0x1B),
    ("mp2ts-tools/80s_with_ad.ts", 0x0F),
    ("mux.js/test-segment.ts", 0x0F),
    ("shaka-player/hls-ts-audio-muxed-in-video/main.ts", 0x0F),
]


def with_losses(packets, loss, seed):
    """Drop packets in bursts of 1 to 4 (a longer gap of one PID could be 16 packets, which no counter shows)."""
    rng, kept, burst = random.Random(seed), packets[:8], 0
    for packet in packets[8:]:
        if not burst and rng.random() < loss / 2.5:
            burst = rng.randint(1, 4)
        if burst:
            burst -= 1
        else:
            kept.append(packet)
    return b"".join(kept)


def units_of(data, stream_type):
    (stream,) = (s for s in read_ts(data).values() if s.stream_type == stream_type)
    return run(framer_for(stream_type), bytes(stream.octets), stream.rows)


@pytest.mark.parametrize(("name", "stream_type"), STREAMS)
@pytest.mark.parametrize("loss", [0.0005, 0.01, 0.05])
def test_access_units_after_lost_packets_are_those_of_the_whole_stream(captures, name, stream_type, loss):
    data = (captures / name).read_bytes()
    packets = [data[at : at + 188] for at in range(0, len(data) - 187, 188)]
    clean = units_of(data, stream_type)
    position = {(unit.pts_90k, unit.data): n for n, unit in enumerate(clean)}
    damaged = units_of(with_losses(packets, loss, f"{name}{loss}"), stream_type)
    if loss < 0.05:
        assert damaged
    expected = None
    for unit in damaged:
        here = position[unit.pts_90k, unit.data]  # a KeyError: it is not whole, or has another's time
        if unit.pts_90k < 0:
            here = expected  # silence is not unique
        assert expected is None or unit.after_loss or here == expected
        expected = here + 1
