"""Kernels come from numba's cache without what numba needs to compile, and it can compile after that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys

import numpy as np

from yiwang.kernels.compiled import kernel
from yiwang.kernels.crc32_mpeg2 import crc32_mpeg2

assert crc32_mpeg2(b"123456789") == 0x0376E6E7
print("numba.np.linalg" in sys.modules)


@kernel(inline="always")
def one_more(n):
    return n + 1


@kernel
def both(numbers):
    return one_more(numbers[0]) * 2


assert both(np.array([3])) == 8
"""


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")
def test_what_is_compiled_is_loaded_without_the_compiler_and_the_rest_is_compiled(tmp_path: Path):
    for name in ("first.py", "second.py"):  # the first may have to compile crc32_mpeg2
        path = tmp_path / name
        path.write_text(CODE)
        done = subprocess.run([sys.executable, path], check=True, timeout=300, capture_output=True, text=True)
    assert done.stdout.split() == ["False"]
