import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from yiwang.base.errors import UsageError
from yiwang.dash.xml import Element


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_value_holds_a_parser_reads_the_same_value(attribute, text):
    element = Element("Label", {"lang": attribute}, text=text)
    try:
        document = element.to_document()
    except UsageError:
        assert any(not c.isprintable() for c in attribute + text)
        return
    root = etree.fromstring(document.encode())
    assert root.get("lang") == attribute
    assert (root.text or "") == text


@pytest.mark.parametrize("name", ["", "a b", "1a", "a>", "a:b:c", 'a="b"'])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(UsageError):
        Element(name, {}).to_document()
    with pytest.raises(UsageError):
        Element("a", {name: 1}).to_document()


def test_children_attributes_and_booleans():
    document = Element(
        "A", {"x": None, "y": False, "z": 0}, (Element("B", {}), Element("C", {}, text="&"))
    ).to_document()
    assert document == ('<?xml version="1.0" encoding="UTF-8"?>\n<A y="false" z="0">\n <B/>\n <C>&amp;</C>\n</A>\n')
