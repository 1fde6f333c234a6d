"""Kernels are called without numba, give the same as with it, and are left to it where their arguments are others."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from yiwang.kernels.machine_code import UnlinkableError, guarded, kind_of, link, read_object

pytestmark = pytest.mark.skipif(
    any(name.startswith("NUMBA_") for name in os.environ) or sys.platform != "linux", reason="other code than usual"
)

KERNELS = """
import numpy as np
from yiwang.kernels.compiled import kernel


@kernel(inline="always")
def one_more(n):
    return n + 1


@kernel
def total(octets, table, times, is_double):
    found = 0
    for i in range(octets.size):
        found += np.int64(octets[i]) * (one_more(times) - 1)
    table[0, 1] += found
    part = np.zeros(3, np.int64)  # from numba's memory
    part[:] = table[0]
    if times < 0:
        raise ValueError("times")
    return found * 2 if is_double else found, part.sum() / 2, is_double


@kernel
def of_total(octets, table):
    return total(octets, table, 2, False)[0]
"""

BEGIN = """
import pickle, sys
from pathlib import Path
import numpy as np
from yiwang.kernels import compiled

file = Path("codes")
if file.exists():
    compiled.provide(pickle.loads(file.read_bytes()))
import some_kernels

def table():
    return np.zeros((1, 3), np.int64)

def has_numba():
    return "numba" in sys.modules

octets = np.arange(10, dtype=np.uint8)
"""

MAKE = """
some_kernels.total(octets, table(), 1, False)
file.write_bytes(pickle.dumps(compiled.machine_codes()))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the code of a kernel is known."""
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "some_kernels.py").write_text(KERNELS)
    run(folder, MAKE)
    return folder


def run(folder: Path, code: str) -> list[str]:
    """Run code that prints; return its lines."""
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, "-c", BEGIN + code]
    done = subprocess.run(
        command, cwd=folder, env=environment, check=False, timeout=300, capture_output=True, text=True
    )
    assert not done.returncode, done.stderr
    return done.stdout.splitlines()


def test_a_kernel_gives_without_numba_what_it_does(folder: Path):
    code = """
one = table()
for n in (0, 3, 9):
    print(some_kernels.total(octets[:n], one, n, n > 4))
print(one.tolist(), has_numba())
"""
    assert run(folder, code) == ["(0, 0.0, False)", "(9, 4.5, False)", "(648, 166.5, True)", "[[0, 333, 0]] False"]


def test_an_error_that_a_kernel_raises_comes_out_of_it(folder: Path):
    code = """
for times in (-1, 1):
    try:
        print(some_kernels.total(octets, table(), times, False))
    except ValueError as error:
        print(error)
"""
    assert run(folder, code) == ["times", "(45, 22.5, False)"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("np.frombuffer(b'abc', np.uint8), table(), 1, False", "(294, 147.0, False)"),  # readonly
        ("octets[::2], table(), 1, True", "(40, 10.0, True)"),
        ("octets.view(np.int8), table(), 1, False", "(45, 22.5, False)"),
    ],
)
def test_arguments_that_there_is_no_code_for_are_left_to_numba(folder: Path, arguments: str, expected: str):
    code = f"""
linked = [some_kernels.total]
print(linked[0](octets, table(), 1, False), has_numba())
print(linked[0]({arguments}), has_numba())
print(some_kernels.total is linked[0], some_kernels.total({arguments}), linked[0](octets, table(), 1, False))
"""
    first = "(45, 22.5, False)"
    assert run(folder, code) == [f"{first} False", f"{expected} True", f"False {expected} {first}"]


def test_a_kernel_without_code_is_compiled_with_the_one_it_calls(folder: Path):
    code = """
