"""The file of kernels' machine code, for commands that do without numba (`yiwang.kernels.machine_code`).

It lies where Python keeps what it has compiled of the kernels, and is good for these sources, this Python, this numba and this
processor. Where it cannot be written nothing is lost but the time that numba takes to start.
"""

import os
import pickle
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import yiwang
from yiwang.kernels.compiled import Name
from yiwang.kernels.machine_code import MachineCode

FORM = 1
Codes = dict[Name, tuple[MachineCode, ...]]
Stamp = tuple[object, ...]

_PACKAGE = Path(yiwang.__file__).parent
_FILE = _PACKAGE / "kernels" / "__pycache__" / f"machine_code.{sys.implementation.cache_tag}"


def load() -> Codes:
    """Return what `save` has written; nothing where it is for another machine or other sources, or numba is told what to do."""
    if _is_numba_told():
        return {}
    try:
        with _FILE.open("rb") as file:
            content = pickle.load(file)
        if content["of"] == _origin() and all(_stamp(path) == stamp for path, stamp in content["sources"].items()):
            return content["codes"]  # type: ignore[no-any-return]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ImportError, EOFError, pickle.UnpicklingError):
        pass  # it is made anew
    return {}


def save(codes: Mapping[Name, tuple[MachineCode, ...]]) -> bool:
    """Write machine code beside what is there already; tell whether there is a file with all of it now."""
    if _is_numba_told():
        return False
    whole = load()
    before = sum(map(len, whole.values()))
    for name, some in codes.items():
        by_kinds = {code.kinds: code for code in (*whole.get(name, ()), *some)}
        whole[name] = tuple(by_kinds.values())
    if sum(map(len, whole.values())) == before:
        return True
    new = _FILE.with_suffix(f".{os.getpid()}.new")
    try:
        sources = {path: _stamp(path) for path in {_source(module) for module, _ in whole}}
        _FILE.parent.mkdir(exist_ok=True)
        new.write_bytes(pickle.dumps({"of": _origin(), "sources": sources, "codes": whole}))
        new.replace(_FILE)
    except OSError:
        with suppress(OSError):
            new.unlink()
        return False
    return True


def _is_numba_told() -> bool:
    """Whether NUMBA_DISABLE_JIT, NUMBA_BOUNDSCHECK or the like ask for other code than usual."""
    return any(name.startswith("NUMBA_") for name in os.environ)


def _source(module: str) -> str:
    return str(_PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py"))


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size


def _origin() -> Stamp:
    """Return what machine code depends on, besides its sources."""
    numba = find_spec("numba")
    path = numba.origin if numba is not None else None
    return FORM, sys.version, path, _stamp(path) if path else (), _processor()


def _processor() -> str:
    """Return what the system says of the first processor: its model and what it can do."""
    try:
        with Path("/proc/cpuinfo").open() as file:
            lines = file.read(8192).partition("\n\n")[0].splitlines()
    except OSError:
        return ""
    return "\n".join(line for line in lines if line.startswith(("model", "flags")))
