"""What a process of low priority does that a node asks questions: it answers one after the other, until nobody asks."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

NICE = 10


def answer_all(questions: Connection, answer: Callable[..., Any]) -> None:
    """Answer until the other end is gone; a question is the arguments of ``answer``, which must not raise."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends us
    with suppress(OSError):
        os.nice(NICE)
    with suppress(EOFError, OSError):
        while True:
            questions.send(answer(*questions.recv()))
