"""Operators at their browsers: each with a session of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.web.asgi import Served
from yiwang.services.accounts import Accounts, Actor
from yiwang.web.gate import HEADER

OWN_PAGE = {HEADER: "1", "Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse battery"
ROLES = ("viewer", "operator", "admin")
BY = Actor("test", "admin", "test")


@dataclass
class Browser:
    """One browser."""

    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, expected: int, own_page: bool = True, **what: Any) -> Any:
        headers = (OWN_PAGE if own_page else {}) | what.pop("headers", {})
        answer = await self.client.request(method, path, headers=headers, **what)
        assert answer.status_code == expected, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def sign_in(self, name: str, password: str = PASSWORD, expected: int = 200) -> Any:
        return await self.ask("POST", "/api/session", expected, json={"name": name, "password": password})


@asynccontextmanager
async def browser(service: Served) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url=service.client.base_url, timeout=60) as client:
        yield Browser(client)


async def make_accounts(url: str) -> None:
    """An account of each role, of the role's name."""
    accounts = Accounts(url)
    for role in ROLES:
        await accounts.add(BY, role, role, PASSWORD)
    accounts.close()
