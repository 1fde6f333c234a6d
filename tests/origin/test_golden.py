"""Whole playlists and manifests as files, so that a change of any line is seen in review.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/origin/test_golden.py``, and read the difference.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.origin.broadcast import (
    AUDIO,
    AUDIO_TRACK,
    CELL,
    DESCRIPTION_TRACK,
    FILE,
    LOW_LATENCY,
    TRACKS,
    UTC,
    VIDEO_TRACK,
    WHOLE_SEGMENTS,
    S,
    cue,
    period,
    segment,
    segments,
)
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media, hls_multivariant
from yiwang.origin.presentation import Presentation

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
NOW_MS = UTC // 90


def fold(settings, events):
    p = Presentation(settings)
    for event in events:
        p.apply(event)
    return p


def low_latency():
    """A time jump after 4 s of silence; all tracks are in progress."""
    events = [period(4, 100), *segments(range(100, 110)), period(5, 112, utc_90k=UTC + 112 * CELL, reason="time jump")]
    events += segments([112, 113])
    events += segment(VIDEO_TRACK, 114, whole=False)[:3] + segment(AUDIO_TRACK, 114, whole=False)[:2]
    return fold(LOW_LATENCY, events)


def whole_segments():
    """An audio track misses two numbers; GOPs of 2.4 s raise the target duration."""
    events = [period(0, 10, TRACKS)]
    start = 10 * CELL
    for number in range(10, 20):
        for header in TRACKS:
            if not (header is AUDIO_TRACK and number in (13, 14)):
                duration = 2.56 * S if number == 17 else CELL
                events += segment(header, number, start, round(duration), part_90k=0, independent=number != 17)
        start += round(2.56 * S) if number == 17 else CELL
    return fold(WHOLE_SEGMENTS, events)


def file():
    """A file whose codec changes in the middle: two periods that join without a hole."""
    wide = replace(VIDEO_TRACK, config=replace(VIDEO_TRACK.config, width=720, height=576, sar=(64, 45)))
    later = (replace(wide, init_name="init-2.mp4"), replace(AUDIO_TRACK, init_name="init.mp4"))
    tracks = (replace(VIDEO_TRACK, init_name="init.mp4"), later[1])
    events = [period(0, 1, tracks, utc_90k=0), *segments([1, 2, 3], tracks, part_90k=0)]
    events += [period(1, 4, later, utc_90k=3 * CELL), *segments([4], later, part_90k=0)]
    last = [segment(header, 5, duration_90k=S, part_90k=0) for header in later]
    p = fold(FILE, events + [event for part in last for event in part])
    p.finish()
    return p


def radio():
    """Sound alone, in two codecs and two languages."""
    he_aac = replace(
        AUDIO_TRACK,
        name="audio-3",
        track_id=3,
        language="eng",
        init_name="init-h.mp4",
        config=replace(AUDIO, codec="mp4a.40.5"),
    )
    ac3 = replace(
        AUDIO_TRACK,
        name="audio-4",
        track_id=4,
        config=replace(AUDIO, sample_entry="ac-3", codec="ac-3", channels=6),
    )
    tracks = (AUDIO_TRACK, DESCRIPTION_TRACK, he_aac, ac3)
    return fold(WHOLE_SEGMENTS, [period(0, 5, tracks), *segments(range(5, 9), tracks, part_90k=0)])


def cues():
    """A break with its return, one that returns by itself, a chapter, one to come, one cancelled; two periods."""
    a_break = [cue("out", 1, 203 * S + 4501, 8 * S, section=b"\xfc\x01")]
    early = [cue("in", 1, 209 * S, section=b"\xfc\x02"), cue("out", 2, 212 * S, 4 * S, auto_return=True)]
    later = [cue("cmd", None, 220 * S, section=b"\xfc\x03"), cue("out", 4, 240 * S), cue("out", 5, 250 * S)]
    cancelled = [cue("cancel", 5, 226 * S)]
    events = [period(4, 95), *segments(range(95, 100)), *a_break, *segments(range(100, 104)), *early]
    events += [*segments(range(104, 110)), period(5, 110, reason="codec change"), *later, *segments(range(110, 113))]
    return fold(LOW_LATENCY, events + cancelled)


def file_with_cues():
    """A break over the border of two periods."""
    tracks = TRACKS[:2]
    events = [period(0, 1, tracks, utc_90k=0), cue("out", 9, 7 * S, 4 * S, auto_return=True, utc_90k=5 * S)]
    events += segments([1, 2, 3], tracks, part_90k=0)
    events += [period(1, 4, tracks, utc_90k=3 * CELL), *segments([4, 5, 6], tracks, part_90k=0)]
    p = fold(FILE, events)
    p.finish()
    return p


CASES = {
    "hls/low_latency.m3u8": lambda: hls_multivariant(low_latency()),
    "hls/low_latency_video.m3u8": lambda: hls_media(low_latency(), "video"),
    "hls/low_latency_audio_delta.m3u8": lambda: hls_media(low_latency(), "audio", skip=True),
    "hls/whole_segments.m3u8": lambda: hls_multivariant(whole_segments()),
    "hls/whole_segments_audio.m3u8": lambda: hls_media(whole_segments(), "audio"),
    "hls/file.m3u8": lambda: hls_multivariant(file()),
    "hls/file_video.m3u8": lambda: hls_media(file(), "video"),
    "hls/radio.m3u8": lambda: hls_multivariant(radio()),
    "hls/cues_video.m3u8": lambda: hls_media(cues(), "video"),
    "hls/cues_audio_delta.m3u8": lambda: hls_media(cues(), "audio", skip=True),
    "hls/cues_file.m3u8": lambda: hls_media(file_with_cues(), "video"),
    "dash/cues.mpd": lambda: dash_mpd(cues(), NOW_MS),
    "dash/cues_file.mpd": lambda: dash_mpd(file_with_cues(), 0),
    "dash/low_latency.mpd": lambda: dash_mpd(low_latency(), NOW_MS),
    "dash/whole_segments.mpd": lambda: dash_mpd(whole_segments(), NOW_MS),
    "dash/file.mpd": lambda: dash_mpd(file(), 0),
    "dash/radio.mpd": lambda: dash_mpd(radio(), NOW_MS),
}


@pytest.mark.parametrize(("name", "make"), CASES.items(), ids=CASES)
def test_a_view_is_what_the_golden_file_says(name, make):
    text, path = make(), GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()
