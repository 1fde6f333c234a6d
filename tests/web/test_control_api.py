"""What operators do with channels, as seen in the config, on the air, and in the audit log; and by whom it is not done."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.services.hand_fed import stream
from tests.web.asgi import Served, served
from tests.web.operators import Browser, browser, make_accounts
from yiwang.services.control import Control, NotNow
from yiwang.services.network import Network
from yiwang.store.config_file import load_config, parse_config
from yiwang.store.console_config import FILE, ConsoleConfig, load_console_config
from yiwang.store.programme_store import KnownProgramme
from yiwang.web.operator_token import load_token

CONFIG = """# the operator's own words stay
[node]
state_dir = "{folder}/state"
[packaging]
segment_duration = 1
part_duration = 0.25
window = 10
[[region]]
id = "north"
name = "North"
[[service]]
id = "one"   # the first
number = 7
source = "file:{folder}/a.ts?loop=1"
[[service]]
id = "two"
source = ["file:{folder}/a.ts?loop=1", "file:{folder}/b.ts?loop=1"]
"""


class Desk:
    """A node that runs, and its operators."""

    def __init__(self, network: Network, service: Served, stack: AsyncExitStack, file: Path, url: str) -> None:
        self.network, self.served, self._stack, self.file, self.url = network, service, stack, file, url

    async def browser(self, name: str = "") -> Browser:
        one = await self._stack.enter_async_context(browser(self.served))
        if name:
            await one.sign_in(name)
        return one

    async def until(self, look: Callable[[], Any], what: str) -> Any:
        for _ in range(1200):
            if seen := look():
                return seen
            await asyncio.sleep(0.05)
        pytest.fail(f"waited for {what}")

    async def on_air(self, service_id: str) -> None:
        channel = self.network.channels[service_id]
        end = channel.presentation.end_90k
        await self.until(lambda: channel.presentation.end_90k > end, f"{service_id} on the air")


@asynccontextmanager
async def http_source(octets: bytes) -> AsyncIterator[str]:
    """A server of a transport stream, at about its pace."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")
            size = len(octets) // 188 // 120 * 188
            for at in range(0, len(octets), size):
                writer.write(octets[at : at + size])
                await writer.drain()
                await asyncio.sleep(0.1)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "::1", 0)
    async with server:
        yield f"http://[::1]:{server.sockets[0].getsockname()[1]}/new.ts"


@asynccontextmanager
async def next_start(desk: Desk) -> AsyncIterator[Network]:
    """Another node with what the console has kept."""
    state = desk.file.parent / "next"
    state.mkdir()
    (state / FILE).write_bytes((desk.network.config.node.state_dir / FILE).read_bytes())
    config = load_config(desk.file)
    network = Network(
        config.model_copy(update={"node": config.node.model_copy(update={"state_dir": state})}), "net.toml"
    )
    running = asyncio.ensure_future(network.run())
    try:
        yield network
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    for name in ("a.ts", "b.ts"):
        (tmp_path / name).write_bytes(stream())
    file = tmp_path / "net.toml"
    file.write_text(CONFIG.format(folder=tmp_path))
    network = Network(load_config(file), str(file))
    await make_accounts(network.config.database_url)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(http_source(stream()))
        service = await stack.enter_async_context(served(network))
        running = asyncio.ensure_future(network.run())
        try:
            yield Desk(network, service, stack, file, url)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


NEW = {"name": "New", "source": "udp://239.1.1.1:5000", "number": 9}
ACTIONS: list[tuple[str, str, Any]] = [
    ("POST", "/api/control/dry-run", {"id": "new", **NEW}),
    ("PUT", "/api/control/channels/new?untried=true", NEW),
    ("POST", "/api/control/channels/one/stop", None),
    ("POST", "/api/control/channels/one/start", None),
    ("DELETE", "/api/control/channels/one", None),
    ("POST", "/api/control/channels/two/source", {"url": None}),
    ("POST", "/api/control/reload", None),
]


