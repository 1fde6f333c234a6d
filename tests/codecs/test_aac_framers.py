import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.aac_streams import adts, loas
from tests.codecs.feeding import array, cuts_of, damage, marks, pes, run
from tests.codecs.reference_ts import read_ts
from tests.codecs.test_audio_specific_config import quad
from yiwang.codecs.aac.adts import AdtsFramer, AdtsHeader, parse_adts_header
from yiwang.codecs.aac.audio_specific_config import AudioSpecificConfig, parse_audio_specific_config
from yiwang.codecs.aac.bit_writer import BitWriter
from yiwang.codecs.aac.latm import LatmFramer
from yiwang.codecs.registry import framer_for

PAYLOADS = [bytes([n]) * (60 + 7 * n) for n in range(1, 12)]
FRAMES = [adts(payload) for payload in PAYLOADS]
STEREO = f"{0x1190:016b}"[:16]
LOAS = [loas([payload], STEREO if n % 4 == 0 else None) for n, payload in enumerate(PAYLOADS)]
KINDS = [pytest.param(AdtsFramer, FRAMES, id="ADTS"), pytest.param(LatmFramer, LOAS, id="LATM")]


def data_of(units):
    return [unit.data for unit in units]


def faults_of(framer):
    return [(fault.name, fault.count) for fault in framer.drain_faults()]


def starts_of(frames):
    return [sum(map(len, frames[:n])) for n in range(len(frames))]


# -- what both do


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_every_frame_is_an_access_unit_and_a_stream_access_point(framer, frames):
    units = run(framer(), b"".join(frames))
    assert data_of(units) == PAYLOADS
    assert {unit.sap_type for unit in units} == {1}
    assert len({id(unit.config) for unit in units}) == 1
    assert units[0].config == AudioSpecificConfig(2, 48000, 2).codec_config()


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_once_in_step_a_frame_is_passed_on_with_its_last_octet(framer, frames):
    machine = framer()
    machine.feed(array(frames[0] + frames[1] + frames[2][:-1]), marks())
    assert data_of(machine.feed(array(frames[2][-1:]), marks())) == [PAYLOADS[2]]


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_a_pes_packet_s_time_is_of_the_first_frame_that_begins_in_it(framer, frames):
    starts = starts_of(frames)
    rows = [
        pes(0, 900),
        pes(starts[2] - 5, 1800),
        pes(starts[4], 2700),
        pes(starts[4] + 9, 3600),
        pes(starts[6] + 1, -1),
    ]
    units = run(framer(), b"".join(frames), rows)
    assert [unit.pts_90k for unit in units[:8]] == [900, -1, 1800, -1, 2700, 3600, -1, -1]


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_a_stream_that_is_joined_within_a_frame_begins_with_the_next(framer, frames):
    machine = framer()
    assert data_of(run(machine, frames[3][20:] + b"".join(frames[4:]))) == PAYLOADS[4:]
    assert faults_of(machine) == []


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_a_sync_word_in_front_of_the_first_frame_is_not_believed(framer, frames):
    assert data_of(run(framer(), frames[0][:12] + b"".join(frames))) == PAYLOADS


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_garbage_between_frames_is_skipped_and_counted(framer, frames):
    machine = framer()
    units = run(machine, b"".join(frames[:3]) + b"\xff\x56" * 40 + b"".join(frames[3:]))
    assert data_of(units) == PAYLOADS
    assert [n for n, unit in enumerate(units) if unit.after_loss] == [3]
    assert faults_of(machine) == [("audio_sync_lost", 1)]


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_damage_drops_the_frame_it_is_in_and_those_whose_time_is_not_known(framer, frames):
    starts = starts_of(frames)
    rows = [pes(0, 0), damage(starts[3] + 20), pes(starts[6], 6 * 1920)]
    machine = framer()
    units = run(machine, b"".join(frames), rows)
    assert data_of(units) == PAYLOADS[:3] + PAYLOADS[6:]
    assert [unit.after_loss for unit in units] == 3 * [False] + [True] + 4 * [False]
    assert dict(faults_of(machine)) == {"damaged_access_unit": 1, "untimed_access_unit": 2}


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_damage_between_two_frames_drops_none_that_has_its_time(framer, frames):
    starts = starts_of(frames)
    rows = [pes(0, 0), damage(starts[3]), pes(starts[3], 3 * 1920)]
    units = run(framer(), b"".join(frames), rows)
    assert data_of(units) == PAYLOADS
    assert [n for n, unit in enumerate(units) if unit.after_loss] == [3]


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_a_time_stamp_is_not_given_to_a_frame_after_a_loss_in_the_same_packet(framer, frames):
    starts = starts_of(frames)
    rows = [pes(0, 0), pes(starts[3] + 1, 5555), damage(starts[3] + 20), pes(starts[5], 9600)]
    units = run(framer(), b"".join(frames), rows)
    assert [unit.pts_90k for unit in units if unit.pts_90k >= 0] == [0, 9600]


