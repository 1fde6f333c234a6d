"""From all that was kept in var/fuzz the small corpus: the shortest inputs that run a line which no seed and no other runs."""

import argparse
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.fuzz.lines import Lines
from tests.fuzz.mutator import Mutator
from tests.fuzz.run import CORPUS, ROOT, SMALL_CORPUS, files_of, folder_name
from tests.fuzz.targets import TARGETS, Target

LONGEST, MOST_OCTETS = 1 << 15, 1 << 12
"""Octets of an input that is looked at, and of one that is taken: whole pieces of captures are seeds already."""
MOST_STEPS = 150


def lines_of(target: Target, octets: bytes) -> set[tuple[str, int]]:
    lines = Lines()
    with lines:
        target.run(octets, Mutator(np.random.default_rng(0)))
    return lines.seen


def shorter(octets: bytes, is_as_good: Callable[[bytes], bool]) -> bytes:
    """Take out pieces, large ones first, as long as what is left is as good."""
    size, steps = len(octets) // 2, 0
    while size and steps < MOST_STEPS:
        at = 0
        while at < len(octets) and steps < MOST_STEPS:
            less = octets[:at] + octets[at + size :]
            steps += 1
            if less and is_as_good(less):
                octets = less
            else:
                at += size
        size //= 2
    return octets


def minimised(target: Target, seeds: list[bytes], inputs: list[bytes]) -> list[bytes]:
    known: set[tuple[str, int]] = set()
    for octets in seeds:
        known |= lines_of(target, octets)
    found = []
    for octets in sorted(set(inputs), key=lambda one: (len(one), one)):
        new = lines_of(target, octets) - known
        if new:
            least = shorter(octets, lambda less, new=new: new <= lines_of(target, less))  # type: ignore[misc]
            if len(least) <= MOST_OCTETS:
                known |= new
                found.append(least)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", action="append")
    parser.add_argument("--captures", type=Path, default=ROOT.parent / "shared" / "captures")
    options = parser.parse_args()
    for name, target in TARGETS.items():
        inputs = [o for o in files_of(SMALL_CORPUS, name) + files_of(CORPUS, name) if len(o) <= LONGEST]
        if not inputs or (options.target and name not in options.target):
            continue
        found = minimised(target, target.seeds(options.captures), inputs)
        folder = SMALL_CORPUS / folder_name(name)
        shutil.rmtree(folder, ignore_errors=True)
        for octets in found:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{hashlib.sha256(octets).hexdigest()[:12]}.bin").write_bytes(octets)
        print(f"{name}: {len(found)} of {len(inputs)}, {sum(map(len, found))} octets", flush=True)


if __name__ == "__main__":
    main()
