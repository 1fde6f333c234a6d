"""Real captures: what is packaged of them is what ffmpeg finds in them. No picture is lost, doubled or changed, no frame
of sound either, and both keep their times.
"""

import io
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from hashlib import md5
from itertools import groupby, pairwise
from pathlib import Path

import av
import pytest

from tests.differential import ffmpeg_reading
from tests.origin import mpd_reader, playlist_reader
from yiwang.base.errors import YiwangError
from yiwang.services.package_files import Result, package_files

pytestmark = [pytest.mark.differential, pytest.mark.slow]

SEGMENT_90K = 180_000
TICK = Fraction(1, 90_000)


@dataclass(frozen=True)
class Case:
    """What is packaged, and what is wrong with it before we touch it."""

    files: tuple[str, ...]
    tracks: str  # 'v', 'a', 'va'
    periods: int = 1
    pictures_before: int = 0  # the first random access point
    cut_picture: int = 0  # -1: the last in order of presentation is not whole, -2: the one before it
    pictures_behind: int = 0  # its end, which those that end there refer to
    changed_pictures: int = 0  # at most so many decode otherwise, for the reason in `defect`
    cut_sound: int = 0  # frames at the end that are not whole, or begin after the last whole picture
    program: int | None = None  # which one of a multiplex
    noise: str = ""  # what ffmpeg says of it, of the source and of ours
    defect: str = ""

    def __post_init__(self):
        assert bool(self.defect) == bool(self.cut_picture or self.cut_sound or self.changed_pictures)


def one(name, tracks, **defects):
    return name, Case((name,), tracks, **defects)


PIECES = [f"shaka-player/hls-ts-muxed-aac-h264/n_{n}_0_0.ts" for n in range(6)]
CASES = dict(
    [
        one("androidx-media/sample_h264.ts", "v"),
        one("androidx-media/sample_h264_iframes_only.ts", "v"),
        one("androidx-media/sample_eac3.ts", "a"),
        one("androidx-media/sample_h264_mpeg_audio.ts", "va"),
        one("androidx-media/sample_h265.ts", "v"),
        one("androidx-media/sample_h265_rps_pred.ts", "v"),
        one("androidx-media/sample_latm.ts", "a"),
        one("androidx-media/sample_mpeg_audio_with_audio_type.ts", "a"),
        one("androidx-media/sample_scte35.ts", "va"),
        one("mp2ts-tools/80s_with_ad.ts", "va"),
        one("mp2ts-tools/obs_hevc_aac.ts", "va"),
        one("mux.js/sintel-captions.ts", "va"),
        one("mux.js/test-no-audio-segment.ts", "v"),
        one("mux.js/test-segment.ts", "va"),
        one(
            "rust-dvb/tnt-5w-12732v-isi6-10s.ts",
            "a",
            program=1537,
            cut_sound=1,
            defect="ends inside a frame of sound; its pictures have been taken out",
        ),
        one("shaka-player/captions-test.ts", "v"),
        one(
            "shaka-player/hls-ts-audio-muxed-in-video/main.ts",
            "va",
            cut_picture=-2,
            cut_sound=1,
            defect="ends inside a packet, a picture and a frame of sound",
        ),
        one("shaka-player/hls-ts-b-frames/1.ts", "v"),
        *[one(piece, "va") for piece in PIECES],
        one(
            "shaka-player/hls-ts-muxed-ec3-h264/ChID_voices_1280x720p_25fps_h264_6ch_256kbps_ddp_sub_0000.ts",
            "va",
        ),
        one("shaka-player/hls-ts-muxed-mp3-h264/seg-1-v1-a1.ts", "va"),
        one("shaka-player/id3-metadata.ts", "a"),
        one(
            "tsduck/test-025.ts",
            "va",
            pictures_before=2,
            pictures_behind=2,
            cut_picture=-1,
            cut_sound=1,
            defect="ends inside a picture and a frame of sound",
        ),
        one(
            "tsduck/test-026.ts",
            "v",
            pictures_before=24,
            pictures_behind=3,
            changed_pictures=1,
            noise="reference picture missing",
            defect="0.2 s behind its first parameter sets, in an open GOP: B pictures before it are missing references",
        ),
        one("tsduck/test-100.1.ts", "v"),
        one(
            "tsduck/test-108.ts",
            "v",
            program=3410,
            cut_picture=-2,
            defect="ends inside a picture",
        ),
        one(
            "tsduck/test-137.ts",
            "v",
            pictures_before=1,
            cut_picture=-1,
            defect="ends inside a picture",
        ),
        one("tsduck/test-072.ts", "va", cut_picture=-1, cut_sound=1, defect="ends inside a picture"),
        one("videojs-http-streaming/caption.ts", "v"),
        one("videojs-http-streaming/id3.ts", "v"),
        one("videojs-http-streaming/videoDiffPtsDts.ts", "v"),
        one("videojs-http-streaming/videoOneSecond.ts", "v"),
        *[one(f"videojs-http-streaming/videoOneSecond{n}.ts", "v") for n in range(1, 5)],
        # one after the other, as one programme
        ("pieces that follow each other", Case(tuple(PIECES), "va")),
        ("a time jump back", Case((PIECES[3], PIECES[1]), "va", periods=2)),
        ("a time jump forward", Case((PIECES[0], PIECES[5]), "va", periods=2)),
        ("another size, other PIDs", Case(("mux.js/test-segment.ts", "mux.js/sintel-captions.ts"), "va", periods=2)),
        ("the same again and again", Case(("mux.js/test-segment.ts",) * 3, "va", periods=3)),
    ]
)


