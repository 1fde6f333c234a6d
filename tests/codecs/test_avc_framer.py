import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.avc_streams import (
    AUD,
    END_OF_SEQUENCE,
    FILLER,
    PIC_TIMING,
    RECOVERY_POINT,
    B,
    I,
    P,
    byte_stream,
    coded_slice,
    pps,
    sample,
    sei,
    sps,
)
from tests.codecs.feeding import NO_MARKS, array, cuts_of, damage, marks, pes, run
from tests.codecs.reference_ts import read_ts
from yiwang.codecs.avc.decoder_configuration import parse_avc_decoder_configuration_record
from yiwang.codecs.avc.framer import AvcFramer

SPS, PPS = sps(), pps()
IDR = coded_slice(I, idr=True)
INTERLACED = sps(frame_mbs_only=False)


def picture(n, slice_type=P, **fields):
    """Slice of the n-th picture after an IDR picture."""
    return coded_slice(slice_type, frame_num=n % 16, poc_lsb=2 * n % 64, **fields)


def alone(n, slice_type=P, **fields):
    """Slice of the n-th of some pictures after an IDR picture, none of which refers to another of them."""
    return coded_slice(slice_type, frame_num=1, poc_lsb=2 * n % 64, ref_idc=0, **fields)


def field(n, parity, slice_type=P, **fields):
    poc_lsb = 2 * n + (parity == "bottom")
    return coded_slice(slice_type, frame_num=n, field=parity, poc_lsb=poc_lsb, frame_mbs_only=False, **fields)


def units_of(*nal_units):
    return run(AvcFramer(), byte_stream(*nal_units))


def samples_of(*nal_units):
    return [unit.data for unit in units_of(*nal_units)]


# -- borders


def test_a_delimiter_parameter_sets_and_filler_are_not_in_the_sample_but_sei_and_slices_are():
    assert samples_of(AUD, SPS, PPS, PIC_TIMING, IDR, FILLER) == [sample(PIC_TIMING, IDR)]


def test_pictures_without_delimiters_are_told_apart_by_their_slice_headers():
    assert samples_of(SPS, PPS, IDR, picture(1), picture(2), picture(3)) == [
        sample(nal_unit) for nal_unit in (IDR, picture(1), picture(2), picture(3))
    ]


def test_slices_of_one_picture_make_one_access_unit():
    slices = [picture(1, first_mb=n) for n in (0, 20, 40, 60)]
    assert samples_of(SPS, PPS, IDR, *slices, picture(2)) == [sample(IDR), sample(*slices), sample(picture(2))]


@pytest.mark.parametrize(
    "second",
    [
        coded_slice(P, frame_num=2),
        coded_slice(P, frame_num=1, poc_lsb=2),
        coded_slice(P, frame_num=1, ref_idc=0),
        coded_slice(P, frame_num=1, pps_id=1),
        coded_slice(I, frame_num=1, idr=True),
    ],
    ids=["frame_num", "pic_order_cnt_lsb", "nal_ref_idc", "pic_parameter_set_id", "IdrPicFlag"],
)
def test_each_field_of_7_4_1_2_4_that_differs_begins_a_picture(second):
    first = coded_slice(P, frame_num=1)
    assert samples_of(SPS, PPS, pps(1), first, second) == [sample(first), sample(second)]


def test_two_idr_pictures_in_a_row_differ_in_idr_pic_id():
    first, second = coded_slice(I, idr=True, idr_pic_id=0), coded_slice(I, idr=True, idr_pic_id=1)
    assert samples_of(SPS, PPS, first, second) == [sample(first), sample(second)]


@pytest.mark.parametrize("nal_unit", [AUD, SPS, PPS, PIC_TIMING], ids=["AUD", "SPS", "PPS", "SEI"])
def test_a_nal_unit_that_precedes_slices_ends_the_access_unit_even_when_the_headers_are_equal(nal_unit):
    units = units_of(SPS, PPS, IDR, nal_unit, IDR)
    assert len(units) == 2


