import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.feeding import NO_MARKS, array, cuts_of, damage, marks, pes, run
from tests.codecs.hevc_streams import (
    AUD,
    BLA_N_LP,
    BLA_W_LP,
    BLA_W_RADL,
    CRA,
    DECODING_UNIT_INFO,
    END_OF_BITSTREAM,
    END_OF_SEQUENCE,
    FILLER,
    IDR_N_LP,
    IDR_W_RADL,
    MASTERING_DISPLAY,
    PIC_TIMING,
    PICTURE_HASH,
    RADL_N,
    RADL_R,
    RASL_N,
    RASL_R,
    TRAIL_N,
    TRAIL_R,
    byte_stream,
    coded_slice,
    nal_unit,
    pps,
    sample,
    sei,
    sps,
    vps,
)
from tests.codecs.reference_ts import read_ts
from yiwang.codecs.hevc.decoder_configuration import parse_hevc_decoder_configuration_record
from yiwang.codecs.hevc.framer import HevcFramer

VPS, SPS, PPS = vps(), sps(), pps()
SETS = (VPS, SPS, PPS)
IDR = coded_slice(IDR_N_LP)


def picture(n, nal_unit_type=TRAIL_R, **fields):
    return coded_slice(nal_unit_type, tag=n % 256, **fields)


def units_of(*nal_units):
    return run(HevcFramer(), byte_stream(*nal_units))


def samples_of(*nal_units):
    return [unit.data for unit in units_of(*nal_units)]


# -- borders


def test_a_delimiter_parameter_sets_and_filler_are_not_in_the_sample_but_sei_and_slices_are():
    nal_units = (AUD, *SETS, PIC_TIMING, IDR, PICTURE_HASH, FILLER)
    assert samples_of(*nal_units) == [sample(PIC_TIMING, IDR, PICTURE_HASH)]


def test_pictures_without_delimiters_are_told_apart_by_their_first_slice_segments():
    pictures = [picture(n) for n in range(4)]
    assert samples_of(*SETS, IDR, *pictures) == [sample(IDR), *map(sample, pictures)]


def test_slice_segments_of_one_picture_make_one_access_unit():
    segments = [picture(1, first=not n) for n in range(4)]
    assert samples_of(*SETS, IDR, *segments, picture(2)) == [sample(IDR), sample(*segments), sample(picture(2))]


@pytest.mark.parametrize("between", [PPS, DECODING_UNIT_INFO, VPS], ids=["PPS", "SEI", "VPS"])
def test_what_lies_between_slice_segments_of_one_picture_does_not_end_it(between):
    segments = picture(1), picture(1, first=False)
    kept = [between] if between == DECODING_UNIT_INFO else []
    assert samples_of(*SETS, IDR, segments[0], between, segments[1], picture(2)) == [
        sample(IDR),
        sample(segments[0], *kept, segments[1]),
        sample(picture(2)),
    ]


@pytest.mark.parametrize("between", [AUD, PPS, PIC_TIMING], ids=["AUD", "PPS", "SEI"])
def test_what_precedes_a_picture_belongs_to_it(between):
    kept = [between] if between == PIC_TIMING else []
    assert samples_of(*SETS, IDR, between, picture(1)) == [sample(IDR), sample(*kept, picture(1))]


def test_doubled_delimiters_and_one_between_parameter_sets_do_not_end_a_unit():
    nal_units = (AUD, AUD, VPS, SPS, AUD, PPS, AUD, IDR, AUD, AUD, picture(1))
    assert samples_of(*nal_units) == [sample(IDR), sample(picture(1))]


def test_other_layers_and_reserved_types_are_left_out_and_end_nothing():
    others = (coded_slice(TRAIL_R, layer=1), sps(layer=1), coded_slice(22), coded_slice(31))
    assert samples_of(*SETS, IDR, *others, picture(1, first=False), picture(2)) != []
    assert samples_of(*SETS, picture(1), *others, picture(1, first=False), picture(2)) == [
        sample(picture(1), picture(1, first=False)),
        sample(picture(2)),
    ]


