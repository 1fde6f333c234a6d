"""How likely two names are one service's: some features of the two, and a logistic model of them.

The weights were learned by ``bench/matching.py`` from the development half of labelled lists (ADR 31).
"""

from collections.abc import Callable
from functools import lru_cache
from math import exp
from operator import mul

from rapidfuzz.distance import JaroWinkler, Levenshtein
from rapidfuzz.fuzz import ratio

from yiwang.base.said import Said, said
from yiwang.network.names import NameForm
from yiwang.network.words import GENERIC, LANGUAGE_OF, LANGUAGES, PLACES, PLACES_AFTER_NUMBER

FEATURES = (
    "always", "full_equal", "core_equal", "likeness", "dice", "numbers_differ", "number_extra", "number_one_extra",
    "generic_left", "brand_left", "left_on_both", "places_differ", "place_extra", "short", "abbreviated", "only_generic",
    "initials", "skeleton", "language_left", "place_left", "same_words", "call_sign",
    "noise_only", "all_aligned", "numbered_place", "noise_differs",
)  # fmt: skip
WEIGHTS: tuple[float, ...] = (
    -2.04,
    3.57,
    0.51,
    -0.06,
    1.53,
    -3.06,
    -1.51,
    -0.52,
    -1.02,
    -0.37,
    -2.30,
    -2.80,
    -2.58,
    -0.85,
    -0.27,
    0.55,
    -0.00,
    -0.50,
    1.83,
    1.23,
    1.48,
    3.19,
    2.33,
    0.67,
    1.40,
    -1.03,
)

IN_ANOTHER_LANGUAGE = 0.01


@lru_cache(maxsize=100_000)
def _is_number(word: str) -> bool:
    return word.rstrip("+").isdigit()


@lru_cache(maxsize=100_000)
def _weight(word: str) -> float:
    return 0.5 if _is_number(word) or word in GENERIC else 1.0


def _abbreviates(short: str, long: str) -> bool:
    """Whether ``short`` is the beginning of ``long``, or its consonants and some more in order."""
    if not 1 < len(short) < len(long) or short[0] != long[0]:
        return False
    if long.startswith(short):
        return True
    letters = iter(long)
    return len(short) > 2 and all(letter in letters for letter in short)


@lru_cache(maxsize=200_000)
def _alike(one: str, other: str) -> float:
    """How alike two different words are: 0 to 1."""
    if _is_number(one) or _is_number(other) or max(one + other) >= "\u3400":
        return 0.0
    short, long = sorted((one, other), key=len)
    if _abbreviates(short, long):
        return 0.8
    if len(short) > 3 and Levenshtein.distance(short, long, score_cutoff=2) <= (1 if len(long) < 8 else 2):
        return 0.85
    return 0.0


@lru_cache(maxsize=100_000)
def _sounds_like(one: str, other: str) -> float:
    """How alike two words are that were written in different scripts, of which some write no vowels."""
    alike = ratio(skeleton(one), skeleton(other)) / 100
    return alike if alike >= 0.7 and max(one + other) < "\u3400" else 0.0


def _align(one: list[str], other: list[str], how_alike: Callable[[str, str], float]) -> tuple[float, int]:
    """Take the words that are alike, or written together in one of the names, out of both; their weight, and how many."""
    weight, count = 0.0, 0
    for i, word in reversed(list(enumerate(one))):
        best, at = 0.0, -1
        for j, candidate in enumerate(other):
            if (alike := how_alike(word, candidate)) > best:
                best, at = alike, j
        if at >= 0:
            weight += best * min(_weight(word), _weight(other[at]))
            count += 1
            del one[i], other[at]
    for few, many in ((one, other), (other, one)):
        for i, word in reversed(list(enumerate(few))):
            for j in range(len(many) - 1):
                if many[j] + many[j + 1] == word:
                    weight += 1.0
                    del few[i], many[j : j + 2]
                    break
    return weight, count


