"""Where a viewer is: a region, by the prefix of his address, by what he says where the operator lets him, or by neither.

What proxies say (X-Forwarded-For) counts as far as those who say it are trusted: read from its end, the first address that
is nobody's whom the operator trusts is the viewer's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

Choice = Literal["no", "where-unknown", "yes"]
By = Literal["address", "choice", "default", "unknown"]
MOST_HOPS = 16
LONGEST_ADDRESS = 64
_MAPPED = int(IPv6Address("::ffff:0:0"))


@dataclass(frozen=True, slots=True)
class Viewer:
    """``region`` is empty where nobody knows; ``by`` tells how it is known."""

    region: str
    by: By


class Prefixes:
    """Prefixes of addresses, each with a value; of several the longest counts. IPv4 is looked at as mapped into IPv6."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        self._by_length: dict[int, dict[int, str]] = {}
        for prefix, value in values:
            network = ip_network(prefix, strict=False)
            bits = network.prefixlen + (0 if isinstance(network, IPv6Network) else 96)
            base = int(network.network_address) | (0 if isinstance(network, IPv6Network) else _MAPPED)
            self._by_length.setdefault(bits, {})[base >> (128 - bits)] = value
        self._lengths = sorted(self._by_length, reverse=True)

    def of(self, address: IPv4Address | IPv6Address) -> str | None:
        """Return the value of an address's longest prefix; None: it has none."""
        bits = int(address) | (_MAPPED if isinstance(address, IPv4Address) else 0)
        for length in self._lengths:
            found = self._by_length[length].get(bits >> (128 - length))
            if found is not None:
                return found
        return None


class ViewerRegions:
    """The operator's rules.

    Parameters
    ----------
    prefixes : (prefix, region) each
    trusted : prefixes of edges and proxies
    default : str       region of whose address is of no prefix; empty: none
    choice : Choice     whether a viewer may say where he is: never, where his address does not, always
    selectable : regions that may be chosen
    """

    def __init__(
        self,
        prefixes: Iterable[tuple[str, str]] = (),
        trusted: Iterable[str] = (),
        default: str = "",
        choice: Choice = "no",
        selectable: Iterable[str] = (),
    ) -> None:
        self._prefixes = Prefixes(prefixes)
        self._trusted = Prefixes((prefix, prefix) for prefix in trusted)
        self._default = default
        self.choice = choice
        self.selectable = tuple(selectable)

    def of(self, peer: str, forwarded_for: str = "", chosen: str = "") -> Viewer:
        """Return where a viewer is.

        Parameters
        ----------
        peer : str             address from which the connection comes
        forwarded_for : str    X-Forwarded-For as received
        chosen : str           region that the viewer says
        """
        address = self._address(peer, forwarded_for)
        region = self._prefixes.of(address) if address is not None else None
        may_choose = self.choice == "yes" or (self.choice == "where-unknown" and region is None)
        if may_choose and chosen in self.selectable:
            return Viewer(chosen, "choice")
        if region is not None:
            return Viewer(region, "address")
        return Viewer(self._default, "default") if self._default else Viewer("", "unknown")

    def may_choose(self, viewer: Viewer) -> bool:
        """Whether what this viewer says of himself would count."""
        return self.choice == "yes" or (self.choice == "where-unknown" and viewer.by != "address")

    def _address(self, peer: str, forwarded_for: str) -> IPv4Address | IPv6Address | None:
        """Return the viewer's address; None: what a trusted proxy says of it is none."""
        address = _address_of(peer)
        if not forwarded_for:
            return address
        for said in reversed(forwarded_for.split(",")[-MOST_HOPS:]):
            if address is None or self._trusted.of(address) is None:
                break
            address = _address_of(said)
        return address


def _address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, also with a port, in brackets or with a zone."""
    text = text.strip()[:LONGEST_ADDRESS].strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
