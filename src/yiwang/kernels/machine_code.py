"""Machine code of a compiled kernel, taken out of numba and linked without it: numba's import costs more than a short command.

What numba compiles for x86-64 is an ELF object of one piece of code whose only relocations are 64-bit addresses: of its own
parts, and of functions of Python, of the C library and of numba's small run-time libraries, which need nothing else of numba.
In it is a function that takes a tuple of Python's objects, does what the kernel does, and gives back what it returns.
"""

import ctypes
import importlib.machinery
import importlib.util
import mmap
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

Kind = tuple[object, ...] | str
"""Of an argument: dtype, dimensions and flags of an array; the name of a number; TUPLE and the kinds of what is in it."""
TUPLE = "tuple"

C_CONTIGUOUS, F_CONTIGUOUS, WRITEABLE = 0x1, 0x2, 0x400
"""Flags of arrays, as in ``ndarray.flags.num``."""

METH_VARARGS_KEYWORDS = 3
ENVIRONMENT = "numba environment"
"""Stands for each object that numba's code looks for and does not use where it has no constants."""

_ELF64_X86_64 = b"\x7fELF\x02\x01"
_EM_X86_64, _R_X86_64_64 = 62, 1
_SHT_PROGBITS, _SHT_SYMTAB, _SHT_RELA = 1, 2, 4
_SHF_ALLOC = 2
_SHN_UNDEF, _SHN_COMMON = 0, 0xFFF2
_PAGE = mmap.PAGESIZE
_HELPERS = (("numba_", "_helperlib"), ("NRT_", "core/runtime/_nrt_python"))


@dataclass(frozen=True, slots=True)
class MachineCode:
    """A kernel for arguments of certain kinds.

    Parameters
    ----------
    kinds : of its arguments
    name : str              of the kernel
    image : bytes           code and constants
    entry : int             where in it the function that takes Python's objects begins
    inner : of (offset, offset)       where in it the address of one of its own parts stands
    outer : of (offset, symbol, addend)       where the address of something else stands
    """

    kinds: tuple[Kind, ...]
    name: str
    image: bytes
    entry: int
    inner: tuple[tuple[int, int], ...]
    outer: tuple[tuple[int, str, int], ...]


class UnlinkableError(Exception):
    """Code that this linker does not know: of another processor or system, or it refers to what is numba's."""


def kind_of(value: object) -> Kind | None:
    """Return the kind of an argument; None for what is left to numba."""
    if type(value) is np.ndarray:
        flags = value.flags.num
        layout = C_CONTIGUOUS if flags & C_CONTIGUOUS else flags & F_CONTIGUOUS
        return value.dtype.str, value.ndim, layout | flags & WRITEABLE
    if type(value) is tuple:
        kinds = tuple(map(kind_of, value))
        return None if None in kinds else (TUPLE, *kinds)
    return _NUMBERS.get(type(value))


_NUMBERS: dict[type, Kind] = {int: "int64", bool: "bool", float: "float64", np.int64: "int64", np.bool_: "bool"}


