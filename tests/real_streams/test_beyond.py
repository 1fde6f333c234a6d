"""What the list of rows does not name: sound far from its pictures in the multiplex, damaged PES headers, wrong types."""

import random
from dataclasses import replace

import pytest

from tests.codecs import aac_streams
from tests.real_streams.footage import AUDIO, VIDEO, Mux, S, component, footage, mux, packets, pid_of, pmt
from tests.real_streams.viewer import FILE, LIVE, boxes, package, sound_payload, source_times
from yiwang.mpegts.descriptors import StreamIdentifierDescriptor


@pytest.mark.parametrize("lead_s", [-9.5, -5, -1, 1, 5, 9.5])
def test_sound_leads_or_lags_in_the_multiplex(lead_s):
    """It comes up to ten seconds before or after the pictures of its time, and is shown with them."""
    units = footage(30)
    placed = [replace(u, dts=u.dts - round(lead_s * S)) if u.pid == AUDIO else u for u in units]
    view = package(mux(placed), seconds=30 + abs(lead_s))
    counts = view.in_sync(units)
    assert counts["video"] == 750
    assert counts["audio"] >= sum(u.pid == AUDIO for u in units) - 47 * 4 - max(0, -lead_s) * 50
    end = view.samples("audio")[-1].time - view.periods[-1].presentation_start_90k
    assert end > 0
    numbers = view.published.numbers("video")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("begin", [0, 3 * S], ids=["from zero", "later"])
@pytest.mark.parametrize("b_frames", [0, 3])
def test_no_picture_is_decoded_after_it_is_shown_where_none_says_when_it_is_decoded(begin, b_frames):
    """Of a file. Else FFmpeg shows all pictures later by the longest such span, and its sound not."""
    units = footage(6, b_frames=b_frames, extra=":b-adapt=0:b-pyramid=normal")
    shown = min(u.pts for u in units if u.pid == VIDEO)
    units = [
        replace(u.moved(begin - shown), stamps="p" if u.pid == VIDEO else u.stamps) for u in units if u.pts >= shown
    ]
    view = package(mux(units), seconds=6, settings=FILE)
    view.in_sync(units)
    assert len(view.samples("video")) == 150
    offsets = [
        n for (track, _), octets in view.published.octets.items() if track == "video" for n in offsets_of(octets)
    ]
    assert len(offsets) == 150
    assert begin == 0 or min(offsets) >= 0


