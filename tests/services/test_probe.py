import json
import os
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.services.made_up_stream import chinese_network
from yiwang.base.events import Fault
from yiwang.services.probe import Probe
from yiwang.services.probe_report import Report

STREAM = chinese_network().to_bytes()


def probed(*blocks: bytes) -> Report:
    probe = Probe()
    for block in blocks:
        probe.feed(block)
    probe.flush()
    assert probe.is_transport_stream
    return probe.report()


def test_programmes_have_the_names_of_their_services():
    report = probed(STREAM)
    assert (report.transport_stream_id, report.original_network_id) == (7, 9)
    assert [(p.program_number, p.service_name, p.service_provider) for p in report.programs] == [
        (1, "湖南卫视", "芒果"),
        (2, "CCTV-1综合", "中央电视台"),
        (3, "", ""),
    ]
    assert [(s.pid, s.stream_type, s.language) for s in report.programs[1].streams] == [
        (0x202, 4, "zho"),
        (0x203, 2, "und"),
    ]


def test_bit_rates_come_from_the_pcr():
    report = probed(STREAM)
    assert report.clock == "pcr"
    assert report.bit_rate_bps == pytest.approx(1_504_000, rel=1e-4)
    assert report.duration_s == 1.0
    rates = {pid.pid: pid.bit_rate_bps for pid in report.pids}
    assert sum(rates.values()) == pytest.approx(1_504_000, rel=1e-4)
    assert rates[0x1FFF] == pytest.approx(1_504_000 * report.null_share, rel=1e-3)
    video, audio = report.programs[0].streams
    assert (video.bit_rate_bps, audio.bit_rate_bps) == (rates[0x101], rates[0x102])
    assert report.programs[0].bit_rate_bps == rates[0x100] + rates[0x101] + rates[0x102]


def test_every_pid_says_what_it_is_for():
    usage = {pid.pid: (pid.usage, pid.program_numbers) for pid in probed(STREAM).pids}
    assert usage[0] == ("PAT", ())
    assert usage[0x11] == ("SDT, BAT", ())
    assert usage[0x100] == ("PMT", (1,))
    assert usage[0x101] == ("MPEG-2 video", (1, 2))  # programme 2 refers to it for its PCR
    assert usage[0x1FFF] == ("null packets", ())


def test_scrambling_is_told_by_stream_and_programme():
    report = probed(STREAM)
    assert [program.scrambled for program in report.programs] == [True, False, False]
    assert [stream.scrambled for stream in report.programs[0].streams] == [False, True]
    assert {pid.pid: pid.scrambled_packets for pid in report.pids if pid.scrambled_packets} == {0x102: 1}


def test_what_is_lost_or_missing_is_told_with_its_pid():
    assert probed(STREAM).faults == (
        Fault("continuity_count_error", 1, 0x202),
        Fault("pid_error", 1, 0x203, "no packets of this stream of program 2"),
        Fault("pmt_error", 1, 0x300, "no PMT of program 3"),
    )


@settings(max_examples=25)
@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=8))
def test_the_report_is_the_same_in_any_cuts(cuts):
    places = [0, *sorted(cuts), len(STREAM)]
    blocks = [STREAM[a:b] for a, b in zip(places[:-1], places[1:], strict=True)]
    assert probed(*blocks) == probed(STREAM)