async def test_no_action_is_done_for_whom_it_is_not_and_every_one_is_written_down(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("yiwang.services.dry_run.WATCH_S", 0.1)
    nobody, viewer = await desk.browser(), await desk.browser("viewer")
    operator, over = await desk.browser("operator"), await desk.browser("admin")
    copied = over.client.cookies["yiwang_session"]
    await over.ask("DELETE", "/api/session", 204)
    over.client.cookies.set("yiwang_session", copied)
    before = desk.network.config, desk.network.changes
    await viewer.ask("GET", "/api/control/channels", 403)
    await nobody.ask("GET", "/api/control/channels", 401)
    for method, path, body in ACTIONS:
        await nobody.ask(method, path, 401, json=body)
        await nobody.ask(method, path, 401, json=body, headers={"Authorization": "Bearer wrong"})
        await over.ask(method, path, 401, json=body)
        await viewer.ask(method, path, 403, json=body)
        await operator.ask(method, path, 403, own_page=False, json=body)
        await operator.ask(method, path, 403, json=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert (desk.network.config, desk.network.changes) == before
    assert not (desk.file.parent / "state" / FILE).exists()
    admin = await desk.browser("admin")
    told = await admin.ask("GET", "/api/audit", 200)
    assert {entry["action"] for entry in told} <= {"account added", "sign in", "sign out"}
    await desk.until(lambda: desk.network.channels["two"].source is not None, "the reader")
    for method, path, body in ACTIONS:
        await operator.ask(method, path, 200, json=body)
    told = [entry for entry in await admin.ask("GET", "/api/audit", 200) if entry["who"] == "operator"]
    assert [entry["action"] for entry in reversed(told)] == [
        "sign in", "dry run", "channel saved", "channel stopped", "channel started", "channel removed", "source chosen",
        "config reloaded",
    ]  # fmt: skip


async def test_a_channel_is_tried_shown_saved_changed_and_removed(desk: Desk):
    operator, page = await desk.browser("operator"), "/api/control/channels/new"
    new = {"name": {"zh": "新", "en": "New"}, "source": desk.url, "number": 9, "region": "north"}
    refused = await operator.ask("PUT", page, 409, json=new)
    assert "has not been tried" in refused["detail"]
    (tried,) = await operator.ask("POST", "/api/control/dry-run", 200, json={"id": "new", **new})
    assert tried["fault"] == ""
    (program,) = tried["report"]["programs"]
    assert [stream["kind"] for stream in program["streams"]] == ["video", "audio"]
    picture = Image.open(io.BytesIO(base64.b64decode(tried["picture"])))
    assert (picture.format, picture.size) == ("JPEG", (96, 64))
    assert "new" not in desk.network.channels

    other = desk.network.channels["one"]
    saved = await operator.ask("PUT", page, 200, json=new)
    assert (saved["before"], saved["later"]) == (None, [])
    await desk.on_air("new")
    assert desk.network.number_of(desk.network.channels["new"]) == 9
    listed = (await desk.served.client.get("/api/network")).json()["services"]
    assert [(s["number"], s["id"]) for s in listed] == [(1, "two"), (7, "one"), (9, "new")]
    assert (await desk.served.client.get("/live/new/index.m3u8")).status_code == 200

    channel = desk.network.channels["new"]
    await operator.ask("PUT", page, 200, json={**new, "number": 1, "name": "Newer"})
    assert desk.network.channels["new"] is channel
    assert (channel.name.en, desk.network.number_of(channel)) == ("Newer", 1)
    assert desk.network.number_of(desk.network.channels["two"]) == 2  # the config's numbers go first
    number = channel.packager.state.last_number
    await operator.ask("PUT", page, 200, json={**new, "segment_duration": 2})
    assert desk.network.channels["new"] is not channel
    await desk.on_air("new")
    assert desk.network.channels["new"].packager.state.last_number >= number // 2

    assert desk.network.channels["one"] is other  # nobody else was touched
    assert desk.file.read_text().startswith("# the operator's own words stay")
    again = Network(load_config(desk.file), str(desk.file))  # the next start
    assert [s.id for s in again.config.service] == ["one", "two", "new"]
    assert again.config.service[2].segment_duration == 2
    await operator.ask("DELETE", page, 200)
    assert "new" not in desk.network.channels
    assert (await desk.served.client.get("/live/new/index.m3u8")).status_code == 404
    await operator.ask("DELETE", page, 404)
    await desk.on_air("one")


async def test_what_does_not_come_is_said_and_not_saved_unless_it_is_meant(desk: Desk):
    operator, page = await desk.browser("operator"), "/api/control/channels/new"
    (tried,) = await operator.ask(
        "POST", "/api/control/dry-run", 200, json={"id": "new", "source": "http://[::1]:9/nothing.ts"}
    )
    assert "[::1]:9" in tried["fault"]
    assert (tried["report"], tried["picture"]) == (None, None)
    await operator.ask("PUT", page, 409, json={"source": "http://[::1]:9/nothing.ts"})
    (tried,) = await operator.ask(
        "POST", "/api/control/dry-run", 200, json={"id": "new", "source": desk.url, "program": 99}
    )
    assert tried["fault"] == "there is no programme 99"
    await operator.ask("PUT", page + "?untried=true", 200, json={"source": "http://[::1]:9/nothing.ts"})
    assert "new" in desk.network.channels


BAD: list[tuple[dict[str, Any], str]] = [
    ({"source": "udp://nowhere"}, "source"),
    ({"source": "file:/etc/passwd"}, "only the config file"),
    ({"source": "-"}, "only the config file"),
    ({"source": "udp://239.1.1.1:5000", "number": 7}, "7 is taken by 'one'"),
    ({"source": "udp://239.1.1.1:5000", "region": "south"}, "no region 'south'"),
    ({"source": "udp://239.1.1.1:5000", "sauce": 1}, "sauce: is not a known key"),
    ({"source": "udp://239.1.1.1:5000", "part_duration": 3}, "part_duration"),
    ({"source": "udp://239.1.1.1:5000", "output": "rtp://239.1.1.2:5000"}, "output"),
    ({"source": "udp://239.1.1.1:5000", "window": 2}, "window"),
    ({}, "source: is missing"),
    ({"source": ["udp://239.1.1.1:5000"] * 2}, "listed twice"),
]


async def test_a_bad_channel_never_goes_live(desk: Desk):
    operator = await desk.browser("operator")
    before = desk.network.config
    for values, word in BAD:
        for method, path in (("POST", "/api/control/dry-run"), ("PUT", "/api/control/channels/new?untried=true")):
            said = (await operator.ask(method, path, 422, json={"id": "new", **values}))["detail"]
            assert word in said, said
    refused = await operator.ask("POST", "/api/control/dry-run", 422, json={"id": "new", "source": "udp://nowhere"})
    assert [clause["code"] for clause in refused["said"]] == ["of-source", "no-port"]
    values = {"id": "new", "source": "udp://239.1.1.1:5000", "number": 0, "window": "long", "zz": 1}
    refused = await operator.ask("POST", "/api/control/dry-run", 422, json=values)
    assert [clause["code"] for clause in refused["said"]][2::3] == ["expected-least", "expected-number", "key-unknown"]
    assert desk.network.config is before
    assert "new" not in desk.network.channels


async def test_an_output_is_looked_at_too_before_it_is_saved(desk: Desk):
    operator, page = await desk.browser("operator"), "/api/control/channels/new"
    values = {"source": desk.url, "output": "udp://[ff15::1]:5000?interface=nowhere9", "segment_duration": 1.5}
    source, output = await operator.ask("POST", "/api/control/dry-run", 200, json={"id": "new", **values})
    assert (source["fault"], source["is_output"]) == ("", False)
    assert "nowhere9" in output["fault"]
    assert (output["url"], output["is_output"], output["report"]) == (values["output"], True, None)
    assert "output: udp://[ff15::1]:5000?" in (await operator.ask("PUT", page, 409, json=values))["detail"]
    values["output"] = "udp://127.0.0.1:5999"
    await operator.ask("PUT", page, 200, json=values)
    await desk.on_air("new")
    assert desk.network.outputs["new"].datagrams_sent > 0
    again = {**values, "id": "other"}
    assert "'new' sends to" in (await operator.ask("POST", "/api/control/dry-run", 422, json=again))["detail"]
    # what was received one way has not been received another
    assert "not been tried" in (await operator.ask("PUT", page, 409, json={**values, "program": 1}))["detail"]
    await operator.ask("PUT", page, 409, json={**values, "interface": "lo"})


async def test_a_form_for_channels_knows_what_the_node_has(desk: Desk):
    choices = await (await desk.browser("operator")).ask("GET", "/api/control/choices", 200)
    assert choices["packaging"]["window"] == 10
    assert "127.0.0.1" in {one["name"]: one["addresses"] for one in choices["interfaces"]}["lo"]
    await (await desk.browser("viewer")).ask("GET", "/api/control/choices", 403)


async def test_a_channel_is_stopped_and_started_and_stays_stopped_over_a_restart(desk: Desk):
    operator = await desk.browser("operator")
    await desk.on_air("one")
    number = desk.network.channels["one"].packager.state.last_number
    await operator.ask("POST", "/api/control/channels/one/stop", 200)
    assert list(desk.network.channels) == ["two"]
    assert (await desk.served.client.get("/live/one/index.m3u8")).status_code == 404
    known = {c["id"]: c["stopped"] for c in await operator.ask("GET", "/api/control/channels", 200)}
    assert known == {"one": True, "two": False}
    (one,) = await operator.ask("GET", "/api/control/channels?id=one", 200)
    assert one["stopped"]
    assert await operator.ask("GET", "/api/control/channels?id=three", 200) == []
    assert list(Network(load_config(desk.file), str(desk.file)).channels) == ["two"]
    await operator.ask("POST", "/api/control/channels/one/start", 200)
    await desk.on_air("one")
    assert desk.network.channels["one"].packager.state.last_number > number
    assert desk.network.number_of(desk.network.channels["one"]) == 7
    await operator.ask("POST", "/api/control/channels/three/stop", 404)


async def test_a_source_is_chosen_and_kept_over_a_restart_until_the_choice_is_given_back(desk: Desk):
    operator, channel = await desk.browser("operator"), desk.network.channels["two"]
    first, second = f"file:{desk.file.parent}/a.ts?loop=1", f"file:{desk.file.parent}/b.ts?loop=1"
    await desk.on_air("two")
    done = await operator.ask("POST", "/api/control/channels/two/source", 200, json={"url": second})
    assert (done["before"], done["after"]) == (
        {"held": None, "in_use": first},
        {"held": second, "in_use": second},
    )
    await desk.on_air("two")
    assert channel.source is not None
    assert channel.source.url == second
    held = {c["id"]: c["held_source"] for c in await operator.ask("GET", "/api/control/channels", 200)}
    assert held == {"one": None, "two": second}

    async with next_start(desk) as again:
        assert again.channels["two"].chosen_source == second
        await desk.until(lambda: (source := again.channels["two"].source) and source.url == second, "the chosen source")
        assert again.channels["two"].health.faults["source_switched"] == 0  # it began with it
    await operator.ask("POST", "/api/control/channels/two/source", 200, json={"url": None})
    assert (await operator.ask("GET", "/api/control/channels", 200))[1]["held_source"] is None
    await operator.ask("POST", "/api/control/channels/two/source", 422, json={"url": "udp://239.9.9.9:1"})
    await operator.ask("POST", "/api/control/channels/one/source", 409, json={"url": first})
    await operator.ask("POST", "/api/control/channels/three/source", 404, json={"url": None})
    assert load_console_config(desk.network.config.node.state_dir).chosen == {}


async def test_a_choice_goes_with_the_source_that_was_chosen(desk: Desk):
    operator, channel, page = await desk.browser("operator"), desk.network.channels["two"], "/api/control/channels/two"
    first, second = f"file:{desk.file.parent}/a.ts?loop=1", f"file:{desk.file.parent}/b.ts?loop=1"
    state = desk.network.config.node.state_dir
    await operator.ask("POST", page + "/source", 200, json={"url": second})
    await operator.ask("PUT", page, 200, json={"source": [second, first]})
    assert load_console_config(state).chosen == {"two": second}
    await operator.ask("POST", page + "/stop", 200)
    assert load_console_config(state).chosen == {"two": second}
    await operator.ask("POST", page + "/start", 200)
    assert desk.network.channels["two"].chosen_source == second
    channel = desk.network.channels["two"]
    await operator.ask("PUT", page + "?untried=true", 200, json={"source": [first, "udp://239.1.1.1:5000"]})
    assert load_console_config(state).chosen == {}
    assert channel.chosen_source is None
    await desk.on_air("two")


async def test_a_source_is_chosen_by_its_address_without_its_password(desk: Desk):
    operator = await desk.browser("operator")
    both = ["http://user:verysecret@[::1]:9/a.ts", "http://user:verysecret@[::1]:9/b.ts"]
    await operator.ask("PUT", "/api/control/channels/one?untried=true", 200, json={"source": both, "number": 7})
    configured = {c["id"]: c for c in await operator.ask("GET", "/api/control/channels", 200)}
    shown = configured["one"]["sources"][1]
    await operator.ask("POST", "/api/control/channels/one/source", 200, json={"url": shown})
    changes = load_console_config(desk.network.config.node.state_dir)
    assert "verysecret" not in changes.chosen["one"]
    assert desk.network.channels["one"].chosen_source == shown


async def test_a_picture_is_looked_at_from_when_it_is_wanted(desk: Desk):
    operator, channel = await desk.browser("operator"), desk.network.channels["two"]
    before = next(one for one in desk.network.config.service if one.id == "two")
    values = before.model_dump(mode="json", exclude_unset=True)
    await desk.on_air("two")
    await operator.ask("PUT", "/api/control/channels/two", 200, json={**values, "watch_picture": True})
    await desk.until(lambda: channel.picture is not None, "a look at the picture")
    assert desk.network.channels["two"] is channel
    await operator.ask("PUT", "/api/control/channels/two", 200, json=values)
    assert channel.picture is None


async def test_other_sources_take_over_where_the_old_ones_were(desk: Desk):
    operator, channel = await desk.browser("operator"), desk.network.channels["one"]
    await desk.on_air("one")
    period, number = channel.packager.state.period_id, channel.packager.state.last_number
    both = [f"file:{desk.file.parent}/b.ts?loop=1", f"file:{desk.file.parent}/a.ts?loop=1"]
    await operator.ask("PUT", "/api/control/channels/one?untried=true", 200, json={"source": both, "number": 7})
    assert desk.network.channels["one"] is channel
    await desk.on_air("one")
    assert channel.source is not None
    assert channel.source.url == both[0]
    assert channel.packager.state.last_number >= number
    assert channel.packager.state.period_id >= period
    assert (await desk.served.client.get("/live/one/index.m3u8")).status_code == 200


async def test_the_config_file_is_read_anew_and_a_bad_one_changes_nothing(desk: Desk):
    operator = await desk.browser("operator")
    await operator.ask("POST", "/api/control/channels/two/stop", 200)
    good = desk.file.read_text()
    one = desk.network.channels["one"]
    for bad in (good + "[[service]\n", good + '[[service]]\nid = "one"\nsource = "udp://239.1.1.1:1"\n', "nonsense"):
        desk.file.write_text(bad)
        said = (await operator.ask("POST", "/api/control/reload", 422))["detail"]
        assert str(desk.file) in said or FILE in said
        assert desk.network.channels == {"one": one}
    more = good.replace("number = 7", "number = 8") + '[[service]]\nid = "three"\nsource = "udp://[ff15::77]:5000"\n'
    desk.file.write_text(more.replace("window = 10", "window = 20"))
    done = await operator.ask("POST", "/api/control/reload", 200)
    assert done["later"] == ["packaging"]
    assert done["after"].keys() == {"one", "three"}
    assert list(desk.network.channels) == ["one", "three"]
    assert desk.network.channels["one"] is one
    assert desk.network.number_of(one) == 8
    desk.file.unlink()
    await operator.ask("POST", "/api/control/reload", 409)


async def test_a_multiplex_that_is_taken_whole_is_the_config_files(desk: Desk):
    operator = await desk.browser("operator")
    values = {"source": "udp://239.1.1.1:5000", "program": "*"}
    said = await operator.ask("PUT", "/api/control/channels/mux?untried=true", 409, json=values)
    assert "next start" in said["detail"]
    desk.file.write_text(
        desk.file.read_text() + '[[service]]\nid = "mux"\nprogram = "*"\nsource = "udp://239.1.1.1:5000"\n'
    )
    assert (await operator.ask("POST", "/api/control/reload", 200))["later"] == ["service mux"]


async def test_a_programme_of_a_multiplex_is_shown_and_left_alone(tmp_path: Path):
    config = f"""[node]\nstate_dir = "{tmp_path}/state"
[[service]]\nid = "mux"\nprogram = "*"\nsource = "udp://[ff15::7]:5000"\n"""
    network = Network(parse_config(config, "x.toml"), "x.toml")
    known = KnownProgramme(5, 1, "五")
    network.add_programme(network.sources[0], known)
    control = Control(network)
    (one,) = control.others()
    assert (one.id, one.multiplex, one.is_stopped) == ("mux-5", "mux", False)
    with pytest.raises(NotNow, match="programme of mux"):
        await control.stop("mux-5", stopped=True)


async def test_programs_of_the_machine_act_with_the_operator_token(desk: Desk):
    headers = {"Authorization": f"Bearer {load_token(desk.network.config.node.state_dir)}"}
    answer = await desk.served.client.post("/api/control/channels/one/stop", headers=headers)
    assert answer.status_code == 200
    admin = await desk.browser("admin")
    (entry,) = [e for e in await admin.ask("GET", "/api/audit", 200) if e["action"] == "channel stopped"]
    assert (entry["who"], entry["before"], entry["after"]) == ("operator-token", {"stopped": False}, {"stopped": True})


async def test_no_password_of_a_source_is_in_the_audit_log(desk: Desk):
    operator, admin = await desk.browser("operator"), await desk.browser("admin")
    values = {"source": "http://user:verysecret@[::1]:9/x.ts"}
    await operator.ask("PUT", "/api/control/channels/new?untried=true", 200, json=values)
    assert "verysecret" not in str(await admin.ask("GET", "/api/audit", 200))
    assert "verysecret" in str(load_console_config(desk.network.config.node.state_dir))


async def test_a_file_that_cannot_be_written_leaves_all_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("yiwang.services.control.save_console_config", full)
    operator = await desk.browser("operator")
    second = f"file:{desk.file.parent}/b.ts?loop=1"
    await operator.ask("POST", "/api/control/channels/two/source", 503, json={"url": second})
    assert desk.network.channels["two"].chosen_source is None
    await operator.ask("POST", "/api/control/channels/one/stop", 503)
    assert "one" in desk.network.channels
    assert desk.network.changes == ConsoleConfig()
