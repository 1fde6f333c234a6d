"""`yiwang`: the way in."""

import re
import sys
from collections.abc import Sequence
from typing import Any

from yiwang.base.errors import UsageError, WorkError
from yiwang.cli.process_tuning import tune_end, tune_start


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: exit 2 on the user's fault, 1 when the work failed, one line each, never a traceback for them.

    Parameters
    ----------
    arguments : sequence of str or None    of the process by default
    """
    tune_start()
    try:
        _run(sys.argv[1:] if arguments is None else arguments)
    except UsageError as error:
        sys.exit(_say(str(error), 2))
    except WorkError as error:
        sys.exit(_say(str(error), 1))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if arguments is None:
            tune_end()


def _run(arguments: Sequence[str]) -> None:
    """Run a command; a probe without options but --json does without the command line library, a quarter of its start.

    So does a node, whose channels begin the earlier, and which would keep the library for as long as it runs.
    """
    command, *rest = arguments or [""]
    if command == "up" and (given := _of_up(rest)) is not None:
        from yiwang.cli.without_numba import without_numba

        with without_numba():
            from yiwang.cli.up import run as up

            up(**given)
        return
    inputs = [word for word in rest if word != "--json"]
    if command == "probe" and len(inputs) == 1 and len(rest) <= 2 and (inputs[0] == "-" or inputs[0][:1] != "-"):
        from yiwang.cli.without_numba import without_numba

        with without_numba():
            from yiwang.cli.probe import run as probe

            probe(inputs[0], json="--json" in rest)
        return
    from yiwang.cli.commands import run

    run(arguments)


def _of_up(words: Sequence[str]) -> dict[str, Any] | None:
    """Return the arguments of `yiwang.cli.up.run`; None: there is something to explain, or written in a rarer way."""
    given: dict[str, Any] = {}
    left = iter(words)
    for word in left:
        name = word.removeprefix("--").replace("-", "_") if word in ("--host", "--port", "--log-json") else "config"
        value = word if name == "config" else name == "log_json" or next(left, "-")
        if name in given or str(value)[:1] in ("-", ""):
            return None
        if name == "port" and not re.fullmatch("[0-9]{1,5}", str(value)):
            return None
        given[name] = int(value) if name == "port" else value
    return given


def _say(message: str, code: int) -> int:
    print("yiwang:", " ".join(message.split()), file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
