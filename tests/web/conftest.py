"""These tests run on the event loop that serves, with passwords that cost little."""

import asyncio

import pytest
import uvloop
from argon2 import PasswordHasher

from yiwang.services import password


@pytest.fixture(scope="package", autouse=True)
def little_effort():
    """Argon2 with little work: here passwords are told apart, not guessed (see `tests/services/test_password.py`)."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "_HASHER", hasher)
        patch.setattr(password, "_NOBODYS", hasher.hash("nobody's"))
        yield


def pytest_asyncio_loop_factories(config, item):
    if item.path.name == "test_origin_protocol.py":
        return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
    return {"uvloop": uvloop.new_event_loop}
