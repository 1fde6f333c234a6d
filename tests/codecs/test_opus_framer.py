import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.feeding import array, cuts_of, damage, marks, pes, run
from tests.codecs.opus_streams import FRAMES, opus, packet
from yiwang.base.errors import WireError
from yiwang.codecs.opus.framer import MAX_PACKET_OCTETS, OpusFramer
from yiwang.codecs.opus.packet import packet_samples

SIZES = (40, 3, 254, 255, 256, 509, 510, 511, 1, 1275, 77)
PACKETS = [packet(n, size=size) for n, size in enumerate(SIZES, 1)]
UNITS = [opus(data) for data in PACKETS]
TRIMMED = [
    opus(PACKETS[0], start_trim=312),
    opus(PACKETS[2], extension=b"abc"),
    opus(PACKETS[3], start_trim=960, end_trim=0),
    opus(PACKETS[5], reserved=3, extension=b""),
    opus(PACKETS[8], start_trim=1, end_trim=2, extension=bytes(255)),
    opus(PACKETS[10], end_trim=500),
]


def data_of(units):
    return [unit.data for unit in units]


def faults_of(framer):
    return [(fault.name, fault.count) for fault in framer.drain_faults()]


def starts_of(frames):
    return [sum(map(len, frames[:n])) for n in range(len(frames))]


def test_every_packet_is_an_access_unit_without_its_control_header():
    machine = OpusFramer(b"\x02")
    units = run(machine, b"".join(UNITS))
    assert data_of(units) == PACKETS
    assert {unit.sap_type for unit in units} == {1}
    assert len({id(unit.config) for unit in units}) == 1
    assert faults_of(machine) == []


def test_trims_and_extensions_are_passed_over_and_their_packets_are_whole():
    machine = OpusFramer(b"\x02")
    assert data_of(run(machine, b"".join(TRIMMED))) == [PACKETS[n] for n in (0, 2, 3, 5, 8, 10)]
    assert faults_of(machine) == []


def test_a_pes_packet_s_time_is_of_the_first_access_unit_that_begins_in_it():
    starts = starts_of(UNITS)
    rows = [pes(0, 900), pes(starts[2] - 1, 1800), pes(starts[4], 2700)]
    assert [unit.pts_90k for unit in run(OpusFramer(), b"".join(UNITS), rows)[:6]] == [900, -1, 1800, -1, 2700, -1]


def test_damage_drops_the_packet_it_is_in_and_those_whose_time_is_not_known():
    starts = starts_of(UNITS)
    rows = [pes(0, 0), damage(starts[3] + 20), pes(starts[6], 6 * 1800)]
    machine = OpusFramer()
    units = run(machine, b"".join(UNITS), rows)
    assert data_of(units) == PACKETS[:3] + PACKETS[6:]
    assert [n for n, unit in enumerate(units) if unit.after_loss] == [3]
    assert dict(faults_of(machine)) == {"damaged_access_unit": 1, "untimed_access_unit": 2}


@pytest.mark.parametrize("octets", [b"\x7e\xe0", b"\x7f\xc0", b"\x7f\xe0\0"], ids=["prefix", "its end", "no au_size"])
def test_behind_a_broken_control_header_sound_goes_on_with_the_next_one(octets):
    broken = [*UNITS[:4], octets + UNITS[4][len(octets) :], *UNITS[5:]]
    machine = OpusFramer()
    assert data_of(run(machine, b"".join(broken))) == PACKETS[:4] + PACKETS[5:]
    assert faults_of(machine) == [("audio_sync_lost", 1)]


def test_a_wrong_au_size_costs_the_packets_that_it_leads_through():
    wrong = [*UNITS[:2], opus(PACKETS[2] + b"\x7f")[:-1], *UNITS[3:]]
    machine = OpusFramer()
    units = run(machine, b"".join(wrong))
    assert data_of(units)[:2] == PACKETS[:2]
    assert data_of(units)[-7:] == PACKETS[-7:]
    assert dict(faults_of(machine))["audio_sync_lost"] == 1


