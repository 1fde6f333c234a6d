"""Packager events for the origin's tests: a builder for tables, and a strategy that draws whole broadcasts."""

from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from yiwang.base.elementary import CodecConfig
from yiwang.base.timebase import rescale
from yiwang.origin.settings import PresentationSettings
from yiwang.packaging.events import CuePublished, PartPublished, PeriodStarted, SegmentPublished, TrackHeader

S = 90_000
CELL = 2 * S
PART = S // 2
UTC = 1_700_000_000 * S
VIDEO = CodecConfig("video", "avc1", "avc1.64001f", b"\1", 1280, 720, (1, 1), (25, 1), (1, 1, 1, False))
AUDIO = CodecConfig(
    "audio", "mp4a", "mp4a.40.2", b"\x11\x90", sampling_frequency=48_000, channels=2, samples_per_frame=1024
)
VIDEO_TRACK = TrackHeader("video", 1, S, VIDEO, "und", "main", "init-v.mp4", b"video header")
AUDIO_TRACK = TrackHeader("audio", 2, 48_000, AUDIO, "zho", "main", "init-a.mp4", b"audio header")
DESCRIPTION_TRACK = TrackHeader("audio-2", 3, 48_000, AUDIO, "zho", "description", "init-a.mp4", b"audio header")
TRACKS = (VIDEO_TRACK, AUDIO_TRACK, DESCRIPTION_TRACK)

LOW_LATENCY = PresentationSettings(CELL, PART, 20 * S)
WHOLE_SEGMENTS = PresentationSettings(CELL, 0, 20 * S)
FILE = PresentationSettings(CELL, 0, None, live=False)


def period(period_id, number, tracks=TRACKS[:2], media_90k=None, utc_90k=None, reason="start"):
    """A period that begins with segment ``number`` at the begin of its cell."""
    media = number * CELL if media_90k is None else media_90k
    return PeriodStarted(period_id, number, media, UTC + media if utc_90k is None else utc_90k, tuple(tracks), reason)


def cue(kind, event_id, media_90k, duration_90k=None, *, auto_return=False, section=b"\xfc\x30section", utc_90k=None):
    """A cue; its media time is its presentation time less UTC."""
    utc = UTC + media_90k if utc_90k is None else utc_90k
    return CuePublished(kind, event_id, media_90k, utc, duration_90k, auto_return, section)


def octets(track, number, index, start):
    """What a part holds in these tests: where it belongs."""
    return f"{track}/{number}.{index}@{start};".encode()


def segment(header, number, start_90k=None, duration_90k=CELL, part_90k=PART, whole=True, independent=True):
    """The events of a segment of one track; ``whole`` False leaves out the last of them."""
    start_90k = number * CELL if start_90k is None else start_90k
    edges = [*range(start_90k, start_90k + duration_90k, part_90k or duration_90k), start_90k + duration_90k]
    ticks = [rescale(edge, header.timescale, S) for edge in edges]
    video = header.config.kind == "video"
    events = [
        PartPublished(
            header.name,
            number,
            index,
            octets(header.name, number, index, begin),
            begin,
            end - begin,
            independent and (index == 0 or not video),
        )
        for index, (begin, end) in enumerate(zip(ticks, ticks[1:], strict=False))
    ]
    if whole:
        events.append(SegmentPublished(header.name, number, ticks[0], ticks[-1] - ticks[0], independent))
    return events


def segments(numbers, tracks=TRACKS[:2], part_90k=PART):
    """Whole segments of several tracks."""
    return [e for n in numbers for header in tracks for e in segment(header, n, part_90k=part_90k)]


@dataclass(frozen=True)
class Broadcast:
    """A drawn broadcast: periods, tracks that come and go, holes, silence, irregular GOPs; a function of its fields."""

    seed: int
    periods: int
    longest: int  # segments of a period
    part_90k: int

    def events(self):
        random = Random(self.seed)
        number = random.choice([0, 1, 1000, 850_000_000])
        start = number * CELL + random.randrange(CELL)
        utc_offset = UTC
        for period_id in range(0, 3 * self.periods, 3):
            tracks = (VIDEO_TRACK, *random.sample(TRACKS[1:], random.randrange(3)))
            yield PeriodStarted(period_id, number, start, start + utc_offset, tracks, "drawn")
            timelines = {header.name: [] for header in tracks}
            for _ in range(random.randint(1, self.longest)):
                following = (number + 1) * CELL + (random.randrange(CELL) if random.random() < 0.3 else start % CELL)
                duration = following - start
                for header in tracks:
                    if header is VIDEO_TRACK or random.random() < 0.9:  # else the track has a hole
                        independent = random.random() < 0.9
                        new = segment(header, number, start, duration, self.part_90k, independent=independent)
                        timelines[header.name] += new
                number, start = following // CELL, following
                if random.random() < 0.05:  # all tracks have a hole
                    cells = random.randrange(1, 4)
                    number, start = number + cells, start + cells * CELL
            queues = list(timelines.values())
            while any(queues):
                queue = random.choice([queue for queue in queues if queue])
                yield queue.pop(0)
            silence = random.choice([0, 0, 1, 3, 40])
            number += silence + 1
            utc_offset += start + silence * CELL - number * CELL  # the wall clock went on by the silence alone
            start = number * CELL


def broadcasts(part_90k):
    return st.builds(Broadcast, st.integers(0, 2**32), st.integers(1, 3), st.integers(1, 14), st.just(part_90k))