UNREADABLE = {
    "androidx-media/sample_mpegh_bl_cicp1_cont.ts": "MPEG-H 3D Audio",  # which ffprobe takes for MP3
    "tsduck/test-125.ts": "no PAT",  # eleven packets of one PID
    "tsduck/test-145.ts": "no random access point with parameter sets",  # its SPS is cut short, and there is no picture
}
"""Captures that cannot be packaged, and what is said of them."""


def cases(wanted):
    """Run a test with the cases that are so."""
    return pytest.mark.parametrize("packaged", [name for name, case in CASES.items() if wanted(case)], indirect=True)


with_video = cases(lambda case: "v" in case.tracks)
with_audio = cases(lambda case: "a" in case.tracks)
of_one_file = cases(lambda case: len(case.files) == 1)
of_one_file_with_audio = cases(lambda case: len(case.files) == 1 and "a" in case.tracks)


CODECS = ("h264", "hevc", "mpeg2video", "aac", "aac_latm", "mp2", "mp3", "ac3", "eac3")


def kept_streams(ffprobe, file, program=None):
    """Return the streams that we package: {'video': [..], 'audio': [..]}."""
    found = {"video": [], "audio": []}
    for stream in ffmpeg_reading.streams(ffprobe, file, program):
        if stream.get("codec_name") in CODECS:
            found[stream["codec_type"]].append(stream)
    return found


def test_no_capture_of_what_we_package_is_left_out(captures, ffprobe):
    listed = {name for case in CASES.values() for name in case.files}
    found = set()
    for file in captures.rglob("*.ts"):
        kept = kept_streams(ffprobe, file)
        if kept["video"] or kept["audio"]:
            found.add(str(file.relative_to(captures)))
    assert found == listed | set(UNREADABLE)


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_packaged_is_said_plainly(captures, tmp_path, name):
    with pytest.raises(YiwangError, match=UNREADABLE[name]):
        package_files([str(captures / name)], tmp_path, SEGMENT_90K, None)


