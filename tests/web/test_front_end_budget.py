"""What a viewer's browser has to read before the player: at most 70 kB, compressed; and all of it from the node."""

import asyncio
import gzip
import re
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.web.asgi import get
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config
from yiwang.web.api import CONTENT_SECURITY_POLICY, STATIC, make_api

MOST_OCTETS = 70_000
MOST_FILES = 8
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
    packed = [path.with_name(f"{path.name}.gz") for path in files]
    for path, small in zip(files, packed, strict=True):
        assert gzip.decompress(small.read_bytes()) == path.read_bytes()
    assert len(files) <= MOST_FILES
    octets = sum(small.stat().st_size for small in packed)
    assert octets <= MOST_OCTETS


def test_viewers_do_not_read_the_texts_of_the_console(static: Path):
    texts = {
        page: "".join(path.read_text() for path in files_of(static / f"{page}.html")) for page in ("index", "console")
    }
    for text in ("TR 101 290", "操作记录", "Guide coverage"):
        assert text in texts["console"]
        assert text not in texts["index"]


def test_pages_that_are_not_open_are_not_read(static: Path):
    first = {path.name for path in files_of(static / "index.html")}
    for page in ("GuidePage", "ProgrammePage", "MinePage", "SettingsPanel"):
        assert list((static / "assets").glob(f"{page}-*.js"))
        assert not any(name.startswith(page) for name in first)


async def test_they_are_sent_compressed_to_whoever_takes_that(static: Path):
    network = Network(parse_config("[[listing]]\nid = 'x'\nurl = 'file:///x'\n", "x.toml"), "x.toml")
    app = make_api(network, asyncio.Event())
    for path in files_of(static / "index.html"):
        address = f"/assets/{path.name}"
        packed = await get(app, address, accept_encoding="gzip, br")
        assert gzip.decompress(packed.body) == path.read_bytes()
        plain = await get(app, address)
        assert plain.body == path.read_bytes()
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-type"].partition(";")[0] == plain.headers["content-type"].partition(";")[0]
        for answer in (packed, plain):
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["vary"] == "Accept-Encoding"
    assert (await get(app, "/assets/nothing.js", accept_encoding="gzip")).status == 404


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
