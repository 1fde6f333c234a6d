import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.dolby_streams import ac3, eac3
from tests.codecs.feeding import array, cuts_of, damage, marks, pes, run
from tests.codecs.reference_ts import read_ts
from yiwang.codecs.ac3 import channels
from yiwang.codecs.ac3.framer import Ac3Framer
from yiwang.codecs.ac3.syncframe import parse_frame_header, parse_syncframe

AC3 = [ac3(n) for n in range(1, 12)]
EAC3 = [eac3(120 + 2 * n, n) for n in range(1, 12)]
SEVEN_ONE = [
    eac3(200, n, acmod=7, lfeon=1) + eac3(100, n, strmtyp=1, acmod=6, chanmap=channels.SURROUND | channels.LRS_RRS)
    for n in range(1, 9)
]
SHORT = [b"".join(eac3(90, n, numblkscod=1, convsync=k == 0) for k in range(3)) for n in range(1, 9)]
KINDS = [
    pytest.param(AC3, id="AC-3"),
    pytest.param(EAC3, id="E-AC-3"),
    pytest.param(SEVEN_ONE, id="dependent substream"),
    pytest.param(SHORT, id="two blocks a frame"),
]


def data_of(units):
    return [unit.data for unit in units]


def faults_of(framer):
    return {fault.name: fault.count for fault in framer.drain_faults()}


def starts_of(frames):
    return [sum(map(len, frames[:n])) for n in range(len(frames))]


@pytest.mark.parametrize("frames", KINDS)
def test_every_access_unit_has_six_blocks_of_all_substreams(frames):
    framer = Ac3Framer()
    units = run(framer, b"".join(frames))
    assert data_of(units) == frames
    assert {unit.sap_type for unit in units} == {1}
    assert len({id(unit.config) for unit in units}) == 1
    assert units[0].config.samples_per_frame == 1536
    assert faults_of(framer) == {}


@pytest.mark.parametrize("frames", KINDS)
def test_a_pes_packet_s_time_is_of_the_first_access_unit_that_begins_in_it(frames):
    starts = starts_of(frames)
    rows = [pes(0, 900), pes(starts[2] - 5, 1800), pes(starts[4], 2700), pes(starts[4] + 9, 3600)]
    units = run(Ac3Framer(), b"".join(frames), rows)
    assert data_of(units) == frames
    times = [unit.pts_90k for unit in units[:6]]
    if frames is SHORT:  # the packet that begins within an access unit has its time for the frame that begins in it
        assert times[:5] == [900, -1, 1800, -1, 2700]
    else:
        assert times == [900, -1, 1800, -1, 2700, -1 if frames is SEVEN_ONE else 3600]


@pytest.mark.parametrize("frames", KINDS)
def test_a_stream_that_is_joined_within_a_frame_begins_with_the_next_access_unit(frames):
    framer = Ac3Framer()
    assert data_of(run(framer, frames[2][20:] + b"".join(frames[3:]))) == frames[3:]
    assert faults_of(framer) == {}


@pytest.mark.parametrize("frames", KINDS)
def test_garbage_between_access_units_is_skipped_and_counted(frames):
    framer = Ac3Framer()
    units = run(framer, b"".join(frames[:3]) + b"\x0b\x77\xff\xff\xff\xff" * 14 + b"".join(frames[3:]))
    assert data_of(units) == frames
    assert [n for n, unit in enumerate(units) if unit.after_loss] == [3]
    assert faults_of(framer) == {"audio_sync_lost": 1}


@pytest.mark.parametrize("frames", KINDS)
def test_damage_drops_the_access_unit_it_is_in_and_those_whose_time_is_not_known(frames):
    starts = starts_of(frames)
    rows = [pes(0, 0), damage(starts[3] + 20), pes(starts[6], 6 * 2880)]
    framer = Ac3Framer()
    units = run(framer, b"".join(frames), rows)
    assert data_of(units) == frames[:3] + frames[6:]
    assert [n for n, unit in enumerate(units) if unit.after_loss] == [3]
    assert faults_of(framer)["damaged_access_unit"] == 1


def test_an_access_unit_whose_dependent_substream_is_lost_is_no_other_configuration():
    starts = starts_of(SEVEN_ONE)
    rows = [pes(0, 0), damage(starts[3] + 200), pes(starts[4], 4 * 2880)]
    units = run(Ac3Framer(), b"".join(SEVEN_ONE), rows)
    assert data_of(units) == SEVEN_ONE[:3] + SEVEN_ONE[4:]
    assert len({id(unit.config) for unit in units}) == 1


def test_a_frame_lost_within_a_short_access_unit_drops_that_one_alone():
    octets = b"".join(SHORT[:3]) + SHORT[3][90:] + b"".join(SHORT[4:])
    framer = Ac3Framer()
    assert data_of(run(framer, octets)) == SHORT[:3] + SHORT[4:]
    assert faults_of(framer) == {"damaged_access_unit": 1}
    octets = b"".join(SHORT[:3]) + SHORT[3][:180] + b"".join(SHORT[4:])
    units = run(framer := Ac3Framer(), octets)
    assert data_of(units) == SHORT[:3] + SHORT[4:]
    assert [n for n, unit in enumerate(units) if unit.after_loss] == [3]
    assert faults_of(framer) == {"damaged_access_unit": 1}


