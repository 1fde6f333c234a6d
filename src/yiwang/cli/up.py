"""`yiwang up`: run the network."""

import asyncio
import sys
from pathlib import Path

import uvloop

from yiwang.base.errors import UsageError, WorkError
from yiwang.cli.logging import set_up_logging
from yiwang.cli.process_tuning import let_go_of_start, tune_process
from yiwang.services.network import Network
from yiwang.store.config_file import Config, load_config
from yiwang.web.listening import listen
from yiwang.web.node import run_node

KERNELS_LOADED_S = 30
"""After so long the channels have asked for all the kernels they use."""


def run(config: str | None = None, host: str = "::", port: int = 8080, *, log_json: bool = False) -> None:
    """Check everything, then run until a signal; by default as `yiwang up --help` says."""
    if config is not None and not Path(config).is_file():
        raise UsageError(f"{config}: no such config file")
    loaded = load_config(Path(config)) if config is not None else None
    with listen(host, port) as sock:
        set_up_logging(as_json=log_json)
        network = _network(loaded, str(config), log_json=log_json) if loaded is not None else _demo()
        login = _demo_login(network) if loaded is None else None

        def ready(url: str) -> None:
            bold, plain = ("\033[1m", "\033[0m") if sys.stderr.isatty() else ("", "")
            print(f"{bold}一网 yiwang{plain}  {len(network.channels)} services", file=sys.stderr)
            print(f"  TV      {url}\n  console {url}console\n  API     {url}api/docs", file=sys.stderr)
            if login is not None:
                print(f"  console login: {login[0]}, password {login[1]}", file=sys.stderr)
            tune_process()
            asyncio.get_running_loop().call_later(KERNELS_LOADED_S, let_go_of_start)

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_node(network, sock, ready))


def _network(config: Config, file: str, *, log_json: bool) -> Network:
    if config.node.workers == 1:
        return Network(config, file)
    from yiwang.services.spread_network import SpreadNetwork  # with rooms that a node of one process does not need
    from yiwang.services.workers import worker_count

    n_workers = worker_count(config.node.workers)
    return SpreadNetwork(config, file, n_workers, log_json=log_json) if n_workers > 1 else Network(config, file)


def _demo_login(network: Network) -> tuple[str, str]:
    from yiwang.services.demo import demo_login

    try:
        return demo_login(network)
    except OSError as error:
        raise WorkError(f"the demo's login cannot be kept: {error}") from None


def _demo() -> Network:
    from rich.console import Console  # a node of a config does without
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from yiwang.services.demo import demo_network

    console = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("making the demo's channels (once)", total=1.0)
        return demo_network(lambda what, done: bars.update(task, description=what, completed=done))
