"""What is found of a source that is only watched: each way to be bad, at a simulated clock."""

from collections.abc import Callable

import pytest

from tests.services.hand_fed import SECONDS, stream
from yiwang.services.source_watch import SourceWatch
from yiwang.services.switch_over import Finding, Severity

LOOK_MS = 100
PATIENCE_MS = 1_000
PACKET = 188
OCTETS_PER_LOOK = len(stream()) // (SECONDS * 10) // PACKET * PACKET
VIDEO, AUDIO = 256, 257

Change = Callable[[bytes], bytes]


class Watched:
    def __init__(self, program: int | None = None, limit: float = 10) -> None:
        self.now_ms = 5_000_000
        self.watch = SourceWatch(program, limit, PATIENCE_MS, self.now_ms)
        self.at = 0

    def run(self, seconds: float, change: Change = lambda octets: octets) -> Finding:
        for _ in range(round(10 * seconds)):
            block = change(stream(2 * SECONDS)[self.at : self.at + OCTETS_PER_LOOK])
            self.at += OCTETS_PER_LOOK
            self.now_ms += LOOK_MS
            if block:
                self.watch.feed(block, self.now_ms)
            finding = self.watch.finding(self.now_ms)
        return finding


def packets(octets: bytes) -> list[bytes]:
    return [octets[at : at + PACKET] for at in range(0, len(octets), PACKET)]


def pid_of(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def without(*pids: int) -> Change:
    return lambda octets: b"".join(p for p in packets(octets) if pid_of(p) not in pids)


def scrambled(octets: bytes) -> bytes:
    changed = [p[:3] + bytes([p[3] | 0x80]) + p[4:] if pid_of(p) in (VIDEO, AUDIO) else p for p in packets(octets)]
    return b"".join(changed)


def lossy(octets: bytes) -> bytes:
    return b"".join(p for i, p in enumerate(packets(octets)) if i % 10)


def test_nothing_is_known_before_anything_came_and_what_is_whole_is_good():
    watched = Watched()
    assert watched.run(0.1, lambda _: b"").reason == "silent"
    finding = watched.run(2)
    assert (finding.severity, finding.reason) == (Severity.GOOD, "good")
    assert watched.watch.bit_rate_bps == pytest.approx(8 * 10 * OCTETS_PER_LOOK, rel=0.02)
    assert watched.watch.error_rate == 0


@pytest.mark.parametrize(
    ("change", "severity", "reason"),
    [
        (lambda _: b"", Severity.UNUSABLE, "silent"),
        (without(0), Severity.UNUSABLE, "no_tables"),
        (without(4096), Severity.UNUSABLE, "no_tables"),
        (without(VIDEO), Severity.UNUSABLE, "no_picture"),
        (scrambled, Severity.UNUSABLE, "scrambled"),
        (lossy, Severity.DAMAGED, "errors"),
        (without(AUDIO), Severity.GOOD, "good"),
    ],
    ids=["silent", "no PAT", "no PMT", "no video", "scrambled", "lossy", "no audio"],
)
def test_what_goes_bad_is_named_with_when_it_began_and_becomes_good_again(change, severity, reason):
    watched = Watched()
    watched.run(3)
    began_ms = watched.now_ms
    finding = watched.run(3, change)
    assert (finding.severity, finding.reason) == (severity, reason)
    assert began_ms - LOOK_MS <= finding.since_ms <= began_ms + PATIENCE_MS or severity == Severity.GOOD
    assert watched.run(2.5).severity == Severity.GOOD


def test_an_error_is_told_from_when_it_began_until_octets_come():
    watched = Watched()
    watched.run(2)
    watched.watch.failed("refused", watched.now_ms)
    since_ms = watched.now_ms
    watched.run(1, lambda _: b"")
    watched.watch.failed("refused again", watched.now_ms)
    finding = watched.run(1, lambda _: b"")
    assert (finding.reason, finding.detail, finding.since_ms) == ("error", "refused again", since_ms)
    assert watched.run(2).reason == "good"


def test_a_pause_within_its_patience_is_nothing():
    watched = Watched()
    watched.run(3)
    assert watched.run(0.9, lambda _: b"").reason == "good"


def test_the_programme_of_the_config_must_be_there():
    finding = Watched(program=77).run(3)
    assert (finding.reason, finding.detail) == ("no_tables", "its PAT has no program 77")
