"""What a viewer's browser has to read before the player: at most 64 kB, compressed; and all of it from the node."""

import asyncio
import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.web.asgi import get
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config
from yiwang.web.api import CONTENT_SECURITY_POLICY, SERVICE_WORKER_POLICY, STATIC, make_api

MOST_OCTETS = 66_000
MOST_KEPT_OCTETS = 350_000
MOST_FILES = 8
_IN_PAGE = re.compile(r"""(?:src|href)="(/assets/[^"]+)\"""")
_IMPORT = re.compile(r"""(?:import|from)\s*"\./([\w.-]+)\"""")


@pytest.fixture(scope="module")
def static() -> Path:
    if not (STATIC / "index.html").is_file():
        missing("the front end is not built: run `make setup`")
    return STATIC


def without_brotli(octets: bytes) -> bytes:
    """Unpack with Node, which has packed it: Python has no Brotli of its own."""
    node = shutil.which("node") or missing("there is no node")
    unpack = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"
    return subprocess.run([node, "-e", unpack], input=octets, capture_output=True, check=True).stdout


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
    for page in ("GuidePage", "ProgrammePage", "MinePage", "SettingsPanel", "MiniGuide", "InfoPanel", "ActionMenu"):
        assert list((static / "assets").glob(f"{page}-*.js"))
        assert not any(name.startswith(page) for name in first)
    texts = "".join((static / "assets" / name).read_text() for name in first if name.endswith(".js"))
    assert "Enter the PIN" in texts
    assert "Groups" not in texts, "the web TV waits for the console's texts"


async def test_they_are_sent_compressed_to_whoever_takes_that(static: Path):
    network = Network(parse_config("[[listing]]\nid = 'x'\nurl = 'file:///x'\n", "x.toml"), "x.toml")
    app = make_api(network, asyncio.Event())
    for path in files_of(static / "index.html"):
        address = f"/assets/{path.name}"
        smallest = await get(app, address, accept_encoding="gzip, deflate, br")
        assert smallest.headers["content-encoding"] == "br"
        assert without_brotli(smallest.body) == path.read_bytes()
        packed = await get(app, address, accept_encoding="gzip, br;q=0")
        assert gzip.decompress(packed.body) == path.read_bytes()
        assert len(smallest.body) < len(packed.body)
        plain = await get(app, address)
        assert plain.body == path.read_bytes()
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-type"].partition(";")[0] == plain.headers["content-type"].partition(";")[0]
        for answer in (smallest, packed, plain):
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["vary"] == "Accept-Encoding"
    assert (await get(app, "/assets/nothing.js", accept_encoding="gzip")).status == 404


async def test_the_service_worker_keeps_the_whole_web_tv_and_nothing_of_the_console(static: Path):
    network = Network(parse_config("[[listing]]\nid = 'x'\nurl = 'file:///x'\n", "x.toml"), "x.toml")
    app = make_api(network, asyncio.Event())
    worker = await get(app, "/sw.js")
    assert worker.headers["content-security-policy"] == SERVICE_WORKER_POLICY
    assert worker.headers["cache-control"] == "no-cache"  # else a newer version would not be seen
    assert worker.headers["content-type"].startswith("text/javascript")
    packed = await get(app, "/sw.js", accept_encoding="gzip")
    assert packed.headers["content-security-policy"] == SERVICE_WORKER_POLICY
    assert gzip.decompress(packed.body) == worker.body
    found = re.search(r"\{\"?version\"?:\"(\w{12})\",\"?files\"?:(\[[^]]*\])\}", worker.body.decode())
    assert found, "the build has not written which files are kept"
    kept = set(json.loads(found[2]))
    assert kept >= {"/?kept", *(f"/assets/{path.name}" for path in files_of(static / "index.html"))}
    for part in ("shaka", "GuidePage", "ProgrammePage", "MinePage", "SettingsPanel", "MiniGuide"):
        assert any(name.startswith(f"/assets/{part}-") for name in kept), part
    assert not any("console" in name for name in kept)
    answers = [await get(app, name, accept_encoding="gzip") for name in kept]
    assert {answer.status for answer in answers} == {200}
    assert sum(len(answer.body) for answer in answers) <= MOST_KEPT_OCTETS


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


def test_the_manifests_of_all_languages_are_one_but_for_their_words(static: Path):
    def read(language: str) -> tuple[dict[str, Any], list[str]]:
        """What is the same in all, and the words."""
        manifest = json.loads((static / f"manifest.{language}.webmanifest").read_text())
        words = [manifest.pop(key) for key in ("name", "short_name", "description", "lang")]
        return manifest, words + [shortcut.pop("name") for shortcut in manifest["shortcuts"]]

    (chinese, words), (english, other_words) = read("zh"), read("en")
    assert chinese == english
    assert not set(words) & set(other_words)
    assert all(text.isascii() for text in other_words)
    for icon in (icon for one in (chinese, *chinese["shortcuts"]) for icon in one["icons"]):
        assert (static / icon["src"].lstrip("/")).is_file()
    purposes = {(icon["sizes"], icon["purpose"]) for icon in chinese["icons"]}
    assert purposes >= {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
