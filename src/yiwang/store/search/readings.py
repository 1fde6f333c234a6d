"""How characters are read: which syllables of pinyin, without tones, each may be.

Which of a character's readings is meant depends on the word (重庆 chongqing, 重要 zhongyao), and words are not marked in
Chinese. A guess that is wrong would hide a title, a reading too many only adds one: so each character has all its readings that
are alive, which are its first and those that words of pypinyin's list use.
"""

import unicodedata
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

SEPARATOR, OTHER, FIRST_LETTER = 0, 1, 2
"""Readings: between parts of a text; of characters that only stand for themselves; of ``a``, then ``b`` … ``9``."""
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
INITIALS_OF_TWO = ("zh", "ch", "sh")
LONGEST_SYLLABLE = 6


def _without_tone(syllable: str) -> str:
    spelled = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(c for c in spelled if "a" <= c <= "z")


class Readings:
    """All readings. ``syllables``: letters and digits, then pinyin; ``members`` of a reading are indices of them.

    ``of_character`` is the reading of each Chinese character. Syllable 0 is one that nothing is read as.
    """

    def __init__(self) -> None:
        alive = _alive()
        pinyin = sorted({s for of_one in alive.values() for s in of_one if s})
        self.syllables: tuple[str, ...] = ("", *LETTERS, *pinyin)
        self.pinyin = {syllable: len(LETTERS) + 1 + n for n, syllable in enumerate(pinyin)}
        sets: dict[tuple[int, ...], int] = {(0,): OTHER}
        members: list[tuple[int, ...]] = [(0,), (0,), *((1 + n,) for n in range(len(LETTERS)))]
        self.of_character: dict[str, int] = {}
        for character, of_one in alive.items():
            key = tuple(sorted(self.pinyin[s] for s in of_one if s)) or (0,)
            if key not in sets:
                sets[key] = len(members)
                members.append(key)
            self.of_character[character] = sets[key]
        self.members = tuple(members)
        self._flat = np.array([m for of_one in members for m in of_one], np.intp)
        self._starts = np.cumsum([0, *(len(of_one) for of_one in members[:-1])])
        self._beginning: dict[str, list[int]] = {}
        self._initial: dict[str, list[int]] = {}
        self._shorter: dict[str, set[int]] = {}
        for syllable, n in self.pinyin.items():
            for k in range(1, len(syllable) + 1):
                self._beginning.setdefault(syllable[:k], []).append(n)
            self._initial.setdefault(syllable[0], []).append(n)
            if syllable.startswith(INITIALS_OF_TWO):
                self._initial.setdefault(syllable[:2], []).append(n)
            for variant in _with_one_less(syllable):
                self._shorter.setdefault(variant, set()).add(n)
        self._near: dict[str, tuple[int, ...]] = {}

    def beginning_with(self, text: str) -> list[int]:
        """Return the syllables of pinyin that begin with ``text``."""
        return self._beginning.get(text, [])

    def with_initial(self, text: str) -> list[int]:
        """Return the syllables of pinyin whose initial, or first letter, is ``text``."""
        return self._initial.get(text, [])

    def near(self, text: str) -> tuple[int, ...]:
        """Return the syllables of pinyin that ``text`` is with one letter wrong, missing, too much, or two exchanged."""
        if text not in self._near:
            if len(self._near) > 100_000:
                self._near.clear()
            candidates = {n for variant in _with_one_less(text) for n in self._shorter.get(variant, ())}
            self._near[text] = tuple(n for n in candidates if _is_one_mistake(text, self.syllables[n]))
        return self._near[text]

    def of_readings(self, table: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """Turn a table of shape (units, syllables) into one of shape (units, readings): what any of its syllables may be."""
        return np.bitwise_or.reduceat(table[:, self._flat], self._starts, axis=1)


@cache
def readings() -> Readings:
    """Return the readings; they are made when first asked for (half a second)."""
    return Readings()


def _alive() -> dict[str, dict[str, None]]:
    """Return the readings of each Chinese character that are alive, the first one first."""
    without_tone = lru_cache(maxsize=None)(_without_tone)
    alive = {chr(code): {without_tone(text.split(",")[0]): None} for code, text in PINYIN_DICT.items()}
    for phrase, spelled in PHRASES_DICT.items():
        if len(phrase) == len(spelled):
            for character, syllable in zip(phrase, spelled, strict=True):
                if character in alive:
                    alive[character][without_tone(syllable[0])] = None
    for of_one in alive.values():  # 绿 is written lü, typed lv or lu
        of_one.update({s.replace("v", "u"): None for s in tuple(of_one) if "v" in s})
    return alive


def n_readings() -> int:
    """Return how many readings there are."""
    return len(readings().members)


def _with_one_less(text: str) -> set[str]:
    return {text} | {text[:k] + text[k + 1 :] for k in range(len(text))}


def _is_one_mistake(one: str, other: str) -> bool:
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return any(long[:k] + long[k + 1 :] == short for k in range(len(long)))
    wrong = [k for k in range(len(one)) if one[k] != other[k]]
    if len(wrong) == 2:
        a, b = wrong
        return b == a + 1 and one[a] == other[b] and one[b] == other[a]
    return len(wrong) == 1