def test_doubled_delimiters_and_one_between_parameter_sets_do_not_end_a_unit():
    assert samples_of(AUD, AUD, SPS, AUD, PPS, AUD, IDR, AUD, AUD, picture(1)) == [sample(IDR), sample(picture(1))]


def test_a_prefix_nal_unit_before_each_slice_does_not_split_a_picture():
    prefix = b"\x6e\x40\x80\x07"
    slices = [picture(1, first_mb=n) for n in (0, 20)]
    assert samples_of(SPS, PPS, prefix, IDR, prefix, slices[0], prefix, slices[1]) == [sample(IDR), sample(*slices)]


def test_an_access_unit_is_passed_on_at_the_first_octet_of_the_next_delimiter():
    framer = AvcFramer()
    assert framer.feed(array(byte_stream(SPS, PPS, IDR) + b"\0\0\0\1"), NO_MARKS) == []
    assert [unit.data for unit in framer.feed(array(b"\x09"), NO_MARKS)] == [sample(IDR)]


def test_an_access_unit_is_passed_on_at_the_end_of_sequence():
    framer = AvcFramer()
    units = framer.feed(array(byte_stream(SPS, PPS, IDR, END_OF_SEQUENCE)), NO_MARKS)
    assert [unit.data for unit in units] == [sample(IDR)]
    assert [unit.data for unit in run(framer, byte_stream(IDR, picture(1)))] == [sample(IDR), sample(picture(1))]


def test_zeros_after_a_nal_unit_belong_to_none():
    octets = byte_stream(SPS, PPS, IDR) + b"\0" * 7 + byte_stream(picture(1), start_code=b"\0\0\1") + b"\0\0"
    assert [unit.data for unit in run(AvcFramer(), octets)] == [sample(IDR), sample(picture(1))]


def test_what_comes_before_the_first_start_code_is_skipped():
    octets = b"\xff\x00\x00garbage\x01" + byte_stream(SPS, PPS, IDR)
    assert [unit.data for unit in run(AvcFramer(), octets)] == [sample(IDR)]


def test_an_emulation_prevention_octet_in_the_slice_header_is_not_read():
    first = coded_slice(P, frame_num=0, log2_max_frame_num=16, log2_max_poc_lsb=16, poc_lsb=1)
    second = coded_slice(P, frame_num=0, log2_max_frame_num=16, log2_max_poc_lsb=16, poc_lsb=2)
    wide = sps(log2_max_frame_num=16, log2_max_poc_lsb=16)
    assert b"\0\0\3" in first
    assert samples_of(wide, PPS, first, second) == [sample(first), sample(second)]


# -- fields


def test_two_fields_of_a_frame_make_one_access_unit():
    top, bottom = field(1, "top"), field(1, "bottom")
    top_2, bottom_2 = field(2, "top"), field(2, "bottom")
    assert samples_of(INTERLACED, PPS, top, bottom, top_2, bottom_2) == [sample(top, bottom), sample(top_2, bottom_2)]


def test_fields_pair_over_delimiters_and_repeated_parameter_sets():
    top, bottom = field(1, "top"), field(1, "bottom")
    nal_units = (AUD, INTERLACED, PPS, PIC_TIMING, top, AUD, INTERLACED, PPS, PIC_TIMING, bottom)
    assert samples_of(*nal_units, AUD, *nal_units[1:]) == 2 * [sample(PIC_TIMING, top, PIC_TIMING, bottom)]


def test_an_idr_field_pairs_with_a_p_field():
    top = coded_slice(I, idr=True, field="top", frame_mbs_only=False)
    bottom = coded_slice(P, field="bottom", poc_lsb=1, frame_mbs_only=False)
    units = units_of(INTERLACED, PPS, AUD, top, AUD, bottom)
    assert [(unit.data, unit.sap_type) for unit in units] == [(sample(top, bottom), 1)]


def test_non_reference_fields_pair_though_their_frame_num_is_that_of_the_next_frame():
    fields = [field(1, parity, B, ref_idc=0) for parity in ("top", "bottom")]
    next_fields = [
        coded_slice(B, frame_num=1, field=parity, poc_lsb=poc, ref_idc=0, frame_mbs_only=False)
        for parity, poc in (("top", 6), ("bottom", 7))
    ]
    assert samples_of(INTERLACED, PPS, *fields, *next_fields) == [sample(*fields), sample(*next_fields)]