@pytest.mark.parametrize(("framer", "frames"), KINDS)
def test_octets_without_frames_are_not_kept(framer, frames):
    machine = framer()
    for n in range(100):
        machine.feed(array(bytes(range(0, 250, 2)) * 80), marks(pes(0, n)))
    assert len(machine._buffer) < 10_000
    assert len(machine._pes_times._coming) <= 2


@pytest.mark.parametrize(("framer", "frames"), KINDS)
@given(data=st.data())
def test_access_units_are_the_same_for_all_cuts(framer, frames, data):
    octets = bytearray(b"".join(frames))
    n = len(octets)
    for offset, value in data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, 255)), max_size=6)):
        octets[offset] = value
    rows = [pes(offset, 10 * offset) for offset in range(0, n, 170)]
    rows += map(damage, data.draw(st.lists(st.integers(0, n), max_size=3)))
    rows.sort(key=lambda row: row[0])
    whole, cut, single = framer(), framer(), framer()
    units = run(whole, octets, rows)
    assert run(cut, octets, rows, data.draw(cuts_of(n)), data.draw(st.booleans())) == units
    assert run(single, octets, rows, range(n)) == units
    faults = faults_of(whole)
    assert faults_of(cut) == faults
    assert faults_of(single) == faults


@pytest.mark.parametrize("framer", [AdtsFramer, LatmFramer])
@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([*FRAMES[:2], *LOAS[:2]])), max_size=12))
def test_any_octets_are_taken_without_an_error(framer, parts):
    octets = b"".join(parts).replace(b"\0\0", b"\xff\xf1").replace(b"\1\1", b"\x56\xe0")
    for unit in run(framer(), octets):
        assert unit.data


# -- ADTS


def test_a_header_is_read():
    header = parse_adts_header(adts(b"x" * 93, frequency=44100, channels=6, profile=1))
    assert header == AdtsHeader(True, 1, 44100, 6, 100, 1)
    assert parse_adts_header(adts(b"x" * 93, crc=True)).octets == 9


@pytest.mark.parametrize("octets", ["fff15080001ffc", "fff95080", "7ff1508003fffc", "fff7508003fffc", "fff1748003fffc"])
def test_what_contradicts_the_standard_is_no_header(octets):
    assert parse_adts_header(bytes.fromhex(octets)) is None


def test_the_error_check_is_not_in_the_access_unit():
    assert data_of(run(AdtsFramer(), b"".join(adts(payload, crc=True) for payload in PAYLOADS))) == PAYLOADS


def test_several_blocks_in_a_frame_are_several_access_units():
    frames = [adts(PAYLOADS[:3], crc=True), adts(PAYLOADS[3:5], crc=True), adts(PAYLOADS[5], crc=True)]
    units = run(AdtsFramer(), b"".join(frames), [pes(0, 900), pes(len(frames[0]), 1800)])
    assert data_of(units) == PAYLOADS[:6]
    assert [unit.pts_90k for unit in units] == [900, -1, -1, 1800, -1, -1]


