"""Signing in, roles, sessions that end, pages of others, guessing, and what the audit log has of it all."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.web.asgi import Served, served
from tests.web.operators import OWN_PAGE, PASSWORD, ROLES, Browser, browser, make_accounts
from yiwang.net import wall_clock
from yiwang.services import accounts as service
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config
from yiwang.store.database import Database
from yiwang.web.gate import COOKIE, HEADER
from yiwang.web.operator_token import load_token

CONFIG = '[node]\nstate_dir = "{}"\n{}\n[[service]]\nid = "a"\nsource = "udp://239.1.1.1:5000"\n'


def node(folder: Path, more: str = "") -> Network:
    return Network(parse_config(CONFIG.format(folder, more), "net.toml"), "net.toml")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator["Desk"]:
    network = node(tmp_path)
    await make_accounts(network.config.database_url)
    async with AsyncExitStack() as stack:
        yield Desk(network, await stack.enter_async_context(served(network)), stack)


class Desk:
    """A node and its operators."""

    def __init__(self, network: Network, service: Served, stack: AsyncExitStack) -> None:
        self.network, self.served, self._stack = network, service, stack

    async def browser(self, name: str = "") -> Browser:
        one = await self._stack.enter_async_context(browser(self.served))
        if name:
            await one.sign_in(name)
        return one


async def test_a_session_is_a_cookie_that_only_the_browser_has(desk: Desk):
    anna = await desk.browser()
    assert await anna.ask("GET", "/api/session", 200) == {"name": None, "role": None}
    answer = await anna.client.post("/api/session", headers=OWN_PAGE, json={"name": "admin", "password": PASSWORD})
    assert answer.json() == {"name": "admin", "role": "admin"}
    cookie = answer.headers["set-cookie"]
    for part in (f"{COOKIE}=", "HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert part in cookie
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert await anna.ask("GET", "/api/session", 200) == {"name": "admin", "role": "admin"}
    tls = {**OWN_PAGE, "X-Forwarded-Proto": "https"}
    answer = await anna.client.post("/api/session", headers=tls, json={"name": "admin", "password": PASSWORD})
    assert "; Secure" in answer.headers["set-cookie"]
    database = Database.open(desk.network.config.database_url)
    with database._engine.reading() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM session").all())
    database.close()
    token = anna.client.cookies[COOKIE]
    assert token not in kept
    assert service.digest(token) in kept


async def test_wrong_names_and_passwords_are_told_alike(desk: Desk):
    anna = await desk.browser()
    said = [
        await anna.sign_in(name, password, 401)
        for name, password in (("admin", "wrong"), ("nobody", PASSWORD), ("admin ", PASSWORD), ("ADMIN", PASSWORD))
    ]
    assert len({str(one) for one in said}) == 1
    await anna.ask("GET", "/api/accounts", 401)


async def test_guessing_becomes_slow_by_name_and_by_address(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    anna = await desk.browser()
    now_ms = 1_000_000
    monkeypatch.setattr(wall_clock, "monotonic_ms", lambda: now_ms)
    for _ in range(10):
        await anna.sign_in("admin", "wrong", 401)
    refused = await anna.client.post("/api/session", headers=OWN_PAGE, json={"name": "admin", "password": PASSWORD})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    await anna.sign_in("operator")  # another name is not concerned
    for n in range(10):
        await anna.sign_in(f"name-{n}", "wrong", 401)
    await anna.sign_in("operator", PASSWORD, 429)  # the address is
    now_ms += 30_000
    await anna.sign_in("admin")


ADMINS: list[tuple[str, str, Any, int]] = [
    ("GET", "/api/accounts", None, 200),
    ("POST", "/api/accounts", {"name": "new", "role": "viewer", "password": PASSWORD}, 201),
    ("PATCH", "/api/accounts/viewer", {"role": "operator"}, 204),
    ("DELETE", "/api/accounts/viewer", None, 204),
    ("GET", "/api/audit", None, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), ADMINS)
async def test_accounts_and_the_audit_log_are_the_admins(desk: Desk, method: str, path: str, body: Any, status: int):
    nobody = await desk.browser()
    await nobody.ask(method, path, 401, json=body)
    token = {"Authorization": f"Bearer {load_token(desk.network.config.node.state_dir)}"}
    await nobody.ask(method, path, 403, json=body, headers=token)
    for role in ("viewer", "operator"):
        said = await (await desk.browser(role)).ask(method, path, 403, json=body)
        assert said["detail"] == f"for the role admin; {role} has the role {role}"
    admin = await desk.browser("admin")
    if method != "GET":
        await admin.ask(method, path, 403, own_page=False, json=body)
        database = Database.open(desk.network.config.database_url)
        assert [(a.name, a.role) for a in database.accounts.accounts()] == [(r, r) for r in sorted(ROLES)]
        database.close()
    await admin.ask(method, path, status, json=body)


@pytest.mark.parametrize(
    "headers",
    [
        {HEADER: "", "Sec-Fetch-Site": "cross-site"},
        {HEADER: "", "Sec-Fetch-Site": "same-site"},
        {HEADER: "", "Sec-Fetch-Site": "none"},
        {HEADER: "", "Origin": "http://evil.example"},
        {HEADER: "", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_pages_of_others_cannot_use_a_session_or_begin_one(desk: Desk, headers: dict[str, str]):
    admin = await desk.browser("admin")
    await admin.ask("DELETE", "/api/accounts/viewer", 403, own_page=False, headers=headers)
    await admin.ask("DELETE", "/api/session", 403, own_page=False, headers=headers)
    body = {"name": "viewer", "password": PASSWORD}
    await admin.ask("POST", "/api/session", 403, own_page=False, headers=headers, json=body)
    assert (await admin.ask("GET", "/api/session", 200))["name"] == "admin"
    preflight = await admin.client.options(
        "/api/session", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert "access-control-allow-origin" not in preflight.headers


async def test_our_own_page_is_known_by_its_origin_too(desk: Desk):
    admin = await desk.browser("admin")
    origin = str(admin.client.base_url).rstrip("/")
    await admin.ask("DELETE", "/api/accounts/viewer", 204, own_page=False, headers={HEADER: "1", "Origin": origin})


async def test_a_session_that_is_over_is_nobodys(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    now_ms = wall_clock.now_ms()
    monkeypatch.setattr(wall_clock, "now_ms", lambda: now_ms)
    idle, busy = await desk.browser("admin"), await desk.browser("admin")
    for _ in range(23):  # used every half hour
        now_ms += 1_800_000
        assert (await busy.ask("GET", "/api/session", 200))["name"] == "admin"
    await idle.ask("GET", "/api/accounts", 401)  # not used for more than two hours
    await busy.ask("GET", "/api/accounts", 200)
    now_ms += 1_800_000
    await busy.ask("GET", "/api/accounts", 401)  # twelve hours after it began
    await busy.ask("DELETE", "/api/accounts/viewer", 401)


async def test_signing_out_ends_the_session_everywhere(desk: Desk):
    anna = await desk.browser("admin")
    copied = anna.client.cookies[COOKIE]
    await anna.ask("DELETE", "/api/session", 204)
    assert COOKIE not in anna.client.cookies
    anna.client.cookies.set(COOKIE, copied)
    await anna.ask("GET", "/api/accounts", 401)
    anna.client.cookies.set(COOKIE, "x" * 10_000)
    await anna.ask("GET", "/api/accounts", 401)


async def test_a_changed_role_and_a_changed_password_hold_at_once(desk: Desk):
    admin, one, other = await desk.browser("admin"), await desk.browser("operator"), await desk.browser("operator")
    await admin.ask("PATCH", "/api/accounts/operator", 204, json={"role": "admin"})
    await one.ask("GET", "/api/accounts", 200)
    await admin.ask("PATCH", "/api/accounts/operator", 204, json={"role": "operator"})
    await one.ask("GET", "/api/accounts", 403)
    new = "a new long password"
    await one.ask("POST", "/api/session/password", 403, json={"old": "wrong", "new": new})
    await one.ask("POST", "/api/session/password", 422, json={"old": PASSWORD, "new": "short"})
    await one.ask("POST", "/api/session/password", 403, own_page=False, json={"old": PASSWORD, "new": new})
    await one.ask("POST", "/api/session/password", 204, json={"old": PASSWORD, "new": new})
    assert (await one.ask("GET", "/api/session", 200))["name"] == "operator"
    assert (await other.ask("GET", "/api/session", 200))["name"] is None
    await other.sign_in("operator", PASSWORD, 401)
    await admin.ask("PATCH", "/api/accounts/operator", 204, json={"password": "yet another one"})
    assert (await one.ask("GET", "/api/session", 200))["name"] is None
    await one.sign_in("operator", "yet another one")


async def test_faults_of_admins_are_sentences(desk: Desk):
    admin = await desk.browser("admin")
    for body, word in (
        ({"name": "a b", "role": "viewer", "password": PASSWORD}, "name:"),
        ({"name": "b", "role": "king", "password": PASSWORD}, "expected viewer, operator, admin"),
        ({"name": "b", "role": "viewer", "password": "short"}, "10 to 256"),
        ({"name": "viewer", "role": "viewer", "password": PASSWORD}, "there is an account 'viewer'"),
    ):
        assert word in (await admin.ask("POST", "/api/accounts", 422, json=body))["detail"]
    assert "the last account" in (await admin.ask("DELETE", "/api/accounts/admin", 422))["detail"]
    assert (
        "the last account" in (await admin.ask("PATCH", "/api/accounts/admin", 422, json={"role": "viewer"}))["detail"]
    )
    assert "no account 'x'" in (await admin.ask("DELETE", "/api/accounts/x", 422))["detail"]


async def test_the_audit_log_has_who_when_from_where_what_and_from_what_to_what(desk: Desk):
    admin = await desk.browser("admin")
    await admin.sign_in("admin", "wrong", 401)
    new = {"name": "new", "role": "viewer", "password": PASSWORD}
    await admin.ask("POST", "/api/accounts", 201, json=new)
    await admin.ask("PATCH", "/api/accounts/new", 204, json={"role": "operator", "password": "another long one"})
    await admin.ask("DELETE", "/api/accounts/new", 204)
    log = await admin.ask("GET", "/api/audit", 200)
    told = [(e["who"], e["address"], e["action"], e["subject"], e["before"], e["after"]) for e in reversed(log)]
    here = ("admin", "::1")
    assert told[3:] == [
        (*here, "sign in", "admin", None, None),
        (*here, "sign-in refused", "admin", None, None),
        (*here, "account added", "new", None, {"role": "viewer"}),
        (*here, "role changed", "new", {"role": "viewer"}, {"role": "operator"}),
        (*here, "password changed", "new", None, None),
        (*here, "account removed", "new", {"role": "operator"}, None),
    ]
    assert PASSWORD not in str(log)
    assert "another long one" not in str(log)
    older = await admin.ask("GET", f"/api/audit?before={log[0]['id']}&limit=2", 200)
    assert older == log[1:3]
    await admin.ask("GET", "/api/audit?limit=501", 422)


async def test_metrics_are_open_or_for_who_has_the_token(tmp_path: Path):
    async with served(node(tmp_path / "open")) as open_to_all:
        assert (await open_to_all.client.get("/metrics")).status_code == 200
    closed_node = node(tmp_path / "closed", '[console]\nmetrics_token = "abcdefgh12345678"')
    async with served(closed_node) as closed:
        assert (await closed.client.get("/metrics")).status_code == 401
        for token, status in (("abcdefgh12345678", 200), ("abcdefgh12345679", 401), ("x", 401)):
            answer = await closed.client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status
        reader = {"Authorization": "Bearer abcdefgh12345678"}
        assert (await closed.client.get("/api/accounts", headers=reader)).status_code == 401


async def test_the_consoles_figures_may_be_for_accounts_only(tmp_path: Path):
    network = node(tmp_path, "[console]\nsign_in_to_read = true")
    await make_accounts(network.config.database_url)
    async with served(network) as closed, browser(closed) as viewer:
        await viewer.ask("GET", "/api/channels", 401)
        await viewer.ask("GET", "/api/console/events", 401)
        for path in ("/api/network", "/api/session", "/healthz", "/api/time"):
            assert (await viewer.client.get(path)).status_code == 200
        await viewer.sign_in("viewer")
        assert (await viewer.ask("GET", "/api/channels", 200))["channels"][0]["id"] == "a"


async def test_the_api_describes_these_routes(desk: Desk):
    described = (await desk.served.client.get("/api/openapi.json")).json()
    for path in ("/api/session", "/api/accounts/{name}", "/api/audit", "/api/network", "/metrics"):
        assert path in described["paths"]
    assert {"SignIn", "AuditView", "NetworkView"} <= described["components"]["schemas"].keys()


PROGRAM = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.web.asgi import served
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config
async def main():
    network = Network(parse_config({config!r}, "net.toml"), "net.toml")
    async with served(network) as node:
        assert (await node.client.get("/api/channels")).status_code == 200
asyncio.run(main())
late = ("argon2", "_argon2_cffi_bindings", "yiwang.web.accounts_api", "yiwang.services.password")
print([name for name in sys.modules if name in late])
"""


def test_a_node_that_nobody_operates_loads_nothing_for_operators(tmp_path: Path):
    program = PROGRAM.format(root=str(ROOT), config=CONFIG.format(tmp_path, ""))
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert (ran.returncode, ran.stdout) == (0, "[]\n"), ran.stderr
