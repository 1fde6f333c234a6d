"""Octets in pieces are to their reader what one object would be."""

import pytest

from yiwang.base.pieces import SMALL_PIECE_OCTETS, Pieces, joined_later

SOME = (b"moof", b"one sample" * 1000, b"another" * 1000)


def test_they_are_as_long_as_they_will_be():
    assert len(Pieces(SOME)) == len(b"".join(SOME))
    assert not Pieces(())


def test_they_are_joined_once():
    pieces = Pieces(SOME)
    assert bytes(pieces) == b"".join(SOME)
    assert bytes(pieces) is bytes(pieces)
    assert bytes(Pieces(())) == b""


def test_how_they_are_cut_makes_no_difference():
    whole = b"".join(SOME)
    assert Pieces(SOME) == Pieces((whole,)) == whole
    assert hash(Pieces(SOME)) == hash(whole)
    assert Pieces(SOME) != whole[1:]
    assert Pieces(SOME) != 7


@pytest.mark.parametrize(("octets", "expected"), [(SMALL_PIECE_OCTETS - 1, bytes), (SMALL_PIECE_OCTETS, Pieces)])
def test_small_pieces_are_joined_at_once(octets, expected):
    octets_in_pieces = joined_later([b"a" * octets, b"b" * octets])
    assert isinstance(octets_in_pieces, expected)
    assert bytes(octets_in_pieces) == b"a" * octets + b"b" * octets
