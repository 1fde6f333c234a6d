"""`yiwang up` and what is wrong with its config: one line that names file, key and what was expected; exit code 2."""

import socket

import pytest

from tests.cli.command import yiwang  # noqa: F401 - a fixture

GOOD = """
[[service]]
id = "one"
source = "udp://239.1.1.1:5000"
"""


@pytest.fixture
def up(yiwang, tmp_path):  # noqa: F811
    """Return a function that starts the network of a config."""

    def run(text, *options):
        file = tmp_path / "network.toml"
        file.write_text(text) if isinstance(text, str) else file.write_bytes(text)
        return yiwang("up", file, "--host", "127.0.0.1", *options)

    return run


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[service\n", ["not valid TOML", "line 1"]),
        ("[node]\nname = 'a'\nname = 'b'\n", ["not valid TOML", "line 3"]),
        (b"\xff\xfe[node]", ["UTF-8"]),
        (GOOD + "colour = 'red'\n", ["colour"]),
        (GOOD + "[nodes]\nname = 'x'\n", ["nodes"]),
        (GOOD.replace('"udp://239.1.1.1:5000"', "5"), ["source", "expected a URL, or a list"]),
        (GOOD + "number = 'eight'\n", ["number", "whole number"]),
        (GOOD + "[packaging]\nsegment_duration = 0\n", ["packaging.segment_duration", "0.5"]),
        (GOOD + "region = 'nowhere'\n", ["region", "nowhere"]),
        (GOOD.replace('id = "one"', 'id = "../etc"'), ["id"]),
        (GOOD + GOOD, ["one"]),
        ('[[service]]\nid = "one"\n', ["source"]),
        ("", ["service"]),
        (GOOD.replace("udp:", "gopher:"), ["gopher"]),
        (GOOD.replace(":5000", ""), ["udp://239.1.1.1"]),
        (GOOD.replace(":5000", ":99999"), ["udp://239.1.1.1:99999"]),
    ],
)
def test_a_wrong_config(up, text, words):
    up(text).fails(2, "network.toml", *words)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////proc/not-there/a.sqlite", ["sqlite:////proc/not-there/a.sqlite cannot be used", "No such file"]),
        ("postgresql://u:secret@127.0.0.1:1/a", ["postgresql://u:***@127.0.0.1:1/a cannot be used", "refused"]),
    ],
)
def test_a_database_that_cannot_be_used(up, url, words):
    up(f'{GOOD}[store]\nurl = "{url}"\n', "--port", 0).fails(2, "[store] url", *words)


def test_a_config_that_is_not_there(yiwang, tmp_path):  # noqa: F811
    yiwang("up", tmp_path / "no.toml").fails(2, "no.toml", "no such config file")
    yiwang("up", tmp_path).fails(2, tmp_path)


def test_a_port_that_is_taken(up):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up(GOOD, "--port", port).fails(2, f"127.0.0.1:{port}", "--port")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--port", 70000), ["--port 70000", "65535"]),
        (("--port", -1), ["--port", "65535"]),
        (("--port", "http"), ["--port", "http"]),
        (("--hosts", "::"), ["--hosts"]),
    ],
)
def test_wrong_options(up, options, words):
    up(GOOD, *options).fails(2, *words)


def test_a_host_that_is_not_of_this_machine(yiwang, tmp_path):  # noqa: F811
    (tmp_path / "network.toml").write_text(GOOD)
    for host in ("192.0.2.1", "no such name"):
        yiwang("up", tmp_path / "network.toml", "--host", host, "--port", 0).fails(2, host)