@dataclass
class Packaged:
    case: Case
    sources: list[Path]
    folder: Path
    result: Result

    @property
    def first_tracks(self):
        """The video and the first sound: ffmpeg numbers the others as it likes."""
        return [track for track in ("video", "audio") if track in self.result.tracks]

    def playlist(self, track):
        return playlist_reader.read((self.folder / track / "index.m3u8").read_text())

    def mpd(self):
        return mpd_reader.read((self.folder / "manifest.mpd").read_text())

    def octets(self, track, *names):
        return b"".join((self.folder / track / name).read_bytes() for name in names)

    def periods(self, track):
        """Return the segments of a track, by HLS discontinuity sequence."""
        by_sequence = groupby(self.playlist(track).segments, key=lambda segment: segment.discontinuity_sequence)
        return [list(segments) for _, segments in by_sequence]

    def read_hls(self, track, read):
        """Let ``read`` (of `ffmpeg_reading`) read a track; ffmpeg's HLS demuxer disregards a second EXT-X-MAP."""
        periods = self.periods(track)
        if len({period[0].map for period in periods}) == 1:
            return read(self.folder / "index.m3u8", f"{track[0]}:0")
        found = []
        for period in periods:
            file = self.folder / "period.mp4"
            file.write_bytes(self.octets(track, period[0].map, *(segment.uri for segment in period)))
            found += read(file, f"{track[0]}:0")
        return found

    def read_dash(self, track, read):
        """Let ``read`` read a track; ffmpeg's DASH demuxer knows one Period only."""
        _, media, _ = self.mpd()
        if len({m.period for m in media}) == 1:
            return read(self.folder / "manifest.mpd", f"{track[0]}:0")
        root, _, _ = self.mpd()
        found = []
        for period in root.findall("m:Period", mpd_reader.NS):
            (template,) = period.xpath(
                f".//m:SegmentTemplate[../m:Representation/@id='{track}']", namespaces=mpd_reader.NS
            )
            urls = [m.url for m in media if (m.period, m.track) == (period.get("id"), track)]
            file = self.folder / "period.mp4"
            file.write_bytes(self.octets(".", template.get("initialization"), *urls))
            found += read(file, f"{track[0]}:0")
        return found


@pytest.fixture(scope="module")
def packaged(request, captures, tmp_path_factory):
    case = CASES[request.param]
    sources = [captures / name for name in case.files]
    folder = tmp_path_factory.mktemp("packaged")
    names, as_it_is = [str(source) for source in sources], {"transcode_audio": "never", "transcode_video": "never"}
    result = package_files(names, folder, SEGMENT_90K, case.program, **as_it_is)
    assert result.periods == case.periods
    kinds = {name.partition("-")[0] for name in result.tracks}
    assert kinds - {"text"} == {{"v": "video", "a": "audio"}[track] for track in case.tracks}
    return Packaged(case, sources, folder, result)


@pytest.fixture(scope="module")
def source_streams(packaged, ffprobe):
    return [kept_streams(ffprobe, source, packaged.case.program) for source in packaged.sources]


def indices(streams):
    return [stream["index"] for of_kind in streams.values() for stream in of_kind]


@pytest.fixture(scope="module")
def decoded(packaged, source_streams, ffmpeg):
    """Return a function of 'video' or 'audio' that gives the frames of (each source, ours), None when it has none."""

    @cache
    def of(kind):
        if not source_streams[0][kind]:
            return None
        theirs = [
            ffmpeg_reading.hashed(ffmpeg, source, streams[kind][0]["index"], beside=indices(streams))[0]
            for source, streams in zip(packaged.sources, source_streams, strict=True)
        ]

        def read(*where):
            frames, complaints = ffmpeg_reading.hashed(ffmpeg, *where)
            assert complaints == "" or (packaged.case.noise and packaged.case.noise in complaints)
            return frames

        return theirs, packaged.read_hls(kind, read)

    return of


def runs(packaged, decoded):
    """Pair each source's pictures, from the first we carry, with ours."""
    theirs, ours = decoded("video")
    at = 0
    for n, source in enumerate(theirs):
        if packaged.case.cut_picture:
            source = source[:]
            del source[packaged.case.cut_picture]
        earliest = 0 if n else packaged.case.pictures_before  # black pictures are all alike
        first = next(i for i, frame in enumerate(source) if i >= earliest and frame.digest == ours[at].digest)
        rest = source[first:]
        yield n, first, rest, ours[at : at + len(rest)]
        at += len(rest)
    assert at == len(ours)


@with_video
def test_pictures_are_those_of_the_source_from_the_first_random_access_point(packaged, decoded):
    for n, first, expected, mine in runs(packaged, decoded):
        assert first == (0 if n else packaged.case.pictures_before)
        assert len(mine) == len(expected)
        changed = sum(a.digest != b.digest for a, b in zip(expected, mine, strict=True))
        assert changed <= packaged.case.changed_pictures
        offset = mine[0].time - expected[0].time
        assert all(abs(b.time - a.time - offset) <= TICK for a, b in zip(expected, mine, strict=True))


