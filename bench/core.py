"""What packaging one live channel takes without sockets and event loop: `python -m bench.core [PACKETS]`.

Processor time, best of nine, of blocks as a source that holds back gives them (900 packets are 160 ms of 8 Mbit/s).
"""

import json
import sys
import time

import numpy as np

from bench.streams import stream_8_mbit
from yiwang.base.elementary import Octets
from yiwang.cli.process_tuning import tune_process
from yiwang.mpegts.demultiplexer import Workspace
from yiwang.mpegts.service_information import LIVE_SETS, LIVE_TABLES, ServiceInformation
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

BIT_RATE = 8_000_000
NOW_90K = 1_700_000_000 * 90_000


def package(blocks: list[Octets]) -> float:
    """Package a channel; return the seconds it took."""
    information = ServiceInformation(LIVE_TABLES, LIVE_SETS)
    packager = TransportPackager(None, Settings(), None, Monitor(), workspace=Workspace(), information=information)
    began, octets = time.process_time(), 0
    for block in blocks:
        octets += block.size
        packager.feed(block, NOW_90K + 8 * octets * 90_000 // BIT_RATE)
    return time.process_time() - began


def main(packets: int = 900) -> dict[str, float]:
    octets = np.frombuffer(stream_8_mbit().read_bytes(), np.uint8)
    blocks = [octets[at : at + 188 * packets] for at in range(0, octets.size, 188 * packets)]
    package(blocks)
    tune_process()
    best = min(package(blocks) for _ in range(9))
    return {
        "packets_in_a_block": packets,
        "us_per_block": round(1e6 * best / len(blocks), 1),
        "cpu_percent_per_channel": round(100 * best * BIT_RATE / 8 / octets.size, 4),
    }


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:])), indent=2))