def _initial_and_number(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one is the other with its first word by a letter, and a number follows: F3, France 3.

    CCTV 8 is nowhere C8, which is a channel of its own.
    """
    if len(one) != 2 or len(other) != 2 or one[1] != other[1] or not _is_number(one[1]):
        return False
    if "cctv" in (one[0], other[0]):
        return False
    return one[0][0] == other[0][0] and min(len(one[0]), len(other[0])) == 1 < max(len(one[0]), len(other[0]))


def skeleton(core: str) -> str:
    """Return the consonants, those alike by one letter: what is left of a word in scripts that write no vowels."""
    kept = core.translate(str.maketrans("kqczgv", "cccscb", "aeiouyhw'`_"))
    return "".join(c for i, c in enumerate(kept) if not i or kept[i - 1] != c)


def _initials(one: NameForm, other: NameForm) -> bool:
    for few, many in ((one, other), (other, one)):
        if len(few.words) == 1 and 2 < len(few.full) < 6 and len(many.words) > 1:
            initials = "".join(word[0] for word in many.words)
            if few.full == initials:
                return True
    return False


def features(one: NameForm, other: NameForm) -> tuple[float, ...]:
    """Return the FEATURES of two names, each 0 to some 2; the same whichever comes first."""
    if (other.plain, other.words) < (one.plain, one.words):
        one, other = other, one
    common, left_of_one, left_of_other = [], [], list(other.words)
    for word in one.words:
        if word in left_of_other:
            left_of_other.remove(word)
            common.append(word)
        else:
            left_of_one.append(word)
    same_words = not left_of_one and not left_of_other
    total = sum(map(_weight, one.words)) + sum(map(_weight, other.words))
    core_equal = one.core == other.core
    abbreviated = 0
    weight = sum(map(_weight, common))
    initial = _initial_and_number(one.words, other.words)
    if core_equal := core_equal or initial:
        weight, left_of_one, left_of_other = total / 2, [], []
    elif left_of_one and left_of_other:
        more, abbreviated = _align(left_of_one, left_of_other, _alike if one.latin == other.latin else _sounds_like)
        weight += more
    number_of_one = [n for n in left_of_one if _is_number(n)]
    number_of_other = [n for n in left_of_other if _is_number(n)]
    left = left_of_one + left_of_other
    plain_left = generic = language = place = 0
    for word in left:
        if not _is_number(word):
            plain_left += 1
            generic += word in GENERIC
            language += word in LANGUAGES
            place += word in PLACES or word in PLACES_AFTER_NUMBER
    brand = plain_left - generic - language - place
    numbers = number_of_one + number_of_other
    one_place, other_place = one.places, other.places
    sounds = 0.0
    if one.latin != other.latin and not core_equal:
        sounds = ratio(skeleton(one.core), skeleton(other.core)) / 100
    anchored = core_equal or abbreviated or any(w not in GENERIC and not _is_number(w) and len(w) > 1 for w in common)
    return (
        1.0,
        float(one.full == other.full),
        float(core_equal),
        max(ratio(one.core, other.core) / 100, JaroWinkler.similarity(one.core, other.core) * 0.9),
        min(2 * weight / total, 1.0) if total else 0.0,
        float(bool(number_of_one and number_of_other)),
        float(bool(numbers and not (number_of_one and number_of_other)) and numbers != ["1"]),
        float(numbers == ["1"]),
        min(generic, 2.0),
        min(brand, 2.0),
        float(min(len(left_of_one), len(left_of_other), 2)),
        float(bool(one_place and other_place and one_place != other_place)),
        float(bool(one_place) != bool(other_place)),
        float(min(len(one.core), len(other.core)) < 4 and one.full != other.full and not initial),
        min(abbreviated, 2.0),
        float(not anchored),
        float(_initials(one, other)),
        sounds,
        min(language, 2.0),
        min(place, 2.0),
        float(same_words and not core_equal),
        float(bool(one.call_sign) and one.call_sign == other.call_sign and (one.explained or other.explained)),
        float(core_equal and one.full != other.full),
        float(not left and not core_equal and not same_words),
        float(one_place != other_place and bool(one.numbers and other.numbers)),
        float(bool(one.noise and other.noise) and one.noise != other.noise),
    )


def probability(of: tuple[float, ...]) -> float:
    """Return the probability of the model, 0 to 1."""
    return 1 / (1 + exp(-sum(map(mul, WEIGHTS, of))))


@lru_cache(maxsize=400_000)
def likelihood(one: NameForm, other: NameForm) -> float:
    """Return the probability that two names are one service's; next to none where they name different languages."""
    chance = probability(features(one, other))
    return min(chance, IN_ANOTHER_LANGUAGE) if _languages_differ(one, other) else chance


def _languages_differ(one: NameForm, other: NameForm) -> bool:
    mine, theirs = _languages(one), _languages(other)
    return bool(mine and theirs) and not mine & theirs


@lru_cache(maxsize=100_000)
def _languages(form: NameForm) -> frozenset[str]:
    return frozenset(LANGUAGE_OF[word] for word in (*form.words, *form.places) if word in LANGUAGE_OF)


@lru_cache(8192)
def _both_are(name: str) -> Said:
    """Most evidence of a network of many regions says this, of each name as often as there are regions."""
    return said("names-equal", name=name)


def explain(one: NameForm, other: NameForm) -> str:
    """Return what two names have in common, for people."""
    if one.full == other.full:
        return _both_are(one.full)
    if one.core == other.core:
        return said("names-same-core", one=one.full, other=other.full, core=one.core)
    return said("names-alike", one=" ".join(one.words), other=" ".join(other.words))
