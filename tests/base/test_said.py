"""Sentences that know what they say."""

import pickle

import pytest

from yiwang.base.said import TEXTS, TOLD, Clause, clauses_of, joined, said, said_as

KNOWN = [
    ("All connection attempts failed", [("no-connection", {})]),
    ("larger than 5 MB", [("larger-than", {"size": "5"})]),
    ("larger than 5 MB unpacked", [("larger-unpacked", {"size": "5"})]),
    ("its samples are encrypted (SAMPLE-AES-CTR), which is not carried; whole segments are (AES-128)",
     [("samples-encrypted", {"method": "SAMPLE-AES-CTR"})]),
    ("http://a/b: the server answered 404 Not Found",
     [("at", {"where": "http://a/b"}), ("server-answered", {"status": "404 Not Found"})]),
    ("http://a: no segment for 20 s: segment 12: silent for 10 s",
     [("at", {"where": "http://a"}), ("no-segment-for", {"seconds": "20"}), ("in-segment", {"number": "12"}),
      ("peer-silent", {"seconds": "10"})]),
    ("udp://[ff3e::1]:5 has been good for 30 s: http://a is in use now",
     [("good-for", {"url": "udp://[ff3e::1]:5", "seconds": "30"}), ("in-use-now", {"url": "http://a"})]),
    ("no picture for 3 s: sound only", [("sound-only", {"seconds": "3"})]),
    ("syncframe at octet 4: expected a frame, got 0b77",
     [("wire-error", {"source": "syncframe", "offset": "4", "expected": "a frame", "got": "0b77"})]),
    ("source 'udp://a': no port; expected host:port", [("of-source", {"url": "'udp://a'"}), ("no-port", {})]),
    ("service one: source: file:/a: only the config file may name files of the node",
     [("of-service", {"id": "one"}), ("at", {"where": "source"}), ("at", {"where": "file:/a"}), ("only-config-names", {})]),
    ("source fe80::1 is not a unicast address", [("no-unicast", {"source": "fe80::1"})]),
]  # fmt: skip
PLAIN = ["", ": ", "http://a: what another program says", "something: else", "segment 12: what another program says"]


def test_a_sentence_is_its_english_text_and_what_it_was_made_of():
    one = said("number-out-of-range", number=0, first=1, last=999)
    assert one == "0 is no number from 1 to 999"
    assert clauses_of(one) == (Clause("number-out-of-range", (("number", "0"), ("first", "1"), ("last", "999"))),)


def test_what_fills_a_text_in_is_never_read_as_one():
    assert said("names-equal", name="{name}{0}") == "both are {name}{0}"


def test_several_are_one_unless_one_of_them_is_plain_text():
    parts = said("names-equal", name="x"), said("guides-same", share="90%")
    assert joined(*parts, by="; ") == "both are x; 90% of the guides is the same"
    assert [clause.code for clause in clauses_of(joined(*parts, by="; "))] == ["names-equal", "guides-same"]
    assert clauses_of(joined(*parts, "plain", by="; ")) == ()
    assert clauses_of("plain") == ()


def test_a_text_that_came_as_plain_text_is_known_where_nothing_fills_it_in():
    assert clauses_of(said_as("a loop: it comes from this node itself")) == (Clause("loop"),)
    assert clauses_of(said_as("HTTP 404")) == ()


def test_no_two_texts_are_one():
    assert len(set(TEXTS.values())) == len(TEXTS)


@pytest.mark.parametrize(("text", "clauses"), KNOWN)
def test_a_text_is_known_again(text: str, clauses: list[tuple[str, dict[str, str]]]):
    known = said_as(text)
    assert known == text
    assert [(clause.code, dict(clause.values)) for clause in clauses_of(known)] == clauses


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_not_known_stays_as_it_is(text: str):
    assert said_as(text) == text
    assert clauses_of(said_as(text)) == ()


@pytest.mark.parametrize("code", sorted(TOLD.keys() - {"at"}))
def test_all_that_is_told_is_known_again(code: str):
    values = {name: f"{n}" for n, name in enumerate(("a", "b", "c", "d"))}
    names = [part.partition("}")[0] for part in TEXTS[code].split("{")[1:]]
    filled = dict(zip(names, values.values(), strict=False))
    told = said(code, **filled)
    assert clauses_of(said_as(str(told))) == clauses_of(told)


def test_a_long_text_of_others_is_not_searched():
    text = "a: " * 20_000 + "larger than " + "5" * 1000
    assert said_as(text) == text


def test_it_goes_to_another_process():
    assert clauses_of(pickle.loads(pickle.dumps(said("larger-than", size=5)))) == clauses_of(
        said("larger-than", size=5)
    )
