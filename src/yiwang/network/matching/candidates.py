"""Which names are worth comparing: those that share a rare word, a rare piece of a word, or the letters in all."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from yiwang.network.matching.score import skeleton
from yiwang.network.names import NameForm
from yiwang.network.words import GENERIC

MOST_IN_A_BLOCK = 60  # names that share a key; a key of more says little


def _keys(form: NameForm) -> set[str]:
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
    return keys


def candidates(forms: Sequence[NameForm], other_numbers: bool = False) -> set[tuple[int, int]]:
    """Return pairs of places in ``forms``, the smaller first; ``other_numbers``: those too that have no number in common."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for at, form in enumerate(forms):
        for key in _keys(form):
            blocks[key].append(at)
    found: set[tuple[int, int]] = set()
    for at_all in blocks.values():
        if 1 < len(at_all) <= MOST_IN_A_BLOCK:
            found.update(combinations(at_all, 2))
    if other_numbers:
        return found
    numbers = [frozenset(form.numbers) for form in forms]
    return {(a, b) for a, b in found if not numbers[a] or not numbers[b] or numbers[a] & numbers[b]}
