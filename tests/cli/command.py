"""Runs `yiwang` as a shell would: exit code, standard output, standard error."""

from dataclasses import dataclass

import pytest

from yiwang.cli.main import main


@dataclass
class Ran:
    code: int
    out: str
    err: str

    def fails(self, code, *words):
        """Check the exit code and that one line on standard error says why."""
        assert (self.code, self.out) == (code, ""), self.err
        (line,) = self.err.splitlines()
        assert line.startswith("yiwang: ")
        for word in words:
            assert str(word) in line


@pytest.fixture
def yiwang(capfd):
    """Return a function that runs a command in this process: the same code, without seconds of imports each time."""

    def run(*arguments):
        capfd.readouterr()
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code or 0
        return Ran(code, *capfd.readouterr())

    return run
