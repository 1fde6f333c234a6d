"""A file read in blocks, copied or mapped."""

import mmap
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from yiwang.base.errors import WorkError
from yiwang.net import file_blocks
from yiwang.net.file_blocks import read_blocks

PAGE = mmap.ALLOCATIONGRANULARITY
OCTETS = np.random.default_rng(1).bytes(70 * PAGE + 17)


@pytest.fixture(params=[False, True], ids=["copied", "mapped"])
def is_mapped(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def cannot_map(*_arguments: object, **_keywords: object) -> mmap.mmap:
    raise OSError(19, "No such device")


class CannotLoad(mmap.mmap):
    """The second block cannot be loaded, as of a broken disk."""

    def madvise(self, advice: int, begin: int, octets: int) -> None:  # type: ignore[override]
        if begin:
            raise OSError(14, "Bad address")
        super().madvise(advice, begin, octets)


@pytest.mark.parametrize("block", [300, PAGE, 2 * PAGE, PAGE + 188, len(OCTETS), 2 * len(OCTETS)])
def test_blocks_of_a_file_joined_are_the_file(tmp_path: Path, block: int, is_mapped: bool):
    path = tmp_path / "a"
    path.write_bytes(OCTETS)
    blocks = [bytes(each) for each in read_blocks(str(path), block, is_mapped=is_mapped)]
    assert b"".join(blocks) == OCTETS
    assert all(len(each) == block for each in blocks[:-1])


@pytest.mark.parametrize("how", [cannot_map, CannotLoad])
def test_what_cannot_be_mapped_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: object):
    monkeypatch.setattr(file_blocks.mmap, "mmap", how)
    path = tmp_path / "a"
    path.write_bytes(OCTETS)
    blocks = [bytes(each) for each in read_blocks(str(path), PAGE, is_mapped=True)]
    assert b"".join(blocks) == OCTETS


def test_what_is_written_to_a_block_does_not_come_into_the_file(tmp_path: Path, is_mapped: bool):
    path = tmp_path / "a"
    path.write_bytes(OCTETS)
    for block in read_blocks(str(path), PAGE, is_mapped=is_mapped):
        block[0] = 0xFF
    assert path.read_bytes() == OCTETS


def test_a_file_that_becomes_shorter_while_it_is_read_ends_there(tmp_path: Path, is_mapped: bool):
    path = tmp_path / "a"
    path.write_bytes(OCTETS)
    blocks = read_blocks(str(path), PAGE, is_mapped=is_mapped)
    first = bytes(next(blocks))
    os.truncate(path, PAGE + 10)
    assert first + b"".join(bytes(block) for block in blocks) == OCTETS[: PAGE + 10]


def test_a_file_that_becomes_longer_while_it_is_read_is_read_to_its_end(tmp_path: Path, is_mapped: bool):
    path = tmp_path / "a"
    path.write_bytes(OCTETS[:PAGE])
    blocks = read_blocks(str(path), PAGE, is_mapped=is_mapped)
    first = bytes(next(blocks))
    with path.open("ab") as file:
        file.write(OCTETS[PAGE:])
    assert first + b"".join(bytes(block) for block in blocks) == OCTETS


def test_a_pipe_is_read_to_its_end(tmp_path: Path, is_mapped: bool):
    path = tmp_path / "a"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(OCTETS,))
    writer.start()
    assert b"".join(bytes(block) for block in read_blocks(str(path), PAGE, is_mapped=is_mapped)) == OCTETS
    writer.join()


def test_a_file_that_is_not_there_is_said_in_one_line(tmp_path: Path):
    with pytest.raises(WorkError, match="No such file"):
        next(read_blocks(str(tmp_path / "none"), 300))
