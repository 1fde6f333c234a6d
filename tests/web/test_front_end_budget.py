"""What a viewer's browser has to read before the player: at most 250 kB, compressed; and all of it from the node."""

import gzip
import re
from pathlib import Path

import pytest

from tests.conftest import missing
from yiwang.web.api import CONTENT_SECURITY_POLICY, STATIC

MOST_OCTETS = 250_000
_IN_PAGE = re.compile(r"""(?:src|href)="(/assets/[^"]+)\"""")
_IMPORT = re.compile(r"""(?:import|from)\s*"\./([\w.-]+)\"""")


@pytest.fixture(scope="module")
def static() -> Path:
    if not (STATIC / "index.html").is_file():
        missing("the front end is not built: run `make setup`")
    return STATIC


def files_of(page: Path) -> set[Path]:
    """All that a page loads before its script asks for more: what it names, and what that imports."""
    static = page.parent
    found, todo = set[Path](), [static / name.lstrip("/") for name in _IN_PAGE.findall(page.read_text())]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".js":
            todo += [path.parent / name for name in _IMPORT.findall(path.read_text())]
    return found


def test_the_web_tv_is_light_before_its_player(static: Path):
    files = files_of(static / "index.html")
    assert {path.suffix for path in files} >= {".js", ".css"}
    assert not any("shaka" in path.name for path in files), "the list of channels waits for the player"
    octets = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    assert octets <= MOST_OCTETS


@pytest.mark.parametrize("page", ["index.html", "console.html", "api.html"])
def test_a_page_has_no_script_of_its_own_and_names_no_other_host(static: Path, page: str):
    text = (static / page).read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []
    assert re.findall(r"\son\w+=", text) == []


def test_the_policy_lets_no_inline_script_and_no_other_host_in():
    rules = dict(rule.strip().split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split(";"))
    assert rules["script-src"] == rules["connect-src"] == rules["default-src"] == "'self'"
    assert "unsafe" not in rules["script-src"]
