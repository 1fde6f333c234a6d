"""`yiwang probe` says the same without numba as with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
from yiwang.cli.main import main
try:
    main(["probe", "--json", *sys.argv[1:]])
finally:
    print("numba" in sys.modules)
"""
ANYTHING_NUMBA_IS_TOLD = {"NUMBA_NUM_THREADS": "1"}


def probe(path: Path, told: dict[str, str]) -> tuple[str, str]:
    """Return the report, and whether numba was imported."""
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}, **told}
    command = [sys.executable, "-c", CODE, str(path)]
    done = subprocess.run(command, env=environment, check=False, timeout=300, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    report, _, imported = done.stdout.rstrip("\n").rpartition("\n")
    return report, imported


@pytest.mark.skipif(sys.platform != "linux", reason="machine code of Linux")
@pytest.mark.parametrize(
    "name",
    [
        "mp2ts-tools/obs_hevc_aac.ts",
        "tsduck/test-025.ts",
        "androidx-media/sample_eac3.ts",
        "androidx-media/sample_scte35.ts",
        "androidx-media/sample_latm.ts",
    ],
)
def test_a_probe_without_numba_says_what_it_says_with_it(captures: Path, name: str):
    path = captures / name
    expected, imported = probe(path, ANYTHING_NUMBA_IS_TOLD)
    assert imported == "True"
    probe(path, {})  # the first may have to leave a kernel to numba; then its code is known
    assert probe(path, {}) == (expected, "False")