@pytest.fixture(scope="module")
def sound(packaged, source_streams, decoded, ffmpeg):
    """Return packets of (each source, ours); decoded frames of LATM, whose packets are LOAS frames."""
    found = [streams["audio"] for streams in source_streams]
    if found[0][0]["codec_name"] == "aac_latm":
        return decoded("audio")
    as_in_mp4 = ("-bsf:a", "aac_adtstoasc") if found[0][0]["codec_name"] == "aac" else ()
    theirs = [
        ffmpeg_reading.packets(ffmpeg, source, streams["audio"][0]["index"], *as_in_mp4, beside=indices(streams))
        for source, streams in zip(packaged.sources, source_streams, strict=True)
    ]
    return theirs, packaged.read_hls("audio", lambda *where: ffmpeg_reading.packets(ffmpeg, *where))


def sound_runs(packaged, sound, decoded):
    """Pair each source's frames of sound, from the first we carry, with ours: [(theirs, ours, number before)]."""
    theirs, ours = sound
    pictures = decoded("video")
    runs, at = [], 0
    for n, source in enumerate(theirs):
        is_last = n + 1 == len(theirs)
        whole = source[: len(source) - packaged.case.cut_sound]
        first = next(i for i, frame in enumerate(whole) if frame.digest == ours[at].digest)
        if pictures:
            begin = pictures[0][n][0 if n else packaged.case.pictures_before].time
            assert not [f for f in whole[:first] if f.time >= begin + TICK], "sound with a picture is missing"
        else:
            assert first == 0
        expected = whole[first:]
        mine = ours[at:] if is_last else ours[at : at + len(expected)]
        if not is_last:  # what goes on after the last picture has no place before the next file
            pairs = enumerate(zip(expected, mine, strict=False))
            length = next((i for i, (a, b) in pairs if a.digest != b.digest), len(mine))
            assert not pictures or expected[length - 1].time >= pictures[0][n][-1].time or length == len(expected)
            expected, mine = expected[:length], mine[:length]
        runs.append((expected, mine, first))
        at += len(mine)
    return runs


@with_audio
def test_sound_is_that_of_the_source_from_the_first_picture_on(packaged, sound, decoded):
    for expected, mine, _ in sound_runs(packaged, sound, decoded):
        assert [frame.digest for frame in mine] == [frame.digest for frame in expected]


@of_one_file_with_audio
def test_samples_of_sound_are_those_of_the_source(packaged, source_streams, sound, decoded):
    ((_, _, first),) = sound_runs(packaged, sound, decoded)
    (theirs,), ours = decoded("audio")
    primed = 0 if first == 0 else 2  # a frame overlaps the one before it
    assert len(ours) > primed
    if source_streams[0]["audio"][0]["codec_name"] == "mp2":
        pytest.skip("FFmpeg dithers MP2 from the first frame on; its packets are compared by the test before this one")
    assert [f.digest for f in ours[primed:]] == [f.digest for f in theirs[first + primed : first + len(ours)]]


@with_audio
def test_sound_and_pictures_are_as_far_apart_as_in_the_source(packaged, source_streams, sound, decoded):
    sample = Fraction(1, int(source_streams[0]["audio"][0]["sample_rate"]))
    if source_streams[0]["audio"][0].get("profile", "").startswith("HE"):
        sample *= 2  # of the core, which ADTS speaks of
    of_pictures = picture_offsets(packaged, decoded)
    for n, (expected, mine, _) in enumerate(sound_runs(packaged, sound, decoded)):
        offset = of_pictures[n] if of_pictures else mine[0].time - expected[0].time
        assert max(abs(b.time - a.time - offset) for a, b in zip(expected, mine, strict=True)) <= 2 * TICK + 2 * sample


def picture_offsets(packaged, decoded):
    """By how much our pictures are later than each source's."""
    if decoded("video") is None:
        return None
    return [mine[0].time - expected[0].time for _, _, expected, mine in runs(packaged, decoded)]


WANTED = {
    "video": "codec_name profile level width height sample_aspect_ratio pix_fmt r_frame_rate color_range color_space "
    "color_transfer color_primaries",
    "audio": "codec_name profile sample_rate channels channel_layout",
}