def test_an_access_unit_is_passed_on_at_the_second_octet_of_the_next_delimiter():
    framer = HevcFramer()
    assert framer.feed(array(byte_stream(*SETS, IDR) + b"\0\0\0\1\x46"), NO_MARKS) == []
    assert [unit.data for unit in framer.feed(array(b"\x01"), NO_MARKS)] == [sample(IDR)]


@pytest.mark.parametrize("end", [END_OF_SEQUENCE, END_OF_BITSTREAM])
def test_the_end_of_a_sequence_is_kept_and_ends_the_access_unit_at_once(end):
    framer = HevcFramer()
    units = framer.feed(array(byte_stream(*SETS, IDR, end)), NO_MARKS)
    assert [unit.data for unit in units] == [sample(IDR, end)]
    assert [unit.data for unit in run(framer, byte_stream(IDR, picture(1)))] == [sample(IDR), sample(picture(1))]


def test_dynamic_metadata_behind_the_slices_is_kept():
    metadata = nal_unit(62, b"\x19\x08\x80")
    assert samples_of(*SETS, IDR, metadata, picture(1)) == [sample(IDR, metadata), sample(picture(1))]


# -- parameter sets


def test_repeated_parameter_sets_leave_the_same_configuration_object():
    units = units_of(*SETS, IDR, AUD, *SETS, picture(1), AUD, PPS, picture(2))
    assert len({id(unit.config) for unit in units}) == 1
    assert units[0].config.codec == "hvc1.1.6.L93.90"
    assert (units[0].config.width, units[0].config.height) == (320, 240)


def arrays_of(config):
    return dict(parse_hevc_decoder_configuration_record(config.decoder_config).arrays)


def test_the_record_has_all_three_kinds_of_sets():
    (unit,) = units_of(VPS, SPS, pps(1), pps(0), IDR)
    assert arrays_of(unit.config) == {32: (VPS,), 33: (SPS,), 34: (pps(0), pps(1))}


@pytest.mark.parametrize("late", SETS, ids=["VPS", "SPS", "PPS"])
def test_access_units_before_their_parameter_sets_are_dropped_and_counted(late):
    framer = HevcFramer()
    early = [nal_unit for nal_unit in SETS if nal_unit is not late]
    units = run(framer, byte_stream(AUD, *early, IDR, AUD, picture(1), AUD, late, IDR))
    assert [unit.data for unit in units] == [sample(IDR)]
    assert [(fault.name, fault.count, fault.pid) for fault in framer.drain_faults()] == [("no_parameter_sets", 2, -1)]


def test_a_new_picture_size_is_a_new_configuration_from_its_access_unit_on():
    larger = sps(width=640, height=480)
    units = units_of(*SETS, IDR, picture(1), larger, PPS, IDR, picture(1))
    assert [(unit.config.width, unit.config.height) for unit in units] == 2 * [(320, 240)] + 2 * [(640, 480)]


def test_a_parameter_set_before_a_picture_is_of_that_picture_only():
    first, second = units_of(*SETS, picture(1), pps(init_qp=5), picture(2))
    assert arrays_of(first.config)[34] == (PPS,)
    assert arrays_of(second.config)[34] == (pps(init_qp=5),)


def test_a_parameter_set_between_slice_segments_is_of_their_picture():
    (unit,) = units_of(*SETS, picture(1), pps(1), picture(1, first=False))
    assert arrays_of(unit.config)[34] == (PPS, pps(1))


def test_sets_of_another_sequence_are_not_in_the_record():
    other = vps(1), sps(1, vps_id=1, width=640), pps(1, 1)
    first, second = units_of(*other, *SETS, IDR, coded_slice(IDR_N_LP, pps_id=1))
    assert arrays_of(first.config) == {32: (VPS,), 33: (SPS,), 34: (PPS,)}
    assert arrays_of(second.config) == {32: other[:1], 33: other[1:2], 34: other[2:]}


def test_a_parameter_set_that_cannot_be_read_changes_nothing():
    framer = HevcFramer()
    units = run(framer, byte_stream(*SETS, IDR, SPS[:9], AUD, picture(1)))
    assert len({id(unit.config) for unit in units}) == 1
    assert [fault.name for fault in framer.drain_faults()] == ["parameter_set_error"]


# -- colour metadata


