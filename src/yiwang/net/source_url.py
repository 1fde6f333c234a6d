"""The URL of a source, read once into a record: what is wrong is said here, before anything is opened.

``udp://[source@]group:port[?interface=eth0&buffer=octets]``, ``rtp://`` likewise | ``srt://host:port?mode=caller`` |
``rtp://A+rtp://B[?skew=low|moderate|high|ms]``: copies that are merged | ``http(s)://`` | ``http(s)://….m3u8[#bandwidth=bit/s]``,
``http(s)://…#hls`` | ``file:path`` or a plain path, ``?loop=1&align=utc`` | ``-`` or ``stdin:``. Behind ``#`` stand
the headers of an HTTP source's requests as well: ``#user-agent=…&referer=…&origin=…``.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias
from urllib.parse import quote, unquote, urlsplit

from yiwang.base.errors import UsageError
from yiwang.base.said import said

_LEGS = re.compile(r"\s*\+\s*(?=rtp://)", re.IGNORECASE)
SKEW_CLASSES_MS = {"low": 10, "moderate": 50, "high": 150}
"""ST 2022-7 classes of receivers: the largest difference of delay between the paths."""
LARGEST_SKEW_MS = 500
MAX_LEGS = 4
DEFAULT_RECEIVE_BUFFER_OCTETS = 8 << 20  # 0.6 s of 100 Mbit/s: more than any pause of the event loop
LARGEST_RECEIVE_BUFFER_OCTETS = 256 << 20


@dataclass(frozen=True, slots=True)
class DatagramSpec:
    """UDP or RTP, unicast or multicast. ``address`` is the group, or the local address to bind for unicast."""

    url: str
    rtp: bool
    address: IPv4Address | IPv6Address
    port: int
    source: IPv4Address | IPv6Address | None = None  # of source-specific multicast (RFC 4607)
    interface: str | None = None  # name, index or address
    buffer_octets: int = DEFAULT_RECEIVE_BUFFER_OCTETS


@dataclass(frozen=True, slots=True)
class SrtSpec:
    """Secure Reliable Transport. ``latency_ms`` is the receiver's buffer for retransmission."""

    url: str  # without the passphrase: goes to logs
    host: str
    port: int
    listener: bool = False
    passphrase: str = ""
    latency_ms: int = 120
    stream_id: str = ""


@dataclass(frozen=True, slots=True)
class HttpSpec:
    """A transport stream as one endless HTTP response."""

    url: str  # without user and password: goes to logs
    location: str
    headers: tuple[tuple[str, str], ...] = ()  # of its requests, besides the usual ones


