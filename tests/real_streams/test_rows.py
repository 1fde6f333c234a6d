"""Every row of the list of nasty real streams has its test, or says why not."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import SHARED, missing
from tests.real_streams.rows import MISSING, ROWS


def row_tests() -> Counter[str]:
    """Test functions of this folder that are named after a row."""
    names: Counter[str] = Counter()
    for file in Path(__file__).parent.glob("test_*.py"):
        tree = ast.parse(file.read_text())
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_row_"):
                names[node.name] += 1
    return names


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_a_test_or_a_reason(row: int):
    prefix = f"test_row_{row:02}_{ROWS[row]}"
    found = [name for name in row_tests() if name.startswith(prefix)]
    assert bool(found) != (row in MISSING), prefix


def test_every_test_of_a_row_is_named_as_the_table_says_and_stands_once():
    for name, count in row_tests().items():
        match = re.match(r"test_row_(\d\d)_", name)
        assert match, name
        assert name.startswith(f"test_row_{match[1]}_{ROWS[int(match[1])]}"), name
        assert count == 1, name


def test_the_table_has_the_rows_of_the_list():
    list_of_rows = SHARED / "REAL_STREAMS.md"
    if not list_of_rows.exists():
        missing("no ../shared/REAL_STREAMS.md")
    numbers = [int(n) for n in re.findall(r"^\| (\d+) \|", list_of_rows.read_text(), re.MULTILINE)]
    assert numbers == list(ROWS)