@settings(max_examples=40)
@given(st.data())
def test_damage_anywhere_is_counted_and_never_raised(data):
    octets = bytearray(STREAM[: 188 * 300])
    for _ in range(data.draw(st.integers(1, 40))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    probe = Probe()
    probe.feed(bytes(octets))
    probe.flush()
    json.dumps(probe.report().as_json("x"))


@pytest.mark.parametrize(("size", "prefix", "suffix"), [(204, b"", b"\0" * 16), (192, b"\0" * 4, b"")])
def test_packets_of_204_and_192_octets(size, prefix, suffix):
    packets = [prefix + STREAM[at : at + 188] + suffix for at in range(0, len(STREAM), 188)]
    report = probed(b"".join(packets))
    assert report.packet_size == size
    assert report.programs == probed(STREAM).programs


@pytest.mark.parametrize("octets", [b"", b"ID3" + bytes(100_000), random.Random(1).randbytes(2_000_000), b"G" * 100])
def test_what_is_no_transport_stream_is_told(octets):
    probe = Probe()
    probe.feed(octets)
    probe.flush()
    assert not probe.is_transport_stream


def test_without_pcr_the_dts_measure_time(captures):
    report = probed((captures / "rust-dvb/tnt-5w-12732v-isi6-10s.ts").read_bytes())
    assert report.clock == "dts"
    assert 9 < report.duration_s < 11
    assert [program.service_name for program in report.programs] == ["TF1", "TMC", "TFX", "LCP", "LCI"]
    audio = report.programs[0].streams[1]
    assert (audio.codec, audio.language, audio.role) == ("E-AC-3", "fra", "main")
    assert report.programs[0].streams[3].role == "description"


def test_codecs_are_read_from_the_streams(captures):
    report = probed((captures / "tsduck/test-026.ts").read_bytes())
    video = report.programs[0].streams[0]
    assert (video.rfc6381, video.width, video.height, video.frame_rate) == ("avc1.640028", 1920, 1080, (25, 1))
    assert report.faults == ()  # pictures before the first parameter sets are no damage


@pytest.mark.differential
@pytest.mark.parametrize("name", ["test-012", "test-025", "test-072"])
def test_pids_and_bit_rates_are_those_of_tsduck(captures, name):
    golden = captures / "oracle/tsduck-reference" / name / f"{name}.tsp.analyze.json"
    theirs = json.loads(golden.read_text())
    their_pids = [pid for pid in theirs["pids"] if pid["packets"]["total"]]
    report = probed((captures / "tsduck" / f"{name}.ts").read_bytes())
    assert {p["id"]: p["packets"]["total"] for p in their_pids} == {p.pid: p.packets for p in report.pids}
    assert {p["id"]: p["packets"]["discontinuities"] for p in their_pids} == {
        p.pid: p.continuity_count_errors for p in report.pids
    }
    rate = theirs["ts"]["pcr-bitrate"]
    assert report.packets == theirs["ts"]["packets"]["total"]
    if rate:
        assert report.bit_rate_bps == pytest.approx(rate, rel=1e-3)
        for pid in their_pids:
            ours = next(p.bit_rate_bps for p in report.pids if p.pid == pid["id"])
            assert ours == pytest.approx(pid["bitrate"], rel=1e-3, abs=1)
    else:
        assert report.clock != "pcr"


@pytest.mark.differential
def test_transport_errors_and_services_of_a_bad_reception_are_those_of_tsduck(captures):
    text = (captures / "oracle/tsduck-reference/test-030/test-030.analyze.in.txt").read_text()
    report = probed((captures / "tsduck/test-030.ts").read_bytes())
    errors = next(fault.count for fault in report.faults if fault.name == "transport_error")
    assert f"With transport error: ............... {errors}" in text
    assert f"Services: ............. {len(report.programs)}" in text
    assert all(f"|  0x{program.program_number:04X}  (unknown)" in text for program in report.programs)


@pytest.mark.differential
def test_programmes_and_their_pids_are_those_of_ffprobe(captures, ffprobe):
    compared = 0
    for path in sorted(captures.rglob("*.ts")):
        ours = {p.program_number: p for p in read(path).programs if p.streams}
        theirs = {p["program_id"]: p for p in ffprobe_programs(ffprobe, path) if p["nb_streams"]}
        assert ours.keys() == theirs.keys(), path.name
        for number, program in ours.items():
            other = theirs[number]
            assert program.program_map_pid == other["pmt_pid"]
            assert (program.pcr_pid or 0x1FFF) == other["pcr_pid"]
            assert sorted(s.pid for s in program.streams) == sorted(int(s["id"], 16) for s in other["streams"])
            tags = other.get("tags", {})
            assert program.service_name == tags.get("service_name", "")
            assert program.service_provider == tags.get("service_provider", "")
            compared += 1
    assert compared > 40


def read(path: Path) -> Report:
    probe = Probe()
    probe.feed(path.read_bytes())
    probe.flush()
    return probe.report()


def ffprobe_programs(ffprobe: str, path: Path) -> list[dict]:
    command = [ffprobe, "-v", "quiet", "-of", "json", "-show_programs", os.fspath(path)]
    result = subprocess.run(command, capture_output=True, check=False)
    return json.loads(result.stdout or b"{}").get("programs", [])


def test_splice_cues_are_listed_with_their_pid_and_how_often_they_were_told(captures):
    cues = read(captures / "androidx-media/sample_scte35.ts").cues
    assert [(c.pid, c.kind, c.event_id, c.pts, c.count) for c in cues] == [
        (600, "out", 100, 200_000, 2),
        (600, "in", 100, 300_000, 1),
    ]
    (cue,) = read(captures / "mp2ts-tools/80s_with_ad.ts").cues
    assert (cue.pid, cue.event_id, cue.pts, cue.duration, cue.auto_return) == (1001, 255, 1_032_000, 1_800_000, True)
