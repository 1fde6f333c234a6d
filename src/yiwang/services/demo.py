"""The built-in demo: two regions whose channels are sent as real transport streams over loopback multicast."""

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from yiwang.media.demo import prepare_demo
from yiwang.media.demo_channels import CHANNELS, DemoChannel
from yiwang.net import wall_clock
from yiwang.net.datagram_socket import receiving_socket
from yiwang.net.file_source import FileSource
from yiwang.net.multicast_sender import DATAGRAM_OCTETS, MulticastSender
from yiwang.net.source import SourceError
from yiwang.net.source_url import DatagramSpec, FileSpec, parse_source_url
from yiwang.services.demo_guide import DAY_S, write_demo_guide
from yiwang.services.network import Job, Network
from yiwang.store.cache_folder import cache_folder
from yiwang.store.config_file import Config, Node, Packaging, Service
from yiwang.store.config_network import Listing, Region
from yiwang.store.config_section import Text

PORT = 5004


def demo_groups() -> list[str]:
    """Source URLs that work here, one for each channel: IPv6 multicast where there is any, else IPv4.

    Interface-local scope needs a loopback with multicast, which not every machine has set up; a wider scope with hop limit
    0 does not leave the machine either. The process id is in the group, so that two demos on one machine do not mix.
    """
    high, low = os.getpid() >> 16, os.getpid() & 0xFFFF
    patterns = (
        f"udp://[ff11::{high:x}:{low:x}:%x]:{PORT}",
        f"udp://[ff15::{high:x}:{low:x}:%x]:{PORT}",
        f"udp://239.{low >> 8}.{low & 0xFF}.%d:{PORT}?interface=127.0.0.1",
    )
    pattern = next((p for p in patterns if arrives(p % 255)), patterns[-1])
    return [pattern % n for n in range(1, len(CHANNELS) + 1)]


def open_sender(url: str) -> MulticastSender:
    """Open what sends to a udp:// URL, no further than this machine. Raises SourceError."""
    spec = parse_source_url(url)
    assert isinstance(spec, DatagramSpec)
    return MulticastSender(spec.address, spec.port, interface=spec.interface, hops=0)


def arrives(url: str) -> bool:
    """Try whether a datagram to a group comes back to this machine."""
    spec = parse_source_url(url)
    assert isinstance(spec, DatagramSpec)
    try:
        receiver = receiving_socket(spec)
    except (SourceError, OSError):
        return False
    try:
        receiver.settimeout(0.5)
        sender = open_sender(url)
        sender.send(bytes(DATAGRAM_OCTETS))
        sender.close()
        return len(receiver.recv(DATAGRAM_OCTETS)) == DATAGRAM_OCTETS
    except (SourceError, OSError):
        return False
    finally:
        receiver.close()


LOGIN = "demo-login"
"""In the demo's state folder: the password of its account."""


def demo_login(network: Network) -> tuple[str, str]:
    """Return name and password of the demo's account, which is made with its state; only the state's owner reads them.

    Raises
    ------
    WorkError, OSError    it cannot be made
    """
    file = network.config.node.state_dir / LOGIN
    name = "demo"
    if not file.exists():
        from yiwang.services.accounts import Accounts, Actor

        accounts = Accounts(network.config.database_url)
        password = secrets.token_urlsafe(12)
        by = Actor(name, "admin", "demo")
        try:
            known = {account.name for account in asyncio.run(accounts.every())}
            change = accounts.set_password(by, name, password) if name in known else None
            asyncio.run(change or accounts.add(by, name, "admin", password))
        finally:
            accounts.close()
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as written:
            written.write(password + "\n")
    return name, file.read_text(encoding="ascii").strip()


def demo_network(progress: Callable[[str, float], None]) -> Network:
    """Make the demo's streams, if they are not there yet, and the network that carries them.

    Parameters
    ----------
    progress : callable    told what is being made and how far it is, 0 to 1
    """
    folder = cache_folder()
    files = prepare_demo(folder, progress)
    services, jobs = [], [_guide_writer(folder)]
    for channel, url in zip(CHANNELS, demo_groups(), strict=True):
        services.append(_service(channel, url))
        jobs.append(_sender(files[channel.id], url))
    regions = {channel.region.id: channel.region for channel in CHANNELS}
    config = Config(
        node=Node(name=Text(zh="一网演示", en="yiwang demo"), state_dir=folder / "state"),
        packaging=Packaging(),
        region=tuple(
            Region(id=r.id, name=Text(zh=r.name_zh, en=r.name_en), countries=("CHN",)) for r in regions.values()
        ),
        service=tuple(services),
        listing=(Listing(id="guide", url=write_demo_guide(folder, _now_s()).resolve().as_uri()),),
    )
    return Network(config, "demo", tuple(jobs))


def _now_s() -> int:
    return wall_clock.now_ms() // 1000


def _guide_writer(folder: Path) -> Job:
    """Keep the guide a week ahead; whoever reads it looks every quarter of an hour."""

    async def write() -> None:
        while True:
            await asyncio.sleep(DAY_S / 4)
            await asyncio.to_thread(write_demo_guide, folder, _now_s())

    return write


def _service(channel: DemoChannel, url: str) -> Service:
    return Service(
        id=channel.id,
        name=Text(zh=channel.name_zh, en=channel.name_en),
        region=channel.region.id,
        number=channel.number,
        source=url,
    )


def _sender(path: Path, url: str) -> Job:
    async def send() -> None:
        source = FileSource(FileSpec(f"file:{path}", str(path), loop=True, align_utc=True))
        sender = open_sender(url)
        try:
            await source.open()
            while block := await source.read():
                sender.send(block)
        finally:
            await source.close()
            sender.close()

    return send
