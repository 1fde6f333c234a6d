"""A machine without IPv4: everything works over IPv6, multicast of one and of any source included."""

import ctypes
import errno
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.conftest import missing, need_tool
from tests.live.node import PACKAGING, Node, eventually, running, sending, service
from tests.origin import mpd_reader
from tests.origin.playlist_reader import attributes

pytestmark = [pytest.mark.netns, pytest.mark.slow]

CLONE_NEWNET = 0x40000000
ANY_SOURCE = "udp://[ff15::42]:5004"
ONE_SOURCE = "udp://[fd00::1]@[ff35::8000:42]:5004"  # RFC 4607, RFC 3306
OTHER_SOURCE = "udp://[fd00::2]@[ff35::8000:42]:5004"


@pytest.fixture
def ipv6_only() -> Iterator[None]:
    """Put this thread, and what it starts, in a network namespace that has no IPv4 address.

    Its one network is a veth pair, as not every kernel carries IPv6 multicast over loopback.
    """
    need_tool("ip")
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as outside:
        if libc.unshare(CLONE_NEWNET):
            missing(f"no network namespace of our own: {os.strerror(ctypes.get_errno())}")
        try:
            for command in (
                "link set lo up",
                "addr del 127.0.0.1/8 dev lo",
                "link add net0 type veth peer name net1",
                "link set net1 up",
                "link set net0 up",
                "addr add fd00::1/64 dev net0 nodad",
                "addr add fd00::2/128 dev net0 nodad preferred_lft 0",  # who wants to send from it must say so
            ):
                done = subprocess.run(["ip", *command.split()], check=False, capture_output=True, text=True)
                if done.returncode:
                    missing(f"ip {command}: {done.stderr.strip()}")
            yield
        finally:
            assert libc.setns(outside.fileno(), CLONE_NEWNET) == 0


def has_no_ipv4() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return sock.connect_ex(("127.0.0.1", 9)) == errno.ENETUNREACH


async def walk(node: Node, service_id: str) -> int:
    """Fetch all that a service offers; return how many segments there were."""
    base = f"/live/{service_id}/"
    lines = (await node.get(base + "index.m3u8")).text.splitlines()
    renditions = {line for line in lines if not line.startswith("#")}
    renditions |= {attributes(line.partition(":")[2])["URI"] for line in lines if "URI=" in line}
    assert renditions == {"video/index.m3u8", "audio/index.m3u8"}
    count = 0
    for uri in renditions:
        playlist = await node.media_playlist(service_id, uri.partition("/")[0])
        for segment in playlist.segments:
            if segment.gap:
                continue  # the sender, or this machine, was slow
            for name in (segment.map, segment.uri, *(uri for uri, _, _ in segment.parts)):
                assert (await node.get(urljoin(base + uri, name))).content
            count += 1
    _, media, headers = mpd_reader.read((await node.get(base + "manifest.mpd")).text)
    for path in [*headers, *(segment.url for segment in media[:-1])]:
        assert (await node.get(base + path)).content
    return count


@pytest.mark.usefixtures("ipv6_only")
@pytest.mark.parametrize("host", ["::1", "::"])
async def test_a_node_without_ipv4_receives_and_serves(tmp_path: Path, film: Path, host: str):
    assert has_no_ipv4()
    config = PACKAGING + service("any", ANY_SOURCE) + service("ssm", ONE_SOURCE) + service("other", OTHER_SOURCE)
    config += service("file", f"file:{film}?loop=1")
    async with (
        sending(film, ANY_SOURCE, aligned=True),
        sending(film, "udp://[ff35::8000:42]:5004", aligned=True),
        running(tmp_path, config, host) as node,
    ):
        node.host = "::1"
        for service_id in ("any", "ssm", "file"):
            await node.until_listed(service_id, 2)
            await node.until_listed(service_id, 2, "audio")
            assert await walk(node, service_id) >= 4
        assert (await node.until_state("other", "no-signal"))["input_bit_rate_bps"] == 0
        states = {s["id"]: s["state"] for s in (await node.get("/api/network")).json()["services"]}
        assert states == {"any": "live", "ssm": "live", "file": "live", "other": "no-signal"}
        for path in ("/api/docs", "/metrics", "/healthz", "/api/time"):
            await node.get(path)
        assert (await node.client.get(node.url + "/")).status_code in (200, 503)  # 503: the pages are not built
        assert await node.stop() == 0


@pytest.mark.usefixtures("ipv6_only")
async def test_two_senders_of_one_group_are_two_channels_by_their_source(tmp_path: Path, film: Path):
    """What the other source sends does not come in."""
    octets = film.read_bytes()
    config = PACKAGING + service("mine", ONE_SOURCE) + service("other", OTHER_SOURCE)
    async with running(tmp_path, config) as node:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("fd00::2", 0))
            for at in range(0, 200 * 1316, 1316):
                sock.sendto(octets[at : at + 1316], ("ff35::8000:42", 5004))

        async def received() -> dict[str, bool]:
            text = (await node.get("/metrics")).text
            return {i: f'yiwang_input_octets_total{{service="{i}"}} 0.0' not in text for i in ("mine", "other")}

        async def other_has() -> bool:
            return (await received())["other"]

        await eventually(other_has, node)
        assert await received() == {"mine": False, "other": True}