def offsets_of(octets):
    """Composition time offset of each sample (ISO/IEC 14496-12 8.8.8); 0 where a chunk says none."""
    for kind, _, moof in boxes(octets):
        for inner, _, traf in boxes(moof) if kind == b"moof" else ():
            for name, _, trun in boxes(traf) if inner == b"traf" else ():
                if name != b"trun":
                    continue
                flags, count = int.from_bytes(trun[1:4], "big"), int.from_bytes(trun[4:8], "big")
                place = 8 + 4 * (flags & 1) + (flags & 4)
                sizes = [4 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
                for n in range(count):
                    at = place + (n + 1) * sum(sizes) - 4
                    yield int.from_bytes(trun[at : at + 4], "big", signed=True) if flags & 0x800 else 0


def test_damaged_pes_headers_cost_what_they_head():
    rng, out, n_bad = random.Random(8), [], 0
    for packet in packets(mux(footage())):
        if packet[1] & 0x40 and pid_of(packet) in (VIDEO, AUDIO) and rng.random() < 0.03:
            at = 5 + packet[4] if packet[3] & 0x20 else 4
            place = at + int(rng.choice([0, 1, 2, 6]))
            packet = packet[:place] + bytes([packet[place] ^ 0xFF]) + packet[place + 1 :]
            n_bad += 1
        out.append(packet)
    view = package(b"".join(out))
    counts = view.in_sync(footage())
    assert view.faults["pes_header_error"] == n_bad > 10
    assert counts["video"] + counts["audio"] > 863 - 3 * n_bad
    assert len(view.periods) == 1


@pytest.mark.parametrize("said", [0x03, 0x04, 0x11])
def test_wrong_stream_type_of_adts_costs_nothing(said):
    """AAC in ADTS that the PMT calls MPEG audio or LATM: the fault is counted. Of the latter nothing came, without a word."""
    view = package(mux(footage(), table=pmt(component(0x1B, VIDEO), component(said, AUDIO))))
    assert view.in_sync(footage())["video"] == 300
    assert view.faults["wrong_stream_type"] == 1
    assert view.in_sync(footage())["audio"] >= 560


def test_wrong_stream_type_of_latm_costs_nothing():
    asc = "00010" + "0011" + "0010" + "000"  # AAC LC, 48 kHz, stereo
    sound = [u for u in footage() if u.pid == AUDIO]
    loas = [replace(u, data=aac_streams.loas([sound_payload(u.data)], asc)) for u in sound]
    units = [u for u in footage() if u.pid == VIDEO] + loas
    view = package(mux(units, table=pmt(component(0x1B, VIDEO), component(0x0F, AUDIO))))
    assert view.faults["wrong_stream_type"] == 1
    assert view.in_sync(footage())["audio"] >= 560


def test_sound_that_is_something_else_altogether_is_said_to_be_none():
    noise = random.Random(3)
    units = [replace(u, data=noise.randbytes(300)) if u.pid == AUDIO else u for u in footage()]
    view = package(mux(units), settings=FILE)
    assert view.tracks() == [["video"]]
    assert view.faults["no_access_unit"] == 1


@pytest.mark.parametrize("restarted_at", [0, 2 * S, 90_000 * S])
@pytest.mark.parametrize("away_s", [0, 4])
def test_an_encoder_restarts_with_old_or_new_times_and_counters(restarted_at, away_s):
    """Its tables, counters and times begin anew, and its first picture is what it was or another."""
    units = list(footage(6))
    anew = [u.moved(restarted_at) for u in footage(6, seed=9)]
    view = package(mux(units, mux=Mux()), mux(anew, mux=Mux()), seconds=6, silences=[away_s])
    counts = view.in_sync([*units, *anew])
    assert counts["video"] >= 298  # the last picture before it may be cut short
    assert view.reasons[0] == "start"
    assert len(view.periods) == 2
    lasted = view.periods[1].presentation_start_90k - view.periods[0].presentation_start_90k
    assert lasted == pytest.approx((6 + away_s) * S, abs=3 * S)


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg2video"])
@pytest.mark.parametrize("by", [0, 2 * S, 90_000 * S])
def test_counters_that_jump_between_two_pictures_cost_neither(codec, by):
    """Recordings joined octet by octet: the last PES packet before the joint ends with stuffing, so it is whole."""
    stream_type = {"libx264": 0x1B, "libx265": 0x24, "mpeg2video": 0x02}[codec]
    table = pmt(component(stream_type, VIDEO))
    first = [u for u in footage(6, audio="", codec=codec) if u.pid == VIDEO]
    second = [u.moved(6 * S + by) for u in first]
    writer = Mux()
    octets = mux(first, table=table, mux=writer)
    writer.counters[VIDEO] += 5
    view = package(octets, mux(second, table=table, mux=writer), seconds=6, settings=FILE)
    assert len(view.samples("video")) == len(first) + len(second)
    assert view.faults["continuity_count_error"] == 1
    assert "damaged_access_unit" not in view.faults


def test_a_loss_that_begins_with_a_picture_costs_none_before_it():
    """What is lost are two pictures and one; of those before them the last packet has come."""
    pictures, lost, out, number = footage(6, b_frames=0, audio=""), {60, 61, 100}, [], -1
    for packet in packets(mux(pictures, table=pmt(component(0x1B, VIDEO)))):
        number += pid_of(packet) == VIDEO and packet[1] & 0x40 > 0
        if pid_of(packet) != VIDEO or number not in lost:
            out.append(packet)
    view = package(b"".join(out), seconds=6, settings=FILE)
    assert "damaged_access_unit" not in view.faults


@pytest.mark.parametrize("settings", [LIVE, FILE], ids=["live", "file"])
@pytest.mark.parametrize("overlap_s", [0.04, 0.4, 1.5, 2.5])
def test_a_new_stream_of_pictures_begins_before_the_old_one_ended(overlap_s, settings):
    """A new PMT names another video stream, whose times begin a little, or more, before the end of the one before."""
    other = [replace(u.moved(round((6 - overlap_s) * S)), pid=0x180) for u in footage(6, seed=9, audio="")]
    table = pmt(component(0x1B, 0x180, StreamIdentifierDescriptor(9)), component(0x0F, AUDIO), pcr_pid=0x180, version=1)
    writer = Mux()
    octets = mux(footage(6), mux=writer)
    sound = [u.moved(6 * S) for u in footage(6) if u.pid == AUDIO]
    view = package(octets, mux([*other, *sound], table=table, mux=writer), seconds=6, settings=settings)
    sources = [*footage(6), *sound, *(replace(u, pid=VIDEO) for u in other)]
    for period in view.periods:
        for track in (header.name for header in period.tracks):
            times = [s.time for s in view.samples(track, period)]
            assert len(set(times)) == len(times)
    digests = set(source_times(sources))
    assert {s.digest for name in ("video", "video-2") for s in view.samples(name)} <= digests
    assert len(view.samples("video-2")) >= 25 * (6 - overlap_s - 2.5)
    starts = [p.presentation_start_90k for p in view.periods]
    assert starts == sorted(set(starts))


def test_a_new_stream_of_pictures_steps_back_while_the_first_period_waits_for_its_sound():
    """Nothing is published yet, as the sound has not come: pictures of two streams are not put in one order."""
    other = [replace(u, pid=0x180) for u in footage(6, seed=9, audio="")]
    writer = Mux()
    first = mux([u for u in footage(6) if u.pid == VIDEO and u.dts < 12 * S], mux=writer)  # two seconds
    table = pmt(component(0x1B, 0x180, StreamIdentifierDescriptor(9)), pcr_pid=0x180, version=1)
    view = package(first, mux(other, table=table, mux=writer), seconds=4, settings=FILE)
    assert view.samples("video-2")
    for period in view.periods:
        for track in (header.name for header in period.tracks):
            times = [s.time for s in view.samples(track, period)]
            assert len(set(times)) == len(times)


@pytest.mark.parametrize("settings", [LIVE, FILE], ids=["live", "file"])
def test_pictures_end_while_the_first_period_waits_for_its_sound(settings):
    """A new PMT has sound alone, of earlier times: it is a programme of its own, not more of the pictures that wait."""
    writer = Mux()
    first = mux([u for u in footage(6) if u.pid == VIDEO and u.dts < 12 * S], mux=writer)  # two seconds
    sound = [u.moved(-5 * S) for u in footage(6) if u.pid == AUDIO]
    table = pmt(component(0x0F, AUDIO), pcr_pid=AUDIO, version=1)
    view = package(first, mux(sound, table=table, mux=writer, pcr_pid=AUDIO), seconds=4, settings=settings)
    assert view.tracks()[0] == ["video"]
    assert view.tracks()[-1] == ["audio"]
    assert len(view.samples("video")) >= 45
    assert len(view.samples("audio")) >= 150


RADIO = pmt(component(0x0F, AUDIO), pcr_pid=AUDIO)


@pytest.mark.parametrize("next_kind", ["television", "radio"])
def test_after_radio_in_a_file_comes_another_clock_that_is_a_little_behind(next_kind):
    """The second period began 8 s before the end of the first where pictures came, and a frame before it where none did."""
    sound = [u for u in footage() if u.pid == AUDIO]
    pictures_first = [u for u in footage() if u.pid == VIDEO or u.dts >= 11 * S]
    then = [u.moved(5 * S) for u in (pictures_first if next_kind == "television" else sound)]
    table = RADIO if next_kind == "radio" else None
    writer = Mux()
    first = mux(sound, table=RADIO, pcr_pid=AUDIO, mux=writer)
    second = mux(then, table=table, pcr_pid=AUDIO if next_kind == "radio" else VIDEO, mux=writer)
    view = package(first, second, settings=FILE)
    view.without_hole()
    one, other = view.periods
    assert one.presentation_start_90k + sum_of(view, "audio", one) == other.presentation_start_90k
    counts = view.in_sync([*sound, *then])
    assert counts["audio"] >= 2 * len(sound) - 60


def sum_of(view, track, period):
    """How long a track lasts in a period, 90 kHz ticks."""
    return round(sum(s.duration for s in view.samples(track, period)))
