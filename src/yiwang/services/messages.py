"""Messages between the main process and a worker: pickles, each with its length before it (ADR 43).

Only for sockets that no other process has: who writes a pickle decides what its reader does.
"""

import asyncio
import pickle
import struct
from dataclasses import dataclass
from typing import Any

from yiwang.net.source_url import SourceSpec, parse_source_url
from yiwang.store.config_file import Config, Service

_LENGTH = struct.Struct("<I")
LONGEST_OCTETS = 1 << 30
"""More than a thousand channels tell in their first message, with their guides."""


@dataclass(frozen=True, slots=True)
class Start:
    """The first message to a worker: what it is to run."""

    config: Config  # with its share of the services
    file: str  # the config's name, for errors
    has_stdin: bool  # whether a service of it reads the standard input
    chosen: dict[str, str]  # sources that operators have chosen, by service


@dataclass(frozen=True, slots=True)
class Numbers:
    """To a worker: the numbers of its programmes in the list."""

    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class Stop:
    """To a worker: end."""


@dataclass(frozen=True, slots=True)
class Begin:
    """To a worker: a service is new."""

    service: Service


@dataclass(frozen=True, slots=True)
class End:
    """To a worker: a service is no more."""

    service_id: str


@dataclass(frozen=True, slots=True)
class ChangeSources:
    """To a worker: a service has other sources."""

    service: Service


@dataclass(frozen=True, slots=True)
class Describe:
    """To a worker: a service is another in what is said of it only."""

    service: Service


@dataclass(frozen=True, slots=True)
class UseSource:
    """To a worker: an operator stays with a source of a channel, or (None) does so no longer."""

    service_id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """To a worker: a question about a channel; ``Answered`` comes back."""

    question: int
    what: str
    service_id: str


@dataclass(frozen=True, slots=True)
class Answered:
    """From a worker: None where there is no answer."""

    question: int
    answer: Any


@dataclass(frozen=True, slots=True)
class Told:
    """From a worker, each second: what has changed."""

    programmes: dict[str, tuple[Service, int | None]] | None
    """Those of multiplexes that are taken whole, and the numbers they want; None: as before."""
    figures: dict[str, dict[str, Any]]  # by channel; `yiwang.services.figures`
    cpu_s: float
    rss_bytes: int


def specs_of(service: Service) -> tuple[SourceSpec, ...]:
    """Return a service's sources, the best first; they have been read before."""
    return tuple(parse_source_url(url, interface=service.interface) for url in service.source)


def packed(message: Any) -> bytes:
    """Return a message as it is sent."""
    octets = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(octets)) + octets


async def read_message(reader: asyncio.StreamReader) -> Any:
    """Read the next message.

    Raises
    ------
    EOFError    the other process has ended
    """
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > LONGEST_OCTETS:
            raise EOFError
        return pickle.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, OSError):
        raise EOFError from None