print(some_kernels.total(octets, table(), 1, False), has_numba())
print(some_kernels.of_total(octets, table()), has_numba())
"""
    assert run(folder, code) == ["(45, 22.5, False) False", "90 True"]


def arrays() -> list[np.ndarray]:
    whole = np.zeros((4, 6), np.int64)
    readonly = np.zeros(3, np.float32)
    readonly.flags.writeable = False
    unaligned = np.frombuffer(bytearray(17), np.uint8)[1:].view(np.int64)
    return [
        *(np.zeros(2, kind) for kind in ("u1", "i2", "u4", "f8", "?", ">i4")),
        *(whole, whole.T, whole[:, 1:], whole[:1], whole[:, :1], whole[::2, 0], whole[:0], whole.reshape(2, 3, 4)),
        *(readonly, unaligned, np.array(5)),
    ]


@pytest.mark.parametrize("array", arrays(), ids=lambda a: f"{a.dtype.str} {a.shape} {a.strides} {a.flags.num:x}")
def test_the_kind_of_an_array_is_that_of_the_type_numba_gives_it(array: np.ndarray):
    from numba import typeof
    from numba.core.errors import NumbaError

    from yiwang.kernels.numba_cache import _kind

    try:
        of_type = typeof(array)
    except (NumbaError, ValueError):
        assert array.dtype.str[0] == ">"  # nothing is ever compiled for it
        return
    assert kind_of(array) == _kind(of_type)


@pytest.mark.parametrize(
    "value", [5, True, 2.5, np.int64(3), np.bool_(1), np.uint8(1), np.float32(2), "a", None, (1, 2)]
)
def test_the_kind_of_a_number_is_that_of_the_type_numba_gives_it(value: object):
    from numba import typeof

    from yiwang.kernels.numba_cache import _kind

    assert kind_of(value) == _kind(typeof(value))


def elf_object(machine: int = 62, relocation: int = 1, symbol: bytes = b"PyLong_FromLong") -> bytes:
    """Return an object whose function answers with what lies at an address: ``movabs rax, address; ret``."""
    text, names = b"\x48\xb8" + bytes(8) + b"\xc3", b"\0entry\0" + symbol + b"\0"
    symbols = bytes(24) + struct.pack("<IBBHQQ", 1, 0x12, 0, 1, 0, 11) + struct.pack("<IBBHQQ", 7, 0x10, 0, 0, 0, 0)
    relocations = struct.pack("<QQq", 2, 2 << 32 | relocation, 0)
    parts, at, headers = b"", 64, bytes(64)
    for of_type, flags, octets, link_to, info in (
        (1, 6, text, 0, 0),
        (2, 0, symbols, 4, 1),
        (4, 0, relocations, 2, 1),
        (3, 0, names, 0, 0),
    ):
        headers += struct.pack("<IIQQQQIIQQ", 0, of_type, flags, 0, at + len(parts), len(octets), link_to, info, 1, 0)
        parts += octets
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 1, machine, 1, 0, 0, at + len(parts), 0, 64, 0, 0, 64, 5, 0
    )
    return head + parts + headers


def test_an_object_is_read_and_linked():
    code = read_object(elf_object(symbol=b"_Py_NoneStruct"), (), "nothing", "entry", frozenset())
    assert (code.entry, code.inner, code.outer) == (0, (), ((2, "_Py_NoneStruct", 0),))
    assert link(code)() is None


@pytest.mark.parametrize(
    "octets",
    [
        b"\xcf\xfa\xed\xfe".ljust(64, b"\0"),  # Mach-O
        elf_object(machine=183),  # AArch64
        elf_object(relocation=2),  # 32 bits, relative
    ],
)
def test_an_object_of_another_kind_is_not_linked(octets: bytes):
    with pytest.raises(UnlinkableError):
        read_object(octets, (), "nothing", "entry", frozenset())


@pytest.mark.parametrize("symbol", [b"no_such_function", b"numba_no_such", b"NRT_no_such"])
def test_what_refers_to_something_that_is_not_there_is_not_linked(symbol: bytes):
    code = read_object(elf_object(symbol=symbol), (), "nothing", "entry", frozenset())
    with pytest.raises(UnlinkableError):
        link(code)


ROWS = np.zeros((4, 2), np.int64)
READ_ONLY = ROWS.view()
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    ("argument", "is_alike"),
    [
        (ROWS, True),
        (np.zeros((9, 2), np.int64), True),
        (np.zeros((1, 2), np.int64), True),  # contiguous either way
        (np.asfortranarray(ROWS), False),
        (ROWS[:, :1], False),
        (ROWS[0], False),
        (ROWS.astype(np.int32), False),
        (READ_ONLY, False),
        (3, False),
        ([1], False),
    ],
    ids=[
        "it",
        "larger",
        "one row",
        "by columns",
        "with gaps",
        "one dimension",
        "narrow",
        "read-only",
        "number",
        "list",
    ],
)
def test_machine_code_is_called_with_arrays_like_the_one_it_is_for_alone(argument: object, is_alike: bool):
    call = guarded(lambda *_: "run", (ROWS, 1), lambda *_: "otherwise")
    assert call(argument, 2) == ("run" if is_alike else "otherwise")
    assert call(ROWS, 2.0) == call(ROWS, True) == "otherwise"


def test_what_is_neither_array_nor_number_is_looked_at_each_time():
    otherwise = object()
    assert guarded(lambda *_: None, ((1, 2),), otherwise) is otherwise
