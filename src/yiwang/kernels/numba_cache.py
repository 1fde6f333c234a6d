"""numba, its cache, and what can be taken out of it."""

from typing import Any, Literal

import numpy as np
from numba import njit, types
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys
from numba.np.numpy_support import as_dtype

from yiwang.kernels.machine_code import (
    C_CONTIGUOUS,
    F_CONTIGUOUS,
    TUPLE,
    WRITEABLE,
    Kind,
    MachineCode,
    UnlinkableError,
    read_object,
)

_LAYOUTS = {"C": C_CONTIGUOUS, "F": F_CONTIGUOUS, "A": 0}


class _Cache(FunctionCache):
    """Loads what is compiled without first loading all that numba can compile, which takes longer than the rest."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)  # all that machine code without objects in it needs
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return None


def compiled(function: Any, inline: Literal["never", "always"]) -> Any:
    """Return numba's kernel of a function; the function itself where numba is switched off."""
    made: Any = njit(cache=True, nogil=True, inline=inline)(function)
    if hasattr(made, "_cache"):
        made._cache = _Cache(function)  # type: ignore[no-untyped-call]
    return made


def machine_codes(made: Any) -> tuple[MachineCode, ...]:
    """Return the machine code of all that a kernel has compiled or loaded, where `machine_code.link` knows how to call it.

    It is read from numba's cache: numba itself does not keep it.
    """
    try:
        cache, codegen = made._cache, made.targetctx.codegen()
        kept = [cache._cache_file.load(cache._index_key(args, codegen)) for args in made.overloads]
        return tuple(code for one in kept if one is not None and (code := _machine_code(*one)) is not None)
    except (AttributeError, LookupError, TypeError, ValueError, OSError):
        return ()  # a numba that keeps it in another way


def _machine_code(library: Any, descriptor: Any, environment: Any, signature: Any, *others: Any) -> MachineCode | None:
    _, form, content = library
    environments = [environment, *others[-1]]
    kinds = tuple(map(_kind, signature.args))
    if form != "object" or None in kinds or any(one.consts for one in environments):
        return None
    try:
        return read_object(
            content[0],
            kinds,
            descriptor.qualname,
            descriptor.llvm_cpython_wrapper_name,
            frozenset(one.env_name for one in environments),
        )
    except UnlinkableError:
        return None


def _kind(of_type: Any) -> Kind | None:
    """Return the kind of arguments of a type."""
    if isinstance(of_type, types.Array):
        flags = _LAYOUTS[of_type.layout] | WRITEABLE * of_type.mutable
        return np.dtype(as_dtype(of_type.dtype)).str, of_type.ndim, flags
    if isinstance(of_type, types.Tuple | types.UniTuple):
        kinds = tuple(map(_kind, of_type))
        return None if None in kinds else (TUPLE, *kinds)
    return str(of_type) if of_type in (types.int64, types.float64) else "bool" if of_type == types.boolean else None
