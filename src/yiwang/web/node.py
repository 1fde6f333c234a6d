"""A node from its start to its end, in one event loop: what viewers wait for begins first (ADR 44).

Nothing that channels do not need is imported here before they run; it is, in a thread, while they receive.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import structlog

from yiwang.base.errors import UsageError
from yiwang.services.network import Network
from yiwang.web.late_app import LateApp
from yiwang.web.listening import page_url
from yiwang.web.operator_token import load_token

if TYPE_CHECKING:
    import uvicorn

    from yiwang.store.database.database import Database
    from yiwang.web.beside_media import BesideMedia

log = structlog.get_logger()


async def run_node(network: Network, sock: socket.socket, on_ready: Callable[[str], None]) -> None:
    """Run until a signal; return when everything has stopped cleanly.

    Parameters
    ----------
    network : Network       read and checked
    sock : socket           of `listen`
    on_ready : callable     called with the address of the pages when all of it runs

    Raises
    ------
    UsageError              a file of the node, or its database, cannot be used; nobody has been let in
    """
    try:
        await _run(network, sock, on_ready)
    except ExceptionGroup as several:
        raise next((e for e in several.exceptions if isinstance(e, UsageError)), several) from None


async def _run(network: Network, sock: socket.socket, on_ready: Callable[[str], None]) -> None:
    load_token(network.config.node.state_dir)  # again with the API; what is wrong with it is to be known before
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with ExitStack() as at_the_end:
        async with asyncio.TaskGroup() as group:
            # 1. the channels receive
            running = group.create_task(network.run())
            # 2. without its database a node does not run: nobody is let in before it is open
            database = await asyncio.to_thread(_open_database, network.config.database_url)
            at_the_end.enter_context(closing(database))
            # 3. viewers are let in to the media; who asks for anything else waits
            later = LateApp()
            server = (await asyncio.to_thread(_load_server))(network, later, stopping, group)
            serving = group.create_task(server.serve(sockets=[sock]))
            # 4. everything else
            beside = (await asyncio.to_thread(_load_beside_media))(network, database, stopping)
            later.come(beside.app)
            keeping = group.create_task(beside.run())
            on_ready(page_url(sock))

            await stopping.wait()
            log.info("stopping")
            server.should_exit = True
            network.wake()
            for worker in network.workers:
                worker.stop()
            await serving
            running.cancel()
            keeping.cancel()


def _open_database(url: str) -> "Database":
    from yiwang.store.database.database import Database

    return Database.open(url)


def _load_server() -> "Callable[..., uvicorn.Server]":
    from yiwang.web.server import node_server

    return node_server


def _load_beside_media() -> "type[BesideMedia]":
    from yiwang.web.beside_media import BesideMedia

    return BesideMedia
