"""What a viewer typed, as words, and each word as the tables that the kernels follow (see `kernels.text_search`)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from yiwang.store.search.alphabet import Alphabet, fold, is_han, reading_of
from yiwang.store.search.readings import FIRST_LETTER, LETTERS, LONGEST_SYLLABLE, Readings, readings

LONGEST_QUERY = 64  # characters; what follows is not looked at
LONGEST_WORD = 48  # units; a row of bits has 64
MOST_WORDS = 6
SHORTEST_WITH_MISTAKES = 4  # letters
SHORTEST_HAN_WITH_MISTAKES = 3

Table = npt.NDArray[np.uint64]


def split_query(text: str) -> tuple[str, ...]:
    """Return the words of a query, folded, without what is not searched; at most MOST_WORDS of LONGEST_WORD characters."""
    words = ("".join(map(fold, word))[:LONGEST_WORD] for word in text[:LONGEST_QUERY].split())
    return tuple(word for word in words if word)[:MOST_WORDS]


def split_scripts(word: str) -> tuple[str, ...]:
    """Return the runs of Chinese and of other characters of a word."""
    runs: list[str] = []
    for n, character in enumerate(word):
        if n and is_han(character) == is_han(word[n - 1]):
            runs[-1] += character
        else:
            runs.append(character)
    return tuple(runs[:MOST_WORDS])


@dataclass(frozen=True)
class Word:
    """A word: its units are its characters."""

    text: str
    ids: npt.NDArray[np.uint16]

    @classmethod
    def of(cls, text: str, alphabet: Alphabet) -> "Word":
        """Return a word of `split_query`."""
        return cls(text, np.array([alphabet.id_of(c) for c in text], np.uint16))

    @property
    def may_be_mistaken(self) -> bool:
        """Whether it is long enough that a mistake leaves something."""
        letters = sum(c in LETTERS for c in self.text)
        han = sum(map(is_han, self.text))
        return letters >= SHORTEST_WITH_MISTAKES or han >= SHORTEST_HAN_WITH_MISTAKES

    @property
    def in_synopses(self) -> bool:
        """Whether synopses are searched for it: one character, or two letters, are in most of them."""
        return len(self.text) >= (2 if any(map(is_han, self.text)) else 3)

    @property
    def only_at_part_start(self) -> bool:
        """Whether it is so short that it is looked for at beginnings only."""
        return len(self.text) == 1 and not is_han(self.text)

    @property
    def first_readings(self) -> npt.NDArray[np.intp]:
        """The readings that it may begin with."""
        return np.union1d(np.flatnonzero(self.short[0]), [reading_of(self.text[0])])

    @property
    def first_near_readings(self) -> npt.NDArray[np.intp]:
        """The readings that it may begin with, when there are mistakes."""
        return np.flatnonzero(self.full[0] | self.near[0])

    @cached_property
    def letters(self) -> npt.NDArray[np.uint16]:
        """The reading of each unit that is a letter, 0: it is none."""
        return np.array([reading_of(c) if "a" <= c <= "z" else 0 for c in self.text], np.uint16)

    @cached_property
    def readings(self) -> npt.NDArray[np.uint16]:
        """The reading of each unit."""
        return np.array([reading_of(c) for c in self.text], np.uint16)

    @cached_property
    def full(self) -> Table:
        """Whole readings, and at the end the beginning of one; shape (units, readings)."""
        return readings().of_readings(self._full)

    @cached_property
    def short(self) -> Table:
        """The same, and initials."""
        table, known = self._full.copy(), readings()
        for o in range(len(self.text)):
            for k in (1, 2):
                table[o, known.with_initial(self._run(o, k))] |= _bit(o + k)
        return known.of_readings(table)

    @cached_property
    def near(self) -> Table:
        """Readings with one mistake."""
        table, known = self._no_steps(), readings()
        units = len(self.text)
        for o, c in enumerate(self.text):
            if is_han(c):
                _near_character(table, known, self.text, o)
            elif "a" <= c <= "z":
                _near_letter(table, known, self.text, o)
                for k in range(1, LONGEST_SYLLABLE + 2):
                    if run := self._run(o, k):
                        near = [n for n in known.near(run) if o or known.syllables[n][0] == c]
                        table[o, near] |= _bit(o + k)
        if self.letters[-1] and units > 1:  # a letter too much at the end
            table[(self._full & _bit(units - 1)) != 0] |= _bit(units)
        return known.of_readings(table)

    @cached_property
    def full_on(self) -> Table:
        """The units from which each reading leads anywhere in ``full``; shape (readings,)."""
        return _leads_on(self.full)

    @cached_property
    def short_on(self) -> Table:
        """The same of ``short``."""
        return _leads_on(self.short)

    @cached_property
    def near_on(self) -> Table:
        """The same of ``near``."""
        return _leads_on(self.near)

    @cached_property
    def _full(self) -> Table:
        table, known = self._no_steps(), readings()
        for o, c in enumerate(self.text):
            if is_han(c):
                table[o, list(known.members[reading_of(c)])] |= _bit(o + 1)
            elif c in LETTERS:
                table[o, list(known.members[reading_of(c)])] |= _bit(o + 1)
                for k in range(1, LONGEST_SYLLABLE + 1):
                    run = self._run(o, k)
                    if run in known.pinyin:
                        table[o, known.pinyin[run]] |= _bit(o + k)
                    if o + k == len(self.text):
                        table[o, known.beginning_with(run)] |= _bit(o + k)
        return table

    def _run(self, o: int, k: int) -> str:
        """Return ``k`` letters from unit ``o`` on; nothing where there are fewer."""
        run = self.text[o : o + k]
        return run if len(run) == k and run.isascii() and run.isalpha() else ""

    def _no_steps(self) -> Table:
        return np.zeros((len(self.text), len(readings().syllables)), np.uint64)


def _near_character(table: Table, known: Readings, text: str, o: int) -> None:
    """A Chinese character that is another one, is missing, or is too much. The first is right."""
    pinyin = slice(1 + len(LETTERS), None)
    if o:
        table[o, pinyin] |= _bit(o + 1) | _bit(o)
        if o + 1 < len(text) and is_han(text[o + 1]):
            table[o, list(known.members[reading_of(text[o + 1])])] |= _bit(o + 2)


def _near_letter(table: Table, known: Readings, text: str, o: int) -> None:
    """The same of a letter in a Latin word. Digits are never wrong: 1 and 2 are two channels."""
    letters = slice(1, 1 + 26)
    if o:
        table[o, letters] |= _bit(o + 1) | _bit(o)
    if o + 1 < len(text) and text[o + 1] in LETTERS and (o or text[0] == text[1]):
        table[o, list(known.members[reading_of(text[o + 1])])] |= _bit(o + 2)


def _leads_on(table: Table) -> Table:
    bits = np.uint64(1) << np.arange(len(table), dtype=np.uint64)
    leads_on: Table = np.bitwise_or.reduce(np.where(table != 0, bits[:, None], np.uint64(0)), axis=0)
    return leads_on


def _bit(o: int) -> np.uint64:
    return np.uint64(1 << o)


assert FIRST_LETTER == 2
