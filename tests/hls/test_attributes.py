import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import UsageError
from yiwang.hls.attributes import Quoted, attribute_list, tag, uri_line


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"TYPE": "AUDIO", "NAME": Quoted("Español, 2")}, 'TYPE=AUDIO,NAME="Español, 2"'),
        ({"BANDWIDTH": 1280000, "AUDIO": None, "RESOLUTION": "1920x1080"}, "BANDWIDTH=1280000,RESOLUTION=1920x1080"),
        ({"CAN-BLOCK-RELOAD": None, "HOLD-BACK": "6.5"}, "HOLD-BACK=6.5"),
        ({}, ""),
    ],
)
def test_attributes_are_written_in_order_and_those_without_value_left_out(attributes, text):
    assert attribute_list(attributes) == text


@pytest.mark.parametrize(
    "attributes",
    [
        {"URI": Quoted('a"b')},
        {"URI": Quoted("a\nb")},
        {"URI": Quoted("a\rb")},
        {"TYPE": "AU DIO"},
        {"TYPE": "YES,NAME=x"},
        {"TYPE": ""},
        {"type": "AUDIO"},
    ],
)
def test_a_value_that_the_syntax_has_no_room_for_is_refused(attributes):
    with pytest.raises(UsageError):
        attribute_list(attributes)


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_value_can_add_a_line_or_an_attribute(quoted, plain):
    try:
        line = tag("EXT-X-MEDIA", {"NAME": Quoted(quoted), "TYPE": plain})
    except UsageError:
        return
    assert line == f'#EXT-X-MEDIA:NAME="{quoted}",TYPE={plain}\n'
    assert quoted.count('"') == 0
    assert "," not in plain
    assert line.count("\n") == 1


@pytest.mark.parametrize("uri", ["", "#EXT-X-ENDLIST", "a b", "a\nb", "a\x00b"])
def test_what_would_be_read_as_something_else_is_no_uri_line(uri):
    with pytest.raises(UsageError):
        uri_line(uri)


def test_a_uri_is_a_line():
    assert uri_line("video/100.m4s") == "video/100.m4s\n"