@dataclass(frozen=True, slots=True)
class HlsSpec:
    """HTTP Live Streaming with MPEG-TS: of several Variant Streams the best that is not above ``most_bandwidth`` bit/s.

    The choice stands in the URL's fragment, which no server is sent: the query is the server's.
    """

    url: str  # without user and password: goes to logs
    location: str
    most_bandwidth: int | None = None
    headers: tuple[tuple[str, str], ...] = ()  # of all its requests, besides the usual ones


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A transport stream file, played at the pace of its PCR."""

    url: str
    path: str
    loop: bool = False
    align_utc: bool = False  # the place in the loop is UTC modulo the loop's length


@dataclass(frozen=True, slots=True)
class StdinSpec:
    """Standard input, as fast as it comes."""

    url: str = "-"


@dataclass(frozen=True, slots=True)
class MergedSpec:
    """Copies of one RTP stream that come over several paths (SMPTE ST 2022-7)."""

    url: str
    legs: tuple[DatagramSpec, ...]
    skew_ms: int = SKEW_CLASSES_MS["moderate"]


SourceSpec: TypeAlias = DatagramSpec | MergedSpec | SrtSpec | HttpSpec | HlsSpec | FileSpec | StdinSpec


def parse_source_url(url: str, *, interface: str | None = None) -> SourceSpec:
    """Read a source URL.

    Parameters
    ----------
    url : str
    interface : str, optional    for multicast, when the URL itself names none: name, index or address

    Returns
    -------
    spec : SourceSpec

    Raises
    ------
    UsageError      one line: the URL, what is wrong with it, what was expected
    """
    if url in ("-", "stdin:"):
        return StdinSpec()
    legs = _LEGS.split(url)
    if len(legs) > 1:
        return _merged(url, legs, interface)
    scheme, separator, rest = url.partition(":")
    if not separator or not scheme.isalnum() or len(scheme) == 1:
        return _file(url, url)
    scheme = scheme.lower()
    if scheme == "file":
        return _file(url, rest)
    if not rest.startswith("//"):
        if scheme not in ("udp", "rtp", "srt", "http", "https"):
            return _file(url, url)
        raise _wrong(url, said("scheme-form", scheme=scheme))
    if scheme in ("udp", "rtp"):
        return _datagram(url, scheme == "rtp", rest[2:], interface)
    if scheme == "srt":
        return _srt(url, rest[2:])
    if scheme in ("http", "https"):
        return _http(url)
    raise _wrong(url, said("scheme", name=repr(scheme)))


def _wrong(url: str, reason: str) -> UsageError:
    return UsageError(f"source {_without_secrets(url)!r}: {reason}")


def _without_secrets(url: str) -> str:
    head, mark, query = url.partition("?")
    kept = [part for part in query.split("&") if not part.lower().startswith("passphrase")]
    return head + (mark + "&".join(kept) if any(kept) else "")


def _options(url: str, query: str, known: tuple[str, ...]) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if name not in known:
            raise _wrong(url, said("option-unknown", name=repr(name), known=", ".join(known)))
        if name in options:
            raise _wrong(url, said("option-twice", name=repr(name)))
        options[name] = unquote(value)  # not parse_qsl: a plus sign in a passphrase is a plus sign
    return options


def _whole_number(url: str, name: str, text: str, lowest: int, highest: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 12 and lowest <= int(text) <= highest:
        return int(text)
    raise _wrong(url, said("number-range", name=name, lowest=lowest, highest=highest, text=repr(text)))


def _yes_or_no(url: str, name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise _wrong(url, said("yes-or-no", name=name, text=repr(text)))
    return text == "1"


def _host_and_port(url: str, text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, bracket, tail = text[1:].partition("]")
        if not bracket:
            raise _wrong(url, "an IPv6 address is written in brackets, [ff3e::1]:5000")
    else:
        host, colon, digits = text.partition(":")
        tail = colon + digits
        if ":" in digits:
            raise _wrong(url, "an IPv6 address is written in brackets, [ff3e::1]:5000")
    if not tail.startswith(":"):
        raise _wrong(url, "no port; expected host:port")
    return host, _whole_number(url, "port", tail[1:], 1, 65535)


def _address(url: str, what: str, text: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise _wrong(url, said("no-ip", what=what, text=repr(text))) from None


def _datagram(url: str, rtp: bool, rest: str, interface: str | None) -> DatagramSpec:
    place, _, query = rest.partition("?")
    options = _options(url, query, ("interface", "buffer"))
    source_text, _, place = place.rstrip("/").rpartition("@")
    host, port = _host_and_port(url, place)
    address = _address(url, "group", host or "::")
    source = _address(url, "source", source_text) if source_text else None
    if source is not None:
        if not address.is_multicast:
            raise _wrong(url, said("no-group", address=address))
        if source.version != address.version:
            raise _wrong(url, "source and group must both be IPv4 or both IPv6")
        if source.is_multicast or source.is_unspecified:
            raise _wrong(url, said("no-unicast", source=source))
    zone = address.scope_id if isinstance(address, IPv6Address) else None
    if zone is not None:
        address = IPv6Address(int(address))
    buffer_octets = _whole_number(
        url, "buffer", options.get("buffer", str(DEFAULT_RECEIVE_BUFFER_OCTETS)), 65536, LARGEST_RECEIVE_BUFFER_OCTETS
    )
    return DatagramSpec(url, rtp, address, port, source, options.get("interface") or zone or interface, buffer_octets)


def _merged(url: str, texts: list[str], interface: str | None) -> MergedSpec:
    """Read ``rtp://A+rtp://B?skew=high``; the skew may stand at any leg, once."""
    if len(texts) > MAX_LEGS:
        raise _wrong(url, said("most-copies", most=MAX_LEGS))
    legs, skews = [], []
    for text in texts:
        place, mark, query = text.partition("?")
        parts = query.split("&") if mark else []
        skews += [part[5:] for part in parts if part.startswith("skew=")]
        rest = "&".join(part for part in parts if not part.startswith("skew="))
        leg = parse_source_url(place + (mark + rest if rest else ""), interface=interface)
        if not isinstance(leg, DatagramSpec) or not leg.rtp:
            raise _wrong(url, "only copies in RTP can be merged; expected rtp://A+rtp://B")
        legs.append(leg)
    places = {(leg.address, leg.port, leg.source, leg.interface) for leg in legs}
    if len(places) < len(legs):
        raise _wrong(url, "the same copy is named twice")
    if len(skews) > 1:
        raise _wrong(url, "option 'skew' is given twice")
    skew = skews[0] if skews else "moderate"
    if skew in SKEW_CLASSES_MS:
        return MergedSpec(url, tuple(legs), SKEW_CLASSES_MS[skew])
    if not skew.isdecimal():
        raise _wrong(url, said("skew", text=repr(skew)))
    return MergedSpec(url, tuple(legs), _whole_number(url, "skew", skew, 1, LARGEST_SKEW_MS))


