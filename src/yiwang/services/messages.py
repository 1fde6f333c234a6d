"""Messages between the main process and a worker: pickles, each with its length before it (ADR 43).

Only for sockets that no other process has: who writes a pickle decides what its reader does.
"""

import asyncio
import pickle
import struct
from typing import Any

_LENGTH = struct.Struct("<I")
LONGEST_OCTETS = 1 << 30
"""More than a thousand channels tell in their first message, with their guides."""


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
