"""Set-up leaves Python nothing to compile."""

import importlib.util
import sys
from importlib import metadata
from pathlib import Path

import pytest

import yiwang
from yiwang.services import warm_up


def test_what_a_node_needs_is_known_to_the_last_and_nothing_that_only_its_makers_need():
    names = warm_up.needed().keys()
    assert names >= {"numpy", "uvicorn", "h11", "fastapi", "anyio", "SQLAlchemy", "alembic", "Mako"}
    assert names.isdisjoint({"pytest", "mypy", "hypothesis"})


def test_bytecode_is_written_of_the_program_and_of_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # as in many containers
    monkeypatch.setattr(warm_up, "needed", lambda: {"h11": metadata.distribution("h11")})
    monkeypatch.setattr(yiwang, "__file__", importlib.util.find_spec("yiwang.base").origin)  # a small part of it
    warm_up.bytecode()
    for name in ("h11", "h11._connection", "yiwang.base.octets"):
        origin = importlib.util.find_spec(name).origin
        assert origin is not None
        assert Path(importlib.util.cache_from_source(origin)).is_file(), name
    assert not list(tmp_path.rglob("test_*.pyc"))


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "file"))
    monkeypatch.setattr(warm_up, "needed", lambda: {"h11": metadata.distribution("h11")})
    monkeypatch.setattr(yiwang, "__file__", importlib.util.find_spec("yiwang.base").origin)
    warm_up.bytecode()
