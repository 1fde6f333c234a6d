import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.isobmff.box import MAX_DEPTH, box, full_box, parse_boxes

leaf = st.tuples(st.sampled_from(["free", "mdat", "tfdt", "\xa9nam", "zzzz"]), st.binary(max_size=40)).map(
    lambda pair: box(*pair)
)
tree = st.recursive(
    leaf,
    lambda inner: st.tuples(st.sampled_from(["moov", "trak", "stbl"]), st.lists(inner, max_size=4)).map(
        lambda pair: box(pair[0], *pair[1])
    ),
    max_leaves=12,
)


@given(st.lists(tree, max_size=4).map(b"".join))
def test_a_tree_of_boxes_known_and_unknown_is_written_as_it_was_read(octets):
    assert b"".join(child.to_bytes() for child in parse_boxes(octets)) == octets


@given(st.binary(max_size=200))
def test_octets_that_are_no_boxes_are_a_wire_error_and_nothing_else(octets):
    try:
        boxes = parse_boxes(octets)
    except WireError:
        return
    assert sum(len(child.to_bytes()) for child in boxes) <= len(octets)


def test_children_of_a_sample_description_are_found_behind_its_fields():
    avcc = box("avcC", b"\x01")
    stsd = full_box("stsd", 0, 0, b"\0\0\0\1", box("avc1", bytes(78), avcc))
    (found,) = parse_boxes(stsd)
    assert found.one("avc1/avcC").payload == b"\x01"
    assert found.payload == bytes(7) + b"\1"


def test_a_64_bit_size_and_a_size_to_the_end_are_read():
    large = b"\0\0\0\1mdat" + (16 + 3).to_bytes(8, "big") + b"abc"
    to_the_end = b"\0\0\0\0mdatdef"
    assert [child.payload for child in parse_boxes(large + to_the_end)] == [b"abc", b"def"]


@pytest.mark.parametrize(
    "octets",
    [
        b"\0\0\0\7free",  # smaller than its own header
        b"\0\0\0\x09free",  # reaches beyond the end
        b"\xff\xff\xff\xffmdat",
        b"\0\0\0\1mdat\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\0\0\0",  # not even a header
    ],
)
def test_a_size_that_does_not_fit_is_refused(octets):
    with pytest.raises(WireError, match="size within its container"):
        parse_boxes(octets)


def test_boxes_nested_without_end_are_refused():
    octets = b""
    for _ in range(MAX_DEPTH + 2):
        octets = box("moov", octets)
    with pytest.raises(WireError, match="levels"):
        parse_boxes(octets)


def test_a_path_that_is_not_there_is_a_wire_error():
    (moof,) = parse_boxes(box("moof", box("traf")))
    with pytest.raises(WireError, match="traf/trun"):
        moof.one("traf/trun")
