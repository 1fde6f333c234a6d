"""Tables of which little is used take memory only there."""

from pathlib import Path

import pytest

from yiwang.base.memory import sparse_zeros


def resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


def test_only_what_is_written_is_there():
    before = resident_pages()
    tables = [sparse_zeros(1 << 20) for _ in range(16)]  # 128 MiB
    assert resident_pages() - before < 1000
    tables[3][[5, 1 << 19]] = 7
    assert tables[3].sum() == 14
    assert not any(table[5] for i, table in enumerate(tables) if i != 3)


@pytest.mark.parametrize("n", [1, 8192])
def test_it_is_an_array_as_others_are(n: int):
    table = sparse_zeros(n)
    assert table.shape == (n,)
    assert table.flags.writeable
    assert table.flags.c_contiguous
    assert table.flags.aligned
