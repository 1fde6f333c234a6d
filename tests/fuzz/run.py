"""Fuzzing for so many seconds: every target in turn, inputs that behave in a new way are kept and changed further."""

import argparse
import hashlib
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from types import FrameType

import numpy as np

from tests.fuzz.lines import Lines
from tests.fuzz.mutator import Mutator
from tests.fuzz.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "var" / "fuzz"
SMALL_CORPUS = Path(__file__).parent / "corpus"
"""What ten minutes of each target came to, less all that runs no line which the rest does not: see `minimise`."""
MOST_KEPT = 200
SLOWEST_S = 5.0
COMPILER = "/numba/core/compiler"
MEMORY_KB = 1 << 20
TURN_S = 0.2


@dataclass
class Fuzzed:
    """One target's state."""

    name: str
    target: Target
    seeds: list[bytes]
    mutator: Mutator
    kept: list[bytes] = field(default_factory=list)
    known: set[frozenset[str]] = field(default_factory=set)
    inputs: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    lines: Lines | None = None  # without, only the behaviour tells what is new: a minute is better spent on inputs


@dataclass(frozen=True)
class Crash:
    """An input that was not taken as it should be."""

    target: str
    octets: bytes
    what: str


def folder_name(target: str) -> str:
    return target.replace(" ", "-").replace(",", "")


def files_of(folder: Path, target: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((folder / folder_name(target)).glob("*.bin"))]


def prepare(captures: Path, seed: int, names: list[str] | None = None, corpus: Path | None = None) -> list[Fuzzed]:
    """Each target with its seeds, and those that were kept in ``corpus``; runs each once, as kernels may be compiled."""
    prepared = []
    for n, (name, target) in enumerate(TARGETS.items()):
        if names and name not in names:
            continue
        mutator = Mutator(np.random.default_rng([seed, n]), packets=target.packets)
        one = Fuzzed(name, target, target.seeds(captures), mutator, files_of(SMALL_CORPUS, name))
        if corpus is not None:
            one.kept += files_of(corpus, name)[:MOST_KEPT]
        assert one.seeds, name
        target.run(one.seeds[0], mutator)
        prepared.append(one)
    return prepared


def too_slow(_signal: int, frame: FrameType | None) -> None:
    while frame is not None:
        if COMPILER in frame.f_code.co_filename:  # that is no fault of the input
            signal.setitimer(signal.ITIMER_PROF, SLOWEST_S)
            return
        frame = frame.f_back
    raise TimeoutError(f"it takes longer than {SLOWEST_S} s of a core")


def once(one: Fuzzed, rng: np.random.Generator) -> Crash | None:
    """Give a target one input; one that runs new lines is kept."""
    pool = one.kept if one.kept and rng.random() < 0.5 else one.seeds
    seed, other = (pool[rng.integers(len(pool))] for _ in range(2))
    octets = one.mutator.mutate(seed, other)
    begin = time.process_time()
    try:
        behaviour = timed(one, octets)
    except Exception:
        return Crash(one.name, octets, traceback.format_exc())
    one.inputs += 1
    one.slowest_s = max(one.slowest_s, time.process_time() - begin)
    is_new = behaviour not in one.known and len(one.kept) < MOST_KEPT
    if is_new or (one.lines is not None and one.lines.take_new()):
        one.known.add(behaviour)
        one.kept.append(octets)
    return None


def timed(one: Fuzzed, octets: bytes) -> frozenset[str]:
    signal.setitimer(signal.ITIMER_PROF, SLOWEST_S)
    try:
        with one.lines or nullcontext():
            return one.target.run(octets, one.mutator)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def fuzz(fuzzed: list[Fuzzed], seconds: float, seed: int) -> Iterator[Crash]:
    """Give inputs for so many seconds of a core, a turn of each target after the other; yield what went wrong."""
    rng = np.random.default_rng([seed, 1 << 16])
    signal.signal(signal.SIGPROF, too_slow)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    end = time.process_time() + seconds  # of a core, so that a busy machine tries as much
    for one in cycle(fuzzed):
        begin = time.process_time()
        while time.process_time() < min(begin + TURN_S, end):
            crash = once(one, rng)
            if crash is not None:
                yield crash
        one.seconds += time.process_time() - begin
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
        if grown_kb > MEMORY_KB:
            yield Crash(one.name, b"", f"memory grew by {grown_kb} kB")
            before_kb += grown_kb
        if time.process_time() >= end:
            return


def give(fuzzed: list[Fuzzed], inputs: int, seed: int) -> Iterator[Crash]:
    """Give each target so many inputs, the same ones whatever the machine; yield what went wrong."""
    signal.signal(signal.SIGPROF, too_slow)
    for n, one in enumerate(fuzzed):
        rng = np.random.default_rng([seed, 1 << 17, n])
        for _ in range(inputs):
            crash = once(one, rng)
            if crash is not None:
                yield crash


def save(crash: Crash, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(crash.octets).hexdigest()[:12]
    path = folder / f"{folder_name(crash.target)}--{name}.bin"
    path.write_bytes(crash.octets)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, help="of a core, for all targets together")
    parser.add_argument("--seed", type=int, default=int(time.time_ns() % 1_000_000))
    parser.add_argument("--target", action="append")
    parser.add_argument("--captures", type=Path, default=ROOT.parent / "shared" / "captures")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    fuzzed = prepare(options.captures, options.seed, options.target, CORPUS)
    for one in fuzzed:
        one.lines = Lines()
    crashes: dict[str, Crash] = {}
    for crash in fuzz(fuzzed, options.seconds, options.seed):
        last = crash.what.strip().splitlines()
        where = [line for line in last if line.lstrip().startswith("File")][-1:]
        key = f"{crash.target}: {last[-1][:100]} {where}"
        if key not in crashes:
            crashes[key] = crash
            print(f"{save(crash, CORPUS / 'crashes')}\n{crash.what}", flush=True)
    for one in fuzzed:
        folder = CORPUS / folder_name(one.name)
        folder.mkdir(parents=True, exist_ok=True)
        for octets in one.kept:
            (folder / f"{hashlib.sha256(octets).hexdigest()[:16]}.bin").write_bytes(octets)
        rate = one.inputs / max(one.seconds, 1e-9)
        print(
            f"{one.name}: {one.inputs} inputs, {rate:.0f} a second, {len(one.kept)} kept, "
            f"slowest {one.slowest_s * 1000:.0f} ms"
        )
    print(f"{len(crashes)} kinds of failure")
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