def test_mastering_display_and_light_level_come_from_sei_at_an_irap_and_stay():
    messages = sei((137, MASTERING_DISPLAY), (144, bytes.fromhex("03e80190")))
    units = units_of(*SETS, messages, IDR, picture(1), *SETS, coded_slice(CRA), picture(2))
    assert {unit.config.mastering_display for unit in units} == {MASTERING_DISPLAY}
    assert {unit.config.content_light_level.hex() for unit in units} == {"03e80190"}
    assert len({id(unit.config) for unit in units}) == 1


def test_other_sei_of_colour_is_another_configuration_from_its_irap_on():
    light = [sei((144, bytes.fromhex(octets))) for octets in ("03e80190", "07d00320")]
    units = units_of(*SETS, light[0], IDR, picture(1), light[1], picture(2), light[1], IDR, picture(3))
    levels = [unit.config.content_light_level.hex() for unit in units]
    assert levels == 3 * ["03e80190"] + 2 * ["07d00320"]


def test_parameter_sets_of_another_sequence_end_what_sei_said():
    units = units_of(*SETS, sei((144, b"\0\1\0\1")), IDR, sps(width=640), PPS, IDR)
    assert [unit.config.content_light_level for unit in units] == [b"\0\1\0\1", b""]


def hlg_compatible(bits):
    bits.u(2, 0b00)
    bits.u(1, 1)
    bits.u(3, 5)
    bits.u(1, 0)
    bits.u(1, 1)
    for value in (9, 14, 9):
        bits.u(8, value)
    bits.u(8, 0)


def test_a_preferred_transfer_function_stands_in_for_that_of_the_vui():
    described = sps(vui=hlg_compatible)
    units = units_of(VPS, described, PPS, IDR, sei((147, b"\x12")), IDR)
    assert [unit.config.colour for unit in units] == [(9, 14, 9, False), (9, 18, 9, False)]


def test_sei_cut_short_says_nothing():
    for octets in (sei((137, MASTERING_DISPLAY[:23])), sei((144, b"\1")), sei((147, b"")), b"\x4e\x01\x89\x18\x01\x80"):
        (unit,) = units_of(*SETS, octets, IDR)
        assert (unit.config.mastering_display, unit.config.content_light_level, unit.config.colour) == (b"", b"", None)


def test_sei_without_measure_costs_no_more_than_its_octets():
    small = sei(*[(5, b"")] * 30_000)
    units = units_of(*SETS, *[small] * 40, sei((144, b"\1\2\3\4")), IDR)
    assert [unit.config.content_light_level for unit in units] == [b"\1\2\3\4"]
    units = units_of(*SETS, *[PIC_TIMING] * 300, sei((144, b"\1\2\3\4")), IDR)
    assert [unit.config.content_light_level for unit in units] == [b""]


# -- random access and leading pictures


@pytest.mark.parametrize(
    ("nal_unit_type", "sap_type"),
    [(IDR_N_LP, 1), (BLA_N_LP, 1), (IDR_W_RADL, 2), (BLA_W_RADL, 2), (BLA_W_LP, 3), (CRA, 3), (TRAIL_R, 0)],
)
def test_the_stream_access_point_type_follows_the_leading_pictures_that_may_come(nal_unit_type, sap_type):
    assert [unit.sap_type for unit in units_of(*SETS, coded_slice(nal_unit_type))] == [sap_type]


OPEN_GOP = [picture(1, CRA), picture(2, RASL_R), picture(3, RASL_N), picture(4, RADL_N), picture(5)]


def kept(*nal_units, faults=None):
    framer = HevcFramer()
    units = run(framer, byte_stream(*nal_units))
    counted = {fault.name: fault.count for fault in framer.drain_faults()}
    assert counted == (faults or {})
    return [unit.data for unit in units]


def test_leading_pictures_of_an_open_gop_are_passed_on_where_all_is_there():
    assert kept(*SETS, IDR, *OPEN_GOP) == [sample(IDR), *map(sample, OPEN_GOP)]


def test_at_the_begin_of_the_stream_rasl_pictures_are_left_out_without_a_fault():
    assert kept(*SETS, *OPEN_GOP) == [sample(OPEN_GOP[n]) for n in (0, 3, 4)]


