"""The main process's server where workers have the channels: it passes connections to them, and takes them back (ADR 43)."""

import asyncio
import socket

import uvicorn

from yiwang.net.connection_passing import ConnectionPasser
from yiwang.services.network import Network
from yiwang.services.spread_network import SpreadNetwork
from yiwang.services.workers import Worker
from yiwang.web.origin_app import OriginApp
from yiwang.web.passed_connections import begin, passing_class
from yiwang.web.server import make_server


def make_spread_server(network: Network, app: OriginApp, group: asyncio.TaskGroup) -> uvicorn.Server:
    """Make the server; ``group`` has the tasks in which connections that come back begin."""
    assert isinstance(network, SpreadNetwork)

    def whose_is(service_id: str | None) -> ConnectionPasser | None:
        worker = network.worker_of(service_id) if service_id is not None else None
        return worker.passer if worker is not None else None

    def take(connection: socket.socket, octets: bytes, worker: Worker) -> None:
        if server.started:
            group.create_task(begin(server, connection, octets, worker.passer))
        else:
            connection.close()

    server = make_server(app, protocol=passing_class(app, whose_is))
    network.take = take
    return server
