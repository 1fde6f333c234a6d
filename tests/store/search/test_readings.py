"""Readings are made once on a machine; what is in the cache is what was made, or is made again."""

from pathlib import Path

import numpy as np
import pytest

from yiwang.store.search import readings as module
from yiwang.store.search.readings import Readings

CHARACTERS = "重行绿一网鿿aé"


def made() -> Readings:
    module.readings.cache_clear()
    return module.readings()


def what(of: Readings, character: str) -> set[str] | None:
    reading = of.of_character(character)
    return None if reading is None else {of.syllables[n] for n in of.members[reading]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("YIWANG_CACHE_DIR", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    monkeypatch.undo()
    module.readings.cache_clear()


def test_what_is_kept_is_what_was_made(folder: Path, monkeypatch: pytest.MonkeyPatch):
    first = made()
    assert what(first, "重") == {"zhong", "chong"}
    assert what(first, "a") is None
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(module, "_make", lambda: pytest.fail("made again"))
    second = made()
    assert second.syllables == first.syllables
    assert second.members == first.members
    assert [second.of_character(chr(code)) for code in range(0x30000)] == [
        first.of_character(chr(code)) for code in range(0x30000)
    ]


@pytest.mark.parametrize("octets", [b"", b"PK\3\4 not a zip", b"\x93NUMPY"])
def test_a_damaged_file_is_made_again(folder: Path, octets: bytes):
    first = made()
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(octets or whole[:100])
    assert [what(made(), c) for c in CHARACTERS] == [what(first, c) for c in CHARACTERS]
    assert path.read_bytes() == whole


def test_a_file_of_something_else_is_made_again(folder: Path):
    first = made()
    (path,) = folder.iterdir()
    np.savez(path, alive=np.zeros(3, np.uint16), sizes=np.ones(1, np.uint16), flat=np.ones(1, np.uint16), pinyin="a")
    assert what(made(), "重") == what(first, "重")


def test_no_cache_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("YIWANG_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert what(made(), "网") == {"wang"}
    module.readings.cache_clear()