def test_a_field_whose_other_half_is_of_another_frame_stays_alone():
    frames = [(field(1, "top"), field(1, "bottom")), (field(2, "top"),), (field(3, "top"), field(3, "bottom"))]
    assert samples_of(INTERLACED, PPS, *(f for frame in frames for f in frame)) == [sample(*frame) for frame in frames]


def test_frames_and_field_pairs_alternate_in_one_stream():
    frame = coded_slice(P, frame_num=2, poc_lsb=4, frame_mbs_only=False)
    top, bottom = field(1, "top"), field(1, "bottom")
    top_3, bottom_3 = field(3, "top"), field(3, "bottom")
    assert samples_of(INTERLACED, PPS, top, AUD, bottom, AUD, frame, AUD, top_3, AUD, bottom_3) == [
        sample(top, bottom),
        sample(frame),
        sample(top_3, bottom_3),
    ]


def test_a_parameter_set_between_two_frames_of_fields_is_of_the_second_frame_only():
    other = pps(0, init_qp=5)
    top, bottom = field(1, "top"), field(1, "bottom")
    top_2, bottom_2 = field(2, "top"), field(2, "bottom")
    first, second = units_of(INTERLACED, PPS, top, bottom, other, top_2, bottom_2)
    assert parse_avc_decoder_configuration_record(first.config.decoder_config).picture_parameter_sets == (PPS,)
    assert parse_avc_decoder_configuration_record(second.config.decoder_config).picture_parameter_sets == (other,)


def test_a_parameter_set_between_the_fields_of_a_frame_is_of_that_frame():
    top, bottom = field(1, "top"), field(1, "bottom", pps_id=1)
    (unit,) = units_of(INTERLACED, PPS, top, pps(1), bottom)
    assert parse_avc_decoder_configuration_record(unit.config.decoder_config).picture_parameter_sets == (PPS, pps(1))


# -- parameter sets


def test_repeated_parameter_sets_leave_the_same_configuration_object():
    units = units_of(SPS, PPS, IDR, AUD, SPS, PPS, picture(1), AUD, SPS, PPS, picture(2))
    assert len({id(unit.config) for unit in units}) == 1
    assert units[0].config.codec == "avc1.4D001E"
    assert (units[0].config.width, units[0].config.height) == (320, 240)


def test_a_new_picture_size_is_a_new_configuration_from_its_access_unit_on():
    larger = sps(width_mbs=40, height_mbs=30)
    units = units_of(SPS, PPS, IDR, picture(1), larger, PPS, IDR, picture(1))
    assert [(unit.config.width, unit.config.height) for unit in units] == 2 * [(320, 240)] + 2 * [(640, 480)]


def test_another_pps_id_is_added_to_the_configuration_in_order_of_ids():
    units = units_of(SPS, pps(3), coded_slice(I, idr=True, pps_id=3), pps(1), picture(1, pps_id=3))
    records = [parse_avc_decoder_configuration_record(unit.config.decoder_config) for unit in units]
    assert [record.picture_parameter_sets for record in records] == [(pps(3),), (pps(1), pps(3))]


def test_a_configuration_that_comes_back_is_equal():
    larger = sps(width_mbs=40)
    units = units_of(SPS, PPS, IDR, larger, PPS, IDR, SPS, PPS, IDR)
    assert units[0].config == units[2].config != units[1].config


def test_access_units_before_their_parameter_sets_are_dropped_and_counted():
    framer = AvcFramer()
    units = run(framer, byte_stream(AUD, picture(1), AUD, picture(2), AUD, SPS, PPS, IDR))
    assert [unit.data for unit in units] == [sample(IDR)]
    assert [(fault.name, fault.count, fault.pid) for fault in framer.drain_faults()] == [("no_parameter_sets", 2, -1)]
    assert framer.drain_faults() == []


