"""What a node asks of the C library and of the kernel does not harm what runs."""

import subprocess
import sys

import pytest

CODE = """
import re
from pathlib import Path

import numpy as np
from numba import njit

from yiwang.cli.process_tuning import let_go_of_start, tune_process
from yiwang.kernels.crc32_mpeg2 import crc32_mpeg2


def resident_kb():
    mapped = re.findall(r"r-xp [^\\n]*libllvmlite.*?Rss: +(\\d+)", Path("/proc/self/smaps").read_text(), re.DOTALL)
    return sum(map(int, mapped))


tune_process()
before, crc = resident_kb(), crc32_mpeg2(b"123456789")
let_go_of_start()
after = resident_kb()
assert crc32_mpeg2(b"123456789") == crc == 0x0376E6E7
assert njit(lambda n: n + 1)(np.int64(1)) == 2  # compiled anew
print(before, after)
"""


@pytest.mark.slow
def test_kernels_run_and_compile_after_the_compiler_was_let_go_of():
    result = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=False, text=True, timeout=120)
    assert (result.returncode, result.stderr) == (0, "")
    before, after = map(int, result.stdout.split())
    assert after < before / 10
