"""Operators' decisions: kept with who and when, read by matching and numbering, explained, withdrawn; not for everybody."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import yiwang  # noqa: F401 - a fixture
from tests.services.test_one_network import Peer, Running, listing, running
from yiwang.base.errors import UsageError
from yiwang.services import list_source
from yiwang.web.operator_token import FILE, load_token


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_source, "RETRY_S", 0.2)


def playlist(*rows: tuple[str, str, int]) -> bytes:
    lines = ["#EXTM3U"]
    for id_, name, number in rows:
        lines += [f'#EXTINF:-1 tvg-id="{id_}" tvg-chno="{number}",{name}', f"http://tv.example/{id_}.m3u8"]
    return "\n".join([*lines, ""]).encode()


A = playlist(("jade", "翡翠台", 5), ("hn", "湖南卫视", 6))
B = playlist(("tvbj", "Jade", 7), ("hunan", "湖南卫视 HD", 6))


async def change(node: Running, method: str, path: str, expected: int, **what: Any) -> Any:
    token = load_token(node.network.config.node.state_dir)
    answer = await node.served.client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **what)
    assert answer.status_code == expected, answer.text
    return answer.json() if answer.content else None


def groups(node: Running) -> set[frozenset[str]]:
    return {frozenset(m.id for m in s.members) for s in node.one.published.network.services.values()}


APART = {frozenset({"a/jade"}), frozenset({"b/tvbj"}), frozenset({"a/hn", "b/hunan"})}


async def test_decisions_join_part_and_number_and_are_explained(tmp_path: Path) -> None:
    peer = Peer()
    peer.documents = {"/a.m3u": A, "/b.m3u": B}
    async with peer.running() as url:
        config = listing("a", f"{url}/a.m3u") + listing("b", f"{url}/b.m3u")
        async with running(tmp_path, config) as node:
            await node.until(lambda _: groups(node) == APART, "both lists")
            about = ["a/jade", "b/tvbj"]
            made = await change(
                node, "POST", "/api/decisions", 201, json={"kind": "same", "about": about, "who": "wang"}
            )
            assert (made["about"], made["who"], made["withdrawn_at"]) == (about, "wang", None)
            await node.until(lambda _: frozenset(about) in groups(node), "one service")
            services = node.one.published.network.services.values()
            id_ = next(s.id for s in services if s.members[0].id in about)
            explained = await node.json(f"/api/services/{id_}")
            (said,) = [e for e in explained["evidence"] if e["kind"] == "decision"]
            assert said["followed"]
            assert said["detail"] == f"the same: decision {made['id']} of wang, {made['at']}"

            never = {"kind": "different", "about": ["a/hn", "b/hunan"], "who": "li"}
            parted = await change(node, "POST", "/api/decisions", 201, json=never)
            await node.until(lambda _: frozenset({"a/hn"}) in groups(node), "two services")
            hunan = next(s.id for s in node.one.published.network.services.values() if s.members[0].id == "a/hn")
            against = (await node.json(f"/api/services/{hunan}"))["evidence"]
            assert any("never the same: decision" in e["detail"] and "of li" in e["detail"] for e in against)
            opposite = {"kind": "same", "about": ["a/hn", "b/hunan"], "who": "x"}
            refused = await change(node, "POST", "/api/decisions", 409, json=opposite)
            assert f"decision {parted['id']} " in refused["detail"]

            keep = {"kind": "number", "about": ["a/jade"], "number": 88, "who": "li"}
            await change(node, "POST", "/api/decisions", 201, json=keep)
            await node.until(lambda one: one.published.network.numbers[""].get(88) == id_, "the number")
            evidence = (await node.json(f"/api/services/{id_}"))["evidence"]
            assert any(e["detail"].startswith("number 88: decision") and e["followed"] for e in evidence)

            await change(node, "DELETE", f"/api/decisions/{parted['id']}?who=li", 204)
            await node.until(lambda _: frozenset({"a/hn", "b/hunan"}) in groups(node), "one again")
            await change(node, "DELETE", f"/api/decisions/{parted['id']}?who=li", 404)
            kept = {m.id: s.id for s in node.one.published.network.services.values() for m in s.members}
        async with running(tmp_path, config) as node:  # and in the next run
            await node.until(lambda one: one.published.network.numbers.get("", {}).get(88), "the decisions")
            assert {m.id: s.id for s in node.one.published.network.services.values() for m in s.members} == kept
            in_force = await node.json("/api/decisions")
            assert [(d["kind"], d["number"], d["who"]) for d in in_force] == [
                ("same", None, "wang"),
                ("number", 88, "li"),
            ]
            every = await node.json("/api/decisions?history=true")
            assert [(d["kind"], d["withdrawn_by"]) for d in every] == [
                ("same", None),
                ("different", "li"),
                ("number", None),
            ]


async def test_who_has_no_token_and_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    peer = Peer()
    peer.documents = {"/a.m3u": A}
    async with peer.running() as url, running(tmp_path, listing("a", f"{url}/a.m3u")) as node:
        await node.until(lambda one: len(one.published.network.services) == 2, "the list")
        good = {"kind": "same", "about": ["a/jade", "a/hn"], "who": "x"}
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp4"}):
            answer = await node.served.client.post("/api/decisions", json=good, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        assert (await node.served.client.delete("/api/decisions/1?who=x")).status_code == 401
        for bad, words in (
            (good | {"about": ["a/jade", "a/none"]}, "no service 'a/none'"),
            (good | {"about": ["a/jade", "a/jade"]}, "expected 2 to 100"),
            (good | {"who": " "}, "who:"),
            (good | {"number": 5}, "of kind number only"),
            (good | {"kind": "number"}, "a number is of one service"),
            (good | {"kind": "number", "about": ["a/jade"], "number": 10_000}, "expected 1 to 9999"),
            (good | {"kind": "else"}, "kind"),
            (good | {"more": 1}, "more"),
        ):
            refused = await change(node, "POST", "/api/decisions", 422, json=bad)
            assert words in json.dumps(refused), (bad, refused)
        assert await node.json("/api/decisions") == []
        made = await change(
            node, "POST", "/api/decisions", 201, json={"kind": "number", "about": ["a/jade"], "who": "x"}
        )
        assert made["number"] == 5  # the one it has


def test_the_token_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    token = load_token(tmp_path / "new")
    path = tmp_path / "new" / FILE
    assert load_token(tmp_path / "new") == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short\n")
    with pytest.raises(UsageError, match="20 characters"):
        load_token(tmp_path / "new")


async def test_the_command_decides_lists_and_withdraws(tmp_path: Path, yiwang) -> None:  # noqa: F811
    peer = Peer()
    peer.documents = {"/a.m3u": A, "/b.m3u": B}
    async with (
        peer.running() as url,
        running(tmp_path, listing("a", f"{url}/a.m3u") + listing("b", f"{url}/b.m3u")) as node,
    ):
        await node.until(lambda _: groups(node) == APART, "both lists")
        at = ("--url", node.url)
        token = ("--token-file", tmp_path / FILE, "--who", "wang")

        async def run(*words: object) -> Any:
            return await asyncio.to_thread(yiwang, "services", "decide", *words)

        ran = await run("same", "a/jade", "b/tvbj", *at, *token)
        assert (ran.code, ran.err) == (0, "")
        assert "same" in ran.out
        assert "by wang" in ran.out
        await node.until(lambda _: frozenset({"a/jade", "b/tvbj"}) in groups(node), "one service")
        (await run("different", "a/jade", "b/tvbj", *at, *token)).fails(2, "contradicts decision 1")
        (await run("same", "a/jade", "b/tvbj", *at, "--token-file", tmp_path / "none")).fails(2, "--token-file", "none")
        (await run("number", "a/jade", "0", *at, *token)).fails(2, "expected 1 to 9999")
        assert (await run("list", *at)).out.split()[:4] == ["1", "same", "a/jade", "b/tvbj"]
        assert (await run("withdraw", 1, *at, *token)).code == 0
        assert (await run("list", *at)).out == ""
        assert "withdrawn by wang" in (await run("list", "--history", *at)).out
        (await run("withdraw", 1, *at, *token)).fails(2, "no decision 1 is in force")
        await node.until(lambda _: groups(node) == APART, "two again")
