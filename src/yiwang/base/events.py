"""What the core reports beside media: faults, as counters' names with a detail."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of damage seen in one block.

    ``name`` is a counter's name (``continuity_count_error``), ``count`` how many in the block, ``pid`` 0..8191 or -1,
    ``detail`` one sentence for the log, in words an operator understands.
    """

    name: str
    count: int = 1
    pid: int = -1
    detail: str = ""