def test_a_changed_sps_waits_for_its_own_pps():
    framer = AvcFramer()
    units = run(framer, byte_stream(SPS, PPS, IDR, sps(width_mbs=40), picture(1), PPS, IDR))
    assert [unit.config.width for unit in units] == [320, 640]
    assert [unit.after_loss for unit in units] == [False, True]
    assert [fault.name for fault in framer.drain_faults()] == ["no_parameter_sets"]


def test_a_parameter_set_that_cannot_be_read_changes_nothing():
    framer = AvcFramer()
    units = run(framer, byte_stream(SPS, PPS, IDR, b"\x67\x4d", AUD, picture(1)))
    assert len({id(unit.config) for unit in units}) == 1
    assert [fault.name for fault in framer.drain_faults()] == ["parameter_set_error"]


# -- stream access points


def test_an_idr_picture_is_sap_type_1_and_a_p_picture_none():
    assert [unit.sap_type for unit in units_of(SPS, PPS, IDR, picture(1))] == [1, 0]


def test_an_intra_picture_with_a_recovery_point_is_sap_type_3():
    units = units_of(SPS, PPS, IDR, picture(1), RECOVERY_POINT, picture(2, I), picture(3, I))
    assert [unit.sap_type for unit in units] == [1, 0, 3, 0]


def test_a_recovery_point_is_found_behind_other_messages():
    nal_unit = sei((1, b"\0\0\0\0\1"), (5, bytes(300)), (6, b"\x84"))
    assert [unit.sap_type for unit in units_of(SPS, PPS, nal_unit, picture(2, I))] == [3]


def test_a_recovery_point_at_a_picture_that_is_not_intra_is_gradual_refresh():
    assert [unit.sap_type for unit in units_of(SPS, PPS, IDR, RECOVERY_POINT, picture(1))] == [1, 4]


def test_a_picture_with_one_inter_slice_is_not_intra():
    slices = picture(1, I), picture(1, P, first_mb=20)
    assert [unit.sap_type for unit in units_of(SPS, PPS, *slices, picture(2, I + 5))] == [0, 3]


def test_in_a_stream_that_never_had_better_an_intra_picture_is_an_access_point():
    assert [unit.sap_type for unit in units_of(SPS, PPS, picture(1, I), picture(2), picture(3, I))] == [3, 0, 3]


def test_an_sps_marks_an_intra_picture_as_access_point_unless_every_picture_has_one():
    seldom = units_of(SPS, PPS, IDR, picture(1), SPS, PPS, picture(2, I), picture(3))
    assert [unit.sap_type for unit in seldom] == [1, 0, 3, 0]
    always = units_of(SPS, PPS, IDR, SPS, PPS, picture(1), SPS, PPS, picture(2, I))
    assert [unit.sap_type for unit in always] == [1, 0, 0]


def test_the_random_access_indicator_is_not_believed():
    octets = byte_stream(SPS, PPS, IDR, picture(1))
    rows = [(offset, 0, -1, 3) for offset in (0, octets.index(b"\0\0\0\1\x21"))]
    assert [unit.sap_type for unit in run(AvcFramer(), octets, rows)] == [1, 0]


# -- time stamps


def test_a_pes_packet_gives_its_times_to_the_first_access_unit_that_begins_in_it():
    first, second = byte_stream(AUD, SPS, PPS, IDR), byte_stream(AUD, picture(1))
    third = byte_stream(AUD, picture(2))
    rows = [pes(0, 900, 600), pes(len(first) + len(second) - 10, 1500)]
    units = run(AvcFramer(), first + second + third, rows)
    assert [(unit.pts_90k, unit.dts_90k) for unit in units] == [(900, 600), (-1, -1), (1500, -1)]
    assert [unit.next_dts_90k for unit in units] == [-1, 1500, -1]


def test_an_access_unit_over_several_pes_packets_has_the_times_of_the_first():
    octets = byte_stream(AUD, SPS, PPS, coded_slice(I, first_mb=0, idr=True, payload=b"\x55" * 999), AUD, picture(1))
    rows = [pes(0, 900, 600), pes(300), pes(600, 1, 1), pes(octets.rindex(b"\0\0\0\1\x09"), 1200, 900)]
    units = run(AvcFramer(), octets, rows)
    assert [(unit.pts_90k, unit.dts_90k, unit.next_dts_90k) for unit in units] == [(900, 600, 900), (1200, 900, -1)]


