"""The URL of an output, read once into a record: ``udp://group:port[?interface=eth0&hops=4]``."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from yiwang.base.errors import UsageError
from yiwang.base.said import said
from yiwang.net.source_url import DatagramSpec, parse_source_url

DEFAULT_HOPS = 1  # as far as the next router: who wants more says so
MAX_HOPS = 255


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """Where a transport stream is sent: seven packets in each UDP datagram."""

    url: str
    address: IPv4Address | IPv6Address
    port: int
    interface: str | None
    hops: int = DEFAULT_HOPS


def parse_output_url(url: str) -> OutputSpec:
    """Read an output URL.

    Raises
    ------
    UsageError    one line: the URL, what is wrong with it, what was expected
    """
    place, mark, query = url.partition("?")
    options = [option for option in query.split("&") if option]
    hops_options = [option for option in options if option.startswith("hops=")]
    others = [option for option in options if not option.startswith("hops=")]
    if not place.lower().startswith("udp://"):
        raise _wrong(url, "expected udp://group:port")
    unknown = [option for option in others if not option.startswith("interface=")]
    if unknown:
        raise _wrong(url, f"unknown option {unknown[0].partition('=')[0]!r}, expected interface, hops")
    try:
        spec = parse_source_url(place + (mark + "&".join(others) if others else ""))
    except UsageError as error:
        raise UsageError(f"output {str(error).removeprefix('source ')}") from None
    assert isinstance(spec, DatagramSpec)
    if spec.source is not None:
        raise _wrong(url, "the source address is this node's own; expected udp://group:port")
    if spec.address.is_unspecified:
        raise _wrong(url, "no group; expected udp://group:port")
    hops = DEFAULT_HOPS
    if hops_options:
        text = hops_options[-1].removeprefix("hops=")
        if len(hops_options) > 1 or not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= MAX_HOPS):
            raise _wrong(url, said("hops", most=MAX_HOPS))
        hops = int(text)
    return OutputSpec(url, spec.address, spec.port, spec.interface, hops)


def _wrong(url: str, reason: str) -> UsageError:
    return UsageError(f"output {url!r}: {reason}")
