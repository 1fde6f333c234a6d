"""Commands call kernels without numba: its import takes longer than what many of them do, and 50 MB of those that go on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from yiwang.kernels import compiled
from yiwang.store import machine_codes


@contextmanager
def without_numba() -> Iterator[None]:
    """Import what has kernels within this: where their machine code is known numba stays out; where not, it is afterwards."""
    if "numba" in sys.modules:
        yield
        return
    compiled.provide(machine_codes.load())
    yield
    machine_codes.save(compiled.machine_codes())