def test_without_convsync_the_first_frame_with_a_time_begins_an_access_unit():
    frames = [eac3(90, n, numblkscod=2) for n in range(1, 10)]
    starts = starts_of(frames)
    units = run(Ac3Framer(), b"".join(frames), [pes(starts[1], 100), pes(starts[5], 5000)])
    assert data_of(units) == [frames[n] + frames[n + 1] for n in (1, 3, 5, 7)]
    assert [unit.pts_90k for unit in units] == [100, -1, 5000, -1]


def test_other_programmes_in_the_stream_belong_to_its_access_units():
    frames = [eac3(80, n) + eac3(60, n, substreamid=1, acmod=1, bsmod=2) for n in range(1, 6)]
    units = run(Ac3Framer(), b"".join(frames))
    assert data_of(units) == frames
    config = units[0].config
    assert config.channels == 2
    # EC3SpecificBox: data_rate 35 kbit/s, two independent substreams: fscod, bsid, bsmod, acmod, lfeon; no dependent ones
    data_rate = 140 * 8 * 48000 // 1536 // 1000
    expected = f"{data_rate:013b}" + "001" + "001000000000010000000000"
    expected += "001000000010001000000000"
    assert config.decoder_config == int(expected, 2).to_bytes(8, "big")


def test_another_channel_count_is_another_configuration_with_no_frame_lost():
    frames = [*AC3[:3], *(ac3(n, acmod=7, lfeon=1) for n in range(3)), *AC3[6:]]
    framer = Ac3Framer()
    units = run(framer, b"".join(frames))
    assert data_of(units) == frames
    assert [unit.config.channels for unit in units] == 3 * [2] + 3 * [6] + 5 * [2]
    assert faults_of(framer) == {}


def test_the_coding_is_that_of_the_frames_and_may_change():
    units = run(Ac3Framer(), b"".join(AC3[:3] + EAC3[:3]))
    assert [unit.config.codec for unit in units] == 3 * ["ac-3"] + 3 * ["ec-3"]


def test_frames_of_other_lengths_are_no_other_configuration():
    units = run(Ac3Framer(), b"".join(EAC3))
    assert len({id(unit.config) for unit in units}) == 1
    assert units[0].config.decoder_config[:2] == (31 << 3).to_bytes(2, "big")


@pytest.mark.parametrize("frames", KINDS)
@given(data=st.data())
def test_access_units_are_the_same_for_all_cuts(frames, data):
    octets = bytearray(b"".join(frames))
    n = len(octets)
    for offset, value in data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, 255)), max_size=6)):
        octets[offset] = value
    rows = [pes(offset, 10 * offset) for offset in range(0, n, 170)]
    rows += map(damage, data.draw(st.lists(st.integers(0, n), max_size=3)))
    rows.sort(key=lambda row: row[0])
    whole, cut, single = Ac3Framer(), Ac3Framer(), Ac3Framer()
    units = run(whole, octets, rows)
    assert run(cut, octets, rows, data.draw(cuts_of(n)), data.draw(st.booleans())) == units
    assert run(single, octets, rows, range(n)) == units
    faults = faults_of(whole)
    assert faults_of(cut) == faults
    assert faults_of(single) == faults


@settings(max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([*AC3[:2], *EAC3[:2], *SEVEN_ONE[:2]])), max_size=12))
def test_any_octets_are_taken_without_an_error(parts):
    framer = Ac3Framer()
    for unit in run(framer, b"".join(parts).replace(b"\0\0", b"\x0b\x77")):
        assert unit.data
    assert len(framer._buffer) == 0


def test_octets_without_frames_are_not_kept():
    framer = Ac3Framer()
    for n in range(100):
        framer.feed(array(bytes(range(0, 250, 2)) * 80), marks(pes(0, n)))
    assert len(framer._buffer) < 10_000


# -- headers


@pytest.mark.parametrize("acmod", range(8))
@pytest.mark.parametrize("lfeon", [0, 1])
@pytest.mark.parametrize("fscod", [0, 1, 2])
def test_bsi_of_ac_3_is_read(acmod, lfeon, fscod):
    found = parse_syncframe(ac3(acmod=acmod, lfeon=lfeon, fscod=fscod, frmsizecod=29, bsid=6, bsmod=5))
    assert (found.acmod, found.lfeon, found.bsid, found.bsmod, found.bit_rate_code) == (acmod, lfeon, 6, 5, 14)
    assert found.header.sampling_frequency == (48000, 44100, 32000)[fscod]
    assert found.header.octets == (1536, 1672, 2304)[fscod]


