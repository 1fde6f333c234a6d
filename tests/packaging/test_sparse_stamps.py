"""Pictures without time stamps are packaged as if each had its own."""

import pytest

from tests.packaging import hevc_television as hevc
from tests.packaging import television as tv
from tests.packaging.sparse_stamps import with_pictures_together, with_stamps_at
from tests.packaging.test_hevc import faults_of
from tests.packaging.test_programme import package

STREAMS = {
    "H.264": lambda: tv.stream(8),
    "H.264, three B": lambda: tv.stream(8, b_frames=3, gop=25),
    "H.264, no B": lambda: tv.stream(8, b_frames=0),
    "H.264, 30 Hz": lambda: tv.stream(8, rate=30),
    "HEVC, open GOPs": lambda: hevc.stream(8),
    "HEVC, closed GOPs": lambda: hevc.stream(8, "no-open-gop=1"),
}
MULTIPLEXERS = {
    "every third picture": lambda octets: with_stamps_at(octets, lambda n, _: n % 3 == 0),
    "twice a second": lambda octets: with_stamps_at(octets, lambda n, _: n % 12 == 0),
    "not where PTS is DTS, nor of every fifth": lambda octets: with_stamps_at(
        octets, lambda n, has_dts: (has_dts or n % 10 == 0) and n % 5 != 1
    ),
    "two pictures in a PES packet": lambda octets: with_pictures_together(octets, 2),
    "seven pictures in a PES packet": lambda octets: with_pictures_together(octets, 7),
}


@pytest.fixture(scope="module", params=STREAMS)
def source(request):
    octets = STREAMS[request.param]()
    published, packager = package(octets, duration_s=8)
    assert faults_of(packager) == {}
    return octets, published.octets


@pytest.mark.parametrize("multiplexer", MULTIPLEXERS)
def test_segments_are_those_of_the_stream_with_all_time_stamps(source, multiplexer):
    octets, whole = source
    sparse = MULTIPLEXERS[multiplexer](octets)
    assert sparse != octets
    published, packager = package(sparse, duration_s=8)
    published.check_timelines()
    assert faults_of(packager) == {}
    assert published.octets == whole


def test_block_borders_leave_no_trace():
    octets = with_pictures_together(tv.stream(8), 3)
    whole, _ = package(octets, duration_s=8)
    cut, _ = package(octets, duration_s=8, cuts=list(range(0, len(octets), 188 * 13 + 57)))
    assert cut.octets == whole.octets


def test_after_a_loss_pictures_have_their_own_times_still():
    octets = with_stamps_at(tv.stream(8, b_frames=3, gop=25), lambda n, _: n % 4 == 0)
    lost = range(len(octets) // 188 // 2, len(octets) // 188 // 2 + 7)
    lossy = b"".join(packet for n, packet in enumerate(tv.packets(octets)) if n not in lost)
    published, packager = package(lossy, duration_s=8)
    published.check_timelines()
    assert faults_of(packager)["damaged_access_unit"]
    whole, _ = package(octets, duration_s=8)
    same = [key for key in whole.octets if published.octets.get(key) == whole.octets[key] and key[0] == "video"]
    assert len(same) >= len([key for key in whole.octets if key[0] == "video"]) - 2