@of_one_file
def test_headers_say_what_the_source_says(packaged, ffprobe):
    said = {}
    for reading in (packaged.sources[0], packaged.folder / "index.m3u8"):
        found = kept_streams(ffprobe, reading, packaged.case.program if reading in packaged.sources else None)
        for kind, streams in found.items():
            if kind[0] not in packaged.case.tracks:
                continue  # all of it comes before the first picture
            for name in WANTED[kind].split():
                value = str(streams[0].get(name))
                # LATM is another wrapping, and in MP4 layers 2 and 3 of MPEG audio have one name
                said.setdefault((kind, name), []).append(value.replace("aac_latm", "aac").replace("mp2", "mp3"))
    assert said
    assert {name: theirs for name, (theirs, _) in said.items()} == {name: ours for name, (_, ours) in said.items()}


@cases(lambda case: True)
def test_dash_leads_to_the_same_packets_as_hls(packaged, ffmpeg):
    for track in packaged.first_tracks:
        by_hls = packaged.read_hls(track, lambda *where: ffmpeg_reading.packets(ffmpeg, *where))
        by_dash = packaged.read_dash(track, lambda *where: ffmpeg_reading.packets(ffmpeg, *where))
        assert [p.digest for p in by_dash] == [p.digest for p in by_hls]
        assert all(abs(a.time - b.time) <= TICK for a, b in zip(by_dash, by_hls, strict=True))


@cases(lambda case: True)
def test_segments_join_without_hole_and_last_as_long_as_lists_say(packaged):
    _, media, _ = packaged.mpd()
    for track in packaged.first_tracks:
        listed = packaged.playlist(track).segments
        dash = [m for m in media if m.track == track]
        assert [segment.uri for segment in listed] == [f"{m.number}.m4s" for m in dash]
        end = None
        for segment, in_mpd in zip(listed, dash, strict=True):
            with av.open(io.BytesIO(packaged.octets(track, segment.map, segment.uri))) as file:
                stream = file.streams[0]
                packets = [p for p in file.demux(stream) if p.size]
                scale = stream.time_base.denominator
            start, duration = packets[0].dts, sum(p.duration for p in packets)
            assert duration == in_mpd.d
            if end is None or end[0] != in_mpd.period:
                reorder = min(p.pts for p in packets) - start
            assert abs(in_mpd.t - start - reorder) <= 1  # see tests/packaging/test_picture_times.py
            assert [b.dts - a.dts for a, b in pairwise(packets)] == [p.duration for p in packets[:-1]]
            assert abs(segment.duration - Decimal(duration) / scale) < Decimal("0.000001")
            assert end in (None, (in_mpd.period, start)) or end[0] != in_mpd.period
            end = (in_mpd.period, start + duration)


@with_video
def test_each_segment_of_video_begins_with_a_picture_that_decodes_alone(packaged, decoded):
    playlist = packaged.playlist("video")
    assert playlist.independent
    digests = {frame.digest for frame in decoded("video")[1]}
    for segment in playlist.segments:
        with av.open(io.BytesIO(packaged.octets("video", segment.map, segment.uri))) as file:
            stream = file.streams.video[0]
            first = next(p for p in file.demux(stream) if p.size)
            assert first.is_keyframe
            stream.codec_context.thread_count = 1
            picture = next(f for f in [*stream.decode(first), *stream.decode(None)])
        sample_octets = 1 + (picture.format.components[0].bits > 8)
        planes = b"".join(plane_octets(plane, sample_octets) for plane in picture.planes)
        assert md5(planes, usedforsecurity=False).hexdigest() in digests


def plane_octets(plane, sample_octets):
    """Octets of a plane without what pads its lines."""
    lines = memoryview(plane)
    return b"".join(lines[y * plane.line_size :][: plane.width * sample_octets] for y in range(plane.height))


@with_video
def test_the_lists_are_as_long_as_the_pictures(packaged, source_streams, decoded):
    seconds = sum(segment.duration for segment in packaged.playlist("video").segments)
    rates = {Fraction(streams["video"][0]["r_frame_rate"]) for streams in source_streams}
    shown = sum(expected[-1].time - expected[0].time for _, _, expected, _ in runs(packaged, decoded))
    allowed = len(packaged.sources) + packaged.case.pictures_behind
    assert abs(Fraction(seconds) - shown) <= allowed / min(rates) + TICK
    assert Decimal("-0.001") < Decimal(packaged.result.duration_90k) / 90_000 - seconds < Decimal("0.06")  # or sound
