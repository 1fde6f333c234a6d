"""A minute of wrong octets for all that reads them; and each input again that once found a fault."""

from pathlib import Path

import numpy as np
import pytest

from tests.fuzz.mutator import Mutator
from tests.fuzz.run import folder_name, give, prepare
from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).parent / "found"
INPUTS = 600


@pytest.mark.slow
def test_a_minute_of_wrong_octets(captures: Path):
    """The same inputs in each run, so that only a change can make it fail; new ones are looked for by hand (`run`)."""
    fuzzed = prepare(captures, seed=20_261_126)
    crashes = [f"{crash.target}: {crash.what}" for crash in give(fuzzed, INPUTS, seed=1)]
    assert not crashes, "\n".join(crashes[:3])


@pytest.mark.parametrize("file", sorted(FOUND.glob("*.bin")), ids=lambda file: file.stem)
def test_what_found_a_fault_once_finds_none_again(file: Path):
    target = next(t for name, t in TARGETS.items() if folder_name(name) == file.stem.split("--")[0])
    for seed in range(5):
        target.run(file.read_bytes(), Mutator(np.random.default_rng(seed)))


@pytest.mark.parametrize("packets", [True, False])
def test_the_same_seed_makes_the_same_inputs(packets: bool):
    octets = bytes(range(256)) * 8
    made = [
        [Mutator(np.random.default_rng(seed), packets=packets).mutate(octets, octets) for _ in range(3)]
        for seed in (5, 5, 6)
    ]
    assert made[0] == made[1] != made[2]
    assert any(one != octets for one in made[0])
