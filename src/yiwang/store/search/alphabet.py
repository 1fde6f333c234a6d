"""Characters as numbers: which are searched, which are the same, how each is read."""

import unicodedata

import numpy as np
import numpy.typing as npt

from yiwang.kernels.text_search import WORD_START
from yiwang.store.search.readings import FIRST_LETTER, LETTERS, OTHER, SEPARATOR, readings

SEPARATES, SKIPPED, FIRST = 0, 1, 2
"""Character ids: between parts (a line feed); not searched (punctuation, blanks); of the first character that is."""
UNKNOWN = 0xFFFF  # in queries: a character that no text has
NOTHING, WORD, DIGIT, HAN = range(4)
CODE_POINTS = 0x110000

Ids = npt.NDArray[np.uint16]


class Alphabet:
    """Numbers for the characters that were seen. Only grows, so it is read while it grows."""

    def __init__(self) -> None:
        self._known = np.zeros(CODE_POINTS, np.bool_)
        self._ids = np.zeros(CODE_POINTS, np.uint16)
        self._readings = np.zeros(CODE_POINTS, np.uint16)
        self._classes = np.zeros(CODE_POINTS, np.uint8)
        self._by_character: dict[str, int] = {}
        for end in "\0\n":
            self._known[ord(end)] = True

    def learn(self, code_points: npt.NDArray[np.uint32]) -> None:
        """Give numbers to the characters that have none yet."""
        new = np.unique(code_points[~self._known[code_points]])
        for code in new.tolist():
            character = fold(chr(code))
            number = SKIPPED
            if character:
                number = self._by_character.setdefault(character, FIRST + len(self._by_character))
                if number >= UNKNOWN:
                    number = SKIPPED
                else:
                    self._classes[code], self._readings[code] = _class_and_reading(character)
            self._ids[code] = number
            self._known[code] = True

    def split(self, texts: list[str]) -> tuple[npt.NDArray[np.int64], Ids, Ids]:
        """Return where each text begins (shape (N + 1,)), and the searched characters, a 0 after each text: ids, readings."""
        codes = _code_points("\0".join(text.replace("\0", " ") for text in texts) + "\0")
        self.learn(codes)
        ids, classes = self._ids[codes], self._classes[codes]
        ends = codes == 0
        kept = ids != SKIPPED
        before = np.concatenate([[NOTHING], classes[:-1]])
        word_start = (classes == HAN) | (classes != before)
        found = self._readings[codes] | np.where(word_start, np.uint16(WORD_START), np.uint16(0))
        found[ends] = SEPARATES
        return np.append(0, np.cumsum(kept)[ends]), ids[kept], found[kept]

    def places(self, text: str) -> npt.NDArray[np.intp]:
        """Return where in ``text``, which was split before, the characters are that are searched."""
        codes = _code_points(text.replace("\0", " "))
        return np.flatnonzero(self._ids[codes] != SKIPPED)

    def id_of(self, character: str) -> int:
        """Return the id of a folded character; UNKNOWN: no text has it."""
        return min(self._by_character.get(character, UNKNOWN), UNKNOWN)


def fold(character: str) -> str:
    """Return what a character is searched as: lower case, narrow, without accents; empty: not at all."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", character).casefold())[:1]
    if not plain:
        return ""
    category = unicodedata.category(plain)
    is_searched = category[0] in "LN" or plain == "+" or (category in ("Mn", "Mc") and plain > "\u036f")
    return plain if is_searched else ""


def is_han(character: str) -> bool:
    """Whether a folded character is a Chinese one."""
    return readings().of_character(character) is not None


def reading_of(character: str) -> int:
    """Return the reading of a folded character."""
    if character in LETTERS:
        return FIRST_LETTER + LETTERS.index(character)
    reading = readings().of_character(character)
    return OTHER if reading is None else reading


def _class_and_reading(character: str) -> tuple[int, int]:
    reading = reading_of(character)
    if is_han(character):
        return HAN, reading
    return (DIGIT if character.isdigit() else WORD), reading


def _code_points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


assert SEPARATOR == 0  # a line feed's reading, as its id
