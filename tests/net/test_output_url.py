"""URLs of outputs."""

from ipaddress import ip_address

import pytest

from yiwang.base.errors import UsageError
from yiwang.net.output_url import OutputSpec, parse_output_url


@pytest.mark.parametrize(
    ("url", "address", "port", "interface", "hops"),
    [
        ("udp://239.1.1.1:5000", "239.1.1.1", 5000, None, 1),
        ("udp://[ff15::1]:5000?interface=eth0&hops=16", "ff15::1", 5000, "eth0", 16),
        ("udp://192.0.2.1:1234?hops=0", "192.0.2.1", 1234, None, 0),
    ],
)
def test_an_output_is_read(url: str, address: str, port: int, interface: str | None, hops: int):
    assert parse_output_url(url) == OutputSpec(url, ip_address(address), port, interface, hops)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("rtp://239.1.1.1:5000", "expected udp://"),
        ("239.1.1.1:5000", "expected udp://"),
        ("udp://239.1.1.1", "no port"),
        ("udp://:5000", "no group"),
        ("udp://10.0.0.1@239.1.1.1:5000", "this node's own"),
        ("udp://239.1.1.1:5000?hops=256", "hops must be"),
        ("udp://239.1.1.1:5000?hops=1&hops=2", "hops must be"),
        ("udp://239.1.1.1:5000?buffer=70000", "unknown option 'buffer'"),
        ("udp://[ff15::1:5000", "brackets"),
    ],
)
def test_what_is_wrong_is_said(url: str, reason: str):
    with pytest.raises(UsageError, match=f"^output .*{reason}"):
        parse_output_url(url)
