"""Logos of M3U, DVB-I and XMLTV reach every output; a page has them from the node, which serves pictures and nothing else."""

import os
from pathlib import Path

import ipytv.playlist
import pytest
from lxml import etree

from tests.services.test_one_network import Peer, Running, listing, running
from yiwang.network.logos import image_type, logo_key
from yiwang.services import list_source, logos

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
SVG = b'<?xml version="1.0"?>\n<!-- a logo --><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>'
GUIDE = """<tv><channel id="df"><display-name>东方卫视</display-name><icon src="{url}/df.svg"/></channel>
<programme channel="df" start="20991231000000 +0000" stop="20991231010000 +0000"><title>x</title></programme></tv>"""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_source, "RETRY_S", 0.2)


def playlist(url: str) -> bytes:
    return f"""#EXTM3U
#EXTINF:-1 tvg-id="hn" tvg-logo="{url}/hn.png",湖南卫视
http://tv.example/hn.m3u8
#EXTINF:-1 tvg-id="x",东方卫视
http://tv.example/df.m3u8
#EXTINF:-1 tvg-id="bad" tvg-logo="{url}/bad.png",坏台
http://tv.example/bad.m3u8
""".encode()


async def with_logos(node: Running) -> dict[str, str]:
    await node.until(
        lambda one: (
            sum(bool(s.members[0].service.related_materials) for s in one.published.network.services.values()) == 3
        ),
        "three logos",
    )
    return {s["names"][0]["value"]: s["logo"] for s in (await node.json("/api/services"))["services"]}


async def test_logos_of_lists_and_guides_are_in_every_output_and_come_from_the_node(tmp_path: Path) -> None:
    peer = Peer()
    async with peer.running() as url:
        peer.documents = {
            "/list.m3u": playlist(url), "/guide.xml": GUIDE.format(url=url).encode(), "/hn.png": PNG, "/df.svg": SVG,
            "/bad.png": b"<html>",
        }  # fmt: skip
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml")
        async with running(tmp_path, lists) as node:
            shown = await with_logos(node)
            assert shown["湖南卫视"] == f"/logos/{logo_key(f'{url}/hn.png')}"
            assert peer.asked.count("/hn.png") == 0  # nobody has looked yet
            answer = await node.get(shown["湖南卫视"])
            assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
            assert "sandbox" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            again = await node.get(shown["湖南卫视"], **{"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            drawing = await node.get(shown["东方卫视"])
            assert (drawing.content, drawing.headers["content-type"]) == (SVG, "image/svg+xml")
            assert (await node.get(shown["坏台"])).status_code == 404
            assert (await node.get(shown["坏台"])).status_code == 404
            for path in ("/hn.png", "/df.svg", "/bad.png"):
                assert peer.asked.count(path) == 1, path
            assert (await node.get(f"/logos/{logo_key('http://elsewhere.example/x.png')}")).status_code == 404
            assert (await node.get("/logos/..%2f..%2fyiwang.sqlite")).status_code == 404

            entries = ipytv.playlist.loads((await node.get("/playlist.m3u")).text)
            assert {e.name: e.attributes.get("tvg-logo") for e in entries}["东方卫视"] == f"{url}/df.svg"
            document = etree.fromstring((await node.get("/dvbi/services.xml")).content)
            found = {uri.text: uri.get("contentType") for uri in document.iterfind(".//{*}MediaUri")}
            assert found == {
                f"{url}/hn.png": "image/png",
                f"{url}/df.svg": "image/svg+xml",
                f"{url}/bad.png": "image/png",
            }
            guide = etree.fromstring((await node.get("/guide.xml")).content)
            assert [icon.get("src") for icon in guide.iterfind("channel/icon")] == [f"{url}/df.svg"]
            (row,) = [r for r in (await node.json("/api/guide"))["rows"] if r["names"][0]["value"] == "湖南卫视"]
            assert row["logo"] == shown["湖南卫视"]

            kept = tmp_path / "logos" / shown["湖南卫视"].rpartition("/")[2]
            os.utime(kept, (0, 0))  # old, and not to be had again: what is there stands
            del peer.documents["/hn.png"]
            assert (await node.get(shown["湖南卫视"])).content == PNG


async def test_the_folder_of_logos_is_bounded_and_so_is_a_logo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logos, "MOST_OCTETS", len(PNG) + 10)
    peer = Peer()
    async with peer.running() as url:
        peer.documents = {"/list.m3u": playlist(url).replace(b'"x"', f'"x" tvg-logo="{url}/df.svg"'.encode())}
        peer.documents |= {"/hn.png": PNG, "/df.svg": SVG, "/bad.png": PNG + bytes(1_000_000)}
        async with running(tmp_path, listing("op", f"{url}/list.m3u")) as node:
            shown = await with_logos(node)
            for name in ("东方卫视", "湖南卫视"):
                assert (await node.get(shown[name])).status_code == 200
            assert [path.name for path in (tmp_path / "logos").iterdir()] == [shown["湖南卫视"].rpartition("/")[2]]
            assert (await node.get(shown["坏台"])).status_code == 404  # too large


@pytest.mark.parametrize(
    ("octets", "content_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (SVG, "image/svg+xml"),
        (b"\xef\xbb\xbf<svg/>".replace(b"/>", b" />"), "image/svg+xml"),
        (b"", ""),
        (b"<html><svg></svg></html>", ""),
        (SVG.replace(b"<path", b"<script>alert(1)</script><path"), ""),
        (SVG.replace(b"<path", b"<svg:script href='x'/><path"), ""),
        (SVG.replace(b"<path", b'<path OnLoad = "alert(1)"'), ""),
        (SVG.replace(b"<path", b"<foreignObject/><path"), ""),
        (SVG.replace(b"<path", b'<a href="JavaScript:alert(1)"/><path'), ""),
        (SVG.replace(b"<svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg', 1), ""),
    ],
)
def test_what_a_picture_is_and_what_is_none(octets: bytes, content_type: str) -> None:
    assert image_type(octets) == content_type