def test_one_nal_unit_per_pes_packet_each_with_the_same_times():
    octets, rows = b"", []
    for n, nal_units in enumerate([(AUD, SPS, PPS, IDR), (AUD, picture(1), picture(1, first_mb=9)), (AUD, picture(2))]):
        for nal_unit in nal_units:
            rows.append(pes(len(octets), 3600 * n, 3600 * n))
            octets += byte_stream(nal_unit)
    assert [unit.pts_90k for unit in run(AvcFramer(), octets, rows)] == [0, 3600, 7200]


def test_two_fields_in_two_pes_packets_have_the_times_of_the_first():
    nal_units = [(INTERLACED, PPS, field(1, "top")), (field(1, "bottom"),), (field(2, "top"),), (field(2, "bottom"),)]
    octets, rows = b"", []
    for n, packet in enumerate(nal_units):
        rows.append(pes(len(octets), 1800 * n, 1800 * n))
        octets += byte_stream(*packet)
    assert [unit.pts_90k for unit in run(AvcFramer(), octets, rows)] == [0, 3600]


def test_filler_after_a_loss_does_not_take_the_next_picture_s_place_in_its_pes_packet():
    head = byte_stream(AUD, SPS, PPS, IDR, AUD, alone(1))
    tail = byte_stream(FILLER) + byte_stream(AUD, alone(2))
    rows = [pes(0, 0), damage(len(head)), pes(len(head) + 8, 7200)]
    units = run(AvcFramer(), head + tail, rows)
    assert [(unit.pts_90k, unit.after_loss) for unit in units] == [(0, False), (7200, True)]


# -- damage

PICTURES = [byte_stream(AUD, SPS, PPS, IDR)] + [byte_stream(AUD, alone(n), alone(n, first_mb=20)) for n in (1, 2, 3)]
STARTS = [sum(map(len, PICTURES[:n])) for n in range(len(PICTURES))]
TIMES = [pes(start, 3600 * n) for n, start in enumerate(STARTS)]