def test_several_blocks_without_positions_cannot_be_told_apart_and_are_dropped():
    framer = AdtsFramer()
    frames = [FRAMES[0], adts(b"x" * 90, blocks=2), FRAMES[2], FRAMES[3]]
    units = run(framer, b"".join(frames))
    assert data_of(units) == [PAYLOADS[0], PAYLOADS[2], PAYLOADS[3]]
    assert [unit.after_loss for unit in units] == [False, True, False]
    assert faults_of(framer) == [("audio_frame_error", 1)]


def test_block_positions_that_do_not_rise_are_a_fault():
    frame = bytearray(adts(PAYLOADS[:3], crc=True))
    frame[7:9] = b"\x7f\xff"
    framer = AdtsFramer()
    assert data_of(run(framer, bytes(frame) + FRAMES[1] + FRAMES[2])) == PAYLOADS[1:3]
    assert faults_of(framer) == [("audio_frame_error", 1)]


def test_another_channel_count_is_another_configuration_with_no_frame_lost():
    frames = [*FRAMES[:3], *(adts(payload, channels=6) for payload in PAYLOADS[3:6]), *FRAMES[6:]]
    framer = AdtsFramer()
    units = run(framer, b"".join(frames))
    assert data_of(units) == PAYLOADS
    assert [unit.config.channels for unit in units] == 3 * [2] + 3 * [6] + 5 * [2]
    assert units[0].config is units[-1].config
    assert not any(unit.after_loss for unit in units)


@pytest.mark.parametrize("frequency", [24000, 22050, 16000])
def test_a_low_rate_is_what_adts_says_though_it_may_be_sbr(frequency):
    config = run(AdtsFramer(), 2 * adts(b"x" * 50, frequency=frequency, channels=1))[0].config
    assert (config.codec, config.sampling_frequency, config.samples_per_frame) == ("mp4a.40.2", frequency, 1024)


def test_with_channel_configuration_0_the_channels_are_in_the_first_block():
    bits = BitWriter()
    bits.u(3, 5)
    quad(b"hi").write(bits)
    with_pce, without = bits.to_bytes() + b"payload", b"\x20" + b"payload"
    frames = [adts(payload, channels=0) for payload in (without, with_pce, without, with_pce)]
    framer = AdtsFramer()
    units = run(framer, b"".join(frames))
    assert data_of(units) == [with_pce, without, with_pce]
    assert len({id(unit.config) for unit in units}) == 1
    assert parse_audio_specific_config(units[0].config.decoder_config).program_config == quad(b"hi")
    assert faults_of(framer) == [("audio_frame_error", 1)]


# -- LATM


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("crc", [False, True])
@pytest.mark.parametrize("other_data", [None, 0, 300])
def test_all_forms_of_the_configuration_lead_to_the_payload(version, crc, other_data):
    frames = [loas([payload], STEREO, version=version, crc=crc, other_data=other_data) for payload in PAYLOADS]
    assert data_of(run(LatmFramer(), b"".join(frames))) == PAYLOADS


def test_several_sub_frames_are_several_access_units():
    frames = [loas(PAYLOADS[:3], STEREO), loas(PAYLOADS[3:6]), loas(PAYLOADS[6:9])]
    units = run(LatmFramer(), b"".join(frames), [pes(0, 900)])
    assert data_of(units) == PAYLOADS[:9]
    assert [unit.pts_90k for unit in units] == [900] + 8 * [-1]


