import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs.avc_streams import pps, sps
from yiwang.base.errors import WireError
from yiwang.codecs.avc.decoder_configuration import (
    AvcDecoderConfigurationRecord,
    parse_avc_decoder_configuration_record,
)
from yiwang.codecs.avc.nal_unit import nal_unit_of, rbsp_of
from yiwang.codecs.avc.pps import parse_pps
from yiwang.codecs.avc.sps import parse_sps


def vui(*, sar=None, colour=None, full_range=False, tick=None):
    """A writer of vui_parameters(): ``sar`` is an aspect_ratio_idc or a pair, ``tick`` num_units_in_tick, time_scale."""

    def write(bits):
        bits.u(1, sar is not None)
        if sar is not None:
            bits.u(8, 255 if isinstance(sar, tuple) else sar)
            for value in sar if isinstance(sar, tuple) else ():
                bits.u(16, value)
        bits.u(2, 0b11)  # overscan_info
        bits.u(1, colour is not None)
        if colour is not None:
            bits.u(3, 5)
            bits.u(1, full_range)
            bits.u(1, 1)
            for value in colour:
                bits.u(8, value)
        bits.u(1, 1)  # chroma_loc_info
        bits.ue(2)
        bits.ue(2)
        bits.u(1, tick is not None)
        for value in tick or ():
            bits.u(32, value)
        bits.u(5, 0)

    return write


def test_the_picture_is_what_is_left_after_cropping():
    set_ = parse_sps(sps(width_mbs=120, height_mbs=68, crop=(0, 0, 0, 4)))
    assert (set_.width, set_.height) == (1920, 1080)


def test_an_interlaced_picture_has_map_units_of_two_macroblock_rows_and_crops_in_fours():
    set_ = parse_sps(sps(width_mbs=120, height_mbs=34, frame_mbs_only=False, crop=(0, 0, 0, 2)))
    assert (set_.width, set_.height, set_.frame_mbs_only_flag) == (1920, 1080, False)


@pytest.mark.parametrize(
    ("chroma_format", "width", "height"), [(0, 319, 239), (1, 318, 238), (2, 318, 239), (3, 319, 239)]
)
def test_the_crop_unit_follows_the_chroma_format(chroma_format, width, height):
    set_ = parse_sps(sps(profile=244, chroma_format=chroma_format, crop=(0, 1, 0, 1)))
    assert (set_.width, set_.height, set_.chroma_format_idc) == (width, height, chroma_format)


def test_cropping_all_of_the_picture_is_an_error():
    with pytest.raises(WireError, match="cropped picture"):
        parse_sps(sps(crop=(160, 0, 0, 0)))


def test_the_vui_gives_shape_colour_and_rate():
    set_ = parse_sps(sps(vui=vui(sar=14, colour=(9, 16, 9), full_range=True, tick=(1001, 60000))))
    assert set_.sar == (4, 3)
    assert set_.colour == (9, 16, 9, True)
    assert set_.frame_rate == (30000, 1001)


def test_a_sample_aspect_ratio_of_its_own():
    assert parse_sps(sps(vui=vui(sar=(237, 235)))).sar == (237, 235)


@pytest.mark.parametrize("sar", [0, 17, 254, (0, 5)])
def test_an_unspecified_or_reserved_aspect_ratio_is_square(sar):
    assert parse_sps(sps(vui=vui(sar=sar))).sar == (1, 1)


@pytest.mark.parametrize("tick", [None, (0, 50), (1, 0), (1, 90_000), (1 << 31, 3)])
def test_a_tick_that_is_no_frame_rate_is_none(tick):
    assert parse_sps(sps(vui=vui(tick=tick))).frame_rate is None


def test_an_sps_without_vui_says_nothing_of_time_and_colour():
    set_ = parse_sps(sps())
    assert (set_.sar, set_.frame_rate, set_.colour) == ((1, 1), None, None)


def test_a_vui_that_ends_too_early_is_taken_as_absent():
    whole = sps(vui=vui(colour=(1, 1, 1), tick=(1, 50)))
    set_ = parse_sps(whole[:-6])
    assert (set_.width, set_.height, set_.frame_rate, set_.colour) == (320, 240, None, None)


