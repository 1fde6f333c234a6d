"""Which lines of the project an input runs: what runs a new one is worth keeping."""

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

PROJECT = "/src/yiwang/"


class Lines:
    """Notes lines while it is entered; a function of which every line has run costs no more than a look.

    Kernels are compiled: of them it sees nothing.
    """

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self._left: dict[CodeType, set[int]] = {}
        self._has_new = False

    def __enter__(self) -> None:
        sys.settrace(self._enter_function)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def take_new(self) -> bool:
        """Tell whether there were new lines since the last call."""
        has_new, self._has_new = self._has_new, False
        return has_new

    def _enter_function(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        left = self._left.get(code)
        if left is None:
            lines = {line for *_, line in code.co_lines() if line} if PROJECT in code.co_filename else set()
            left = self._left[code] = lines - {code.co_firstlineno}
        return self._run_line if left else None

    def _run_line(self, frame: FrameType, event: str, _argument: Any) -> Callable[..., Any] | None:
        left = self._left[frame.f_code]
        if event == "line" and frame.f_lineno in left:
            left.discard(frame.f_lineno)
            self.seen.add((frame.f_code.co_filename, frame.f_lineno))
            self._has_new = True
        return self._run_line if left else None
