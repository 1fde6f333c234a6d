from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs.hevc_streams import MAIN, MAIN_10, Profile, pps, sps, vps
from yiwang.base.errors import WireError
from yiwang.codecs.hevc.decoder_configuration import (
    HevcDecoderConfigurationRecord,
    parse_hevc_decoder_configuration_record,
)
from yiwang.codecs.hevc.parameter_sets import ParameterSets
from yiwang.codecs.hevc.pps import parse_pps
from yiwang.codecs.hevc.profile_tier_level import ProfileTierLevel, codecs_parameter
from yiwang.codecs.hevc.sei import sei_messages
from yiwang.codecs.hevc.sps import parse_sps
from yiwang.codecs.hevc.vps import parse_vps

# A UHD channel's sets (HLG-compatible encoder, six PPSs with scaling lists) and those of a 4320p50 PQ sequence.
BROADCAST_VPS = "40010c01ffff022000000300b00000030000030099092180c0000003004000000cba"
BROADCAST_SPS = (
    "420101022000000300b00000030000030099a00280802d13640921ae4213555843fffffffffffffff918828d087fffffffffffffff9188"
    "28d087fffffffffffffff96bc05a728000000300800000196f96386a"
)


def hrd(bits, *, sub_pictures=False, low_delay=False):
    bits.u(2, 0b11)  # NAL and VCL
    bits.u(1, sub_pictures)
    if sub_pictures:
        bits.u(19, 0x12345)
    bits.u(8, 0x44)
    if sub_pictures:
        bits.u(4, 5)
    bits.u(15, 0x5AB7)
    bits.u(1, 0)
    bits.u(1, not low_delay)
    if low_delay:
        bits.u(1, 1)
        count = 1
    else:
        bits.ue(0)
        bits.ue(1)
        count = 2
    for _ in range(2 * count):
        for value in (500, 700, 40, 50) if sub_pictures else (500, 700):
            bits.ue(value)
        bits.u(1, 0)


def vui(
    sar=None, colour=None, full_range=False, field_seq=False, timing=None, hrd=None, segmentation=None, window=False
):
    """Return a function that writes vui_parameters()."""

    def write(bits):
        bits.u(1, sar is not None)
        if sar is not None:
            bits.u(8, sar if isinstance(sar, int) else 255)
            if not isinstance(sar, int):
                bits.u(16, sar[0])
                bits.u(16, sar[1])
        bits.u(2, 0b10)  # overscan_info_present_flag, overscan_appropriate_flag
        bits.u(1, colour is not None)
        if colour is not None:
            bits.u(3, 5)
            bits.u(1, full_range)
            bits.u(1, 1)
            for value in colour:
                bits.u(8, value)
        bits.u(1, 1)
        bits.ue(2)
        bits.ue(2)
        bits.u(3, 0b001 | field_seq << 1)
        bits.u(1, window)
        for value in (1, 2, 3, 4) if window else ():
            bits.ue(value)
        bits.u(1, timing is not None)
        if timing is not None:
            bits.u(32, timing[0])
            bits.u(32, timing[1])
            bits.u(1, 1)
            bits.ue(0)
            bits.u(1, hrd is not None)
            if hrd is not None:
                hrd(bits)
        bits.u(1, segmentation is not None)
        if segmentation is not None:
            bits.u(3, 0b010)
            for value in (segmentation, 2, 1, 15, 15):
                bits.ue(value)

    return write


# -- profile, tier, level


@pytest.mark.parametrize(
    ("profile", "codec"),
    [
        (ProfileTierLevel(0, False, 1, 0x60000000, 0xB00000000000, 93), "hvc1.1.6.L93.B0"),
        (ProfileTierLevel(0, True, 2, 0x20000000, 0xB00000000000, 153), "hvc1.2.4.H153.B0"),
        (ProfileTierLevel(1, False, 4, 0x08000000, 0x9D0800000000, 120), "hvc1.A4.10.L120.9D.8"),
        (ProfileTierLevel(3, False, 31, 0x00000001, 0, 30), "hvc1.C31.80000000.L30"),
        (ProfileTierLevel(0, False, 1, 0x60000000, 0x000000000001, 93), "hvc1.1.6.L93.0.0.0.0.0.1"),
    ],
)
def test_the_codecs_parameter_is_that_of_14496_15_annex_e(profile, codec):
    assert codecs_parameter("hvc1", profile) == codec


def test_sub_layers_are_passed_over():
    for sub_layers in range(1, 8):
        found = parse_sps(sps(profile=MAIN_10, sub_layers=sub_layers, bit_depth=10))
        assert (found.max_sub_layers, found.width, found.bit_depth_luma) == (sub_layers, 320, 10)
        assert found.profile_tier_level.level_idc == 153
        assert parse_vps(vps(sub_layers=sub_layers, timing=(1, 50))).time_scale == 50


# -- sequence parameter sets


