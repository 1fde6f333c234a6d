"""What the multiplexer writes: tables, clocks and counters that go on from segment to segment."""

from itertools import pairwise

import numpy as np
import pytest

from yiwang.base.elementary import CodecConfig
from yiwang.codecs.aac.audio_specific_config import AudioSpecificConfig
from yiwang.mpegts.carriage import Carriage, adts_header, carriage
from yiwang.mpegts.demultiplexer import Demultiplexer
from yiwang.mpegts.descriptor import find
from yiwang.mpegts.descriptors import Iso639LanguageDescriptor
from yiwang.mpegts.multiplexer import ElementaryStream, Multiplexer, Samples
from yiwang.mpegts.tr_101_290 import INDICATORS, Monitor

S = 90_000
AAC = CodecConfig("audio", "mp4a", "mp4a.40.2", bytes.fromhex("1190"), sampling_frequency=48_000, channels=2)
AC3 = CodecConfig("audio", "ac-3", "ac-3", b"")
MP2 = CodecConfig("audio", "mp4a", "mp4a.40.33", b"", object_type_indication=0x6B)
MPEG2 = CodecConfig("video", "mp4v", "mp4v.61", b"", object_type_indication=0x61)


def of(config: CodecConfig, language: str = "und", role: str = "main") -> ElementaryStream:
    how = carriage(config)
    assert how is not None
    return ElementaryStream(how, language, role)


def samples(begin_90k: int, end_90k: int, step_90k: int, size: int, reorder_90k: int = 0) -> Samples:
    """Samples at even distance, of sizes around one, which hold a count."""
    dts = np.arange(begin_90k, end_90k, step_90k)
    sizes = size + dts // step_90k % 7 * size // 8
    octets = np.resize(np.arange(251, dtype=np.uint8), int(sizes.sum()))
    places = np.stack((np.cumsum(sizes) - sizes, sizes, np.arange(dts.size) == 0), axis=1)
    times = np.stack((dts + reorder_90k, dts), axis=1)
    return Samples(octets, places, times, int(dts[-1]) + step_90k)


def television(number: int, **sizes: int) -> list[Samples | None]:
    begin = number * 2 * S
    picture = samples(begin, begin + 2 * S, 3600, sizes.get("picture", 9000), reorder_90k=7200)
    sound = samples(begin + 7200, begin + 2 * S + 7200, 1920, sizes.get("sound", 300))
    return [picture, sound, samples(begin + 7000, begin + 2 * S + 7000, 2880, 1792)]


STREAMS = (of(MPEG2), of(AAC, "zho"), of(AC3, "eng", "description"))


def measured(octets: bytes) -> tuple[Demultiplexer, Monitor, list[str]]:
    monitor = Monitor()
    demultiplexer = Demultiplexer(
        lambda _, pmts: [s.elementary_pid for p in pmts.values() for s in p.streams], monitor=monitor
    )
    faults = []
    for at in range(0, len(octets), 188 * 50):
        demultiplexer.feed(octets[at : at + 188 * 50])
        faults += [fault.name for fault in demultiplexer.drain_faults()]
    return demultiplexer, monitor, faults


def packets(octets: bytes) -> list[bytes]:
    return [octets[at : at + 188] for at in range(0, len(octets), 188)]


def pid(packet: bytes) -> int:
    return (packet[1] & 31) << 8 | packet[2]


@pytest.mark.parametrize("begin", [100, 47_721_858])  # the second: PTS, DTS and PCR wrap within
@pytest.mark.parametrize("sizes", [{}, {"picture": 40, "sound": 10}, {"picture": 90_000}])
def test_segments_joined_are_one_stream_without_a_fault(begin: int, sizes: dict[str, int]):
    multiplexer = Multiplexer(STREAMS, 2 * S)
    joined = b"".join(multiplexer.segment(n, television(n, **sizes)) for n in range(begin, begin + 5))
    _, monitor, faults = measured(joined)
    assert faults == []
    assert {i.name: n for i, n in zip(INDICATORS, monitor.counts(), strict=True) if n} == {}
    counters: dict[int, int] = {}
    for packet in packets(joined):
        if packet[3] & 0x10:
            expected = (counters.get(pid(packet), packet[3] - 1 & 15) + 1) & 15
            assert packet[3] & 15 == expected
        counters[pid(packet)] = packet[3] & 15


