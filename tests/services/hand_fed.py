"""Channels whose sources never open: the tests feed them, block by block, at a clock of their own."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from tests.packaging import television as tv
from yiwang.net import wall_clock
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config

BLOCK_OCTETS = 14 * 188
SECONDS = 12
PACKAGING = "[packaging]\nsegment_duration = 1\npart_duration = 0.25\nwindow = 10\n"


@lru_cache
def stream(length_s: int = SECONDS) -> bytes:
    """Television with a random access point each second, cut from or made of runs of twelve."""
    twelve = tv.stream(SECONDS, gop=25)
    runs = [tv.shifted(twelve, n * SECONDS * 90_000) for n in range(-(-length_s // SECONDS))]
    return tv.continuous(runs)


def network(folder: Path, *service_ids: str, packaging: str = PACKAGING, name: str = "node") -> Network:
    """A network of channels without names or regions; its state lies in a folder of its name."""
    services = "".join(
        f'[[service]]\nid = "{i}"\nsource = "udp://[ff11::{n}]:5000"\n' for n, i in enumerate(service_ids, 1)
    )
    text = f'[node]\nstate_dir = "{folder / name}"\n{packaging}{services}'
    return Network(parse_config(text, "test.toml"), "test.toml")


class Feeder:
    """Feeds a stream to channels at the pace of its own clock, which begins now and does not tick by itself."""

    def __init__(self, octets: bytes, *channels: Channel, length_s: float, now_ms: int | None = None) -> None:
        self.octets = octets
        self.channels = channels
        self.at = 0
        self.now_ms = float(wall_clock.now_ms() if now_ms is None else now_ms)
        self._ms_per_octet = 1000 * length_s / len(octets)

    def block(self) -> None:
        """Feed the next block."""
        block = self.octets[self.at : self.at + BLOCK_OCTETS]
        if not block:
            raise AssertionError("the stream has ended")
        self.at += len(block)
        self.now_ms += len(block) * self._ms_per_octet
        for channel in self.channels:
            channel.take(block, int(self.now_ms))

    def seconds(self, seconds: float) -> None:
        """Feed so much of the stream, or what is left of it."""
        until = min(len(self.octets), self.at + int(1000 * seconds / self._ms_per_octet))
        while self.at < until:
            self.block()

    def until(self, is_so: Callable[[], bool]) -> None:
        """Feed until something is so."""
        while not is_so():
            self.block()


def feeder(*channels: Channel, length_s: int = SECONDS, now_ms: int | None = None) -> Feeder:
    """A feeder of `stream`."""
    return Feeder(stream(length_s), *channels, length_s=length_s, now_ms=now_ms)
