"""`yiwang edge`: run a cache tier."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from yiwang.base.errors import UsageError, WorkError
from yiwang.services.edge import Edge, check, find_nginx, nginx_configuration


def run(edge: Edge, *, show: bool) -> None:
    """Check, write the configuration, run nginx until a signal; its exit code is that of the work."""
    check(edge)
    text = nginx_configuration(edge)
    if show:
        sys.stdout.write(text)
        return
    nginx = find_nginx()
    try:
        edge.folder.mkdir(parents=True, exist_ok=True)
        file = edge.folder / "nginx.conf"
        file.write_text(text)
    except OSError as error:
        raise UsageError(f"edge: {edge.folder}: {error.strerror}") from None
    command = [nginx, "-p", str(edge.folder.absolute()), "-c", str(file.absolute()), "-e", "stderr"]
    _try(command, file)
    process = subprocess.Popen(command)
    _pass_on(process)
    where = f"[{edge.host}]" if ":" in edge.host else edge.host
    sys.stderr.write(f"yiwang edge  {where}:{edge.port}  in front of {', '.join(edge.nodes)}\n")
    code = process.wait()
    if code > 0:
        raise WorkError(f"edge: nginx ended with {code}")


def _try(command: list[str], file: Path) -> None:
    """Let nginx read the configuration and bind nothing; what it objects to is one line."""
    tried = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, check=False)
    if tried.returncode:
        lines = [line for line in tried.stderr.splitlines() if "[emerg]" in line] or tried.stderr.splitlines()
        raise UsageError(f"edge: {file}: {lines[0].partition('[emerg] ')[2] or lines[0]}" if lines else f"edge: {file}")


def _pass_on(process: "subprocess.Popen[bytes]") -> None:
    """Stop nginx as we are stopped: viewers' answers on their way are finished."""

    def stop(number: int, frame: FrameType | None) -> None:
        process.send_signal(signal.SIGQUIT)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def default_folder() -> Path:
    """Where the cache lies when nobody says: it may be lost."""
    return Path(tempfile.gettempdir()) / "yiwang-edge"
