"""Opus in a programme: what its packets do not say comes of the PMT, and may change there."""

from dataclasses import replace

import pytest

from tests.codecs.opus_streams import opus, packet
from tests.packaging.test_sound_bridge import PICTURES, tone
from tests.real_streams.footage import AUDIO, FIRST_DTS, VIDEO, Mux, S, Unit, component, mux, pmt
from tests.real_streams.viewer import FILE, LIVE, digest, package, sound_payload
from yiwang.codecs.opus.channels import parse_dops
from yiwang.isobmff.movie import parse_movie
from yiwang.media.sound_bridge import plan_bridge
from yiwang.mpegts.descriptor import Descriptor

END = FIRST_DTS + 8 * S


def table(code: int, version: int = 0):
    described = Descriptor(5, b"Opus"), Descriptor(0x7F, bytes((0x80, code)))
    return pmt(component(0x1B, VIDEO), component(0x06, AUDIO, *described), version=version)


def assert_in_order(samples, packets):
    """They are all packets from the first picture on; the last segment of a channel is still open."""
    digests = [digest(one) for one in packets]
    first = digests.index(samples[0].digest)
    assert first <= 6
    assert [sample.digest for sample in samples] == digests[first : first + len(samples)]
    assert len(samples) >= len(packets) - 110


@pytest.mark.parametrize("how", [LIVE, FILE], ids=["live", "file"])
def test_every_packet_is_a_sample_of_its_time(how):
    units = tone(FIRST_DTS, END, "libopus")
    view = package(mux([*PICTURES, *units], table=table(2)), settings=how, seconds=8)
    view.without_hole()
    assert view.reasons == ["start"]
    samples = view.samples("audio")
    assert_in_order(samples, [sound_payload(unit.data) for unit in units])
    assert {sample.duration for sample in samples} == {1800}
    (header,) = (header for header in view.periods[0].tracks if header.name == "audio")
    (track,) = parse_movie(header.init)
    assert (track.sample_entry, track.timescale, parse_dops(track.config.decoder_config).channels) == (
        "Opus",
        48_000,
        2,
    )


@pytest.mark.parametrize("bridge", [None, plan_bridge], ids=["without a bridge", "bridged"])
def test_another_descriptor_is_sound_that_has_changed_under_the_same_name(bridge):
    """The octets of six channels in two: they were of the same PID and stream_type, and nothing else tells it."""
    middle = FIRST_DTS + 4 * S + S // 3
    writer, both = Mux(), []
    for begin, end, code, layout in ((FIRST_DTS, middle, 2, "stereo"), (middle, END, 6, "5.1")):
        pictures = [unit for unit in PICTURES if begin <= unit.dts < end]
        sound = tone(begin, end, "libopus", layout=layout)
        both.append(mux([*pictures, *sound], table=table(code, version=code), mux=writer))
    view = package(b"".join(both), settings=replace(LIVE, bridge=bridge), seconds=8)
    names = [
        [(h.name, h.config.channels) for h in period.tracks if h.config.kind == "audio"] for period in view.periods
    ]
    assert names == [[("audio", 2)], [("audio", 6)]]
    assert view.reasons == ["start", "codec change"]
    before, after = (view.samples("audio", period) for period in view.periods)
    hole = after[0].time - before[-1].time - before[-1].duration
    assert (hole < 1800) == (bridge is not None)


def test_a_packet_with_trims_and_one_of_another_mode_are_samples_like_the_others():
    codes = (31, 15, 1, 31)
    packets = [packet(n % 200, config=codes[n % 4], size=40 + n // 200) for n in range(400)]
    framed = [
        opus(p, start_trim=312 if n < 20 else None, end_trim=300 if n % 50 == 49 else None)
        for n, p in enumerate(packets)
    ]
    units = [Unit(AUDIO, data, FIRST_DTS + n * 1800, FIRST_DTS + n * 1800) for n, data in enumerate(framed)]
    view = package(mux([*PICTURES, *units], table=table(1)), settings=FILE, seconds=8)
    view.without_hole()
    assert_in_order(view.samples("audio"), packets)
    assert {sample.duration for sample in view.samples("audio")} == {1800}
