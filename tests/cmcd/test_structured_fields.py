"""Dictionaries as RFC 8941 writes them; its own examples."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.cmcd.structured_fields import InnerList, Item, Token, parse_dictionary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('en="Applepie", da=:w4ZibGV0w6ZydGU=:', {"en": Item("Applepie"), "da": Item("Æbletærte".encode())}),
        ("a=?0, b, c; foo=bar", {"a": Item(False), "b": Item(True), "c": Item(True, {"foo": Token("bar")})}),
        (
            "rating=1.5, feelings=(joy sadness)",
            {"rating": Item(1.5), "feelings": InnerList((Item(Token("joy")), Item(Token("sadness"))))},
        ),
        (
            "a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid",
            {
                "a": InnerList((Item(1), Item(2))),
                "b": Item(3),
                "c": Item(4, {"aa": Token("bb")}),
                "d": InnerList((Item(5), Item(6)), {"valid": True}),
            },
        ),
        (r'a="the \"x\" and \\"', {"a": Item(r'the "x" and \ '.strip())}),
        ("a=1,a=2", {"a": Item(2)}),
        ("a=()", {"a": InnerList(())}),
        ("a=-999999999999999,b=-0.125,c=a:b/c!", {"a": Item(-(10**15) + 1), "b": Item(-0.125), "c": Item("a:b/c!")}),
        ("br=(  5000;v   128;a )", {"br": InnerList((Item(5000, {"v": True}), Item(128, {"a": True})))}),
        ("", {}),
    ],
)  # fmt: skip
def test_what_the_standard_writes_is_read(text, expected):
    assert parse_dictionary(text) == expected


def test_a_token_is_told_from_a_string():
    read = parse_dictionary('a=p,b="p"')
    assert [type(read[key].value) for key in "ab"] == [Token, str]


@pytest.mark.parametrize(
    "text",
    ["a=", "A=1", "a=1,", ",a=1", "a=1 b=2", 'a="x', 'a="\\n"', "a=(1 2", "a=(1,2)", "a=(1;v2;a)x", "a=?2", "a=:!:",
     "a=:abc:", "a=1.", "a=1234567890123456", "a=1.2345", "a=--1", "a=@1", "a;=1", 'a="é"', "a==1", "1a=2"],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(WireError):
        parse_dictionary(text)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_no_text_does_more_than_be_refused(text):
    with contextlib.suppress(WireError):
        assert isinstance(parse_dictionary(text), dict)
