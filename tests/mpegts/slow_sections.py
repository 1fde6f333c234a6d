"""Sections of a capture, found packet by packet in plain Python: what the tests of tables read."""

from pathlib import Path

from yiwang.mpegts.section import Section, SectionAssembler, SubTables

PACKET = 188


def packets_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[at : at + PACKET] for at in range(0, len(data) - PACKET + 1, PACKET)]


def payload_of(packet: bytes) -> bytes | None:
    """The payload; None without one, or scrambled, or with transport_error_indicator."""
    if packet[0] != 0x47 or packet[1] & 0x80 or packet[3] & 0xC0 or not packet[3] & 0x10:
        return None
    return packet[4:] if not packet[3] & 0x20 else packet[5 + packet[4] :]


def sections_of(path: Path, pids: set[int]) -> dict[int, list[Section]]:
    """All sections of these PIDs in order of arrival."""
    assemblers = {pid: SectionAssembler(pid) for pid in pids}
    found: dict[int, list[Section]] = {pid: [] for pid in pids}
    counters: dict[int, int] = {}
    for packet in packets_of(path):
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        payload = payload_of(packet) if pid in pids else None
        if payload is None:
            continue
        counter = packet[3] & 0xF
        before = counters.get(pid, counter - 1)
        counters[pid] = counter
        if counter != before:
            lost = counter != (before + 1) & 0xF
            found[pid] += assemblers[pid].feed(payload, bool(packet[1] & 0x40), lost)
    return found


def tables_of(path: Path, pids: set[int]) -> dict[int, list[tuple[Section, ...]]]:
    """All sub-tables of these PIDs, whole, each time one changes."""
    found = {}
    for pid, sections in sections_of(path, pids).items():
        sub_tables = SubTables()
        found[pid] = [whole for section in sections if (whole := sub_tables.add(section)) is not None]
    return found
