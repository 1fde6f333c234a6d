import json
import socket
import subprocess
import sys
import threading

import pytest
from rich.cells import cell_len

from tests.free_port import free_port
from tests.packaging.television import stream as television
from tests.services.made_up_stream import chinese_network
from yiwang.base.errors import UsageError, WorkError
from yiwang.cli.main import main
from yiwang.cli.probe import run

STREAM = chinese_network().to_bytes()


@pytest.fixture
def stream(tmp_path):
    path = tmp_path / "湖南.ts"
    path.write_bytes(STREAM)
    return path


def yiwang_probe(*arguments, **keywords):
    command = [sys.executable, "-m", "yiwang.cli.main", "probe", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **keywords)


def test_a_report_for_people_fits_in_80_columns_with_chinese_names(stream, capsys):
    run(str(stream), json=False, duration_s=5)
    text = capsys.readouterr().out
    assert "program 1 湖南卫视 (芒果)" in text
    assert "program 2 CCTV-1综合 (中央电视台)" in text
    assert "1 × continuity_count_error on PID 514" in text
    tables = [line for line in text.splitlines() if line[:5].strip().isdigit()]
    assert len(tables) >= 8
    assert all(cell_len(line) <= 80 for line in tables)


def test_json_is_one_document_with_names_as_they_are(stream):
    result = yiwang_probe(stream, "--json")
    assert (result.returncode, result.stderr) == (0, b"")
    document = json.loads(result.stdout)
    assert document["version"] == 1
    assert document["source"].endswith("湖南.ts")
    assert [p["service_name"] for p in document["programs"]] == ["湖南卫视", "CCTV-1综合", ""]
    assert "湖南卫视".encode() in result.stdout
    assert {fault["name"] for fault in document["faults"]} == {"continuity_count_error", "pid_error", "pmt_error"}


def test_buffers_are_measured_when_asked_for_and_are_null_otherwise(tmp_path, request, capsys):
    path = tmp_path / "a.ts"
    path.write_bytes(television())
    document = json.loads(yiwang_probe(path, "--json").stdout)["tr_101_290"]
    assert [i["clause"] for i in document["indicators"] if i["count"] is None] == ["3.3", "3.9", "3.10"]
    assert document["buffers"] == []
    document = json.loads(yiwang_probe(path, "--json", "--buffers").stdout)["tr_101_290"]
    assert [i["clause"] for i in document["indicators"] if i["count"] is None] == []
    described = (request.config.rootpath / "docs/probe.md").read_text()
    for one in document["buffers"]:
        assert one["not_measured"] is None
        for member in one:
            assert f"{member}`" in described, member
    run(str(path), json=False)
    assert "not measured: 3.3 buffer_error, 3.9 empty_buffer_error, 3.10 data_delay_error" in capsys.readouterr().out
    run(str(path), json=False, buffers=True)
    text = capsys.readouterr().out
    assert "not measured" not in text
    assert "of 512" in text
    assert all(cell_len(line) <= 80 for line in text.split("decoder's buffers")[1].splitlines())


def test_every_member_of_the_json_is_in_its_description(stream, request):
    document = json.loads(yiwang_probe(stream, "--json").stdout)
    described = (request.config.rootpath / "docs/probe.md").read_text()
    program = document["programs"][0]
    for record in (document, program, program["streams"][0], document["pids"][0], document["faults"][0]):
        for member in record:
            assert f"{member}`" in described or f"{member}[]`" in described, member


def test_standard_input(stream):
    with stream.open("rb") as file:
        result = yiwang_probe("-", "--json", stdin=file)
    assert json.loads(result.stdout)["packets"] == 1000


@pytest.mark.parametrize("octets", [b"ID3\x04" + bytes(5000), bytes(range(256)) * 300])
def test_what_is_no_transport_stream_is_one_line_and_exit_1(tmp_path, octets):
    path = tmp_path / "music.mp3"
    path.write_bytes(octets)
    result = yiwang_probe(path)
    assert (result.returncode, result.stdout) == (1, b"")
    (line,) = result.stderr.decode().splitlines()
    assert f"no MPEG-TS sync in {path}" in line


def test_a_file_that_is_not_there_is_one_line_and_exit_2(tmp_path):
    result = yiwang_probe(tmp_path / "none.ts")
    assert result.returncode == 2
    assert result.stderr.decode().splitlines() == [f"yiwang: {tmp_path / 'none.ts'}: no such file"]


def test_an_empty_file_a_folder_and_a_duration_of_nothing_are_refused(tmp_path):
    empty = tmp_path / "empty.ts"
    empty.touch()
    with pytest.raises(WorkError, match="is empty"):
        run(str(empty), json=True, duration_s=5)
    with pytest.raises(UsageError, match="is a folder"):
        run(str(tmp_path), json=True, duration_s=5)
    with pytest.raises(UsageError, match="--duration 0"):
        run(str(empty), json=True, duration_s=0)


def test_a_live_url_is_watched_for_the_duration(capsys):
    port = free_port(socket.SOCK_DGRAM, "::1")
    stop = threading.Event()

    def send():
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
            while not stop.is_set():
                for at in range(0, len(STREAM), 1316):
                    sender.sendto(STREAM[at : at + 1316], ("::1", port))
                    stop.wait(0.001)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        run(f"udp://[::1]:{port}", json=True, duration_s=2)
    finally:
        stop.set()
        thread.join()
    document = json.loads(capsys.readouterr().out)
    assert document["source"] == f"udp://[::1]:{port}"
    assert [p["service_name"] for p in document["programs"]] == ["湖南卫视", "CCTV-1综合", ""]


def test_a_live_url_that_is_silent_is_told(capsys):
    port = free_port(socket.SOCK_DGRAM, "::1")
    with pytest.raises(WorkError, match=r"nothing came in 0\.2 s"):
        run(f"udp://[::1]:{port}", json=True, duration_s=0.2)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_plain_probe_does_without_the_command_line_library_and_says_the_same(stream, options):
    code = "import sys\nfrom yiwang.cli.main import main\n"
    code += "try:\n    main(sys.argv[1:])\nfinally:\n    print('cyclopts' in sys.modules)"

    def said(*arguments):
        command = [sys.executable, "-c", code, "probe", *arguments]
        return subprocess.run(command, capture_output=True, check=True, timeout=120, text=True).stdout

    report = said("--duration", "5", stream, *options)
    assert report.endswith("True\n")
    plain = report.removesuffix("True\n") + "False\n"
    assert said(stream, *options) == said(*options, stream) == plain


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "--jsn"], ["-x"], ["a", "--duration"]])
def test_what_is_no_plain_probe_is_refused_in_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as exit_of:
        main(["probe", *arguments])
    assert exit_of.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("yiwang: ")
