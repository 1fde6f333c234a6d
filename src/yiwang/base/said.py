"""Sentences for people that a page may say in another language: English, with the codes of what they say.

A `Said` is its English text, wherever a text is wanted; its clauses are what a page translates. Every code of `TEXTS` has a
text in each language of the console (`web/ui/src/lib/i18n/said_texts.ts`).
"""

from dataclasses import dataclass

TEXTS = {
    # why listed services are one, or are not
    "rule-same": "a rule says the same",
    "rule-different": "a rule says different",
    "decision-same": "the same: decision {decision} of {who}, {at}",
    "decision-different": "never the same: decision {decision} of {who}, {at}",
    "decision-number": "number {number}: decision {decision} of {who}, {at}",
    "identifier": "UniqueIdentifier {identifier}",
    "identifier-claimed": "UniqueIdentifier {identifier} is claimed by {one} and by {other}",
    "triplet": "DVB triplet {triplet}",
    "triplet-claimed": "DVB triplet {triplet} is claimed by {one} and by {other}",
    "names-equal": "both are {name}",
    "names-same-core": "{one} and {other} are both {core}",
    "names-alike": "{one} is like {other}",
    "name-everywhere": "a name that every region has",
    "name-crowd": "a name that each of the lists gives to {count} services or more",
    "guides-same": "{share} of the guides is the same",
    "but": "but",
    "lists-both": "{source} lists both",
    "region-has-both": "{region} has both: {one} and {other}",
    # what an operator may want to decide
    "id-refused": "a rule calls {listed} {id}, which is another's name, or it has another, or it is no id",
    "number-preferred-twice": "a rule prefers {number} for {service}, another for a second",
    "number-range-full": "no number of {first} to {last} is left for {service}",
    "number-out-of-range": "{number} is no number from {first} to {last}",
    "number-none-left": "no number is left in {region}",
    "number-none-left-nowhere": "no number is left in no region",
    "number-taken": "{number} in {region} is {winner}'s; {service} has {has}",
    "number-taken-nowhere": "{number} in no region is {winner}'s; {service} has {has}",
    "region-parents": "{region} is put into {parents}",
    "region-parent-unlisted": "{parent}, parent of {region}, is listed nowhere",
    "region-circle": "{regions}: a circle",
    "region-too-deep": "{region} is {levels} levels deep, more than {most}",
    # why a listed service is not carried, or a stream of it not used
    "no-way-to-receive": "listed without any way to receive it",
    "dash-only": "listed with DASH only, which is not carried; HLS and transport streams are",
    "tuners-only": "listed for tuners and players only: neither a transport stream over IP nor HLS",
    "no-address": "no address of a stream that a list may name",
    "not-read-yet": "its playlist has not been read yet",
    "stopped": "an operator has stopped it",
    "loop": "a loop: it comes from this node itself",
    "no-map": "its segments are fragmented MP4, but it has no EXT-X-MAP",
    "key-frames-only": "it has key frames only (EXT-X-I-FRAMES-ONLY)",
    "no-variants": "its list of variants is empty",
}
"""By code: the English text, with the names of what fills it in."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A code of `TEXTS`, and by name what fills its text in."""

    code: str
    values: tuple[tuple[str, str], ...] = ()


class Said(str):
    """A text in English that knows what it says; ``parts`` may be empty: then nobody can translate it.

    Matching says a hundred thousand of them, of which people read some: clauses are made when they are asked for.
    """

    __slots__ = ("parts",)
    parts: tuple[tuple[str, dict[str, object]], ...]


def said(code: str, **values: object) -> Said:
    """Say one thing."""
    made = Said(TEXTS[code].format_map(values))
    made.parts = ((code, values),)
    return made


def joined(*texts: str, by: str) -> Said:
    """Say one thing after another; what is plain text leaves the whole without clauses."""
    made, parts = Said(by.join(texts)), [text.parts if isinstance(text, Said) else () for text in texts]
    made.parts = tuple(one for some in parts for one in some) if all(parts) else ()
    return made


def clauses_of(text: str) -> tuple[Clause, ...]:
    """Return what a text says; empty: it is plain text, or nobody knows."""
    parts = text.parts if isinstance(text, Said) else ()
    return tuple(Clause(code, tuple((name, str(value)) for name, value in values.items())) for code, values in parts)


def said_as(text: str) -> str:
    """Return a text that came as plain text, a Said if it is one that needs nothing filled in."""
    code = _PLAIN.get(text)
    return said(code) if code is not None else text


_PLAIN = {text: code for code, text in TEXTS.items() if "{" not in text}
