"""The decorator of kernels: compiled by numba once, at set-up, and loaded from its cache from then on.

The commands do without numba, which is slow to load and takes 50 MB: `provide` gives them the machine code that `machine_codes`
returned once. Where that has no code for a kernel's arguments numba takes over, for every kernel and for good.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from yiwang.kernels.machine_code import LOOKED_AT, Kind, Look, MachineCode, UnlinkableError, kind_of, link, look_of

if TYPE_CHECKING:
    from numba.core.dispatcher import Dispatcher

F = TypeVar("F", bound=Callable[..., Any])
State = tuple[tuple[Look, ...], tuple[object, ...], Callable[..., Any] | None]
"""What the arguments must be like, those of the last call, and the kernel for them."""
Name = tuple[str, str]
"""Module and qualified name of a kernel."""

_provided: Mapping[Name, Iterable[MachineCode]] = {}
_linked: "list[LinkedKernel]" = []
_compiled: "dict[Name, Dispatcher]" = {}


def provide(codes: Mapping[Name, Iterable[MachineCode]]) -> None:
    """Give machine code for the kernels of modules that are imported from now on."""
    global _provided
    _provided = codes


def machine_codes() -> dict[Name, tuple[MachineCode, ...]]:
    """Return the machine code of all that numba has compiled or loaded, by kernel, where `link` can do without numba."""
    if not _compiled:
        return {}
    from yiwang.kernels import numba_cache

    found = {name: numba_cache.machine_codes(kernel) for name, kernel in _compiled.items() if kernel.overloads}
    return {name: codes for name, codes in found.items() if codes}


class LinkedKernel:
    """A kernel that is called without numba, as long as there is code for the arguments that come."""

    def __init__(self, function: Callable[..., Any], inline: Literal["never", "always"]) -> None:
        self._function = function
        self._inline = inline
        self._state: State = (), (), None
        self._linked: dict[tuple[Kind | None, ...], Callable[..., Any]] = {}
        self.compiled: Any = None  # numba's, once it has taken over

    def __call__(self, *arguments: Any) -> Any:
        """Call the kernel; arguments that are the same arrays as the last time are not looked at again."""
        expected, last, run = self._state  # at once: another thread may be here too
        if run is not None and len(arguments) == len(last):
            for value, before, (of_type, dtype, ndim, flags) in zip(arguments, last, expected, strict=True):
                if value is before:
                    continue
                kind = type(value)
                if of_type is not kind or (
                    dtype and (value.dtype is not dtype or value.ndim != ndim or value.flags.num & LOOKED_AT != flags)
                ):
                    break
            else:
                self._state = expected, arguments, run
                return run(*arguments)
        return self._choose(arguments)

    def _choose(self, arguments: tuple[Any, ...]) -> Any:
        """Link what is for these arguments, or leave them to numba."""
        if self.compiled is None:
            kinds = tuple(map(kind_of, arguments))
            run = self._linked.get(kinds) or self._link(kinds)
            if run is not None:
                self._state = tuple(map(look_of, arguments)), arguments, run
                return run(*arguments)
            _let_numba_take_over()
        return self.compiled(*arguments)

    def _link(self, kinds: tuple[Kind | None, ...]) -> Callable[..., Any] | None:
        codes = _provided.get((self._function.__module__, self._function.__qualname__), ())
        try:
            run = next((link(code) for code in codes if code.kinds == kinds), None)
        except (UnlinkableError, OSError):
            return None
        if run is not None:
            self._linked[kinds] = run
        return run

    def leave(self) -> None:
        """Let numba take over."""
        self.compiled, self._state = _by_numba(self._function, self._inline), ((), (), None)


def _let_numba_take_over() -> None:
    """Put numba's kernels in place of the linked ones, in all modules: those that call another are compiled with it."""
    provide({})
    for kernel in _linked:
        kernel.leave()
    _linked.clear()
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if isinstance(value, LinkedKernel):
                setattr(module, name, value.compiled)


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
        return lambda function: kernel(function, inline=inline)  # type: ignore[call-overload]
    if not _provided:
        return _by_numba(function, inline)
    linked = LinkedKernel(function, inline)
    _linked.append(linked)
    return linked


def _by_numba(function: Any, inline: Literal["never", "always"]) -> Any:
    from yiwang.kernels.numba_cache import compiled

    made = compiled(function, inline)
    if hasattr(made, "overloads"):
        _compiled[function.__module__, function.__qualname__] = made
    return made
