"""The decorator of kernels: compiled by numba once, at set-up, and loaded from its cache from then on.

The commands do without numba, which is slow to load and takes 50 MB: `provide` gives them the machine code that `machine_codes`
returned once. Where that has no code for a kernel's arguments numba takes over, for every kernel and for good.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from yiwang.kernels.machine_code import Kind, MachineCode, UnlinkableError, guarded, kind_of, link

if TYPE_CHECKING:
    from numba.core.dispatcher import Dispatcher

F = TypeVar("F", bound=Callable[..., Any])
Linked = tuple[Callable[..., Any], Callable[..., Any]]
"""A kernel for arguments of some kinds, and what asks first whether they are of these."""
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
        self._call: Callable[..., Any] = self._choose
        self._linked: dict[tuple[Kind | None, ...], Linked] = {}
        self.compiled: Any = None  # numba's, once it has taken over

    def __call__(self, *arguments: Any) -> Any:
        """Call the kernel."""
        return self._call(*arguments)

    def _choose(self, *arguments: Any) -> Any:
        """Link what is for these arguments, or leave them to numba; go on so while arguments are of the same kinds."""
        if self.compiled is None:
            kinds = tuple(map(kind_of, arguments))
            linked = self._linked.get(kinds) or self._link(kinds, arguments)
            if linked is not None:
                run, self._call = linked
                return run(*arguments)
            _let_numba_take_over()
        return self.compiled(*arguments)

    def _link(self, kinds: tuple[Kind | None, ...], arguments: Sequence[object]) -> Linked | None:
        codes = _provided.get((self._function.__module__, self._function.__qualname__), ())
        try:
            run = next((link(code) for code in codes if code.kinds == kinds), None)
        except (UnlinkableError, OSError):
            return None
        if run is not None:
            self._linked[kinds] = run, guarded(run, arguments, self._choose)
        return self._linked.get(kinds)

    def leave(self) -> None:
        """Let numba take over."""
        self.compiled = self._call = _by_numba(self._function, self._inline)


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
