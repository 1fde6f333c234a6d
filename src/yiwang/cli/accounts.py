"""`yiwang accounts`: who may sign in to the console of a node, in its database; the node need not run."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getpass, getuser
from pathlib import Path

from yiwang.base.errors import UsageError
from yiwang.services.accounts import Accounts, Actor, check_name, check_password, check_role
from yiwang.store.cache_folder import cache_folder
from yiwang.store.config_file import load_config
from yiwang.store.database_url import sqlite_url

ADDRESS = "command line"


def run_add(config: Path | None, name: str, role: str) -> None:
    """Make an account; UsageError, WorkError."""
    check_name(name)
    check_role(role)
    with _accounts(config) as (accounts, by):
        password = _new_password(name)
        asyncio.run(accounts.add(by, name, role, password))


def run_list(config: Path | None) -> None:
    """Print all accounts; UsageError, WorkError."""
    with _accounts(config) as (accounts, _):
        for account in asyncio.run(accounts.every()):
            signed_in = "never" if account.signed_in_at_s is None else _at(account.signed_in_at_s)
            sys.stdout.write(f"{account.name:<24}  {account.role:<8}  signed in: {signed_in}\n")


def run_remove(config: Path | None, name: str) -> None:
    """Forget an account; UsageError, WorkError."""
    with _accounts(config) as (accounts, by):
        asyncio.run(accounts.remove(by, name, keep_an_admin=False))


def run_password(config: Path | None, name: str) -> None:
    """Change a password, and end the account's sessions; UsageError, WorkError."""
    with _accounts(config) as (accounts, by):
        asyncio.run(accounts.set_password(by, name, _new_password(name)))


def run_role(config: Path | None, name: str, role: str) -> None:
    """Change what an account may do; UsageError, WorkError."""
    with _accounts(config) as (accounts, by):
        asyncio.run(accounts.set_role(by, name, role, keep_an_admin=False))


@contextmanager
def _accounts(config: Path | None) -> Iterator[tuple[Accounts, Actor]]:
    """Open the accounts of the node with this config; None: of the demo."""
    if config is None:
        url = sqlite_url(demo_state() / "yiwang.sqlite")
    else:
        url = load_config(config).database_url
    accounts = Accounts(url)
    try:
        yield accounts, Actor(getuser(), "admin", ADDRESS)
    finally:
        accounts.close()


def demo_state() -> Path:
    """Return the state_dir of the demo (`services.demo`, which takes long to load)."""
    return cache_folder() / "state"


def _new_password(name: str) -> str:
    """Ask for a password twice, or take the first line of standard input: other users see a command's arguments."""
    if not sys.stdin.isatty():
        return check_password(sys.stdin.readline().rstrip("\r\n"), name)
    password = check_password(getpass(f"password of {name}: "), name)
    if getpass("again: ") != password:
        raise UsageError("the two passwords differ")
    return password


def _at(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