def test_who_joins_within_a_gop_gets_no_rasl_pictures_of_it_nor_of_the_next():
    before = [picture(8, RASL_N), picture(9, RADL_R), picture(10, TRAIL_N)]
    assert kept(*SETS, *before, *OPEN_GOP) == [sample(before[2]), *(sample(OPEN_GOP[n]) for n in (0, 3, 4))]


@pytest.mark.parametrize("end", [END_OF_SEQUENCE, END_OF_BITSTREAM])
def test_after_the_end_of_a_sequence_rasl_pictures_are_left_out(end):
    expected = [sample(IDR, end), *(sample(OPEN_GOP[n]) for n in (0, 3, 4))]
    assert kept(*SETS, IDR, end, *OPEN_GOP) == expected


def test_rasl_pictures_of_a_bla_are_left_out_and_those_of_the_next_cra_are_not():
    bla = [picture(1, BLA_W_LP), *OPEN_GOP[1:]]
    expected = [sample(IDR), *(sample(bla[n]) for n in (0, 3, 4)), *map(sample, OPEN_GOP)]
    assert kept(*SETS, IDR, *bla, *OPEN_GOP) == expected


def lossy(*pictures, lost=()):
    """One PES packet a picture, damage in those with the indices ``lost``; times of what is passed on, and faults."""
    octets, rows = byte_stream(*SETS), [pes(0, 0)]
    for n, nal_unit_ in enumerate(pictures):
        if n:
            rows.append(pes(len(octets), 3600 * n))
        octets += byte_stream(AUD, nal_unit_)
        if n in lost:
            rows.append(damage(len(octets) - 20))
    framer = HevcFramer()
    units = run(framer, octets, rows)
    return units, {fault.name: fault.count for fault in framer.drain_faults()}