@pytest.mark.parametrize("acmod", range(8))
@pytest.mark.parametrize("lfeon", [0, 1])
@pytest.mark.parametrize("mixing", [None, 0, 1, 2, 3])
@pytest.mark.parametrize(
    "kind", [{}, {"numblkscod": 0}, {"numblkscod": 2}, {"strmtyp": 2}, {"fscod": 3, "numblkscod": 1}]
)
def test_all_optional_fields_of_e_ac_3_lead_to_the_objects_of_joc(acmod, lfeon, mixing, kind):
    frame = eac3(160, acmod=acmod, lfeon=lfeon, mixing=mixing, bsmod=6, convsync=1, addbsi=b"\1\x10", **kind)
    found = parse_syncframe(frame)
    assert (found.acmod, found.lfeon, found.bsmod, found.joc_complexity) == (acmod, lfeon, 6, 16)
    assert found.convsync is (kind.get("strmtyp", 0) == 0 or found.header.blocks == 6)


@pytest.mark.parametrize("mixing", [None, 3])
@pytest.mark.parametrize("acmod", range(8))
def test_the_chanmap_of_a_dependent_substream_is_read(mixing, acmod):
    found = parse_syncframe(eac3(strmtyp=1, acmod=acmod, mixing=mixing, chanmap=0xA5C3, addbsi=b"\1\x0c"))
    assert (found.chanmap, found.joc_complexity) == (0xA5C3, 12)


@pytest.mark.parametrize(
    "frame",
    [
        bytes.fromhex("0b78000008400000"),
        bytes.fromhex("0b770000c8400000"),  # fscod 3
        bytes.fromhex("0b77000026400000"),  # frmsizecod 38
        bytes.fromhex("0b77000008480000"),  # bsid 9
        bytes.fromhex("0b77c03f3f800000"),  # strmtyp 3
        bytes.fromhex("0b77003ff0800000"),  # fscod2 3
        bytes.fromhex("0b77003f3f880000"),  # bsid 17
        bytes.fromhex("0b7700023f800000"),  # six octets
        bytes.fromhex("0b7700"),
    ],
)
def test_what_contradicts_the_standard_is_no_header(frame):
    assert parse_frame_header(frame) is None


@pytest.mark.parametrize(
    ("chanmap", "count", "configuration", "added"),
    [
        (channels.STEREO, 2, 2, 0),
        (channels.STEREO | channels.CENTRE_SURROUND, 3, 9, 0b100),
        (channels.FRONT | channels.SURROUND | channels.LFE, 6, 6, 0),
        (channels.FRONT | channels.SURROUND | channels.LRS_RRS | channels.LFE, 8, 12, 0b10),
        (channels.FRONT | channels.SURROUND | channels.LC_RC | channels.LFE, 8, 7, 0b1),
        (channels.FRONT | channels.SURROUND | channels.LTS_RTS | channels.LFE2, 8, 0, 0b100000000),
    ],
)
def test_channels_are_counted_and_named(chanmap, count, configuration, added):
    assert channels.channel_count(chanmap) == count
    assert channels.channel_configuration(chanmap) == configuration
    assert channels.chan_loc(chanmap) == added


def test_seven_channels_and_a_low_one_of_two_substreams():
    config = run(Ac3Framer(), b"".join(SEVEN_ONE))[0].config
    assert (config.codec, config.channels, config.channel_configuration) == ("ec-3", 8, 12)
    assert config.dolby_channel_map == 0xFA01
    bits = f"{300 * 8 * 48 // 1536:013b}" + "000" + "00100000000011110000001000000010"
    assert config.decoder_config == int(bits, 2).to_bytes(6, "big")


# -- captures


@pytest.mark.parametrize(
    ("name", "n_units", "output", "chanmap"),
    [
        ("androidx-media/sample_eac3.ts", 9, ("ec-3", 48000, 6), 0xF801),
        (
            "shaka-player/hls-ts-muxed-ec3-h264/ChID_voices_1280x720p_25fps_h264_6ch_256kbps_ddp_sub_0000.ts",
            188,
            ("ec-3", 48000, 6),
            0xF801,
        ),
    ],
)
def test_captures_give_the_same_units_for_all_cuts_and_damages(captures, name, n_units, output, chanmap):
    streams = [s for s in read_ts((captures / name).read_bytes()).values() if bytes(s.octets[:2]) == b"\x0b\x77"]
    (stream,) = streams
    octets, rng = bytes(stream.octets), random.Random(name)
    units = run(Ac3Framer(), octets, stream.rows)
    assert len(units) == n_units
    config = units[0].config
    assert (config.codec, config.sampling_frequency, config.channels) == output
    assert config.dolby_channel_map == chanmap
    for n_damages in (0, 0, 10):
        rows = [*stream.rows, *(damage(rng.randrange(len(octets))) for _ in range(n_damages))]
        rows.sort(key=lambda row: row[0])
        whole = run(Ac3Framer(), octets, rows)
        cuts = [rng.randrange(len(octets)) for _ in range(200)]
        assert run(Ac3Framer(), octets, rows, cuts, early=False) == whole
