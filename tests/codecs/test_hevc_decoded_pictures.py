"""Reference picture sets after a loss (ITU-T H.265 8.3.1, 8.3.2), as slice headers say them."""

import pytest

from tests.codecs.hevc_streams import CRA, IDR_N_LP, RASL_N, TRAIL_N, TRAIL_R, coded_slice, pps, sps, write_pictures
from yiwang.base.errors import WireError
from yiwang.codecs.hevc.decoded_pictures import DecodedPictures
from yiwang.codecs.hevc.pps import parse_pps
from yiwang.codecs.hevc.slice_references import SliceReferences, parse_slice_references
from yiwang.codecs.hevc.sps import parse_sps

PLAIN = parse_pps(pps())


def read(nal_unit, **fields):
    return parse_slice_references(nal_unit, parse_sps(sps(**fields)).ref_pic_sets, PLAIN)


# -- slice headers


def test_a_set_of_its_own():
    refs = ((-1, True), (-4, False), (2, True))
    assert read(coded_slice(TRAIL_R, tag=9, refs=refs)) == SliceReferences(TRAIL_R, True, 9, refs, ())


def test_idr_pictures_have_no_set():
    assert read(coded_slice(IDR_N_LP, tag=9)) == SliceReferences(IDR_N_LP, True, 0, (), ())


@pytest.mark.parametrize(
    ("nal_unit_type", "temporal_id", "expected"),
    [(TRAIL_R, 0, True), (CRA, 0, True), (TRAIL_N, 0, False), (RASL_N, 0, False), (TRAIL_R, 1, False)],
)
def test_from_which_pictures_others_count(nal_unit_type, temporal_id, expected):
    assert read(coded_slice(nal_unit_type, temporal_id=temporal_id)).is_anchor == expected


SETS_OF_SPS = [((-1, True),), ((-2, True), (1, False)), ((-3, True),)]


def write_sets(bits):
    for n, refs in enumerate(SETS_OF_SPS):
        if n:
            bits.u(1, 0)
        write_pictures(bits, refs)


@pytest.mark.parametrize("index", range(3))
def test_a_set_of_the_sps(index):
    def rest(bits):
        bits.u(1, 1)
        bits.u(2, index)

    picture = read(coded_slice(rest=rest), n_ref_pic_sets=3, ref_pic_sets=write_sets)
    assert picture.short_term == SETS_OF_SPS[index]


def test_a_set_the_sps_has_not_is_an_error():
    def rest(bits):
        bits.u(1, 1)
        bits.u(2, 3)

    with pytest.raises(WireError):
        read(coded_slice(rest=rest), n_ref_pic_sets=3, ref_pic_sets=write_sets)


def test_a_set_predicted_from_one_of_the_sps():
    def rest(bits):
        bits.u(2, 0b01)
        bits.ue(1)  # the second last
        bits.u(1, 1)
        bits.ue(0)  # seen from one picture later
        for flags in ("1", "01", "1"):  # -2 is used; 1, now 0, kept, is the picture itself; the reference is used
            for flag in flags:
                bits.u(1, int(flag))

    picture = read(coded_slice(rest=rest), n_ref_pic_sets=3, ref_pic_sets=write_sets)
    assert picture.short_term == ((-1, True), (-3, True))


def test_long_term_pictures():
    def rest(bits):
        bits.u(1, 0)
        write_pictures(bits, [])
        bits.ue(1)  # one of the SPS
        bits.ue(2)
        bits.u(2, 3)  # its fourth: lowest bits 3, used
        bits.u(1, 0)
        for lsb, used, cycle in ((20, 0, 1), (30, 1, 2)):
            bits.u(8, lsb)
            bits.u(1, used)
            bits.u(1, 1)
            bits.ue(cycle)

    picture = read(coded_slice(rest=rest), long_term=4)
    assert picture.long_term == ((3, True, False), (256 - 20, False, True), (3 * 256 - 30, True, True))


@pytest.mark.parametrize("end", range(3, 8))
def test_a_header_that_ends_too_early_is_an_error(end):
    with pytest.raises(WireError):
        read(coded_slice(tag=255, refs=[(-n, True) for n in range(1, 17)])[:end])


# -- what a decoder has


def picture(lsb, *refs, long_term=(), kind=TRAIL_R):
    return SliceReferences(kind, kind == TRAIL_R, lsb, tuple((delta, True) for delta in refs), long_term)


def decoder(*pictures, log2=4):
    return DecodedPictures(log2, 0, [(each, -1) for each in pictures])


def test_what_the_last_picture_named_is_there_and_what_it_did_not_name_is_gone():
    before = [picture(0), picture(1, -1), picture(2, -1), picture(3, -1, -2)]
    assert decoder(*before).take(picture(5, -2, -3))
    assert not decoder(*before).take(picture(5, -2, -5))


def test_a_picture_that_was_not_decoded_is_missing_until_none_names_it():
    held = decoder(picture(0))
    assert not held.take(picture(2, -1))
    assert held.take(picture(3, -3))
    assert held.are_known
    assert not held.take(picture(4, -2))
    assert held.take(SliceReferences(TRAIL_R, True, 5, ((-2, True), (-3, False)), ()))
    assert not held.are_known  # a later one may need it


def test_lowest_bits_wrap():
    held = decoder(*(picture(n % 16, -1) for n in range(14, 31)))
    assert held.take(picture(0, -2, kind=TRAIL_N))
    assert not held.take(picture(13, -3))


def test_long_term_pictures_are_found_by_lowest_bits_or_all():
    kept = ((3, True, False),)
    before = [picture(n % 16, -1, long_term=((3, False, False),) if n > 4 else ()) for n in range(3, 20)]
    assert decoder(*before).take(picture(4, -1, long_term=kept))
    assert not decoder(*before).take(picture(4, -1, long_term=((5, True, False),)))
    assert decoder(*before).take(picture(4, -1, long_term=((16 - 3, True, True),)))
    assert not decoder(*before).take(picture(4, -1, long_term=((32 - 3, True, True),)))


def test_what_is_forced_has_its_references_made_up():
    held = decoder(picture(0))
    assert held.take(picture(5, -1, -2), is_forced=True)
    assert held.take(picture(6, -1, -2))
    assert not held.take(picture(7, -1, -7))


def test_a_picture_is_not_there_twice():
    held = decoder(*(picture(n, -1) for n in range(8)))
    assert not held.take(picture(6), is_forced=True)
    assert held.take(picture(9), is_forced=True)


def test_a_time_that_a_picture_cannot_have_is_of_another_sequence():
    decoded = [(picture(n, -1), 3600 * n) for n in range(8)]
    assert DecodedPictures(4, 0, decoded).take(picture(8, -1), 3600 * 8)
    assert DecodedPictures(4, 0, decoded).take(picture(8, -1), 3600 * 8 + 1000)
    assert not DecodedPictures(4, 0, decoded).take(picture(8, -1), 3600 * 24)


def test_numbers_of_pictures_that_wait_to_be_shown_are_not_given_again():
    decoded = [(picture(n, -1), 3600 * n) for n in range(30, 38)]
    other = DecodedPictures(8, 1, decoded)
    taken = [n for n in range(1, 39) if other.take(picture(n), 3600 * (40 + n))]
    assert taken == [*range(1, 36), 38]
