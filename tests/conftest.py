"""What every test may ask for. At the desk a missing tool or capture is a skip with its reason; in CI it is a failure."""

import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

LANES = ("tests/browser/", "tests/live/")
"""Folders whose tests follow streams at the pace of the clock: one at a time of each, beside all the others."""
NICENESS = 5


class ByFile(LoadScopeScheduling):
    """Deals out files, whose fixtures are made once so, and each lane to one worker: two nodes and two browsers are too much.

    `--dist loadgroup` is for this, but of pytest 9.2 it gets no groups (pytest-dev/pytest-xdist#1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, LANES), nodeid.split("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    if config.getvalue("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False  # `pytest_collection_modifyitems` knows better what takes long
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the lanes, then with the files that have slow tests, so that nobody waits for one of them at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not item.nodeid.startswith(LANES), item.path not in slow))


@cache
def stand_back() -> None:
    """Let this worker, from now on, leave the processor to what follows the clock."""
    os.nice(NICENESS)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ and not item.nodeid.startswith(LANES):
        stand_back()


settings.register_profile("yiwang", deadline=None)  # the first example may compile a kernel
settings.load_profile("yiwang")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def missing(reason: str) -> NoReturn:
    """Skip with a reason at the desk, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def captures() -> Path:
    """Return the folder of real captures that lies beside the checkout."""
    folder = SHARED / "captures"
    if not folder.is_dir():
        missing("real captures are not part of the repository: no ../shared/captures")
    return folder


def need_tool(name: str) -> str:
    """Return the path of a program, or skip (fail in CI)."""
    path = shutil.which(name)
    if path is None:
        missing(f"{name} is not installed: run scripts/debian-packages.sh")
    return path


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    return need_tool("ffmpeg")


@pytest.fixture(scope="session")
def ffprobe() -> str:
    return need_tool("ffprobe")


@pytest.fixture(scope="session")
def chromium() -> str:
    return need_tool("chromium")
