"""Streams of type 0x03 and 0x04: MPEG audio is packaged as that, AAC as AAC, and neither holds up the picture."""

import io
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packaging import television as tv
from tests.packaging.test_programme import Published
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

FILE = Settings(part_90k=0, live=False)
LIVE = Settings()
NOW = 1_764_000_000 * 90_000


def relabelled(octets, stream_type):
    """The stream with its AAC announced as another type."""

    def rewrite(section):
        at = section.index(bytes([0x0F, 0xE0 | tv.AUDIO_PID >> 8, tv.AUDIO_PID & 0xFF]))
        section[at] = stream_type

    return tv.with_sections(octets, tv.PMT_PID, rewrite)


@lru_cache
def with_mp2():
    """Pictures and MPEG-1 layer II sound."""
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as container:
        pictures = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "g": "50", "bf": "0"})
        pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
        sound = container.add_stream("mp2", rate=48000, layout="stereo")
        for n in range(150):
            frame = av.VideoFrame.from_ndarray(np.full((96, 96), n, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(pictures.encode(frame))
            samples = av.AudioFrame.from_ndarray(np.zeros((1, 1920 * 2), np.int16), format="s16", layout="stereo")
            samples.sample_rate, samples.pts, samples.time_base = 48000, n * 1920, Fraction(1, 48000)
            container.mux(sound.encode(samples))
        for encoder in (pictures, sound):
            container.mux(encoder.encode(None))
    return file.getvalue()


def package(octets, cuts=(), settings=FILE):
    packager, published = TransportPackager(None, settings), Published()
    places = [0, *sorted(set(cuts)), len(octets)]
    for a, b in zip(places, places[1:], strict=False):
        published.take(packager.feed(octets[a:b], NOW if settings.live else 0))
    published.take(packager.flush(NOW if settings.live else 0))
    published.check_timelines()
    return published, packager


@pytest.mark.parametrize("stream_type", [0x03, 0x04])
def test_adts_that_is_called_mpeg_audio_is_packaged_as_aac(stream_type):
    right, _ = package(tv.stream(6))
    published, packager = package(relabelled(tv.stream(6), stream_type))
    assert published.octets == right.octets
    assert len(published.periods) == 1
    assert packager.skipped == ()
    (fault,) = packager.drain_faults()
    assert (fault.name, fault.count, fault.pid) == ("wrong_stream_type", 1, tv.AUDIO_PID)
    assert fault.detail == "its stream_type says MPEG audio; it is AAC (ADTS)"


def test_sound_alone_is_packaged_too():
    right, _ = package(tv.stream(6, video=False))
    published, _ = package(
        tv.with_sections(tv.stream(6, video=False), tv.PMT_PID, lambda s: s.__setitem__(s.index(0x0F, 12), 0x04))
    )
    assert published.octets == right.octets
    assert published.octets


@given(st.lists(st.integers(0, len(tv.stream(6))), max_size=40))
@settings(max_examples=15)
def test_what_it_is_does_not_depend_on_the_cuts(cuts):
    octets = relabelled(tv.stream(6), 0x04)
    whole, _ = package(octets, range(0, len(octets), 188 * 7))
    cut, _ = package(octets, cuts)
    assert cut.octets == whole.octets


def test_mpeg_audio_is_packaged_frame_by_frame():
    published, packager = package(with_mp2())
    (period,) = published.periods
    assert [h.name for h in period.tracks] == ["video", "audio"]
    config = period.tracks[1].config
    assert (config.codec, config.samples_per_frame) == ("mp4a.40.33", 1152)
    assert packager.skipped == ()
    assert not packager.drain_faults()
    parts = [part for part in published.parts if part.track == "audio"]
    assert sum(part.duration_ticks for part in parts) % 1152 == 0
    assert sum(part.duration_ticks for part in parts) / 48000 == pytest.approx(6, abs=0.05)
    assert all(b"\xff\xfd" in part.data for part in parts)


def test_a_picture_waits_for_mpeg_audio_no_longer_than_for_its_first_packet():
    """The same first part at the same place in the stream as without the sound."""
    octets = with_mp2()
    silent = tv.with_sections(octets, tv.PMT_PID, lambda s: s.__setitem__(s.index(0x03, 12), 0x05))

    def first_part_at(stream):
        packager = TransportPackager(None, LIVE)
        for n, packet in enumerate(tv.packets(stream)):
            if packager.feed(packet, NOW):
                return n
        raise AssertionError("nothing was published")

    first_sound = next(n for n, p in enumerate(tv.packets(octets)) if tv.pid_of(p) == tv.AUDIO_PID)
    assert first_part_at(octets) <= max(first_part_at(silent), first_sound + 20)


def test_a_stream_that_never_comes_holds_the_picture_up_for_seconds_only():
    octets = b"".join(p for p in tv.packets(relabelled(tv.stream(6), 0x04)) if tv.pid_of(p) != tv.AUDIO_PID)
    published, packager = package(octets, range(0, len(octets), 188), LIVE)
    assert [[h.name for h in p.tracks] for p in published.periods] == [["video"]]
    packager, at = TransportPackager(None, LIVE), None
    for n, packet in enumerate(tv.packets(octets)):
        if packager.feed(packet, NOW):
            at = n
            break
    assert at is not None
    assert at < len(tv.packets(octets)) / 6 * 3.5
