"""Sound however it is framed, signalled and cut: every frame is there, whole, and in step with the pictures."""

import random
from dataclasses import replace

import pytest

from tests.codecs import aac_streams, dolby_streams
from tests.packaging import television as tv
from tests.real_streams.footage import (
    AUDIO,
    FIRST_DTS,
    FRAME,
    VIDEO,
    S,
    Unit,
    component,
    footage,
    mux,
    pmt,
)
from tests.real_streams.viewer import LIVE, digest, package, sound_payload
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.descriptors import RegistrationDescriptor
from yiwang.services.transcoding import transcode_settings

PICTURES = tuple(u for u in footage() if u.pid == VIDEO)
SOUND = tuple(u for u in footage() if u.pid == AUDIO)


def packed(units, sizes, seed=1):
    """Sound in PES packets of so many octets, cut anywhere: a PES packet's PTS is that of the first frame it begins."""
    rng = random.Random(seed)
    octets = b"".join(u.data for u in units)
    begins, at = {}, 0
    for u in units:
        begins[at] = u
        at += len(u.data)
    out, at = [], 0
    while at < len(octets):
        end = min(len(octets), at + rng.randint(*sizes))
        first = next((begins[n] for n in range(at, end) if n in begins), None)
        unit = first or out[-1]
        out.append(
            replace(
                unit, data=octets[at:end], stamps="pd" if first else "", dts=max(unit.dts, out[-1].dts if out else 0)
            )
        )
        at = end
    return out


@pytest.mark.parametrize("unbounded", [False, True])
@pytest.mark.parametrize("sizes", [(1, 60), (300, 500), (2000, 6000)])
def test_row_22_odd_pes_of_audio(sizes, unbounded):
    """Frames over several PES packets, several frames in one, length 0."""
    sound = [replace(u, unbounded=unbounded) for u in packed(SOUND, sizes)]
    view = package(mux([*PICTURES, *sound]))
    view.without_hole()
    assert len(view.periods) == 1
    counts = view.in_sync(footage())
    assert counts["audio"] >= len(SOUND) - 2 - sizes[1] // 300
    assert counts["video"] == len(PICTURES)


def test_row_22_odd_pes_of_audio_truncated_or_without_payload():
    rng, sound = random.Random(3), []
    for n, u in enumerate(SOUND):
        sound.append(replace(u, data=u.data[: rng.randrange(len(u.data))]) if n % 50 == 25 else u)
        if n % 40 == 20:
            sound.append(replace(u, data=b""))
    view = package(mux([*PICTURES, *sound]))
    view.without_hole()
    counts = view.in_sync(footage())  # a frame cut short is never joined with the next one
    # the frame that is cut short is lost, and the one behind it, as that is what its length swallows
    assert counts["audio"] >= len(SOUND) - 2 - 3 * 12
    assert counts["video"] == len(PICTURES)


def adts_units(payloads, begin, *, blocks=1, **header):
    """Frames at 48 kHz, or what ``header`` says, from a time on."""
    frequency = header.get("frequency", 48_000)
    units = []
    for n, payload in enumerate(payloads):
        time = begin + round(n * 1024 * blocks * S / frequency)
        units.append(Unit(AUDIO, aac_streams.adts(payload, blocks=blocks, **header), time, time))
    return units


