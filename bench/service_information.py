"""What reading service information costs: a multiplex with much SI, demultiplexed with and without it.

``slow`` is the way without the kernel: each packet of an SI PID goes to an assembler in Python.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from tests.services.made_up_stream import Writer, service

from bench.streams import multiplex_50_mbit
from yiwang.mpegts import eit, nit, sdt, tdt_tot
from yiwang.mpegts.demultiplexer import Demultiplexer
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.descriptors import ShortEventDescriptor
from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.eit import EitEvent, EitSection
from yiwang.mpegts.sdt import Sdt
from yiwang.mpegts.section import Section
from yiwang.mpegts.service_information import ALL_TABLES, LIVE_TABLES, ServiceInformation

BLOCK_MS = 40
EVERY = 25
"""One packet in so many is of the EIT: 2 Mbit/s of 50, as where a guide of a week is sent."""
SERVICES, SECTIONS = 12, 40
RUNS = 5


@dataclass
class Figures:
    file_mb: float
    si_packets: int
    without_mb_per_s: float
    slow_mb_per_s: float
    live_mb_per_s: float
    all_mb_per_s: float
    sections: int
    new_sections: int
    without_percent_of_core: float  # at the multiplex's own pace, in blocks of 40 ms
    slow_percent_of_core: float
    live_percent_of_core: float
    all_percent_of_core: float


def schedule() -> list[Section]:
    sections = []
    for service_id in range(1, SERVICES + 1):
        for number in range(SECTIONS):
            text = Descriptor.of(ShortEventDescriptor("chi", DvbText.of(f"节目{number}"), DvbText.of(30 * "文")))
            events = tuple(
                EitEvent(8 * number + n, 1_800_000_000 + 1800 * n, 1800, 1, False, (text,)) for n in range(8)
            )
            section = EitSection(
                0x50, service_id, 1, 9, events, 8 * (number // 8) + number % 8, SECTIONS - 1, number | 7
            )
            sections.append(section.to_section())
        for number in (0, 1):
            sections.append(EitSection(0x4E, service_id, 1, 9, events[:1], number, 1, number).to_section())
    return sections


def with_si(octets: bytes) -> tuple[bytes, int]:
    """Put a guide that is repeated for ever into a multiplex."""
    w = Writer()
    w.sections(0x11, Sdt(1, 9, tuple(service(n, f"频道{n}") for n in range(1, 9))).to_sections())
    for section in schedule():
        octets_of = b"\0" + section.to_bytes()
        for at in range(0, len(octets_of), 184):
            w.payload(0x12, octets_of[at : at + 184], start=at == 0)
    out, n, counters = [], 0, dict.fromkeys((0x11, 0x12), 0)
    for at in range(0, len(octets), 188 * EVERY):
        out.append(octets[at : at + 188 * EVERY])
        packet = bytearray(w.packets[n % len(w.packets)])
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        packet[3] = 0x10 | counters[pid] & 0xF
        counters[pid] += 1
        out.append(bytes(packet))
        n += 1
    return b"".join(out), n


def cost(octets: bytes, make: Callable[[], Demultiplexer]) -> tuple[float, Demultiplexer]:
    size = 50_000_000 // 8 * BLOCK_MS // 1000 // 188 * 188
    blocks = [octets[at : at + size] for at in range(0, len(octets), size)]
    best = 1e9
    for _ in range(RUNS):
        demultiplexer = make()
        began = time.process_time()
        for block in blocks:
            demultiplexer.feed(block)
        best = min(best, time.process_time() - began)
    return best, demultiplexer


def run() -> Figures:
    octets, n = with_si(multiplex_50_mbit().read_bytes())
    seconds, megabytes = len(octets) * 8 / 50e6, len(octets) / 1e6
    known = ServiceInformation(ALL_TABLES)

    def make(table_pids: tuple[int, ...], table_ids: frozenset[int] | None) -> Callable[[], Demultiplexer]:
        def new() -> Demultiplexer:
            nonlocal known
            information = None if table_ids is None else ServiceInformation(table_ids)
            known = information or known
            return Demultiplexer(_select, table_pids, information=information)

        return new

    pids = (nit.PID, sdt.PID, eit.PID, tdt_tot.PID)
    without, _ = cost(octets, make((), None))
    slow, _ = cost(octets, make(pids, None))
    live, _ = cost(octets, make((sdt.PID,), LIVE_TABLES))
    everything, _ = cost(octets, make((sdt.PID,), ALL_TABLES))
    reader = known.reader
    return Figures(
        round(megabytes, 1),
        n,
        *(round(megabytes / each) for each in (without, slow, live, everything)),
        reader.sections_seen,
        reader.sections_seen - reader.sections_repeated,
        *(round(100 * each / seconds, 3) for each in (without, slow, live, everything)),
    )


def _select(_pat, pmts):
    return {s.elementary_pid for pmt in pmts.values() for s in pmt.streams}


if __name__ == "__main__":
    print(json.dumps(asdict(run()), indent=2))