def guarded(run: Callable[..., Any], seen: Sequence[object], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls ``run`` with arguments of the kinds of those that were seen, and else ``otherwise``.

    It is made of one expression: asking argument by argument in a loop takes as long as many a kernel does. Of others than
    arrays and numbers it does not know the kind: then it is ``otherwise``.
    """
    if not all(type(value) is np.ndarray or type(value) in _NUMBERS for value in seen):
        return otherwise
    names = [f"a{n}" for n in range(len(seen))]
    known: dict[str, object] = {"run": run, "otherwise": otherwise, "ndarray": np.ndarray}
    tests = []
    for name, value in zip(names, seen, strict=True):
        known[f"t_{name}"] = type(value)
        test = f"type({name}) is t_{name}"
        if isinstance(value, np.ndarray):
            known[f"d_{name}"] = value.dtype
            flags = value.flags.num
            looked_at = WRITEABLE | C_CONTIGUOUS | (0 if flags & C_CONTIGUOUS else F_CONTIGUOUS)
            test += f" and {name}.dtype is d_{name} and {name}.ndim == {value.ndim}"
            test += f" and {name}.flags.num & {looked_at} == {flags & looked_at}"
        tests.append(test)
    arguments = ", ".join(names)
    source = f"lambda {arguments}: run({arguments}) if {' and '.join(tests)} else otherwise({arguments})"
    made: Callable[..., Any] = eval(source, known)
    return made


def read_object(
    octets: bytes, kinds: tuple[Kind, ...], name: str, entry: str, environments: frozenset[str]
) -> MachineCode:
    """Read an ELF object (System V ABI, AMD64 supplement 4.4).

    Parameters
    ----------
    octets : bytes           the object
    kinds : of its arguments
    name : str               of the kernel
    entry : str              symbol of the function that takes Python's objects
    environments : symbols of numba's environments, none with constants

    Raises
    ------
    UnlinkableError    it is of another processor, or has what numba's code had not when this was written
    """
    if octets[:6] != _ELF64_X86_64 or struct.unpack_from("<H", octets, 18)[0] != _EM_X86_64:
        raise UnlinkableError("not ELF of x86-64")
    (headers,) = struct.unpack_from("<Q", octets, 40)
    size, n = struct.unpack_from("<HH", octets, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", octets, headers + k * size) for k in range(n)]
    image, places = bytearray(), {}
    for k, (_, of_type, flags, _, offset, length, _, _, alignment, _) in enumerate(sections):
        if of_type == _SHT_PROGBITS and flags & _SHF_ALLOC:
            image += bytes(-len(image) % max(alignment, 16))
            places[k] = len(image)
            image += octets[offset : offset + length]
    symbols = _symbols(octets, sections)
    inner, outer, entry_at = [], [], None
    for at_name, section, value in symbols:
        if at_name == entry and section in places:
            entry_at = places[section] + value
    for _, of_type, _, _, offset, length, _, target, _, _ in sections:
        if of_type != _SHT_RELA or target not in places:
            continue
        for at, info, addend in struct.iter_unpack("<QQq", octets[offset : offset + length]):
            symbol, section, value = symbols[info >> 32]
            if info & 0xFFFFFFFF != _R_X86_64_64:
                raise UnlinkableError(f"relocation of type {info & 0xFFFFFFFF}")
            at += places[target]
            if section in places:
                inner.append((at, places[section] + value + addend))
            elif section == _SHN_COMMON and symbol in environments and not addend:
                outer.append((at, ENVIRONMENT, 0))
            elif section == _SHN_UNDEF and symbol:
                outer.append((at, symbol, addend))
            else:
                raise UnlinkableError(f"symbol {symbol}")
    if entry_at is None:
        raise UnlinkableError("no entry")
    return MachineCode(kinds, name, bytes(image), entry_at, tuple(inner), tuple(outer))


def _symbols(octets: bytes, sections: list[tuple[int, ...]]) -> list[tuple[str, int, int]]:
    """Return name, section and value of each symbol."""
    table = next((s for s in sections if s[1] == _SHT_SYMTAB), None)
    if table is None:
        raise UnlinkableError("no symbols")
    names = sections[table[6]][4]
    found = []
    for at, _, _, section, value, _ in struct.iter_unpack("<IBBHQQ", octets[table[4] : table[4] + table[5]]):
        begin = names + at
        found.append((octets[begin : octets.index(b"\0", begin)].decode(), section, value))
    return found


def link(code: MachineCode) -> Callable[..., Any]:
    """Return what calls the kernel, for arguments of its kinds and no others: nothing looks at them any more.

    Raises
    ------
    UnlinkableError    it refers to what is not there
    OSError            the system gives no memory for code
    """
    image = bytearray(code.image)
    pages = mmap.mmap(-1, len(image))
    base = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    for at, offset in code.inner:
        struct.pack_into("<Q", image, at, base + offset)
    for at, symbol, addend in code.outer:
        struct.pack_into("<Q", image, at, _address(symbol) + addend)
    pages[:] = bytes(image)
    size = -(-len(image) // _PAGE) * _PAGE
    if ctypes.CDLL(None).mprotect(ctypes.c_void_p(base), ctypes.c_size_t(size), mmap.PROT_READ | mmap.PROT_EXEC):
        raise OSError("no memory for code")
    definition = _MethodDefinition(code.name.encode(), base + code.entry, METH_VARARGS_KEYWORDS, None)
    _KEPT.append((pages, definition))
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    return make(ctypes.addressof(definition), None, None)


class _MethodDefinition(ctypes.Structure):
    """PyMethodDef of Python's C interface."""

    _fields_ = (
        ("ml_name", ctypes.c_char_p),
        ("ml_meth", ctypes.c_void_p),
        ("ml_flags", ctypes.c_int),
        ("ml_doc", ctypes.c_char_p),
    )


_KEPT: list[tuple[mmap.mmap, _MethodDefinition]] = []
"""Code in use, for the life of the process."""


@cache
def _address(symbol: str) -> int:
    if symbol == ENVIRONMENT:
        return id(_KEPT)
    for prefix, library in _HELPERS:
        if symbol.startswith(prefix):
            helpers: dict[str, int] = _helper(library).c_helpers
            address = helpers.get(symbol.removeprefix(prefix))
            if address is None:
                raise UnlinkableError(f"symbol {symbol}")
            return address
    try:
        return ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, symbol))
    except ValueError as error:
        raise UnlinkableError(f"symbol {symbol}") from error


@cache
def _helper(library: str) -> ModuleType:
    """Load one of numba's run-time libraries, and not numba."""
    package = importlib.util.find_spec("numba")
    for folder in package.submodule_search_locations or () if package else ():
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            spec = importlib.util.spec_from_file_location(
                "numba." + library.replace("/", "."), f"{folder}/{library}{suffix}"
            )
            try:
                if spec is not None and spec.loader is not None:
                    return importlib.util.module_from_spec(spec)
            except ImportError:
                continue
    raise UnlinkableError(f"no {library}")