def payloads_of(n, seed):
    rng = random.Random(seed)
    return [rng.randbytes(150) for _ in range(n)]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"channels": 2}, {"channels": 6}, lambda c: c.channels),
        ({"frequency": 48_000}, {"frequency": 32_000}, lambda c: c.sampling_frequency),
        ({"profile": 1}, {"profile": 0}, lambda c: c.codec),
    ],
)
def test_row_29_adts_changes(first, second, said):
    """Other channels, rate or object type: a new sample entry, and nothing of the old under the new."""
    middle = FIRST_DTS + 6 * S
    before = adts_units(payloads_of(600, 1), FIRST_DTS, **first)
    after = adts_units(payloads_of(600, 2), middle, **second)
    before, after = [u for u in before if u.pts < middle - FRAME], [u for u in after if u.pts < middle + 6 * S]
    units = [*PICTURES, *before, *after]
    view = package(mux(units))
    view.without_hole()
    assert view.reasons == ["start", "codec change"]
    assert said(view.periods[0].tracks[1].config) != said(view.periods[1].tracks[1].config)
    counts = view.in_sync(units)
    assert counts["video"] == len(PICTURES)
    assert (
        counts["audio"] >= len(before) + len(after) - 48 * 1.2
    )  # those before the next random access point of the pictures
    for period, mine in zip(view.periods, (before, after), strict=True):
        assert {s.digest for s in view.samples("audio", period)} <= {digest(sound_payload(u.data)) for u in mine}


def in_order(digests, payloads):
    """One after the other, from the first picture on (which comes 80 ms after the first frame) to the last but one."""
    expected = [digest(p) for p in payloads]
    first = expected.index(digests[0])
    assert first <= 5
    assert digests == expected[first : first + len(digests)]
    assert len(digests) >= len(expected) - 7


@pytest.mark.parametrize("crc", [False, True])
def test_row_29_adts_changes_nothing_with_error_checks_and_several_blocks(crc):
    payloads = payloads_of(280, 4)
    grouped = [payloads[n : n + 2] for n in range(0, len(payloads), 2)]
    if not crc:  # where blocks of a frame end cannot be known without their positions: such a frame is one that is odd
        sound = adts_units(payloads, FIRST_DTS)
    else:
        sound = adts_units(grouped, FIRST_DTS, crc=True, blocks=2)
    view = package(mux([*PICTURES[: 25 * 6], *sound]), seconds=6)
    view.without_hole()
    in_order([s.digest for s in view.samples("audio")], payloads)


def test_row_29_adts_changes_of_implicit_sbr(captures):
    """HE-AAC that ADTS calls LC at half the rate: the codecs string tells it by the doubled rate."""
    octets = (captures / "shaka-player/id3-metadata.ts").read_bytes()
    (track,) = package(octets, seconds=10).periods[0].tracks
    assert track.config.kind == "audio"
    assert track.config.codec in ("mp4a.40.2", "mp4a.40.5", "mp4a.40.29")
    assert track.config.samples_per_frame == (1024 if track.config.codec == "mp4a.40.2" else 2048)


@pytest.mark.parametrize("every", [1, 20, 97])
def test_row_30_latm_with_rare_mux_config(every):
    """StreamMuxConfig only now and then: it is kept for the frames between."""
    payloads = payloads_of(560, 5)
    asc = "00010" + "0011" + "0010" + "000"  # AAC LC, 48 kHz, stereo
    sound = []
    for n, payload in enumerate(payloads):
        time = FIRST_DTS + n * FRAME
        sound.append(Unit(AUDIO, aac_streams.loas([payload], asc if n % every == 0 else None), time, time))
    view = package(mux([*PICTURES, *sound], table=pmt(component(0x1B, VIDEO), component(0x11, AUDIO))))
    view.without_hole()
    frames = view.samples("audio")
    in_order([s.digest for s in frames], payloads)
    assert frames[0].time == pytest.approx(min(s.time for s in view.samples("video")), abs=FRAME)
    late = [u for u in [*PICTURES, *sound] if u.dts > FIRST_DTS + S]
    joined = package(mux(late, table=pmt(component(0x1B, VIDEO), component(0x11, AUDIO))))
    assert len(joined.samples("audio")) >= 560 - 47 * 2.2 - every


DOLBY = {
    "AC-3 by type": (0x81, (), dolby_streams.ac3),
    "AC-3 by descriptor": (0x06, (Descriptor(0x6A, b"\0"),), dolby_streams.ac3),
    "AC-3 by registration": (0x06, (RegistrationDescriptor(b"AC-3"),), dolby_streams.ac3),
    "E-AC-3 by type": (0x87, (), dolby_streams.eac3),
    "E-AC-3 by descriptor": (0x06, (Descriptor(0x7A, b"\0"),), dolby_streams.eac3),
    "E-AC-3 by registration": (0x06, (RegistrationDescriptor(b"EAC3"),), dolby_streams.eac3),
}


