"""Standard input: a pipe, a file, or nothing at all."""

import io
import os
import sys
from pathlib import Path

import pytest

from yiwang.net.source import SourceError
from yiwang.net.source_url import StdinSpec
from yiwang.net.stdin_source import StdinSource


async def read_all(source: StdinSource) -> bytes:
    got = b""
    while block := await source.read():
        got += block
    return got


async def test_a_pipe_is_read_as_it_fills_and_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()
    with open(ours) as stdin, open(theirs, "wb", buffering=0) as writer:
        monkeypatch.setattr(sys, "stdin", stdin)
        source = StdinSource(StdinSpec())
        await source.open()
        writer.write(b"first")
        assert await source.read() == b"first"
        writer.write(b"second")
        writer.close()
        assert await read_all(source) == b"second"
        assert source.bytes_received == 11
        await source.close()


async def test_a_redirected_file_is_read_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"octets" * 100_000)
    with (tmp_path / "a").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        source = StdinSource(StdinSpec())
        await source.open()
        assert await read_all(source) == b"octets" * 100_000


@pytest.mark.parametrize("stdin", [None, io.StringIO("no descriptor")])
async def test_no_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch, stdin: object) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(SourceError, match="standard input is closed"):
        await StdinSource(StdinSpec()).open()