def with_damage(*offsets):
    """Times of the access units that survive, and which of them come after a loss."""
    rows = sorted([*TIMES, *map(damage, offsets)], key=lambda row: (row[0], row[3] == 1))
    framer = AvcFramer()
    units = run(framer, b"".join(PICTURES), rows)
    return [(unit.pts_90k // 3600, unit.after_loss) for unit in units], framer.drain_faults()


@pytest.mark.parametrize("within", [5, 8, 30, 90, len(PICTURES[1]) - 1])
def test_damage_inside_an_access_unit_drops_it_and_no_other(within):
    kept, _ = with_damage(STARTS[1] + within)
    assert kept == [(0, False), (2, True), (3, False)]


@pytest.mark.parametrize("within", [1, 2, 3, 4])
def test_damage_inside_a_start_code_drops_the_access_units_on_both_sides(within):
    kept, _ = with_damage(STARTS[1] + within)
    assert kept == [(2, True), (3, False)]


def test_damage_between_access_units_drops_the_one_whose_tail_may_be_lost():
    kept, faults = with_damage(STARTS[2])
    assert kept == [(0, False), (2, True), (3, False)]
    assert [(fault.name, fault.count) for fault in faults] == [("damaged_access_unit", 1)]


def test_damage_at_the_end_of_the_stream_drops_the_last_access_unit():
    assert with_damage(len(b"".join(PICTURES)))[0] == [(0, False), (1, False), (2, False)]


def test_after_a_loss_slices_whose_head_is_missing_are_not_an_access_unit():
    octets = byte_stream(AUD, SPS, PPS, IDR, alone(1)) + byte_stream(alone(2, first_mb=20), AUD, alone(3))
    rows = [pes(0, 0), damage(octets.index(b"\0\0\0\1" + alone(2, first_mb=20)))]
    rows += [pes(rows[1][0], 7200), pes(octets.rindex(b"\0\0\0\1\x09"), 10800)]
    assert [unit.pts_90k for unit in run(AvcFramer(), octets, rows)] == [0, 10800]


def test_after_a_loss_an_access_unit_without_its_own_time_is_dropped():
    octets = b"".join(PICTURES)
    framer = AvcFramer()
    units = run(framer, octets, [pes(0, 0), damage(STARTS[1] + 9), pes(STARTS[3], 10800)])
    assert [(unit.pts_90k, unit.after_loss) for unit in units] == [(0, False), (10800, True)]
    assert {fault.name for fault in framer.drain_faults()} == {"damaged_access_unit", "untimed_access_unit"}


def test_a_start_code_is_not_read_over_a_loss():
    octets = byte_stream(AUD, SPS, PPS, IDR, AUD, alone(1)) + b"\0\0" + b"\1\x09" + byte_stream(AUD, alone(2))
    cut = octets.index(b"\0\0\1\x09\0\0\0\1")
    rows = [pes(0, 0), damage(cut + 2), pes(cut + 4, 7200)]
    assert [unit.pts_90k for unit in run(AvcFramer(), octets, rows)] == [0, 7200]


def test_a_damaged_sps_is_ignored():
    larger = sps(width_mbs=40)
    octets = byte_stream(AUD, SPS, PPS, IDR) + byte_stream(AUD, larger)
    rows = [pes(0, 0), damage(len(octets)), pes(len(octets), 3600)]
    octets += byte_stream(AUD, alone(1))
    assert [unit.config.width for unit in run(AvcFramer(), octets, rows)] == [320, 320]


def test_after_a_loss_a_second_field_is_not_taken_for_a_first():
    fields = [(parity, n) for n in (1, 2, 3) for parity in ("top", "bottom")]
    octets, rows = byte_stream(INTERLACED, PPS), [pes(0, 0)]
    for i, (parity, n) in enumerate(fields):
        if (n, parity) == (2, "top"):
            rows.append(damage(len(octets)))
            continue
        rows.append(pes(len(octets), 1800 * i))
        octets += byte_stream(coded_slice(B, frame_num=1, field=parity, poc_lsb=2 * n, ref_idc=0, frame_mbs_only=False))
    # the pair before the loss ends where octets are missing; (2, bottom) and (3, top) look like a pair
    assert [unit.pts_90k for unit in run(AvcFramer(), octets, rows)] == [7200]


def test_an_access_unit_over_the_limit_is_dropped_and_the_buffer_stays_small():
    framer = AvcFramer(max_octets=100_000)
    large = alone(1, payload=b"\x55" * 3_000_000)
    octets = byte_stream(AUD, SPS, PPS, IDR, AUD, large, AUD, alone(2))
    units = run(framer, octets, cuts=range(0, len(octets), 10_000))
    assert [unit.data for unit in units] == [sample(IDR), sample(alone(2))]
    assert [(fault.name, fault.count) for fault in framer.drain_faults()] == [("oversized_access_unit", 1)]
    assert framer._octets.shape[0] <= 1 << 19
    assert [unit.data for unit in run(AvcFramer(max_octets=100_000), octets)] == [unit.data for unit in units]


def test_octets_without_any_start_code_are_not_kept():
    framer = AvcFramer()
    for n in range(300):
        framer.feed(array(b"\x55" * 20_000), marks(pes(0, n)))
    assert framer._octets.shape[0] <= 1 << 17
    assert len(framer._pes_times._coming) <= 1


# -- any cuts, any octets


def stream_of_all_kinds():
    frames = [AUD, INTERLACED, PPS, RECOVERY_POINT, field(0, "top", I), AUD, PPS, field(0, "bottom")]
    for n in range(1, 6):
        frames += [AUD, PIC_TIMING, field(n, "top"), field(n, "top", first_mb=9), field(n, "bottom"), FILLER]
        frames += [
            coded_slice(B, frame_num=n + 1, poc_lsb=40 + n, ref_idc=0, frame_mbs_only=False, payload=b"\0\0\3\1")
        ]
    return byte_stream(*frames, END_OF_SEQUENCE, SPS, PPS, IDR, picture(1), pps(1), picture(2), pps(0, init_qp=3), IDR)


ALL_KINDS = stream_of_all_kinds()
ALL_ROWS = [pes(offset, 3600 * n, 3600 * n) for n, offset in enumerate(range(0, len(ALL_KINDS), 211))]


@given(cuts_of(len(ALL_KINDS)), st.lists(st.integers(0, len(ALL_KINDS)), max_size=3), st.booleans())
def test_access_units_are_the_same_for_all_cuts_with_and_without_damage(cuts, damages, early):
    rows = sorted([*ALL_ROWS, *map(damage, damages)], key=lambda row: row[0])
    whole, cut = AvcFramer(), AvcFramer()
    assert run(cut, ALL_KINDS, rows, cuts, early) == run(whole, ALL_KINDS, rows)
    assert cut.drain_faults() == whole.drain_faults()


def test_access_units_are_the_same_octet_by_octet():
    assert run(AvcFramer(), ALL_KINDS, ALL_ROWS, range(len(ALL_KINDS))) == run(AvcFramer(), ALL_KINDS, ALL_ROWS)


@given(st.binary(max_size=2000), st.data())
def test_random_octets_never_raise_and_cuts_do_not_matter(octets, data):
    octets = octets.replace(b"\xff\xff", b"\0\0\1")
    cuts = data.draw(cuts_of(len(octets)))
    assert run(AvcFramer(), octets, (), cuts) == run(AvcFramer(), octets)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(ALL_KINDS) - 1), st.integers(0, 255)), min_size=1, max_size=20),
    cuts_of(len(ALL_KINDS)),
)
def test_a_stream_with_wrong_octets_never_raises_and_cuts_do_not_matter(errors, cuts):
    octets = bytearray(ALL_KINDS)
    for offset, value in errors:
        octets[offset] = value
    assert run(AvcFramer(), bytes(octets), ALL_ROWS, cuts) == run(AvcFramer(), bytes(octets), ALL_ROWS)


