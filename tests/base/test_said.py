"""Sentences that know what they say."""

from yiwang.base.said import TEXTS, Clause, clauses_of, joined, said, said_as


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
