"""A multiplex of 50 Mbit/s packaged whole: one demultiplexer for all its channels, against one for each."""

import json
import time
from dataclasses import asdict, dataclass

from bench.streams import multiplex_50_mbit
from yiwang.mpegts.demultiplexer import Demultiplexer, Workspace
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.packaging.events import settle
from yiwang.packaging.multiplex import Multiplex
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

BLOCK_MS = 40
SECONDS = 60
SETTINGS = Settings(segment_90k=180_000, part_90k=45_000, live=True)
UTC_90K = 90_000 * 1_700_000_000


@dataclass
class Figures:
    channels: int
    seconds: float
    shared_percent_of_core: float  # at the multiplex's own pace, measured (TR 101 290) and with its service information
    apart_percent_of_core: float
    ratio: float


def shared(blocks: list[bytes], programs: list[int]) -> float:
    multiplex = Multiplex(Monitor(), Workspace())
    packagers = [multiplex.packager(number, SETTINGS, None, UTC_90K) for number in programs]
    began = time.process_time()
    for n, block in enumerate(blocks):
        for events, octets in multiplex.feed(block):
            for packager in packagers:
                settle(packager.take(multiplex.share(events, packager), octets, UTC_90K + 90 * BLOCK_MS * n))
                packager.look_ahead()
    return time.process_time() - began


def apart(blocks: list[bytes], programs: list[int]) -> float:
    workspace = Workspace()
    packagers = [TransportPackager(number, SETTINGS, None, Monitor(), workspace=workspace) for number in programs]
    began = time.process_time()
    for n, block in enumerate(blocks):
        for packager in packagers:
            packager.feed(block, UTC_90K + 90 * BLOCK_MS * n)
    return time.process_time() - began


def run() -> Figures:
    octets = multiplex_50_mbit().read_bytes()[: SECONDS * 50_000_000 // 8]
    size = 50_000_000 // 8 * BLOCK_MS // 1000 // 188 * 188
    blocks = [octets[at : at + size] for at in range(0, len(octets), size)]
    demultiplexer = Demultiplexer(lambda pat, pmts: [])
    demultiplexer.feed(blocks[0])
    demultiplexer.feed(blocks[1])
    assert demultiplexer.pat is not None
    programs = [program.program_number for program in demultiplexer.pat.programs if program.program_number]
    for way in (shared, apart):
        way(blocks[:200], programs)
    times = [(shared(blocks, programs), apart(blocks, programs)) for _ in range(3)]
    together, each = (min(column) for column in zip(*times, strict=True))
    seconds = len(octets) * 8 / 50e6
    return Figures(
        len(programs),
        round(seconds, 1),
        round(100 * together / seconds, 2),
        round(100 * each / seconds, 2),
        round(each / together, 2),
    )


if __name__ == "__main__":
    print(json.dumps(asdict(run()), indent=2))
