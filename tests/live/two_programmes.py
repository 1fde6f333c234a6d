"""One transport stream of two programmes, made of two of one: PIDs moved, PAT and PMTs written anew."""

from tests.packaging import television as tv
from tests.services.made_up_stream import Writer, service
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.sdt import Sdt

VIDEO, AUDIO = 256, 257  # what PyAV uses
SECOND = 16
"""The second programme's PIDs are higher by this."""
TABLES_EVERY = 100  # packets


def _essence(octets: bytes, shift: int) -> list[bytes]:
    moved = []
    for packet in tv.packets(octets):
        pid = tv.pid_of(packet)
        if pid in (VIDEO, AUDIO):
            moved.append(packet[:1] + (int.from_bytes(packet[1:3], "big") + shift).to_bytes(2, "big") + packet[3:])
    return moved


def _tables() -> list[bytes]:
    w = Writer()
    w.sections(0, Pat(1, (PatProgram(1, 0x1000), PatProgram(2, 0x1001))).to_sections())
    for n, shift in ((1, 0), (2, SECOND)):
        streams = (PmtStream(0x1B, VIDEO + shift), PmtStream(0x0F, AUDIO + shift))
        w.sections(0x0FFF + n, Pmt(n, VIDEO + shift, (), streams).to_sections())
    w.sections(0x11, Sdt(1, 9, (service(1, "CCTV-1综合"), service(2, "湖南卫视"))).to_sections())
    return w.packets


def two_programmes(first: bytes, second: bytes) -> bytes:
    """Join two streams of about one length as programmes 1 and 2."""
    one, two = _essence(first, 0), _essence(second, SECOND)
    places = [(n / len(one), packet) for n, packet in enumerate(one)]
    places += [(n / len(two), packet) for n, packet in enumerate(two)]
    essence = [packet for _, packet in sorted(places, key=lambda place: place[0])]
    out = [
        packet for n in range(0, len(essence), TABLES_EVERY) for packet in (*_tables(), *essence[n : n + TABLES_EVERY])
    ]
    return tv.continuous([b"".join(out)])