def test_a_broadcast_sps_is_read():
    found = parse_sps(bytes.fromhex(BROADCAST_SPS))
    assert (found.width, found.height, found.bit_depth_luma) == (1280, 720, 10)
    assert parse_vps(bytes.fromhex(BROADCAST_VPS)).video_parameter_set_id == 0
    assert (found.vui.num_units_in_tick, found.vui.time_scale) == (1, 50)


@pytest.mark.parametrize(
    ("chroma_format", "crop", "size"),
    [
        (1, (0, 2, 0, 4), (1916, 1080)),
        (2, (1, 1, 0, 8), (1916, 1080)),
        (3, (1, 1, 1, 1), (1918, 1086)),
        (0, None, (1920, 1088)),
    ],
)
def test_the_conformance_window_is_in_units_of_chroma(chroma_format, crop, size):
    found = parse_sps(sps(width=1920, height=1088, chroma_format=chroma_format, crop=crop))
    assert (found.width, found.height) == size


@pytest.mark.parametrize(
    "fields",
    [
        {"scaling": "default"},
        {"scaling": "sent"},
        {"pcm": True},
        {"long_term": 5},
        {"ordering_info": False, "sub_layers": 3},
    ],
)
def test_what_lies_before_the_vui_is_passed_over(fields):
    assert parse_sps(sps(vui=vui(timing=(1001, 60000)), **fields)).vui.time_scale == 60000


def explicit(bits, negative, positive):
    bits.ue(len(negative))
    bits.ue(len(positive))
    for delta in (*negative, *positive):
        bits.ue(delta - 1)
        bits.u(1, 1)


def test_reference_picture_sets_predicted_from_each_other_are_passed_over():
    def write(bits):
        explicit(bits, [1, 2], [3])  # pictures at -1, -3, +3
        # predicted, shifted by -2: -3, -5, +1, -2; the second is left out
        bits.u(1, 1)
        bits.u(1, 1)
        bits.ue(1)
        bits.u(1, 1)
        bits.u(2, 0b00)
        bits.u(2, 0b01)  # not used by this picture, but kept
        bits.u(1, 1)
        # predicted from three pictures now, so four flags; shifted by +3 one is the picture itself and is no reference
        bits.u(1, 1)
        bits.u(1, 0)
        bits.ue(2)
        bits.u(4, 0b1111)
        # predicted from those that are left: 1 and 4 and 3, so four flags again
        bits.u(1, 1)
        bits.u(1, 0)
        bits.ue(0)
        bits.u(4, 0b1111)
        bits.u(1, 0)
        explicit(bits, [], [1])

    found = parse_sps(sps(ref_pic_sets=write, n_ref_pic_sets=5, vui=vui(timing=(1, 50))))
    assert found.vui.time_scale == 50


@pytest.mark.parametrize("parameters", [{}, {"sub_pictures": True}, {"low_delay": True}])
def test_hrd_parameters_are_passed_over(parameters):
    written = vui(timing=(1, 25), hrd=lambda bits: hrd(bits, **parameters), segmentation=77)
    assert parse_sps(sps(vui=written)).vui.min_spatial_segmentation_idc == 77


@pytest.mark.parametrize(
    ("sar", "expected"),
    [(None, (1, 1)), (0, (1, 1)), (4, (16, 11)), ((64, 45), (64, 45)), ((0, 5), (1, 1)), (99, (1, 1))],
)
def test_the_sample_aspect_ratio(sar, expected):
    assert parse_sps(sps(vui=vui(sar=sar))).sar == expected


def test_colour_is_that_of_the_vui():
    assert parse_sps(sps(vui=vui(colour=(9, 16, 9), window=True))).colour == (9, 16, 9, False)
    assert parse_sps(sps(vui=vui(colour=(1, 1, 1), full_range=True))).colour == (1, 1, 1, True)
    assert parse_sps(sps()).colour is None


@pytest.mark.parametrize(
    ("constraints", "field_seq", "scan"),
    [
        (0x8, False, "progressive"),
        (0x4, False, "interlaced"),
        (0xC, False, ""),
        (0x0, False, ""),
        (0x4, True, "fields"),
        (0x8, True, "fields"),
    ],
)
def test_scan_is_said_by_the_profile_and_fields_by_the_vui(constraints, field_seq, scan):
    profile = Profile(constraints=constraints << 44)
    assert parse_sps(sps(profile=profile, vui=vui(field_seq=field_seq))).scan == scan


def test_a_broken_vui_is_taken_as_absent():
    whole = sps(vui=vui(sar=4, timing=(1, 50), hrd=hrd))
    found = parse_sps(whole[:-20])
    assert (found.width, found.vui.time_scale, found.sar) == (320, 0, (1, 1))