def test_an_au_size_without_an_end_is_not_waited_for():
    machine = OpusFramer()
    units = run(machine, b"".join([*UNITS[:3], b"\x7f\xe0", b"\xff" * 400, *UNITS[3:]]))
    assert data_of(units) == PACKETS[:3] + PACKETS[3:]
    assert dict(faults_of(machine)) == {"audio_frame_error": 1, "audio_sync_lost": 1}
    assert MAX_PACKET_OCTETS < 255 * 400


@given(data=st.data())
def test_access_units_are_the_same_for_all_cuts(data):
    frames = data.draw(st.sampled_from([UNITS, TRIMMED, UNITS[:3] + TRIMMED + UNITS[4:7]]))
    octets = bytearray(b"".join(frames))
    n = len(octets)
    for offset, value in data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, 255)), max_size=6)):
        octets[offset] = value
    for start in starts_of(frames):  # where it matters
        if data.draw(st.booleans()):
            octets[start + data.draw(st.sampled_from((0, 1, 2, 3)))] = data.draw(st.sampled_from((0, 0x7F, 0xE4, 0xFF)))
    rows = [pes(offset, 10 * offset) for offset in range(0, n, 170)]
    rows += map(damage, data.draw(st.lists(st.integers(0, n), max_size=3)))
    rows.sort(key=lambda row: row[0])
    whole, cut, single = OpusFramer(), OpusFramer(), OpusFramer()
    units = run(whole, octets, rows)
    assert run(cut, octets, rows, data.draw(cuts_of(n)), data.draw(st.booleans())) == units
    assert run(single, octets, rows, range(n)) == units
    assert faults_of(cut) == faults_of(single) == faults_of(whole)


@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([*UNITS[:2], *TRIMMED[:3]])), max_size=12))
def test_any_octets_are_taken_without_an_error(parts):
    for unit in run(OpusFramer(), b"".join(parts).replace(b"\0\0", b"\x7f\xe0")):
        assert unit.data


def test_octets_without_packets_are_not_kept():
    machine, rng = OpusFramer(), random.Random(1)
    for n in range(100):
        machine.feed(array(rng.randbytes(10_000)), marks(pes(0, n)))
        assert len(machine._buffer) < MAX_PACKET_OCTETS + 20_000
    for n in range(100):
        machine.feed(array(b"\x7f\xe0" + b"\xff" * 10_000), marks(pes(0, n)))
        assert len(machine._buffer) < MAX_PACKET_OCTETS + 20_000


# -- how long a packet lasts


@pytest.mark.parametrize("config", range(32))
def test_config_tells_a_frame_s_duration_and_code_how_many_there_are(config):
    one = FRAMES[config]
    assert packet_samples(packet(config=config)) == one
    assert packet_samples(packet(config=config, code=1)) == packet_samples(packet(config=config, code=2)) == 2 * one
    most = 5760 // one
    for count in (1, most):
        assert packet_samples(packet(config=config, code=3, count=0x80 | count)) == count * one
    for data in (b"", packet(config=config, code=3, count=0), packet(config=config, code=3, count=most + 1)):
        with pytest.raises(WireError):
            packet_samples(data)
    with pytest.raises(WireError):
        packet_samples(packet(config=config, code=3)[:1])


def test_packets_of_another_duration_are_another_configuration_and_of_another_mode_not():
    packets = [packet(n, config=(31, 15, 27, 11, 31)[n]) for n in range(5)]
    units = run(OpusFramer(b"\x01"), b"".join(map(opus, packets)))
    assert [unit.config.samples_per_frame for unit in units] == [960, 960, 960, 2880, 960]
    assert units[0].config is units[2].config is units[4].config
    config = units[0].config
    assert (config.sample_entry, config.codec, config.channels, config.sampling_frequency) == ("Opus", "opus", 1, 48000)


def test_a_packet_that_cannot_be_is_left_out_and_told():
    packets = [*PACKETS[:3], packet(config=0, code=3, count=63), *PACKETS[3:]]
    machine = OpusFramer()
    units = run(machine, b"".join(map(opus, packets)))
    assert data_of(units) == PACKETS
    assert [n for n, unit in enumerate(units) if unit.after_loss] == [3]
    assert faults_of(machine) == [("audio_frame_error", 1)]
