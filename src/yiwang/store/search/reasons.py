"""Why something was found, for people: which characters of which text."""

from yiwang.kernels.text_search import CHARACTERS, INITIALS, PINYIN, TYPO
from yiwang.store.search.alphabet import Alphabet
from yiwang.store.search.records import Reason

BY = {CHARACTERS: "characters", PINYIN: "pinyin", INITIALS: "initials", TYPO: "typo"}
_ORDER = list(BY.values())


def reason(alphabet: Alphabet, text: str, field: str, first: int, end: int, kind: int) -> Reason:
    """Return the reason that the searched characters ``first`` to ``end`` of a text give."""
    at = alphabet.places(text)
    begin, end = int(at[first]), int(at[end - 1]) + 1
    part_begin = text.rfind("\n", 0, begin) + 1
    part = text[part_begin:].partition("\n")[0]
    return Reason(field, part, ((begin - part_begin, end - part_begin),), BY[kind])


def merged(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Return the reasons, those of one text as one: its ``by`` is the least certain."""
    of_text: dict[tuple[str, str], Reason] = {}
    for one in reasons:
        key = (one.field, one.text)
        other = of_text.get(key, one)
        spans = tuple(sorted({*other.spans, *one.spans}))
        of_text[key] = Reason(*key, spans, max(other.by, one.by, key=_ORDER.index))
    return tuple(of_text.values())