def numbers(units):
    return [unit.pts_90k // 3600 for unit in units]


SEQUENCE = [
    (0, IDR),
    (1, picture(1, refs=[(-1, True)])),
    (5, picture(5, CRA, refs=[(-4, False)])),
    (3, picture(3, RASL_R, refs=[(-2, True), (2, True)])),
    (2, picture(2, RASL_N, refs=[(-1, True), (1, True), (3, False)])),
    (4, picture(4, RADL_N, refs=[(1, True)])),
    (6, picture(6, refs=[(-1, True)])),
    (9, picture(9, CRA, refs=[(-3, False)])),
    (7, picture(7, RASL_N, refs=[(-1, True), (2, True)])),
    (10, picture(10, refs=[(-1, True)])),
]
"""PicOrderCntVal and the picture, in decoding order."""


def after_losses(*lost):
    """SEQUENCE, one PES packet a picture, damage in those with the indices ``lost``; what is passed on, and faults."""
    octets, rows = byte_stream(*SETS), []
    for n, (poc, nal_unit_) in enumerate(SEQUENCE):
        rows.append(pes(len(octets) if n else 0, 3600 * (poc + 10), 3600 * n))
        octets += byte_stream(AUD, nal_unit_)
        if n in lost:
            rows.append(damage(len(octets) - 20))
    framer = HevcFramer()
    units = run(framer, octets, rows)
    return units, {fault.name: fault.count for fault in framer.drain_faults()}


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (1, [0, 2, 5, 6, 7, 8, 9]),  # a picture before the CRA: its RASL pictures need it
        (2, [0, 1, 7, 9]),  # the CRA: all that lead it, what follows, and what the next one's RASL picture needs
        (3, [0, 1, 2, 5, 6, 7, 8, 9]),  # a leading picture: another needs it
        (4, [0, 1, 2, 3, 5, 6, 7, 8, 9]),  # none does
        (6, [0, 1, 2, 3, 4, 5, 7, 9]),
        (8, [0, 1, 2, 3, 4, 5, 6, 7, 9]),
    ],
)
def test_after_a_loss_pictures_that_need_what_is_missing_are_left_out_and_no_other(lost, expected):
    units, faults = after_losses(lost)
    assert [unit.dts_90k // 3600 for unit in units] == expected
    assert faults.pop("damaged_access_unit") == 1
    assert set(faults) <= {"undecodable_leading_picture", "picture_without_reference"}
    assert sum(faults.values()) == len(SEQUENCE) - len(expected) - 1
    assert all(unit.after_loss == (unit.dts_90k // 3600 - 1 not in expected) for unit in units[1:])


def test_the_time_of_a_picture_that_will_be_left_out_is_not_told_as_the_next_one_s():
    units, _ = after_losses(1)
    told = {unit.dts_90k // 3600: unit.next_dts_90k // 3600 for unit in units if unit.next_dts_90k >= 0}
    assert told == {0: 1, 5: 6, 6: 7, 7: 8, 8: 9}  # of 2, a CRA, it is not known which comes next


def still(n, refs, nal_unit_type=TRAIL_R, at=None, messages=()):
    """A picture of a sequence without B, its PES packet's time by its number."""
    return 3600 * (n if at is None else at), (*messages, picture(n, nal_unit_type, refs=refs))


def times_of(*pictures):
    octets, rows = byte_stream(*SETS, IDR), [pes(0, 0)]
    for pts_90k, nal_units in pictures:
        rows.append(pes(len(octets), pts_90k))
        octets += byte_stream(AUD, *nal_units) if nal_units else b""
        if not nal_units:
            rows[-1] = damage(len(octets))
            octets += b"\xaa" * 20
    return [unit.pts_90k // 3600 for unit in run(HevcFramer(), octets, rows)]


LOST = (0, ())
NEXT = [(-1, True)]


def test_without_an_irap_picture_all_go_on_after_a_freeze():
    assert times_of(*(still(n, NEXT) if n != 3 else LOST for n in range(1, 90))) == [0, 1, *range(64, 90)]


def test_at_a_recovery_point_all_go_on():
    recovery = [sei((6, b"\x84\x80"))]
    pictures = [still(n, NEXT, messages=recovery if n == 9 else ()) if n != 3 else LOST for n in range(1, 15)]
    assert times_of(*pictures) == [0, 1, *range(9, 15)]


def test_pictures_after_a_lost_idr_picture_are_not_taken_for_those_with_the_same_number_before_it():
    before = [still(n, NEXT) for n in range(1, 12)]
    after = [still(n, [(-n, True)], at=12 + n) for n in range(1, 12)]  # each refers to the IDR picture alone
    assert times_of(*before, LOST, *after, still(12, (), CRA, at=24), still(13, NEXT, at=25)) == [*range(11), 24, 25]


def test_an_idr_picture_knows_what_follows_even_after_a_loss():
    units, _ = lossy(IDR, picture(1), coded_slice(IDR_N_LP, tag=9), picture(3), lost=[1])
    assert [(unit.pts_90k // 3600, unit.next_dts_90k // 3600) for unit in units[1:]] == [(2, 3), (3, -1)]


# -- time stamps


def test_a_pes_packet_gives_its_times_to_the_first_access_unit_that_begins_in_it():
    first, second = byte_stream(AUD, *SETS, IDR), byte_stream(AUD, picture(1))
    rows = [pes(0, 900, 600), pes(len(first) + len(second) - 10, 1500)]
    units = run(HevcFramer(), first + second + byte_stream(AUD, picture(2)), rows)
    assert [(unit.pts_90k, unit.dts_90k) for unit in units] == [(900, 600), (-1, -1), (1500, -1)]
    assert [unit.next_dts_90k for unit in units] == [-1, 1500, -1]


def test_one_nal_unit_per_pes_packet_without_delimiters():
    octets, rows = b"", []
    pictures = [(*SETS, PIC_TIMING, IDR), (PPS, PIC_TIMING, picture(1), picture(1, first=False)), (picture(2),)]
    for n, nal_units in enumerate(pictures):
        for each in nal_units:
            rows.append(pes(len(octets), 3600 * n, 3600 * n))
            octets += byte_stream(each)
    units = run(HevcFramer(), octets, rows)
    assert [unit.pts_90k for unit in units] == [0, 3600, 7200]
    assert [unit.data for unit in units] == [
        sample(PIC_TIMING, IDR),
        sample(PIC_TIMING, *pictures[1][2:]),
        sample(picture(2)),
    ]


# -- damage

PICTURES = [byte_stream(AUD, *SETS, IDR)] + [byte_stream(AUD, picture(n), picture(n, first=False)) for n in (1, 2, 3)]
STARTS = [sum(map(len, PICTURES[:n])) for n in range(len(PICTURES))]
TIMES = [pes(start, 3600 * n) for n, start in enumerate(STARTS)]


def with_damage(*offsets):
    rows = sorted([*TIMES, *map(damage, offsets)], key=lambda row: (row[0], row[3] == 1))
    units = run(HevcFramer(), b"".join(PICTURES), rows)
    return [(unit.pts_90k // 3600, unit.after_loss) for unit in units]


@pytest.mark.parametrize("within", [6, 9, 12, 13, 30, 90, len(PICTURES[1]) - 1])
def test_damage_inside_an_access_unit_drops_it_and_no_other(within):
    assert with_damage(STARTS[1] + within) == [(0, False), (2, True), (3, False)]


@pytest.mark.parametrize("within", [1, 2, 3, 4, 5])
def test_damage_inside_a_start_code_drops_the_access_units_on_both_sides(within):
    assert with_damage(STARTS[1] + within) == [(2, True), (3, False)]


def test_damage_between_access_units_drops_the_one_whose_tail_may_be_lost():
    assert with_damage(STARTS[2]) == [(0, False), (2, True), (3, False)]


def test_slice_segments_whose_head_is_missing_are_not_an_access_unit():
    octets = byte_stream(AUD, *SETS, IDR, picture(1)) + byte_stream(picture(2, first=False), AUD, picture(3))
    rows = [pes(0, 0), damage(octets.index(b"\0\0\0\1" + picture(2, first=False)))]
    rows += [pes(rows[1][0], 7200), pes(octets.rindex(b"\0\0\0\1\x46"), 10800)]
    assert [unit.pts_90k for unit in run(HevcFramer(), octets, rows)] == [0, 10800]
    framer = HevcFramer()
    nal_units = (AUD, *SETS, IDR, AUD, picture(1, first=False), AUD, picture(2))
    assert [unit.data for unit in run(framer, byte_stream(*nal_units))] == [sample(IDR), sample(picture(2))]
    assert [fault.name for fault in framer.drain_faults()] == ["damaged_access_unit"]


def test_slice_segments_of_two_pictures_that_no_border_parts_are_damage():
    for second in (picture(1, TRAIL_N, first=False), picture(1, first=False, pps_id=1)):
        framer = HevcFramer()
        units = run(framer, byte_stream(*SETS, pps(1), IDR, AUD, picture(1), second, AUD, picture(2)))
        assert [unit.data for unit in units] == [sample(IDR), sample(picture(2))]
        assert [fault.name for fault in framer.drain_faults()] == ["damaged_access_unit"]


def test_after_a_loss_an_access_unit_without_its_own_time_is_dropped():
    framer = HevcFramer()
    units = run(framer, b"".join(PICTURES), [pes(0, 0), damage(STARTS[1] + 9), pes(STARTS[3], 10800)])
    assert [(unit.pts_90k, unit.after_loss) for unit in units] == [(0, False), (10800, True)]
    assert {fault.name for fault in framer.drain_faults()} == {"damaged_access_unit", "untimed_access_unit"}


def test_a_damaged_sps_is_ignored():
    octets = byte_stream(AUD, *SETS, IDR) + byte_stream(AUD, sps(width=640))
    rows = [pes(0, 0), damage(len(octets)), pes(len(octets), 3600)]
    octets += byte_stream(AUD, picture(1))
    assert [unit.config.width for unit in run(HevcFramer(), octets, rows)] == [320, 320]


def test_an_access_unit_over_the_limit_is_dropped_and_the_buffer_stays_small():
    framer = HevcFramer(max_octets=100_000)
    octets = byte_stream(AUD, *SETS, IDR, AUD, picture(1, payload=b"\x55" * 3_000_000), AUD, picture(2))
    units = run(framer, octets, cuts=range(0, len(octets), 10_000))
    assert [unit.data for unit in units] == [sample(IDR), sample(picture(2))]
    assert [(fault.name, fault.count) for fault in framer.drain_faults()] == [("oversized_access_unit", 1)]
    assert framer._octets.shape[0] <= 1 << 19
    assert [unit.data for unit in run(HevcFramer(max_octets=100_000), octets)] == [unit.data for unit in units]


def test_octets_without_any_start_code_are_not_kept():
    framer = HevcFramer()
    for n in range(300):
        framer.feed(array(b"\x55" * 20_000), marks(pes(0, n)))
    assert framer._octets.shape[0] <= 1 << 17
    assert len(framer._pes_times._coming) <= 1


# -- any cuts, any octets


def stream_of_all_kinds():
    nal_units = [AUD, *SETS, sei((144, b"\1\2\3\4")), IDR]
    for n in range(1, 5):
        nal_units += [AUD, PIC_TIMING, picture(n), PPS, picture(n, first=False), PICTURE_HASH, FILLER]
        nal_units += [picture(n, TRAIL_N, payload=b"\0\0\3\1"), *OPEN_GOP, pps(1), picture(n, pps_id=1)]
    return byte_stream(
        *nal_units, END_OF_SEQUENCE, *SETS, *OPEN_GOP, sps(width=640), PPS, picture(1, BLA_W_LP), *OPEN_GOP
    )


ALL_KINDS = stream_of_all_kinds()
ALL_ROWS = [pes(offset, 3600 * n, 3600 * n) for n, offset in enumerate(range(0, len(ALL_KINDS), 211))]


@given(cuts_of(len(ALL_KINDS)), st.lists(st.integers(0, len(ALL_KINDS)), max_size=3), st.booleans())
def test_access_units_are_the_same_for_all_cuts_with_and_without_damage(cuts, damages, early):
    rows = sorted([*ALL_ROWS, *map(damage, damages)], key=lambda row: row[0])
    whole, cut = HevcFramer(), HevcFramer()
    assert run(cut, ALL_KINDS, rows, cuts, early) == run(whole, ALL_KINDS, rows)
    assert cut.drain_faults() == whole.drain_faults()


def test_access_units_are_the_same_octet_by_octet():
    assert run(HevcFramer(), ALL_KINDS, ALL_ROWS, range(len(ALL_KINDS))) == run(HevcFramer(), ALL_KINDS, ALL_ROWS)


@given(st.binary(max_size=2000), st.data())
def test_random_octets_never_raise_and_cuts_do_not_matter(octets, data):
    octets = octets.replace(b"\xff\xff", b"\0\0\1")
    cuts = data.draw(cuts_of(len(octets)))
    assert run(HevcFramer(), octets, (), cuts) == run(HevcFramer(), octets)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(ALL_KINDS) - 1), st.integers(0, 255)), min_size=1, max_size=20),
    cuts_of(len(ALL_KINDS)),
)
def test_a_stream_with_wrong_octets_never_raises_and_cuts_do_not_matter(errors, cuts):
    octets = bytearray(ALL_KINDS)
    for offset, value in errors:
        octets[offset] = value
    assert run(HevcFramer(), bytes(octets), ALL_ROWS, cuts) == run(HevcFramer(), bytes(octets), ALL_ROWS)


@pytest.mark.parametrize(
    "name", ["androidx-media/sample_h265.ts", "mp2ts-tools/obs_hevc_aac.ts", "tsduck/test-108.ts", "tsduck/test-137.ts"]
)
@pytest.mark.parametrize("seed", range(4))
def test_captures_give_the_same_access_units_for_all_cuts_and_damages(captures, name, seed):
    (stream,) = (s for s in read_ts((captures / name).read_bytes()).values() if s.stream_type == 0x24)
    octets, rng = bytearray(stream.octets), random.Random(seed)
    rows = list(stream.rows)
    if seed % 2:
        rows += [damage(rng.randrange(len(octets))) for _ in range(5)]
        for _ in range(20):
            octets[rng.randrange(len(octets))] = rng.choice((0, 1, 3, 255))
    rows.sort(key=lambda row: (row[0], row[3] == 1))
    cuts = [rng.randrange(len(octets)) for _ in range(200)]
    octets = bytes(octets)
    assert run(HevcFramer(), octets, rows, cuts) == run(HevcFramer(), octets, rows)
