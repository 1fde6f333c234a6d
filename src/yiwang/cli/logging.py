"""Structured logs on standard error: for people on a terminal, JSON on request."""

import contextlib
import logging
import sys
from typing import Any, TextIO

_loads_rich = "rich" not in sys.modules
if _loads_rich:
    # structlog would load it, and all that it needs, for tracebacks that we do not draw: 13 MB in every node
    sys.modules["rich"] = None  # type: ignore[assignment]
try:
    import structlog
finally:
    if _loads_rich:
        del sys.modules["rich"]


class Unfailing:
    """A text stream that loses what it cannot write: a full disk or a closed pipe must not stop the television."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if it can be."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if it can be."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def set_up_logging(*, as_json: bool, worker: str = "") -> None:
    """Configure structlog and what libraries log through `logging`; from here on standard error is `Unfailing`.

    Parameters
    ----------
    as_json : bool
    worker : str      the name of this process, if it is not the main one: it is in each line
    """

    def name_worker(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event.setdefault("worker", worker)
        return event

    stream: Any = Unfailing(sys.stderr)
    sys.stderr = stream
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(),
            pad_event_to=22,
            exception_formatter=structlog.dev.plain_traceback,  # the rich one shows variables, so passphrases
        )
    )
    structlog.configure(
        processors=[
            *((name_worker,) if worker else ()),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if as_json else _unchanged,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    whose = f"worker {worker}: " if worker else ""
    logging.basicConfig(level=logging.WARNING, format=f"%(levelname)s {whose}%(name)s: %(message)s")


def _unchanged(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event