def test_payloads_of_a_fixed_length():
    payloads = [bytes([n]) * 77 for n in range(5)]
    frames = [loas([payloads[0]], STEREO, fixed=77), *(loas([payload], fixed=77) for payload in payloads[1:])]
    assert data_of(run(LatmFramer(), b"".join(frames))) == payloads


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 510, 765, 6000])
def test_payload_lengths_about_multiples_of_255(size):
    payload = b"\x99" * size
    units = run(LatmFramer(), loas([b"first"], STEREO) + loas([payload]) + loas([b"last"]))
    assert data_of(units) == [b"first"] + [payload] * (size > 0) + [b"last"]


def test_frames_before_the_first_configuration_are_dropped():
    framer = LatmFramer()
    assert data_of(run(framer, b"".join(LOAS[1:]))) == PAYLOADS[4:]
    assert faults_of(framer) == [("audio_frame_error", 3)]


def test_another_configuration_is_taken_and_an_equal_one_is_the_same_object():
    he_aac = f"{0x2B920800:032b}"[:25]
    frames = [
        loas([b"a"], STEREO),
        loas([b"b"], STEREO, crc=True),
        loas([b"c"], he_aac),
        loas([b"d"]),
        loas([b"e"], STEREO),
    ]
    units = run(LatmFramer(), b"".join(frames))
    assert [unit.config.codec for unit in units] == 2 * ["mp4a.40.2"] + 2 * ["mp4a.40.5"] + ["mp4a.40.2"]
    assert units[0].config is units[1].config
    assert units[2].config.sampling_frequency == 44100


def test_version_1_says_the_length_of_the_configuration_so_a_sync_extension_is_seen():
    config = f"{0x139056E5A0:040b}"
    unit = run(LatmFramer(), 2 * loas([b"a"], config, version=1, fill=7))[0]
    assert (unit.config.codec, unit.config.samples_per_frame) == ("mp4a.40.5", 2048)


@pytest.mark.parametrize("config", [{"programs": 2}, {"layers": 2}])
def test_what_broadcasting_does_not_use_is_a_fault(config):
    framer = LatmFramer()
    assert run(framer, 3 * loas([b"a"], STEREO, **config)) == []
    assert faults_of(framer) == [("audio_frame_error", 3)]


def test_after_a_configuration_that_cannot_be_read_frames_wait_for_the_next():
    framer = LatmFramer()
    usac = f"{0xF94040:024b}"
    frames = [loas([b"a"], STEREO), loas([b"b"], usac), loas([b"c"]), loas([b"d"], STEREO), loas([b"e"])]
    assert data_of(run(framer, b"".join(frames))) == [b"a", b"d", b"e"]
    assert faults_of(framer) == [("audio_frame_error", 2)]


# -- captures


@pytest.mark.parametrize(
    ("name", "codec", "output"),
    [
        ("androidx-media/sample_latm.ts", "mp4a.40.5", (44100, 1, 2048)),
        ("mux.js/test-segment.ts", "mp4a.40.2", (44100, 2, 1024)),
        ("mp2ts-tools/80s_with_ad.ts", "mp4a.40.2", (48000, 2, 1024)),
        ("shaka-player/id3-metadata.ts", "mp4a.40.2", (24000, 1, 1024)),
    ],
)
def test_captures_give_the_same_frames_for_all_cuts_and_damages(captures, name, codec, output):
    (stream,) = (s for s in read_ts((captures / name).read_bytes()).values() if s.stream_type in (0x0F, 0x11))
    octets, rng = bytes(stream.octets), random.Random(name)
    config = run(framer_for(stream.stream_type), octets, stream.rows)[0].config
    assert (config.codec, (config.sampling_frequency, config.channels, config.samples_per_frame)) == (codec, output)
    for n_damages in (0, 0, 10):
        rows = [*stream.rows, *(damage(rng.randrange(len(octets))) for _ in range(n_damages))]
        rows.sort(key=lambda row: row[0])
        whole = run(framer_for(stream.stream_type), octets, rows)
        cuts = [rng.randrange(len(octets)) for _ in range(200)]
        assert run(framer_for(stream.stream_type), octets, rows, cuts, early=False) == whole
