"""Source URLs: what each means, and what is said of one that means nothing."""

from ipaddress import ip_address

import pytest

from yiwang.base.errors import UsageError
from yiwang.net.source_url import (
    DEFAULT_RECEIVE_BUFFER_OCTETS,
    DatagramSpec,
    FileSpec,
    HlsSpec,
    HttpSpec,
    SourceSpec,
    SrtSpec,
    StdinSpec,
    file_url,
    parse_source_url,
)


def datagrams(
    url: str, address: str, port: int, source: str | None = None, interface: str | None = None, *, rtp: bool = False,
    buffer: int = DEFAULT_RECEIVE_BUFFER_OCTETS,
) -> tuple[str, SourceSpec]:  # fmt: skip
    sender = ip_address(source) if source else None
    return url, DatagramSpec(url, rtp, ip_address(address), port, sender, interface, buffer)


GOOD = [
    datagrams("udp://239.1.1.1:5000", "239.1.1.1", 5000),
    datagrams("udp://@239.1.1.1:5000", "239.1.1.1", 5000),
    datagrams("UDP://239.1.1.1:5000/", "239.1.1.1", 5000),
    datagrams("udp://192.0.2.1@232.1.1.1:5000?interface=eth0", "232.1.1.1", 5000, "192.0.2.1", "eth0"),
    datagrams("udp://[ff3e::8000:1]:5000", "ff3e::8000:1", 5000),
    datagrams("udp://@[ff3e::8000:1]:5000", "ff3e::8000:1", 5000),
    datagrams("udp://[2001:db8::1]@[ff3e::8000:1]:5000", "ff3e::8000:1", 5000, "2001:db8::1"),
    datagrams("udp://2001:db8::1@[ff3e::8000:1]:5000", "ff3e::8000:1", 5000, "2001:db8::1"),
    datagrams("udp://[ff12::1%eth1]:5000", "ff12::1", 5000, None, "eth1"),
    datagrams("udp://@:5000", "::", 5000),
    datagrams("udp://0.0.0.0:5000", "0.0.0.0", 5000),
    datagrams("rtp://239.1.1.1:5004?interface=2&buffer=1000000", "239.1.1.1", 5004, None, "2", rtp=True, buffer=10**6),
    ("srt://example.org:9000", SrtSpec("srt://example.org:9000", "example.org", 9000)),
    ("srt://[2001:db8::1]:9000", SrtSpec("srt://[2001:db8::1]:9000", "2001:db8::1", 9000)),
    ("srt://:9000", SrtSpec("srt://:9000", "", 9000, True)),
    (
        "srt://0.0.0.0:9000?mode=listener&passphrase=correct+horse%20%26&latency=250&streamid=#!::r=live/a,m=request",
        SrtSpec(
            "srt://0.0.0.0:9000?mode=listener&latency=250&streamid=#!::r=live/a,m=request",
            "0.0.0.0", 9000, True, "correct+horse &", 250, "#!::r=live/a,m=request",
        ),
    ),
    ("http://example.org/a.ts?b=c", HttpSpec("http://example.org/a.ts?b=c", "http://example.org/a.ts?b=c")),
    ("http://h/a.m3u8?t=1", HlsSpec("http://h/a.m3u8?t=1", "http://h/a.m3u8?t=1")),
    ("https://u:p@h/A.M3U8#bandwidth=9", HlsSpec("https://h/A.M3U8#bandwidth=9", "https://u:p@h/A.M3U8", 9)),
    ("http://h/live#hls", HlsSpec("http://h/live#hls", "http://h/live")),
    ("http://h/live#hls&bandwidth=5", HlsSpec("http://h/live#hls&bandwidth=5", "http://h/live", 5)),
    ("http://h/a.ts#m3u8", HttpSpec("http://h/a.ts#m3u8", "http://h/a.ts#m3u8")),
    (
        "http://h/a.ts#user-agent=A%2F1%20%26&origin=http://o",
        HttpSpec(
            "http://h/a.ts#user-agent=A%2F1%20%26&origin=http://o", "http://h/a.ts",
            (("user-agent", "A/1 &"), ("origin", "http://o")),
        ),
    ),
    (
        "http://h/live#hls&referer=http%3A%2F%2Fr",
        HlsSpec("http://h/live#hls&referer=http%3A%2F%2Fr", "http://h/live", None, (("referer", "http://r"),)),
    ),
    ("https://u:p@example.org:8443/a", HttpSpec("https://example.org:8443/a", "https://u:p@example.org:8443/a")),
    ("file:/tmp/a.ts", FileSpec("file:/tmp/a.ts", "/tmp/a.ts")),
    ("file:///tmp/a%20b.ts?loop=1", FileSpec("file:///tmp/a%20b.ts?loop=1", "/tmp/a b.ts", True)),
    ("file:a.ts?loop=1&align=utc", FileSpec("file:a.ts?loop=1&align=utc", "a.ts", True, True)),
    ("captures/a%20b.ts", FileSpec("captures/a%20b.ts", "captures/a%20b.ts")),
    ("/tmp/a.ts?loop=0", FileSpec("/tmp/a.ts?loop=0", "/tmp/a.ts")),
    ("C:a.ts", FileSpec("C:a.ts", "C:a.ts")),
    ("12:30.ts", FileSpec("12:30.ts", "12:30.ts")),
    ("-", StdinSpec()),
    ("stdin:", StdinSpec()),
]  # fmt: skip


