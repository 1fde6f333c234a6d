"""The process of a worker (ADR 43); `yiwang up` starts it: `python -m yiwang.cli.worker NAME CONTROL PASSING LOG`."""

import asyncio
import os
import signal
import socket
import sys

from yiwang.cli.process_tuning import let_go_of_start, tune_end, tune_process, tune_start
from yiwang.cli.without_numba import without_numba

KERNELS_LOADED_S = 30
"""After so long the channels have asked for all the kernels they use."""


def main(name: str, control: str, passing: str, log: str) -> None:
    """Run a worker.

    Parameters
    ----------
    name : str                 for the log
    control, passing : str     numbers of file descriptors: the worker's ends of both ways to the main process
    log : 'json' or 'text'
    """
    with without_numba():
        import uvloop

        from yiwang.cli.logging import set_up_logging
        from yiwang.web.worker import run_worker

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's goes to all processes: the main one acts on it
    for descriptor in (control, passing):
        os.set_inheritable(
            int(descriptor), False
        )  # its end is to close when this process ends, whatever this one starts
    set_up_logging(as_json=log == "json", worker=name)
    tune_process()

    def ready() -> None:
        asyncio.get_running_loop().call_later(KERNELS_LOADED_S, let_go_of_start)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_worker(socket.socket(fileno=int(control)), socket.socket(fileno=int(passing)), ready))


if __name__ == "__main__":
    tune_start()
    main(*sys.argv[1:])
    tune_end()
