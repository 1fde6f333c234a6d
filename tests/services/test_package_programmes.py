"""A file of several programmes, and none is asked for: the first one of which anything comes is packaged."""

from dataclasses import replace

import pytest

from tests.real_streams.footage import PMT_PID, VIDEO, Mux, component, footage, packets, pid_of, pmt
from yiwang.base.errors import WorkError
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.services.package_files import package_files

SECOND, SECOND_PMT = 0x200, 0x1001


def two_programmes() -> list[bytes]:
    """Each has pictures only; the packets in order."""
    writer = Mux()
    tables = [pmt(component(0x1B, VIDEO)), pmt(component(0x1B, SECOND), program=2, pcr_pid=SECOND)]
    pat = Pat(1, (PatProgram(1, PMT_PID), PatProgram(2, SECOND_PMT)))
    for n, unit in enumerate(u for u in footage(4, audio="") if u.pid == VIDEO):
        if n % 10 == 0:
            writer.sections(0, pat.to_sections())
            for pid, table in zip((PMT_PID, SECOND_PMT), tables, strict=True):
                writer.sections(pid, table.to_sections())
        for pid in (VIDEO, SECOND):
            writer.unit(replace(unit, pid=pid), 0xE0, (unit.dts - 9000) * 300)
    return packets(writer.octets)


def scrambled(packet: bytes) -> bytes:
    at = 5 + packet[4] if packet[3] & 0x20 else 4
    return packet[:3] + bytes([packet[3] | 0x80]) + packet[4:at] + bytes(o ^ 0x5A for o in packet[at:])


@pytest.mark.parametrize("first", ["scrambled", "not in the file"])
def test_a_programme_of_which_nothing_comes_is_passed_over(tmp_path, first):
    kept = [p for p in two_programmes() if pid_of(p) != VIDEO or first == "scrambled"]
    octets = b"".join(scrambled(p) if pid_of(p) == VIDEO else p for p in kept)
    (tmp_path / "in.ts").write_bytes(octets)
    result = package_files([str(tmp_path / "in.ts")], tmp_path / "out", 180_000, None)
    assert list(result.tracks) == ["video"]
    assert result.segments == 2
    with pytest.raises(WorkError):  # what is asked for is not replaced
        package_files([str(tmp_path / "in.ts")], tmp_path / "other", 180_000, 1)


def test_where_all_is_scrambled_it_is_said(tmp_path):
    octets = b"".join(scrambled(p) if pid_of(p) in (VIDEO, SECOND) else p for p in two_programmes())
    (tmp_path / "in.ts").write_bytes(octets)
    with pytest.raises(WorkError, match="program 1 is scrambled: PID 256"):
        package_files([str(tmp_path / "in.ts")], tmp_path / "out", 180_000, None)
