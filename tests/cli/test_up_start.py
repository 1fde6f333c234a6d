"""`yiwang up` as nearly everyone writes it begins without the command line library, and means the same."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from yiwang.base.errors import UsageError
from yiwang.cli import commands, main, up, without_numba

PLAIN = [
    [],
    ["a.toml"],
    ["a.toml", "--port", "8081"],
    ["--port", "080", "--log-json", "a.toml", "--host", "127.0.0.1"],
    ["--host", "::1"],
    ["--log-json"],
]
RARER = [
    ["a.toml", "--port=8081"],
    ["--no-log-json"],
    ["--config", "a.toml"],
    ["a.toml", "--port", "8_081"],
    ["--", "a.toml"],
]
WRONG = [
    ["a.toml", "b.toml"],
    ["--port"],
    ["--port", "http"],
    ["--port", "--log-json"],
    ["--host"],
    ["--hosts", "::1"],
    ["--help"],
]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what a node would have been started with."""
    seen: list[dict[str, Any]] = []

    def run(config: str | None = None, host: str = "::", port: int = 8080, *, log_json: bool = False) -> None:
        seen.append({"config": config, "host": host, "port": port, "log_json": log_json})

    monkeypatch.setattr(up, "run", run)
    monkeypatch.setattr(without_numba, "without_numba", nullcontext)
    return seen


@pytest.mark.parametrize("words", PLAIN)
def test_what_is_written_plainly_is_read_as_the_library_reads_it(runs: list[dict[str, Any]], words: list[str]):
    assert main._of_up(words) is not None
    main._run(["up", *words])
    with pytest.raises(SystemExit, match=r"^0$"):  # the library's end of a command
        commands.run(["up", *words])
    assert len(runs) == 2
    assert runs[0] == runs[1]


@pytest.mark.parametrize("words", RARER + WRONG)
def test_all_else_is_left_to_the_library(runs: list[dict[str, Any]], words: list[str]):
    assert main._of_up(words) is None
    if words not in WRONG:
        with pytest.raises((SystemExit, UsageError)) as end:
            main._run(["up", *words])
        assert len(runs) == (end.type is SystemExit)


def test_the_library_is_not_loaded(tmp_path: Path):
    (tmp_path / "a.toml").write_text("[[service]]\n")
    code = "import sys\nfrom yiwang.cli.main import main\n"
    code += "try:\n    main(sys.argv[1:])\nfinally:\n    print('cyclopts' in sys.modules)"
    command = [sys.executable, "-c", code, "up", str(tmp_path / "a.toml"), "--port", "0"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120, text=True)
    assert done.returncode == 2
    assert "service" in done.stderr
    assert done.stdout == "False\n"


def test_python_m_yiwang_is_the_command():
    said = [
        subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=True).stdout
        for module in ("yiwang", "yiwang.cli.main")
    ]
    assert said[0] == said[1]
    assert "yiwang COMMAND" in said[0]
