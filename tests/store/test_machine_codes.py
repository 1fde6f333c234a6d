"""The file of machine code is good for the sources, the Python, the numba and the processor that it was made with."""

import os
import pickle
from pathlib import Path

import pytest

from yiwang.kernels.machine_code import MachineCode
from yiwang.store import machine_codes

NAME = ("yiwang.kernels.ts_scan", "scan_packets")
ONE, OTHER = (MachineCode((kind,), "a", b"\xc3", 0, (), ((0, "b", 1),)) for kind in ("int64", "bool"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one kernel's source, and no NUMBA_ in the environment."""
    for name in list(os.environ):
        if name.startswith("NUMBA_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(machine_codes, "_PACKAGE", tmp_path)
    monkeypatch.setattr(machine_codes, "_FILE", tmp_path / "kernels" / "cache" / "machine_code")
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "ts_scan.py").write_text("1")
    return tmp_path


def test_what_is_saved_is_loaded_and_added_to():
    assert machine_codes.load() == {}
    assert machine_codes.save({NAME: (ONE,)})
    assert machine_codes.load() == {NAME: (ONE,)}
    assert machine_codes.save({NAME: (OTHER,)})
    assert machine_codes.load() == {NAME: (ONE, OTHER)}


def test_what_is_there_already_is_not_written_again(folder: Path):
    machine_codes.save({NAME: (ONE,)})
    before = (folder / "kernels" / "cache" / "machine_code").stat()
    assert machine_codes.save({NAME: (ONE,)})
    assert (folder / "kernels" / "cache" / "machine_code").stat() == before


def test_another_source_makes_it_useless(folder: Path):
    machine_codes.save({NAME: (ONE,)})
    (folder / "kernels" / "ts_scan.py").write_text("12")
    assert machine_codes.load() == {}
    machine_codes.save({NAME: (OTHER,)})
    assert machine_codes.load() == {NAME: (OTHER,)}


@pytest.mark.parametrize("what", ["sys.version", "_processor", "FORM"])
def test_another_python_processor_or_form_makes_it_useless(monkeypatch: pytest.MonkeyPatch, what: str):
    machine_codes.save({NAME: (ONE,)})
    monkeypatch.setattr(f"yiwang.store.machine_codes.{what}", (lambda: "Z80") if what == "_processor" else "0")
    assert machine_codes.load() == {}


def test_where_numba_is_told_what_to_do_there_is_none(monkeypatch: pytest.MonkeyPatch):
    machine_codes.save({NAME: (ONE,)})
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    assert machine_codes.load() == {}
    assert not machine_codes.save({NAME: (OTHER,)})


@pytest.mark.parametrize("octets", [b"", b"\x80", b"garbage", pickle.dumps(5), pickle.dumps({}), b"cno.module\nx\n."])
def test_a_file_that_is_none_of_ours_is_made_anew(folder: Path, octets: bytes):
    (folder / "kernels" / "cache").mkdir()
    (folder / "kernels" / "cache" / "machine_code").write_bytes(octets)
    assert machine_codes.load() == {}
    assert machine_codes.save({NAME: (ONE,)})
    assert machine_codes.load() == {NAME: (ONE,)}


def test_where_it_cannot_be_written_nothing_else_is_lost(folder: Path):
    (folder / "kernels" / "cache").write_text("a file where the folder should be")
    assert not machine_codes.save({NAME: (ONE,)})
    assert machine_codes.load() == {}