def _srt(url: str, rest: str) -> SrtSpec:
    place, _, query = rest.partition("?")
    options = _options(url, query, ("mode", "passphrase", "latency", "streamid"))
    host, port = _host_and_port(url, place.rstrip("/"))
    mode = options.get("mode", "caller" if host else "listener")
    if mode not in ("caller", "listener"):
        raise _wrong(url, said("srt-mode", text=repr(mode)))
    if mode == "caller" and not host:
        raise _wrong(url, "a caller needs a host; expected srt://host:port")
    if not all(c.isalnum() or c in ".-_:%" for c in host):
        raise _wrong(url, said("no-host", text=repr(host)))
    passphrase = options.get("passphrase", "")
    if passphrase and not 10 <= len(passphrase.encode()) <= 64:
        raise _wrong(url, "passphrase must be of 10 to 64 octets")
    stream_id = options.get("streamid", "")
    if len(stream_id.encode()) > 512:
        raise _wrong(url, "streamid must be of at most 512 octets")
    latency_ms = _whole_number(url, "latency", options.get("latency", "120"), 20, 60_000)
    return SrtSpec(_without_secrets(url), host, port, mode == "listener", passphrase, latency_ms, stream_id)


HLS_ENDINGS = (".m3u8", ".m3u")
REQUEST_HEADERS = ("user-agent", "referer", "origin")
"""What servers look at to know players by; none of them is a secret, as URLs go to logs."""
LONGEST_HEADER = 1000


def _headers(url: str, options: dict[str, str]) -> tuple[tuple[str, str], ...]:
    headers = tuple((name, options[name]) for name in REQUEST_HEADERS if name in options)
    for name, value in headers:
        if not (0 < len(value) <= LONGEST_HEADER and value.isascii() and value.isprintable()):
            raise _wrong(url, f"{name} must be of 1 to {LONGEST_HEADER} printable characters of ASCII")
    return headers


def _http(url: str) -> HttpSpec | HlsSpec:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _wrong(url, str(error)) from None
    if not host or port == 0:
        raise _wrong(url, "expected http://host/path or http://host:port/path")
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    location = parts._replace(fragment="").geturl()
    is_named = parts.fragment == "hls" or parts.fragment.startswith(("hls&", "bandwidth="))
    if not is_named and not parts.path.lower().endswith(HLS_ENDINGS):
        if not parts.fragment.startswith(tuple(f"{name}=" for name in REQUEST_HEADERS)):
            return HttpSpec(shown, url)
        return HttpSpec(shown, location, _headers(url, _options(url, parts.fragment, REQUEST_HEADERS)))
    options = _options(url, parts.fragment.removeprefix("hls").removeprefix("&"), ("bandwidth", *REQUEST_HEADERS))
    most = options.get("bandwidth")
    return HlsSpec(
        shown,
        location,
        None if most is None else _whole_number(url, "bandwidth", most, 1, 1_000_000_000),
        _headers(url, options),
    )


def _file(url: str, rest: str) -> FileSpec:
    if rest.startswith("///"):
        rest = rest[2:]
    elif rest.startswith("//"):
        raise _wrong(url, "a file URL has no host; expected file:path or file:///path")
    path, _, query = rest.partition("?")
    options = _options(url, query, ("loop", "align"))
    if not path:
        raise _wrong(url, "no path")
    align = options.get("align", "")
    if align not in ("", "utc"):
        raise _wrong(url, said("align", text=repr(align)))
    loop = _yes_or_no(url, "loop", options.get("loop", "0"))
    if align and not loop:
        raise _wrong(url, "align=utc needs loop=1")
    return FileSpec(url, unquote(path) if url.lower().startswith("file:") else path, loop, align == "utc")


def file_url(path: str, *, loop: bool = False, align_utc: bool = False) -> str:
    """Write the URL of a file source: what :func:`parse_source_url` reads back to the same record."""
    options = [name for name, on in (("loop=1", loop), ("align=utc", align_utc)) if on]
    return "file:" + quote(path) + ("?" + "&".join(options) if options else "")
