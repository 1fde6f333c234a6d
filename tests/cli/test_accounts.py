"""`yiwang accounts`: accounts in the database of a config, passwords never in the arguments."""

import asyncio
import io
import stat
from pathlib import Path

import pytest

from tests.cli.command import yiwang  # noqa: F401 - a fixture
from yiwang.services.accounts import Accounts, Actor, SignInRefused
from yiwang.services.demo import demo_login
from yiwang.services.network import Network
from yiwang.store.config_file import load_config, parse_config


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "net.toml"
    file.write_text(f'[node]\nstate_dir = "{tmp_path}/state"\n[[service]]\nid = "a"\nsource = "udp://239.1.1.1:5000"\n')
    return file


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    def give(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return give


def can_sign_in(config: Path, name: str, password: str) -> str:
    """The role, or nothing."""
    accounts = Accounts(load_config(config).database_url)
    try:
        return asyncio.run(accounts.sign_in(name, password, "::1"))[1].role
    except SignInRefused:
        return ""
    finally:
        accounts.close()


def test_accounts_are_made_changed_and_removed(yiwang, config, typed):  # noqa: F811
    typed("correct horse battery\n")
    assert yiwang("accounts", "add", "王芳", "--role", "admin", "--config", config).code == 0
    assert can_sign_in(config, "王芳", "correct horse battery") == "admin"
    assert can_sign_in(config, "王芳", "correct horse batterY") == ""
    typed("another long one\n")
    assert yiwang("accounts", "password", "王芳", "--config", config).code == 0
    assert can_sign_in(config, "王芳", "correct horse battery") == ""
    assert yiwang("accounts", "role", "王芳", "viewer", "--config", config).code == 0
    assert can_sign_in(config, "王芳", "another long one") == "viewer"
    listed = yiwang("accounts", "list", "--config", config)
    assert listed.out.startswith("王芳")
    assert "viewer" in listed.out
    assert yiwang("accounts", "remove", "王芳", "--config", config).code == 0
    assert yiwang("accounts", "list", "--config", config).out == ""
    accounts = Accounts(load_config(config).database_url)
    noted = asyncio.run(accounts.audit(None, 100))
    accounts.close()
    assert [e.action for e in reversed(noted) if e.address == "command line"] == [
        "account added",
        "password changed",
        "role changed",
        "account removed",
    ]


def test_faults_are_one_line(yiwang, config, typed):  # noqa: F811
    typed("short\n")
    yiwang("accounts", "add", "li", "--role", "admin", "--config", config).fails(2, "password", "10 to 256")
    typed("aaaaaaaaaaaaaa\n")
    yiwang("accounts", "add", "li", "--role", "admin", "--config", config).fails(2, "too easy")
    yiwang("accounts", "add", "a b", "--role", "admin", "--config", config).fails(2, "name:")
    assert yiwang("accounts", "add", "li", "--role", "king", "--config", config).code == 2
    yiwang("accounts", "role", "li", "admin", "--config", config).fails(2, "no account 'li'")
    yiwang("accounts", "remove", "li", "--config", config).fails(2, "no account 'li'")
    typed("correct horse battery\n")
    assert yiwang("accounts", "add", "li", "--role", "admin", "--config", config).code == 0
    typed("correct horse battery\n")
    yiwang("accounts", "add", "li", "--role", "admin", "--config", config).fails(2, "there is an account 'li'")


def test_the_demo_has_a_login_of_its_own_that_stays(tmp_path):
    network = Network(
        parse_config(
            f'[node]\nstate_dir = "{tmp_path}/state"\n[[service]]\nid = "a"\nsource = "udp://239.1.1.1:5000"', "x"
        ),
        "demo",
    )
    name, password = demo_login(network)
    assert demo_login(network) == (name, password)
    file = tmp_path / "state" / "demo-login"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    accounts = Accounts(network.config.database_url)
    assert asyncio.run(accounts.sign_in(name, password, "::1"))[1].role == "admin"
    file.unlink()
    assert demo_login(network)[1] != password
    with pytest.raises(SignInRefused):
        asyncio.run(accounts.sign_in(name, password, "::1"))
    assert asyncio.run(accounts.every())[0].name == name
    accounts.close()
    assert Actor(name, "admin", "").may("operator")
