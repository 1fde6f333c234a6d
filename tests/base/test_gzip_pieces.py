"""Gzip in pieces."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.gzip_pieces import gzip_of, packed


@given(st.lists(st.lists(st.binary(max_size=300), max_size=4), max_size=6))
def test_pieces_one_after_the_other_are_one_member_of_all_that_was_packed(pieces: list[list[bytes]]) -> None:
    octets = gzip_of([packed(parts) for parts in pieces])
    whole = b"".join(part for parts in pieces for part in parts)
    assert gzip.decompress(octets) == whole
    machine = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert machine.decompress(octets) == whole
    assert machine.eof
    assert not machine.unused_data


def test_a_piece_means_the_same_wherever_it_stands() -> None:
    one, other = packed([b"abcabcabc" * 1000]), packed([b"abcabcabc" * 999, b"x"])
    for pieces in ([one, other], [other, one], [one, one, other]):
        assert len(gzip.decompress(gzip_of(pieces))) == sum(piece.length for piece in pieces)
    assert gzip_of([one, other]) == gzip_of([packed([b"abcabcabc" * 1000]), other])
