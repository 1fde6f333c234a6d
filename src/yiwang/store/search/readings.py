"""How characters are read: which syllables of pinyin, without tones, each may be.

Which of a character's readings is meant depends on the word (重庆 chongqing, 重要 zhongyao), and words are not marked in
Chinese. A guess that is wrong would hide a title, a reading too many only adds one: so each character has all its readings that
are alive, which are its first and those that words of pypinyin's list use.
"""

import io
import os
import tempfile
import unicodedata
import zipfile
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from yiwang.store.cache_folder import cache_folder

SEPARATOR, OTHER, FIRST_LETTER = 0, 1, 2
"""Readings: between parts of a text; of characters that only stand for themselves; of ``a``, then ``b`` … ``9``."""
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
INITIALS_OF_TWO = ("zh", "ch", "sh")
LONGEST_SYLLABLE = 6
LAST_HAN = 0x3FFFF
"""Planes 0 to 3: no Chinese character is beyond."""
FORM = 1
"""Of the file; another number where it would mean something else."""


def _without_tone(syllable: str) -> str:
    spelled = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(c for c in spelled if "a" <= c <= "z")


class Readings:
    """All readings. ``syllables``: letters and digits, then pinyin; ``members`` of a reading are indices of them.

    Syllable 0 is one that nothing is read as.

    Parameters
    ----------
    pinyin : list of str                 the syllables
    alive : ndarray of shape (LAST_HAN + 1,), uint16    1 + which of ``sets`` a Chinese character is read as; 0: it is none
    sets : list of tuples of int         of indices of ``pinyin``, which a character may be read as
    """

    def __init__(self, pinyin: list[str], alive: npt.NDArray[np.uint16], sets: list[tuple[int, ...]]) -> None:
        self.syllables: tuple[str, ...] = ("", *LETTERS, *pinyin)
        first = len(LETTERS) + 1
        self.pinyin = {syllable: first + n for n, syllable in enumerate(pinyin)}
        members: list[tuple[int, ...]] = [(0,), (0,), *((1 + n,) for n in range(len(LETTERS)))]
        self._alive, self._before = alive, len(members) - 1
        members += [tuple(first + n for n in of_one) or (0,) for of_one in sets]
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

    def of_character(self, character: str) -> int | None:
        """Return the reading of a Chinese character; None: it is none."""
        code = ord(character)
        place = int(self._alive[code]) if code <= LAST_HAN else 0
        return place + self._before if place else None

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
    """Return the readings. They are made once on a machine and kept in its cache, as pypinyin's lists take 60 MB."""
    path = cache_folder() / f"readings-{FORM}-{version('pypinyin')}.npz"
    try:
        return _from_file(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        made = _make()
    _to_file(path, *made)
    return Readings(*made)


def _from_file(path: Path) -> Readings:
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
        alive, sizes, flat = file["alive"], file["sizes"], file["flat"]
        pinyin = str(file["pinyin"]).split()
    if (
        alive.shape != (LAST_HAN + 1,)
        or sizes.sum() != flat.size
        or alive.max() > sizes.size
        or flat.max() >= len(pinyin)
    ):
        raise ValueError(f"{path}: not what was written")
    ends = np.cumsum(sizes).tolist()
    sets = [tuple(flat[end - size : end].tolist()) for end, size in zip(ends, sizes.tolist(), strict=True)]
    return Readings(pinyin, alive, sets)


def _to_file(path: Path, pinyin: list[str], alive: npt.NDArray[np.uint16], sets: list[tuple[int, ...]]) -> None:
    octets = io.BytesIO()
    np.savez_compressed(
        octets,
        alive=alive,
        sizes=np.array([len(of_one) for of_one in sets], np.uint16),
        flat=np.array([n for of_one in sets for n in of_one], np.uint16),
        pinyin=np.array(" ".join(pinyin)),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(octets.getvalue())
        Path(name).replace(path)
    except OSError:
        pass  # no cache here: the next process makes them again


def _make() -> tuple[list[str], npt.NDArray[np.uint16], list[tuple[int, ...]]]:
    of_characters = _alive()
    pinyin = sorted({s for of_one in of_characters.values() for s in of_one if s})
    numbers = {syllable: n for n, syllable in enumerate(pinyin)}
    places: dict[tuple[int, ...], int] = {}
    alive = np.zeros(LAST_HAN + 1, np.uint16)
    for character, of_one in of_characters.items():
        key = tuple(sorted(numbers[s] for s in of_one if s))
        alive[ord(character)] = 1 + places.setdefault(key, len(places))
    return pinyin, alive, list(places)


def _alive() -> dict[str, dict[str, None]]:
    """Return the readings of each Chinese character that are alive, the first one first."""
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT  # 60 MB, so not where they have been read before

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
