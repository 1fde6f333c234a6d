"""Which names are worth comparing: those that share a rare word, a rare piece of a word, or the letters in all."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from itertools import combinations

from yiwang.network.matching.score import skeleton
from yiwang.network.names import NameForm
from yiwang.network.words import GENERIC

MOST_IN_A_BLOCK = 60  # names that share a key; a key of more says little
_Pair = tuple[int, int]


@lru_cache(maxsize=100_000)
def _keys(form: NameForm) -> frozenset[str]:
    core, words = form.core, [word for word in form.words if len(word) > 1]
    keys = {"full " + form.full, "core " + core, "skeleton " + skeleton(core)}
    keys |= {"word " + word for word in words if word not in GENERIC}
    keys |= {"words " + one + " " + other for one, other in zip(form.words, form.words[1:], strict=False)}
    keys |= {"begin " + core[:4], "begin " + core[:6], "end " + core[-5:]}
    keys |= {"begins " + "".join(word[:2] for word in form.words[:3])}
    if len(form.words) > 1 and form.words[1].isdigit():
        keys.add("initial " + form.words[0][0] + form.words[1])
    if len(form.words) > 2:
        keys.add("full " + "".join(word[0] for word in form.words))
    for word in words:
        if word >= "\u3400" and word not in GENERIC:
            keys |= {"pair " + word[i : i + 2] for i in range(len(word) - 1)}
    return frozenset(keys)


class _Blocks:
    """Names by what they share, each name by a number."""

    def __init__(self) -> None:
        self._of: dict[str, set[int]] = defaultdict(set)

    def add(self, at: int, form: NameForm) -> None:
        for key in _keys(form):
            self._of[key].add(at)

    def remove(self, at: int, form: NameForm) -> None:
        for key in _keys(form):
            self._of[key].remove(at)
            if not self._of[key]:
                del self._of[key]

    def pairs(self, keys: Iterable[str] | None = None) -> set[_Pair]:
        """Return the pairs that share one of these keys (None: any), the smaller number first."""
        found: set[_Pair] = set()
        for key in self._of if keys is None else keys:
            block = self._of.get(key, ())
            if 1 < len(block) <= MOST_IN_A_BLOCK:
                found.update(combinations(sorted(block), 2))
        return found

    def has(self, one: NameForm, other: NameForm) -> bool:
        """Tell whether two are a pair."""
        return any(len(self._of[key]) <= MOST_IN_A_BLOCK for key in _keys(one) & _keys(other))


def _numbers_fit(one: NameForm, other: NameForm) -> bool:
    return not one.numbers or not other.numbers or not set(one.numbers).isdisjoint(other.numbers)


def candidates(forms: Sequence[NameForm], other_numbers: bool = False) -> set[_Pair]:
    """Return pairs of places in ``forms``, the smaller first; ``other_numbers``: those too that have no number in common."""
    blocks = _Blocks()
    for at, form in enumerate(forms):
        blocks.add(at, form)
    found = blocks.pairs()
    return found if other_numbers else {(a, b) for a, b in found if _numbers_fit(forms[a], forms[b])}


class Candidates:
    """The candidates that are worth something, kept up as names come and go: those that all names at once would have.

    Parameters
    ----------
    is_worth : of two names
    """

    def __init__(self, is_worth: Callable[[NameForm, NameForm], bool]) -> None:
        self._is_worth = is_worth
        self._number: dict[NameForm, int] = {}
        self._form: dict[int, NameForm] = {}
        self._next = 0
        self._blocks = _Blocks()
        self._worth: set[_Pair] = set()
        self._pairs: list[tuple[NameForm, NameForm]] = []

    def of(self, forms: Collection[NameForm]) -> list[tuple[NameForm, NameForm]]:
        """Return the pairs among these names, in an order that is that of the names alone."""
        wanted = set(forms)
        come, gone = wanted - self._number.keys(), self._number.keys() - wanted
        if not come and not gone:
            return self._pairs
        touched = {key for form in (*come, *gone) for key in _keys(form)}
        before = self._blocks.pairs(touched)
        for form in sorted(come, key=_order):
            self._number[form], self._form[self._next] = self._next, form
            self._blocks.add(self._next, form)
            self._next += 1
        gone_numbers = {self._number.pop(form) for form in gone}
        for at in gone_numbers:
            self._blocks.remove(at, self._form[at])
        after = self._blocks.pairs(touched)
        for a, b in before - after:
            if gone_numbers & {a, b} or not self._blocks.has(self._form[a], self._form[b]):
                self._worth.discard((a, b))
        for a, b in after - before:
            one, other = self._form[a], self._form[b]
            if _numbers_fit(one, other) and self._is_worth(one, other):
                self._worth.add((a, b))
        for at in gone_numbers:
            del self._form[at]
        two = (sorted((self._form[a], self._form[b]), key=_order) for a, b in self._worth)
        self._pairs = sorted(((one, other) for one, other in two), key=lambda pair: (_order(pair[0]), _order(pair[1])))
        return self._pairs


@lru_cache(maxsize=100_000)
def _order(form: NameForm) -> tuple[object, ...]:
    rest = (form.full, form.core, form.numbers, sorted(form.places), form.call_sign, form.explained, sorted(form.noise))
    return form.plain, form.words, form.quality, form.shift_h, *rest, form.latin
