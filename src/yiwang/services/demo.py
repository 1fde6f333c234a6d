"""The built-in demo: two regions whose channels are sent as real transport streams over loopback multicast."""

import os
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path


from yiwang.media.demo import make_demo
from yiwang.media.demo_channels import CHANNELS, DemoChannel
from yiwang.net.file_source import FileSource
from yiwang.net.multicast_sender import MulticastSender
from yiwang.net.source import SourceError
from yiwang.net.source_url import FileSpec
from yiwang.services.network import Job, Network
from yiwang.store.config_file import Config, Node, Packaging, Region, Service, Text

PORT = 5004


def cache_folder() -> Path:
    """Where the demo's streams are kept: YIWANG_CACHE_DIR, else the user's cache folder."""
    own = os.environ.get("YIWANG_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(own) if own else Path(base) / "yiwang"


def demo_group(n: int) -> IPv4Address | IPv6Address:
    """Multicast group of the n-th channel: IPv6 of interface-local scope where there is IPv6, else IPv4.

    The process id is part of it, so that two demos on one machine do not mix.
    """
    process = os.getpid()
    group = IPv6Address(f"ff11::{process >> 16:x}:{process & 0xFFFF:x}:{n:x}")
    try:
        MulticastSender(group, PORT, hops=0).close()
    except (SourceError, OSError):
        return IPv4Address((239 << 24) + ((process & 0xFFFF) << 8) + n)
    return group


def demo_network(progress: Callable[[str, float], None]) -> Network:
    """Make the demo's streams, if they are not there yet, and the network that carries them.

    Parameters
    ----------
    progress : callable    told what is being made and how far it is, 0 to 1
    """
    folder = cache_folder()
    files = make_demo(folder / "demo", progress)
    services, jobs = [], []
    for n, channel in enumerate(CHANNELS, 1):
        group = demo_group(n)
        services.append(_service(channel, group))
        jobs.append(_sender(files[channel.id], group))
    regions = {channel.region.id: channel.region for channel in CHANNELS}
    config = Config(
        node=Node(name=Text(zh="一网演示", en="yiwang demo"), state_dir=folder / "state"),
        packaging=Packaging(),
        region=tuple(Region(id=r.id, name=Text(zh=r.name_zh, en=r.name_en)) for r in regions.values()),
        service=tuple(services),
    )
    return Network(config, "demo", tuple(jobs))


def _service(channel: DemoChannel, group: IPv4Address | IPv6Address) -> Service:
    source = f"udp://[{group}]:{PORT}" if group.version == 6 else f"udp://{group}:{PORT}?interface=127.0.0.1"
    return Service(
        id=channel.id,
        name=Text(zh=channel.name_zh, en=channel.name_en),
        region=channel.region.id,
        number=channel.number,
        source=source,
    )


def _sender(path: Path, group: IPv4Address | IPv6Address) -> Job:
    async def send() -> None:
        source = FileSource(FileSpec(f"file:{path}", str(path), loop=True, align_utc=True))
        interface = None if group.version == 6 else "127.0.0.1"
        sender = MulticastSender(ip_address(str(group)), PORT, interface=interface, hops=0)
        try:
            await source.open()
            while block := await source.read():
                sender.send(block)
        finally:
            await source.close()
            sender.close()

    return send