@pytest.mark.parametrize(("url", "spec"), GOOD, ids=[url for url, _ in GOOD])
def test_a_url_means(url: str, spec: SourceSpec) -> None:
    assert parse_source_url(url) == spec


def test_an_interface_given_beside_is_used_when_the_url_names_none() -> None:
    spec = parse_source_url("udp://239.1.1.1:5000", interface="eth0")
    assert isinstance(spec, DatagramSpec)
    assert spec.interface == "eth0"
    spec = parse_source_url("udp://239.1.1.1:5000?interface=eth1", interface="eth0")
    assert isinstance(spec, DatagramSpec)
    assert spec.interface == "eth1"


BAD = [
    ("http://h/a#user-agent=", "user-agent must be of 1 to 1000 printable"),
    ("http://h/a#user-agent=a%0Ab", "user-agent must be of 1 to 1000 printable"),
    ("http://h/a.m3u8#referer=%E4%B8%80", "referer must be"),
    ("http://h/a#user-agent=a&cookie=b", "unknown option 'cookie', expected user-agent, referer, origin"),
    ("udp://239.1.1.1", "no port"),
    ("udp:239.1.1.1:5000", "expected udp://"),
    ("udp://239.1.1.1:0", "port must be a whole number from 1 to 65535"),
    ("udp://239.1.1.1:70000", "port must be"),
    ("udp://239.1.1.1:5000000000000000000000000000", "port must be"),
    ("udp://239.1.1.1:５０００", "port must be"),
    ("udp://239.1.1.300:5000", "is not an IPv4 or IPv6 address"),
    ("udp://news.example:5000", "is not an IPv4 or IPv6 address"),
    ("udp://ff3e::1:5000", "in brackets"),
    ("udp://[ff3e::1:5000", "in brackets"),
    ("udp://[ff3e::1]5000", "no port"),
    ("udp://192.0.2.1@10.0.0.1:5000", "needs a multicast group"),
    ("udp://192.0.2.1@[ff3e::1]:5000", "both be IPv4 or both IPv6"),
    ("udp://239.1.1.2@239.1.1.1:5000", "is not a unicast address"),
    ("udp://239.1.1.1:5000?iface=eth0", "unknown option 'iface', expected interface, buffer"),
    ("udp://239.1.1.1:5000?buffer=10", "buffer must be a whole number from 65536"),
    ("udp://239.1.1.1:5000?buffer=99999&buffer=99999", "given twice"),
    ("srt://example.org", "no port"),
    ("srt://example.org:9000?mode=rendezvous", "mode must be caller or listener"),
    ("srt://:9000?mode=caller", "a caller needs a host"),
    ("srt://example.org:9000?passphrase=short", "10 to 64 octets"),
    ("srt://example.org:9000?latency=x", "latency must be a whole number from 20 to 60000"),
    ("srt://-f:9000&x", "port must be"),
    ("srt://a b:9000", "is not a name or an address"),
    ("http://h/a.m3u8#lang=de", "unknown option 'lang', expected bandwidth"),
    ("http://h/a.m3u8#bandwidth=high", "bandwidth must be a whole number from 1"),
    ("http:///path", "expected http://host/path"),
    ("http://[::1/path", "http"),
    ("http://example.org:99999/", "Port out of range"),
    ("file:", "no path"),
    ("", "no path"),
    ("file://host/path", "no host"),
    ("file:a.ts?loop=yes", "loop must be 0 or 1"),
    ("file:a.ts?align=utc", "align=utc needs loop=1"),
    ("file:a.ts?loop=1&align=tai", "align must be utc"),
    ("rtmp://example.org/live", "scheme 'rtmp' is not one of"),
]


@pytest.mark.parametrize(("url", "reason"), BAD, ids=[url for url, _ in BAD])
def test_a_url_that_means_nothing_is_refused_in_one_line(url: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_source_url(url)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_passphrase_is_in_no_message() -> None:
    with pytest.raises(UsageError) as caught:
        parse_source_url("srt://example.org:9000?Passphrase=sesamesesame&passphrase=short")
    assert "sesame" not in str(caught.value)
    assert "short" not in str(caught.value)


@pytest.mark.parametrize("path", ["/tmp/a.ts", "a b?c#d%.ts", "北原/新闻.ts"])
def test_a_file_url_written_is_read_back(path: str) -> None:
    assert parse_source_url(file_url(path, loop=True, align_utc=True)) == FileSpec(
        file_url(path, loop=True, align_utc=True), path, True, True
    )
