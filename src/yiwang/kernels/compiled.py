"""The decorator of kernels: compiled by numba once, at set-up, and loaded from its cache from then on."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar, overload

from numba import njit
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

F = TypeVar("F", bound=Callable[..., Any])


class _Cache(FunctionCache):
    """Loads what is compiled without first loading all that numba can compile, which takes longer than the rest."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)  # all that machine code without objects in it needs
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return None


@overload
def kernel(function: F) -> F: ...
@overload
def kernel(*, inline: Literal["never", "always"]) -> Callable[[F], F]: ...
def kernel(function: Any = None, *, inline: Literal["never", "always"] = "never") -> Any:
    """Compile a function of arrays and numbers: ``@kernel``, or ``@kernel(inline="always")`` for what is small.

    Parameters
    ----------
    function : callable
    inline : 'never' or 'always'    numba puts its body where it is called

    Returns
    -------
    kernel : callable               lets go of the interpreter while it runs; the function itself where numba is switched off
    """
    if function is None:
        return lambda function: _compiled(function, inline)
    return _compiled(function, inline)


def _compiled(function: Any, inline: Literal["never", "always"]) -> Any:
    compiled: Any = njit(cache=True, nogil=True, inline=inline)(function)
    if hasattr(compiled, "_cache"):
        compiled._cache = _Cache(function)  # type: ignore[no-untyped-call]
    return compiled
