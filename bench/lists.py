"""The network's documents and APIs over HTTP: 2,000 channels, seven days of guide; requests in a second of the server's CPU.

`python -m bench.lists`. A server process answers a client process that keeps eight connections busy; what the client
spends is its own. Requests repeat; those of windows move through the channels, so that none was asked before.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.nation import MONDAY_S, programme_of_week
from yiwang.dvbi.common import Text
from yiwang.network.assemble import assemble
from yiwang.network.guide.event import Event, Synopsis
from yiwang.network.guide.schedule import Schedule, schedule_of
from yiwang.network.model import Region
from yiwang.network.own_service import own_service
from yiwang.services.network import Network
from yiwang.services.network_documents import NetworkDocuments
from yiwang.services.one_network import OneNetworkService, Published
from yiwang.store.config_file import parse_config
from yiwang.store.database.database import Database
from yiwang.web.api import make_api
from yiwang.web.listening import listen
from yiwang.web.lists_app import ListsApp
from yiwang.web.origin_app import OriginApp
from yiwang.web.server import make_server
from yiwang.xmltv.guide import Text as GuideText

PORT = 8771
CHANNELS, CONNECTIONS, SECONDS = 2000, 8, 3.0
IN_A_REGION = 600
WEEKS = 100
"""Different weeks of programmes; more would only take longer to make."""


@dataclass
class Speed:
    what: str
    status: int
    octets: int
    requests_per_cpu_s: int
    cpu_ms: float


def _week(n: int) -> Schedule:
    return schedule_of(
        *(
            Event(
                start_s=start_s,
                stop_s=stop_s,
                titles=(GuideText(title, "zh"),),
                categories=(GuideText(kind, "zh"),),
                synopses=(Synopsis(text, "zh"),) if text else (),
            )
            for start_s, stop_s, title, kind, text in programme_of_week(f"bench-{n}")
        )
    )


def published() -> Published:
    """Return the network that is served."""
    listed = []
    for n in range(CHANNELS):
        region = "CN-ZJ" if n < IN_A_REGION else f"CN-{n % 20}"
        one = own_service(
            "zj", f"channel-{n}", names=[Text(value=f"频道 {n} 台", lang="zh")], provider="一网", domain="zj.example",
            region=region, number=n + 1, height=1080,
        )  # fmt: skip
        listed.append(one)
    regions = [Region(id=id_, names=(Text(value=id_),)) for id_ in dict.fromkeys(one.region for one in listed)]
    network = assemble(listed, regions)
    weeks = [_week(n) for n in range(WEEKS)]
    schedules = {id_: weeks[n % WEEKS] for n, id_ in enumerate(network.services)}
    return Published(network, schedules, 1, 1)


async def serve(folder: Path) -> None:
    """Run the server; a line on standard output when it lets clients in."""
    config = parse_config(f'[node]\nstate_dir = "{folder}"\n[[listing]]\nid = "x"\nurl = "http://x/"\n', "bench")
    network = Network(config, "bench")
    one = OneNetworkService(network, Database.open(config.database_url))
    one.publish(published())
    stopping = asyncio.Event()
    lists = ListsApp(NetworkDocuments(one, config.node.name), make_api(network, stopping, one))
    app = OriginApp(network, lists, stopping)
    await make_server(app, lambda: print("ready", flush=True)).serve(sockets=[listen("::1", PORT)])


async def ask(path_of: Callable[[int], str], etag: str, until: float, times: list[float]) -> tuple[int, int, int]:
    reader, writer = await asyncio.open_connection("::1", PORT, limit=1 << 24)
    count = octets = status = 0
    while time.monotonic() < until:
        began = time.perf_counter()
        match = f"If-None-Match: {etag}\r\n" if etag else ""
        path = path_of(len(times))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n{match}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split()[1])
        length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0] or 0) if status != 304 else 0
        await reader.readexactly(length)
        times.append(time.perf_counter() - began)
        count, octets = count + 1, length
    writer.close()
    return count, octets, status


async def etag_of(path: str) -> str:
    reader, writer = await asyncio.open_connection("::1", PORT, limit=1 << 24)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
    )
    head = (await reader.read()).partition(b"\r\n\r\n")[0].decode("latin-1")
    writer.close()
    return next((line[6:] for line in head.splitlines() if line.lower().startswith("etag: ")), "")


async def measure(what: str, path_of: Callable[[int], str], process: psutil.Process, *, again: bool = False) -> Speed:
    etag = await etag_of(path_of(0))
    before, times = process.cpu_times(), []  # type: ignore[var-annotated]
    until = time.monotonic() + SECONDS
    results = await asyncio.gather(*(ask(path_of, etag if again else "", until, times) for _ in range(CONNECTIONS)))
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    cpu_ms = 1000 * spent / len(times)
    return Speed(what, results[0][2], results[0][1], round(sum(r[0] for r in results) / spent), round(cpu_ms, 3))


async def main() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as name:
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.lists", "serve", name), stdout=asyncio.subprocess.PIPE
        )
        try:
            assert server.stdout is not None
            await server.stdout.readline()
            process = psutil.Process(server.pid)
            start = MONDAY_S + 86_400

            def same(path: str) -> Callable[[int], str]:
                return lambda _: path

            def window(n: int) -> str:
                return f"/api/guide?start={start + 1800 * (n % 200)}&seconds=14400&limit=40&offset={n * 40 % CHANNELS}"

            region = "/dvbi/services.xml?region=CN-ZJ"
            rows = [
                ("services.xml, 600 services", same(region), False),
                ("the same, If-None-Match", same(region), True),
                ("services.xml, 2,000 services", same("/dvbi/services.xml"), False),
                ("the same, If-None-Match", same("/dvbi/services.xml"), True),
                (
                    "now and next of a service",
                    lambda n: f"/dvbi/schedule?sid=channel-{n % CHANNELS}&now_next=true",
                    False,
                ),
                ("guide, 40 channels x 4 h, the same", same(window(0)), False),
                ("the same, If-None-Match", same(window(0)), True),
                ("guide, 40 channels x 4 h, another each time", window, False),
                ("services, a page of 100", same("/api/services?limit=100"), False),
                ("the same, If-None-Match", same("/api/services?limit=100"), True),
            ]
            return [asdict(await measure(what, path, process, again=again)) for what, path, again in rows]
        finally:
            server.terminate()
            await server.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(Path(sys.argv[2])))
    else:
        print(json.dumps(asyncio.run(main()), indent=1, ensure_ascii=False))
