"""Pictures of which nothing is special go a short way; what is published is what the long way makes."""

from pathlib import Path

import numpy as np
import pytest

from tests.packaging import television as tv
from yiwang.codecs.avc.framer import AvcFramer
from yiwang.packaging.events import PackagerEvent
from yiwang.packaging.inputs import VideoInput
from yiwang.packaging.programme import ProgrammePackager
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

NOW = 1_700_000_000 * 90_000
STREAMS = ["made", "mux.js/test-segment.ts", "videojs-http-streaming/caption.ts", "mp2ts-tools/80s_with_ad.ts"]


def damaged(octets: bytes, rng: np.random.Generator) -> bytes:
    """Lose packets, alone and in bursts, and repeat a stretch of the stream: a jump of its time base."""
    packets = np.frombuffer(octets[: len(octets) // 188 * 188], np.uint8).reshape(-1, 188)
    kept = rng.random(len(packets)) > rng.choice([0, 0.001, 0.02])
    for begin in rng.integers(0, len(packets), 2):
        kept[begin : begin + rng.integers(0, 40)] = False
    again = packets[rng.integers(0, len(packets)) :]
    return np.concatenate((packets[kept], again)).tobytes()


def package(octets: bytes, cuts: list[int], *, live: bool) -> tuple[list[PackagerEvent], object]:
    packager = TransportPackager(None, Settings(live=live, part_90k=45_000 * live))
    events: list[PackagerEvent] = []
    for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        events += packager.feed(octets[begin:end], NOW + end * 90_000 // 1_000_000 if live else 0)
    events += packager.flush(NOW + len(octets) * 90_000 // 1_000_000 if live else 0)
    return events, packager.drain_faults()


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("live", [True, False])
def test_the_short_way_makes_what_the_long_way_makes(captures: Path, monkeypatch, name: str, seed: int, live: bool):
    rng = np.random.default_rng(seed)
    octets = (tv.stream(12) if name == "made" else (captures / name).read_bytes()[:1_500_000]) * 2
    if seed:
        octets = damaged(octets, rng)
    cuts = sorted(rng.integers(0, len(octets), 12).tolist())
    taken = {"framed": 0, "lifted": 0, "written": 0}
    usual, follow, write_run = AvcFramer._usual, VideoInput.follow, ProgrammePackager._write_run

    def counted(name, way):
        def call(*arguments):
            made = way(*arguments)
            taken[name] += made is not None if name == "framed" else made if name == "written" else len(made)
            return made

        return call

    monkeypatch.setattr(AvcFramer, "_usual", counted("framed", usual))
    monkeypatch.setattr(VideoInput, "follow", counted("lifted", follow))
    monkeypatch.setattr(ProgrammePackager, "_write_run", counted("written", write_run))
    short = package(octets, cuts, live=live)
    monkeypatch.setattr(AvcFramer, "_usual", lambda *_: None)
    monkeypatch.setattr(VideoInput, "follow", lambda *_: [])
    monkeypatch.setattr(ProgrammePackager, "_write_run", lambda *_: 0)
    assert package(octets, cuts, live=live) == short
    assert seed or all(taken.values())
