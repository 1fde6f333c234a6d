"""The errors of yiwang, sorted by whose fault they are.

A damaged broadcast is not an error: the core counts it and goes on (see :class:`yiwang.base.events.Fault`).
"""


class YiwangError(Exception):
    """Base of everything yiwang raises on purpose."""


class UsageError(YiwangError):
    """The user's fault: bad option, config key or URL. One line; the command exits with 2."""


class WorkError(YiwangError):
    """The work could not be done (disk full, source unreadable). One line; the command exits with 1."""


class WireError(YiwangError):
    """The peer's fault: octets that do not follow the standard.

    Parameters
    ----------
    source : str       the syntax structure being read, in the standard's name (``"seq_parameter_set_data"``)
    offset : int       octet offset within that structure
    expected, got : str
    """

    def __init__(self, source: str, offset: int, expected: str, got: str) -> None:
        super().__init__(f"{source} at octet {offset}: expected {expected}, got {got}")
        self.source = source
        self.offset = offset
        self.expected = expected
        self.got = got


class NotFound(YiwangError):
    """No such service, track or segment, now or ever."""


class Gone(YiwangError):
    """It was published and has left the window."""


class NotYetAvailable(YiwangError):
    """It will exist; ask again after ``delta_ms``."""

    def __init__(self, delta_ms: int) -> None:
        super().__init__(f"not yet available, retry in {delta_ms} ms")
        self.delta_ms = delta_ms