@pytest.mark.parametrize("poc_type", [0, 1, 2])
def test_the_fields_that_decide_borders_are_read_for_every_pic_order_cnt_type(poc_type):
    set_ = parse_sps(sps(5, poc_type=poc_type, log2_max_frame_num=11, log2_max_poc_lsb=13, delta_always_zero=True))
    assert set_.seq_parameter_set_id == 5
    assert (set_.log2_max_frame_num, set_.pic_order_cnt_type) == (11, poc_type)
    assert set_.log2_max_pic_order_cnt_lsb == (13 if poc_type == 0 else 0)
    assert set_.delta_pic_order_always_zero_flag == (poc_type == 1)


def test_an_sps_id_beyond_31_is_an_error():
    with pytest.raises(WireError, match="seq_parameter_set_id <= 31"):
        parse_sps(sps(32))


@pytest.mark.parametrize("n", range(1, 8))
def test_a_truncated_sps_is_an_error(n):
    with pytest.raises(WireError):
        parse_sps(sps()[:n])


@given(st.binary(max_size=60))
def test_any_octets_are_an_sps_or_a_wire_error(octets):
    try:
        set_ = parse_sps(b"\x67" + octets)
    except WireError:
        return
    assert set_.width > 0
    assert set_.height > 0


def test_the_ids_of_a_pps():
    set_ = parse_pps(pps(255, 31, bottom_field_pic_order=True))
    assert (set_.pic_parameter_set_id, set_.seq_parameter_set_id) == (255, 31)
    assert set_.bottom_field_pic_order_in_frame_present_flag


def test_a_pps_id_beyond_255_is_an_error():
    with pytest.raises(WireError, match="pic_parameter_set_id <= 255"):
        parse_pps(pps(256))


@given(st.integers(0, 127), st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 255]), max_size=40).map(bytes))
def test_emulation_prevention_is_undone(header, body):
    nal_unit = nal_unit_of(header, body + b"\x80")
    assert rbsp_of(nal_unit) == body + b"\x80"
    assert not any(code in nal_unit[1:] for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))


# -- AVCDecoderConfigurationRecord

RECORDS = [
    (
        "014d001effe1000367aabb01000268cc",
        AvcDecoderConfigurationRecord(77, 0, 30, (b"\x67\xaa\xbb",), (b"\x68\xcc",)),
    ),
    (
        "01640028ffe1000267aa02000168000168fdf8f800",
        AvcDecoderConfigurationRecord(100, 0, 40, (b"\x67\xaa",), (b"\x68", b"\x68")),
    ),
    (
        "016e1033fde0" + "00" + "fefafa0100016d",
        AvcDecoderConfigurationRecord(110, 16, 51, (), (), 2, 10, 10, (b"\x6d",), 2),
    ),
]


@pytest.mark.parametrize(("octets", "record"), RECORDS)
def test_a_record_is_read_and_written(octets, record):
    assert parse_avc_decoder_configuration_record(bytes.fromhex(octets)) == record
    assert record.to_bytes().hex() == octets


def test_a_record_of_a_high_profile_may_lack_the_chroma_format():
    record = parse_avc_decoder_configuration_record(bytes.fromhex("01640028ffe1000267aa01000168"))
    assert (record.chroma_format, record.bit_depth_luma, record.sequence_parameter_set_exts) == (1, 8, ())


@pytest.mark.parametrize("octets", [octets for octets, _ in RECORDS[:2]])
def test_a_record_cut_within_its_parameter_sets_is_an_error(octets):
    octets = bytes.fromhex(octets)
    end = len(octets) - (4 if octets[1] == 100 else 0)
    for n in range(end):
        with pytest.raises(WireError):
            parse_avc_decoder_configuration_record(octets[:n])


@given(st.binary(max_size=60))
def test_any_octets_are_a_record_or_a_wire_error(octets):
    try:
        record = parse_avc_decoder_configuration_record(b"\1" + octets)
    except WireError:
        return
    assert parse_avc_decoder_configuration_record(record.to_bytes()) == record
