"""The source's packets as UDP datagrams, whatever cuts they come in."""

import asyncio
from pathlib import Path

import pytest

from tests.net.test_multicast_sender import Receiver
from tests.packaging import television as tv
from tests.services.hand_fed import PACKAGING, feeder, stream
from yiwang.base.errors import UsageError
from yiwang.base.events import Fault
from yiwang.net.output_url import parse_output_url
from yiwang.services.network import Network
from yiwang.services.output import Output
from yiwang.store.config_file import parse_config


def made(folder: Path, output: str) -> Network:
    service = f'[[service]]\nid = "one"\nsource = "udp://[ff11::1]:5000"\noutput = "{output}"\n'
    return Network(parse_config(f'[node]\nstate_dir = "{folder}"\n{PACKAGING}{service}', "net.toml"), "net.toml")


def test_a_service_with_an_output_sends_what_its_source_sends(tmp_path: Path):
    receiver = Receiver()
    network = made(tmp_path, f"udp://127.0.0.1:{receiver.port}")
    feed, got = feeder(network.channels["one"]), []
    for _ in range(40):
        feed.block()
        got += receiver.datagrams()
    assert {len(datagram) for datagram in got} == {7 * 188}
    assert b"".join(got) == stream()[: feed.at]
    assert network.outputs["one"].datagrams_sent == len(got)
    network.outputs["one"].close()
    receiver.sock.close()


def test_packets_of_204_octets_in_any_cuts_leave_as_packets_of_188():
    receiver = Receiver()
    faults: list[Fault] = []
    output = Output(parse_output_url(f"udp://127.0.0.1:{receiver.port}"), faults.append)
    packets = tv.packets(stream())[:140]
    octets = b"junk" + b"".join(packet + bytes(16) for packet in packets)
    got = []
    for at in range(0, len(octets), 1000):
        output.feed(octets[at : at + 1000])
        got += receiver.datagrams()
    got += receiver.datagrams()
    assert b"".join(got) == b"".join(packets)[: sum(map(len, got))]
    assert sum(map(len, got)) >= 130 * 188
    assert faults == []
    output.close()
    receiver.sock.close()


def test_an_interface_that_is_not_there_is_a_fault_and_tried_again(monkeypatch: pytest.MonkeyPatch):
    now_ms = [0]
    monkeypatch.setattr("yiwang.net.wall_clock.monotonic_ms", lambda: now_ms[0])
    faults: list[Fault] = []
    output = Output(parse_output_url("udp://[ff15::1]:5000?interface=nowhere9"), faults.append)
    for now_ms[0] in (10, 1000, 4000, 6000, 7000):
        output.feed(stream()[:18800])
    assert [fault.name for fault in faults] == ["output_error", "output_error"]
    assert "nowhere9" in faults[0].detail


def test_a_wrong_output_is_refused_with_its_key(tmp_path: Path):
    with pytest.raises(UsageError, match=r"^net.toml: service\[0\].output: output 'rtp://"):
        made(tmp_path, "rtp://239.1.1.1:5000")


async def test_a_listener_beside_an_output_gets_the_same(tmp_path: Path):
    receiver = Receiver()
    network = made(tmp_path, f"udp://127.0.0.1:{receiver.port}")
    heard: list[bytes] = []
    network.channels["one"].taps.append(heard.append)
    feeder(network.channels["one"]).block()
    await asyncio.sleep(0)
    assert b"".join(heard) == b"".join(receiver.datagrams())
    network.outputs["one"].close()
    receiver.sock.close()


def test_an_output_of_all_programmes_is_the_whole_multiplex(tmp_path: Path):
    receiver = Receiver()
    service = f'[[service]]\nid = "all"\nprogram = "*"\nsource = "udp://[ff11::1]:5000"\noutput = "udp://127.0.0.1:{receiver.port}"\n'
    network = Network(parse_config(f'[node]\nstate_dir = "{tmp_path}"\n{PACKAGING}{service}', "net.toml"), "net.toml")
    (source,) = network.sources
    heard: list[bytes] = []
    got = []
    for at in range(0, 140 * 188, 14 * 188):
        source.take(stream()[at : at + 14 * 188], 1_800_000_000_000 + at // 100)
        for channel in network.channels.values():
            if heard.append not in channel.taps:
                channel.taps.append(heard.append)
        got += receiver.datagrams()
    assert b"".join(got) == stream()[: 140 * 188]
    assert stream()[: 140 * 188].endswith(b"".join(heard))
    assert len(heard) >= 5
    network.outputs["all"].close()
    receiver.sock.close()
