"""Small transport streams written packet by packet, for tests that need to know every one of them."""

from collections import Counter

from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.descriptors import Iso639LanguageDescriptor, ServiceDescriptor
from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.sdt import Sdt, SdtService
from yiwang.mpegts.section import Section

NULL = b"\x47\x1f\xff\x10" + b"\xff" * 184


class Writer:
    """Writes packets with right continuity counters."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self._counters: Counter[int] = Counter()

    def sections(self, pid: int, sections: tuple[Section, ...]) -> None:
        """Each section in one packet (they are short here)."""
        for section in sections:
            self.payload(pid, b"\0" + section.to_bytes(), start=True)

    def payload(self, pid: int, payload: bytes, *, start: bool = False, control: int = 0x10) -> None:
        header = bytes((0x47, start << 6 | pid >> 8, pid & 0xFF, control | self._counters[pid] & 0xF))
        self._counters[pid] += 1
        self.packets.append(header + payload.ljust(184, b"\xff"))

    def skip(self, pid: int, count: int) -> None:
        """Lose packets."""
        self._counters[pid] += count

    def pcr(self, pid: int, pcr_27m: int) -> None:
        """A packet with nothing but a PCR."""
        base, extension = divmod(pcr_27m, 300)
        octets = (base % (1 << 33) << 15 | 0x7E00 | extension).to_bytes(6, "big")
        header = bytes((0x47, pid >> 8, pid & 0xFF, 0x20 | (self._counters[pid] - 1) & 0xF))
        self.packets.append(header + b"\xb7\x10" + octets + b"\xff" * 176)

    def to_bytes(self) -> bytes:
        return b"".join(self.packets)


def service(number: int, name: str, provider: str = "") -> SdtService:
    descriptor = ServiceDescriptor(1, DvbText.of(provider), DvbText.of(name))
    return SdtService(number, False, False, 4, False, (Descriptor.of(descriptor),))


def chinese_network(duration_packets: int = 1000, rate_bps: int = 1_504_000) -> Writer:
    """Two programmes, `rate_bps` by its PCRs every 40 packets; one scrambled packet, one lost one, half null packets."""
    w = Writer()
    language = (Descriptor.of(Iso639LanguageDescriptor((("chi", 0),))),)
    w.sections(0, Pat(7, (PatProgram(1, 0x100), PatProgram(2, 0x200), PatProgram(3, 0x300))).to_sections())
    w.sections(0x100, Pmt(1, 0x101, (), (PmtStream(2, 0x101), PmtStream(4, 0x102, language))).to_sections())
    w.sections(0x200, Pmt(2, 0x101, (), (PmtStream(4, 0x202, language), PmtStream(2, 0x203))).to_sections())
    names = (service(1, "湖南卫视", "芒果"), service(2, "CCTV-1综合", "中央电视台"))
    w.sections(0x11, Sdt(7, 9, names).to_sections())
    while len(w.packets) < duration_packets:
        n = len(w.packets)
        if n % 40 == 0:
            w.pcr(0x101, n * 1504 * 27_000_000 // rate_bps)
        elif n == 501:
            w.payload(0x102, b"", control=0x90)
        elif n == 503:
            w.skip(0x202, 3)
            w.payload(0x202, b"")
        elif n % 4 == 1:
            w.payload(0x101, b"video")
        elif n % 4 == 3:
            w.payload([0x102, 0x202][n % 8 == 3], b"audio")
        else:
            w.packets.append(NULL)
    return w