@pytest.mark.parametrize(
    "name", ["tsduck/test-026.ts", "shaka-player/hls-ts-b-frames/1.ts", "androidx-media/sample_h264.ts"]
)
@pytest.mark.parametrize("seed", range(4))
def test_captures_give_the_same_access_units_for_all_cuts_and_damages(captures, name, seed):
    (stream,) = (s for s in read_ts((captures / name).read_bytes()).values() if s.stream_type == 0x1B)
    octets, rng = bytes(stream.octets), random.Random(seed)
    rows = list(stream.rows)
    if seed % 2:
        rows += [damage(rng.randrange(len(octets))) for _ in range(5)]
        octets = bytearray(octets)
        for _ in range(20):
            octets[rng.randrange(len(octets))] = rng.choice((0, 1, 3, 255))
        octets = bytes(octets)
    rows.sort(key=lambda row: row[0])
    whole = run(AvcFramer(), octets, rows)
    assert whole
    cuts = [rng.randrange(len(octets)) for _ in range(200)]
    assert run(AvcFramer(), octets, rows, cuts, early=False) == whole
    assert run(AvcFramer(), octets, rows, range(0, len(octets), 188)) == whole


# -- what refers to lost pictures


def with_lost(lost, pictures, *, gap_seen=True):
    """Feed an IDR picture and ``pictures``, one each PES packet, without those numbered ``lost``; return numbers kept."""
    octets, rows, missing = b"", [], False
    for n, nal_units in enumerate([(SPS, PPS, IDR), *pictures]):
        if n in lost:
            missing = True
            continue
        if missing and gap_seen:
            rows.append(damage(len(octets)))
        missing = False
        rows.append(pes(len(octets), 3600 * n + 9000, 3600 * n + 9000))
        octets += byte_stream(AUD, *nal_units)
    framer = AvcFramer()
    units = run(framer, octets, rows)
    return (
        [unit.pts_90k // 3600 - 2 for unit in units],
        {fault.name: fault.count for fault in framer.drain_faults()},
        units,
    )


def named(n, distance):
    """A picture that says to forget the one ``distance`` before it; two are kept to refer to."""
    return picture(n, operations=[(1, distance - 1)])


def test_pictures_after_a_lost_reference_go_on_where_a_decoder_has_a_placeholder():
    pictures = [(picture(n),) for n in range(1, 10)] + [(SPS, PPS, IDR), (picture(1),)]
    kept, faults, units = with_lost({5}, pictures)
    assert kept == [0, 1, 2, 3, *range(6, 12)]  # the end of 4 may be lost with 5
    assert faults == {"damaged_access_unit": 1}
    assert [unit.after_loss for unit in units].index(True) == 4


def test_a_picture_that_names_what_was_lost_is_left_out_and_the_next_goes_on():
    pictures = [(picture(n),) for n in range(1, 7)] + [(named(7, 3),), (picture(8),), (picture(9),)]
    kept, faults, units = with_lost({5}, pictures)
    assert kept == [0, 1, 2, 3, 6, 8, 9]
    assert faults == {"damaged_access_unit": 1, "picture_without_reference": 1}
    assert [unit.after_undecodable for unit in units] == [False] * 5 + [True, False]
    assert with_lost(set(), pictures)[0] == list(range(10))


def test_a_lost_picture_that_no_other_refers_to_costs_nothing_more():
    pictures = [(alone(1),), (alone(2),), (alone(3),), (picture(1),), (picture(2),)]
    kept, faults, _ = with_lost({2}, pictures)
    assert kept == [0, 3, 4, 5]
    assert faults == {"damaged_access_unit": 1}


def test_a_reference_that_was_lost_before_us_shows_by_frame_num_and_a_hole_in_time():
    pictures = [(picture(n),) for n in range(1, 6)] + [(named(6, 3),), (picture(7),)]
    assert with_lost({5}, pictures, gap_seen=False)[0] == [0, 1, 2, 3, 4, 7]
    assert with_lost(set(), pictures)[0] == list(range(8))


def test_an_encoder_that_counts_wrongly_loses_nothing():
    pictures = [(coded_slice(P, frame_num=3 * n % 16, poc_lsb=2 * n),) for n in range(1, 8)]
    assert with_lost(set(), pictures)[0] == list(range(8))


def test_after_ten_seconds_pictures_go_on_whatever_they_name():
    def old(n):
        return picture(n, operations=[(1, 12)])  # which has long left the two that are kept

    kept, _, _ = with_lost({5}, [(old(n) if n > 4 else picture(n),) for n in range(1, 260)])
    assert kept == [0, 1, 2, 3, *range(253, 260)]


def test_after_a_new_sps_without_an_idr_picture_nothing_before_it_counts():
    """The pictures before were of a PPS that has gone with its SPS."""
    pictures = [(picture(n),) for n in range(1, 4)] + [(sps(width_mbs=22), pps(1), picture(4, I, pps_id=1))]
    pictures += [(picture(n, pps_id=1),) for n in range(5, 10)]
    assert with_lost({6}, pictures)[0] == [0, 1, 2, 3, 4, 7, 8, 9]


def test_a_stream_of_gradual_refresh_goes_on_at_once():
    pictures = [(RECOVERY_POINT, picture(1)), *((picture(n),) for n in range(2, 20))]
    assert with_lost({8}, pictures)[0] == [*range(7), *range(9, 20)]


def test_a_reference_picture_again_in_the_middle_of_what_was_lost():
    """An open GOP's intra picture forgets nothing: what comes after may name what was lost before it."""

    def stream(distance):
        after = [(named(13, distance),), (picture(14),), (alone(15),)]
        return [
            (RECOVERY_POINT, picture(1, I)),
            *((picture(n),) for n in range(2, 12)),
            (RECOVERY_POINT, picture(12, I)),
            *after,
        ]

    # kept to refer to are, after the intra picture, 12 and a placeholder for 11
    assert with_lost({11}, stream(2))[0] == [*range(10), 12, 13, 14, 15]
    assert with_lost({11}, stream(3))[0] == [*range(10), 12, 14, 15]
    assert with_lost(set(), stream(3))[0] == list(range(16))