@pytest.mark.parametrize("name", DOLBY)
def test_row_31_dolby_by_descriptor_or_type(name):
    stream_type, descriptors, frame = DOLBY[name]
    duration = 1536 * S // 48_000
    sound = [
        Unit(AUDIO, frame(fill=n % 200 + 1), FIRST_DTS + n * duration, FIRST_DTS + n * duration) for n in range(370)
    ]
    table = pmt(component(0x1B, VIDEO), component(stream_type, AUDIO, *descriptors))
    view = package(mux([*PICTURES, *sound], table=table))
    view.without_hole()
    (period,) = view.periods
    entry = period.tracks[1].config.sample_entry
    assert entry == ("ec-3" if name.startswith("E") else "ac-3")
    assert b"dec3" in period.tracks[1].init or b"dac3" in period.tracks[1].init
    frames = view.samples("audio")
    assert len(frames) >= 367  # the first picture is shown 80 ms after the first frame
    assert {s.duration for s in frames} == {duration}
    view.in_sync([*PICTURES, *sound], within=duration)


@pytest.mark.parametrize(
    "descriptor", [Descriptor(0x7F, b"\x15\0"), Descriptor(0x7F, b"\x06\x09eng"), Descriptor(0x7B, b"\0")]
)
def test_row_31_dolby_by_descriptor_or_type_and_what_is_no_dolby(descriptor):
    """An extension descriptor says many things: neither AC-4 nor supplementary audio is AC-3, nor is DTS."""
    view = package(mux(PICTURES, table=pmt(component(0x1B, VIDEO), component(0x06, AUDIO, descriptor))))
    assert view.tracks() == [["video"]]
    assert [s.pid for s in view.packager.skipped] == [AUDIO]


def test_row_31_dolby_by_descriptor_or_type_in_real_captures(captures):
    for name, entry in (("androidx-media/sample_eac3.ts", "ec-3"),):
        view = package((captures / name).read_bytes(), seconds=5)
        assert view.periods[0].tracks[0].config.sample_entry == entry
    for name in ("androidx-media/sample_ac4.ts", "androidx-media/sample_dts.ts"):
        view = package((captures / name).read_bytes(), seconds=5)
        assert view.periods == []
        assert view.packager.has_playable is False
        assert view.packager.skipped[0].codec in ("AC-4", "DTS", "private data")


@pytest.mark.parametrize(("codec", "samples"), [("mp2", 1152), ("libmp3lame", 1152)])
def test_row_32_mpeg_audio_beside_h264(codec, samples):
    """MP2 or MP3, the only sound: it is kept, and browsers, which do not play it, get AAC beside it, in step."""
    mp2 = footage(12, audio=codec)
    table = pmt(component(0x1B, VIDEO), component(0x03, AUDIO))
    settings = replace(LIVE, **transcode_settings("auto"))
    view = package(mux(mp2, table=table), settings=settings)
    view.without_hole()
    assert view.tracks() == [["video", "audio", "audio-aac"]]
    kept = view.samples("audio")
    units = [u for u in mp2 if u.pid == AUDIO]
    assert len(kept) >= len(units) - 2
    assert {s.digest for s in kept} <= {digest(u.data) for u in units}
    copy = view.samples("audio-aac")
    assert abs(copy[0].time - kept[0].time) <= samples * S // 48_000
    end = [s[-1].time + s[-1].duration for s in (kept, copy)]
    assert abs(end[0] - end[1]) <= 2 * FRAME
    only = package(tv.remuxed(tv.stream(6), video_codec="mpeg2video", audio_codec="mp2"), seconds=6)
    assert "audio" in {h.name for p in only.periods for h in p.tracks}  # never without the only sound