def test_a_segment_begins_with_the_tables_and_a_random_access_point_with_a_pcr():
    octets = Multiplexer(STREAMS, 2 * S).segment(7, television(7))
    first, second, third = packets(octets)[:3]
    assert (pid(first), pid(second), pid(third)) == (0, 0x1000, 0x100)
    assert third[5] & 0x50 == 0x50  # random_access_indicator, PCR_flag
    base = int.from_bytes(third[6:11], "big") >> 7
    assert base == 7 * 2 * S - 36_000
    demultiplexer, _, _ = measured(octets)
    (pmt,) = demultiplexer.pmts.values()
    assert (pmt.pcr_pid, [s.stream_type for s in pmt.streams]) == (0x100, [0x02, 0x0F, 0x81])
    languages = [find(s.es_info, Iso639LanguageDescriptor) for s in pmt.streams]
    assert [d and d.languages for d in languages] == [None, (("zho", 0),), (("eng", 3),)]


def test_a_segment_is_a_function_of_its_number_and_its_samples():
    one, other = Multiplexer(STREAMS, 2 * S), Multiplexer(STREAMS, 2 * S)
    for n in range(20, 23):
        one.segment(n, television(n))
    assert one.segment(23, television(23)) == other.segment(23, television(23))


def test_radio_has_its_clock_on_the_sound():
    multiplexer = Multiplexer((of(MP2, "deu"),), 2 * S)
    joined = b"".join(multiplexer.segment(n, [samples(n * 2 * S, n * 2 * S + 2 * S, 2160, 576)]) for n in range(10, 14))
    _, monitor, faults = measured(joined)
    assert faults == []
    assert {i.name: n for i, n in zip(INDICATORS, monitor.counts(), strict=True) if n} == {}
    (pcr,) = monitor.pcrs()
    assert (pcr.pid, pcr.longest_interval_27m <= 40 * 27_000) == (0x100, True)


def test_a_segment_without_one_of_the_tracks_is_written():
    picture, sound, _ = television(3)
    demultiplexer, _, faults = measured(Multiplexer(STREAMS, 2 * S).segment(3, [picture, sound, None]))
    assert faults == []
    assert demultiplexer.packet_counts[0x102] == 0 < demultiplexer.packet_counts[0x101]
    assert Multiplexer(STREAMS, 2 * S).segment(3, [None, None, None]) == b""


def test_tables_come_at_least_each_half_second_in_a_segment_of_any_length():
    picture = samples(0, 30 * S, 3600, 2000)
    octets = Multiplexer((STREAMS[0],), 2 * S).segment(0, [picture])
    at = [n for n, packet in enumerate(packets(octets)) if pid(packet) == 0]
    per_half_second = len(octets) / 188 / 60
    assert max(b - a for a, b in pairwise(at)) < per_half_second


@pytest.mark.parametrize(
    ("config", "header"),
    [
        (AudioSpecificConfig(2, 48_000, 2), "fff14c80001ffc"),
        (AudioSpecificConfig(2, 24_000, 1, True, True, 48_000), "fff15840001ffc"),  # HE-AAC v2: of the core
        (AudioSpecificConfig(2, 44_100, 6), "fff15180001ffc"),
        (AudioSpecificConfig(2, 48_000, 2, frame_length_flag=True), ""),
        (AudioSpecificConfig(2, 47_000, 2), ""),
        (AudioSpecificConfig(2, 48_000, 12), ""),
    ],
)
def test_aac_gets_an_adts_header_where_that_can_say_what_it_is(config: AudioSpecificConfig, header: str):
    assert adts_header(config.to_bytes()).hex() == header


@pytest.mark.parametrize(
    "config",
    [
        CodecConfig("text", "stpp", "stpp", b""),
        CodecConfig("video", "av01", "av01.0.04M.08", b""),
        CodecConfig("video", "avc1", "avc1.64001f", b"\1\0"),  # damaged
        CodecConfig("audio", "mp4a", "mp4a.6a", b"", object_type_indication=0x6A),
    ],
)
def test_what_has_no_form_in_a_transport_stream_is_left_out(config: CodecConfig):
    assert carriage(config) is None


def test_mpeg_audio_is_named_by_its_sampling_frequency():
    low = CodecConfig("audio", "mp4a", "mp4a.69", b"", object_type_indication=0x69)
    assert [carriage(c) for c in (MP2, low)] == [Carriage(0x03, 0xC0, 0), Carriage(0x04, 0xC0, 0)]