@pytest.mark.parametrize(
    "fields",
    [
        {"width": 20_000},
        {"crop": (90, 90, 0, 0)},
        {"bit_depth": 17},
        {"sps_id": 16},
        {"n_ref_pic_sets": 65},
        {"width": 0},
    ],
)
def test_values_outside_the_standard_s_range_are_errors(fields):
    with pytest.raises(WireError):
        parse_sps(sps(**fields))


@given(st.sampled_from([parse_sps, parse_pps, parse_vps]), st.binary(max_size=120))
def test_any_octets_are_read_or_refused(parse, octets):
    with suppress(WireError):
        parse(b"\x42\x01" + octets)


@given(st.binary(max_size=200))
def test_any_sei_is_read(octets):
    assert all(len(payload) <= len(octets) for _, payload in sei_messages(b"\x4e\x01" + octets))


# -- configurations


def config_of(*nal_units, pps_id=0):
    sets = ParameterSets()
    for nal_unit in nal_units:
        if not sets.is_repetition(nal_unit):
            sets.add(nal_unit)
    return sets.config(pps_id)


def record_of(*nal_units):
    return parse_hevc_decoder_configuration_record(config_of(*nal_units).decoder_config)


def test_the_frame_rate_is_that_of_the_vui_else_of_the_vps_else_unknown():
    assert config_of(vps(timing=(1, 25)), sps(vui=vui(timing=(1001, 60000))), pps()).frame_rate == (60000, 1001)
    assert config_of(vps(timing=(2, 100)), sps(), pps()).frame_rate == (50, 1)
    assert config_of(vps(timing=(1, 25), layer_sets=3, max_layer_id=2), sps(), pps()).frame_rate == (25, 1)
    assert config_of(vps(), sps(vui=vui(timing=(0, 50))), pps()).frame_rate is None
    assert config_of(vps(), sps(vui=vui(timing=(1, 90000))), pps()).frame_rate is None


def test_the_record_says_what_the_sets_say():
    record = record_of(
        vps(profile=MAIN_10),
        sps(profile=MAIN_10, bit_depth=10, sub_layers=2, vui=vui(timing=(1, 50), segmentation=8)),
        pps(wavefronts=True),
    )
    assert record.profile_tier_level == ProfileTierLevel(0, False, 2, 0x20000000, 0xB00000000000, 153)
    assert (record.bit_depth_luma, record.bit_depth_chroma, record.chroma_format) == (10, 10, 1)
    assert (record.num_temporal_layers, record.temporal_id_nested, record.length_size) == (2, True, 4)
    assert (record.min_spatial_segmentation_idc, record.parallelism_type, record.avg_frame_rate) == (8, 3, 12800)
    assert record.array_completeness


@pytest.mark.parametrize(
    ("ppss", "parallelism"),
    [
        ([{}], 1),
        ([{"tiles": True}], 2),
        ([{"wavefronts": True}], 3),
        ([{"tiles": True, "wavefronts": True}], 0),
        ([{}, {"tiles": True}], 0),
    ],
)
def test_the_type_of_parallelism_is_the_one_all_pictures_have(ppss, parallelism):
    sets = [pps(n, **fields) for n, fields in enumerate(ppss)]
    assert record_of(vps(), sps(vui=vui(segmentation=4)), *sets).parallelism_type == parallelism
    assert record_of(vps(), sps(), *sets).parallelism_type == 0  # 8.3.3.1.3: without segmentation it means nothing


def test_a_changed_sps_takes_its_pictures_parameter_sets_with_it():
    assert config_of(vps(), sps(), pps(), pps(1), sps(width=640)) is None
    assert config_of(vps(), sps(), pps(), sps(), pps(1)) is not None


@given(
    st.builds(
        HevcDecoderConfigurationRecord,
        st.builds(
            ProfileTierLevel,
            st.integers(0, 3), st.booleans(), st.integers(0, 31), st.integers(0, 2**32 - 1), st.integers(0, 2**48 - 1),
            st.integers(0, 255),
        ),
        st.lists(
            st.tuples(st.integers(0, 63), st.lists(st.binary(max_size=40), max_size=3).map(tuple)), max_size=4
        ).map(tuple),
        st.integers(0, 4095), st.integers(0, 3), st.integers(0, 3), st.integers(8, 15), st.integers(8, 15),
        st.integers(0, 65535), st.integers(0, 3), st.integers(0, 7), st.booleans(), st.integers(1, 4),
    )
)  # fmt: skip
def test_a_record_is_read_back_as_it_was_written_and_refused_when_cut_short(record):
    octets = record.to_bytes()
    assert parse_hevc_decoder_configuration_record(octets) == record
    for size in range(len(octets)):
        with pytest.raises(WireError):
            parse_hevc_decoder_configuration_record(octets[:size])


def test_the_profile_of_the_table_is_the_one_that_is_written():
    assert parse_sps(sps(profile=MAIN)).profile_tier_level == ProfileTierLevel(
        0, False, 1, 0x60000000, 0x900000000000, 93
    )
