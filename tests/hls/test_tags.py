"""One table: a tag's record and the lines it is."""

import pytest

from yiwang.hls.media_playlist import MediaPlaylistHead, RenditionReport, ServerControl, preload_hint
from yiwang.hls.media_segment import MediaSegment, PartialSegment, SegmentStart, parts_text
from yiwang.hls.multivariant_playlist import AudioRendition, VariantStream, multivariant_playlist

CASES = {
    "part": (
        PartialSegment("7.0.m4s", 500_000, True),
        ['#EXT-X-PART:DURATION=0.5,URI="7.0.m4s",INDEPENDENT=YES'],
    ),
    "part that is not independent": (
        PartialSegment("7.1.m4s", 480_000, False),
        ['#EXT-X-PART:DURATION=0.48,URI="7.1.m4s"'],
    ),
    "segment": (MediaSegment("7.m4s", 1_920_000), ["#EXTINF:1.92,", "7.m4s"]),
    "gap": (MediaSegment("8.m4s", 2_000_000, gap=True), ["#EXT-X-GAP", "#EXTINF:2,", "8.m4s"]),
    "nothing before a segment": (SegmentStart(), []),
    "discontinuities count, map and date follow": (
        SegmentStart(2, "init-1.mp4", 1_700_000_000 * 90_000),
        [
            "#EXT-X-DISCONTINUITY",
            "#EXT-X-DISCONTINUITY",
            '#EXT-X-MAP:URI="init-1.mp4"',
            "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z",
        ],
    ),
    "server control of low latency": (
        ServerControl(True, 6_000_000, 1_500_000, 12_000_000),
        ["#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,HOLD-BACK=6,CAN-SKIP-UNTIL=12"],
    ),
    "server control with one attribute has no stray comma": (
        ServerControl(False, None, None, 12_000_000),
        ["#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12"],
    ),
    "rendition report": (
        RenditionReport("../audio/index.m3u8", 7, 2),
        ['#EXT-X-RENDITION-REPORT:URI="../audio/index.m3u8",LAST-MSN=7,LAST-PART=2'],
    ),
    "live head": (
        MediaPlaylistHead(2, 100, 3, "init-1.mp4", True, None, ServerControl(True, None, 1_500_000, None), 500_000),
        [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            "#EXT-X-TARGETDURATION:2",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5",
            "#EXT-X-PART-INF:PART-TARGET=0.5",
            "#EXT-X-MEDIA-SEQUENCE:100",
            "#EXT-X-DISCONTINUITY-SEQUENCE:3",
            '#EXT-X-MAP:URI="init-1.mp4"',
        ],
    ),
    "head of a delta update: version 9, its own map": (
        MediaPlaylistHead(2, 100, 3, "init-1.mp4", skipped_segments=9),
        [
            "#EXTM3U",
            "#EXT-X-VERSION:9",
            "#EXT-X-TARGETDURATION:2",
            "#EXT-X-MEDIA-SEQUENCE:100",
            "#EXT-X-DISCONTINUITY-SEQUENCE:3",
            "#EXT-X-SKIP:SKIPPED-SEGMENTS=9",
            '#EXT-X-MAP:URI="init-1.mp4"',
        ],
    ),
    "head of a file": (
        MediaPlaylistHead(2, 1, 0, "init.mp4", playlist_type="VOD"),
        [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            "#EXT-X-TARGETDURATION:2",
            "#EXT-X-PLAYLIST-TYPE:VOD",
            "#EXT-X-MEDIA-SEQUENCE:1",
            "#EXT-X-DISCONTINUITY-SEQUENCE:0",
            '#EXT-X-MAP:URI="init.mp4"',
        ],
    ),
    "audio rendition": (
        AudioRendition("audio-mp4a", "zh", "audio/index.m3u8", "zh", 2, True, True),
        [
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-mp4a",NAME="zh",LANGUAGE="zh",DEFAULT=YES,AUTOSELECT=YES,'
            'CHANNELS="2",URI="audio/index.m3u8"'
        ],
    ),
    "audio description without language": (
        AudioRendition("a", "x", "x/index.m3u8", None, 0, False, True, "public.accessibility.describes-video"),
        [
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",DEFAULT=NO,AUTOSELECT=YES,'
            'CHARACTERISTICS="public.accessibility.describes-video",URI="x/index.m3u8"'
        ],
    ),
    "variant": (
        VariantStream(
            "video/index.m3u8", 5_100_000, 4_200_000, "avc1.64001f,mp4a.40.2", (1024, 576), (30000, 1001), "SDR", "a"
        ),
        [
            '#EXT-X-STREAM-INF:BANDWIDTH=5100000,AVERAGE-BANDWIDTH=4200000,CODECS="avc1.64001f,mp4a.40.2",'
            'RESOLUTION=1024x576,FRAME-RATE=29.970,VIDEO-RANGE=SDR,AUDIO="a"',
            "video/index.m3u8",
        ],
    ),
    "variant of sound alone": (
        VariantStream("audio/index.m3u8", 128_000, 128_000, "mp4a.40.2"),
        ['#EXT-X-STREAM-INF:BANDWIDTH=128000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2"', "audio/index.m3u8"],
    ),
}


@pytest.mark.parametrize(("record", "lines"), CASES.values(), ids=CASES)
def test_a_tag_is_written_as_the_standard_has_it(record, lines):
    assert record.to_text() == "".join(line + "\n" for line in lines)


def test_parts_follow_each_other():
    assert parts_text([CASES["part"][0]] * 2) == CASES["part"][0].to_text() * 2


def test_a_hint_names_the_next_part():
    assert preload_hint("9.0.m4s") == '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="9.0.m4s"\n'


@pytest.mark.parametrize("independent", [True, False])
def test_a_multivariant_playlist_lists_renditions_before_variants(independent):
    rendition, variant = CASES["audio rendition"][0], CASES["variant"][0]
    text = multivariant_playlist([rendition], [variant], independent_segments=independent)
    head = "#EXTM3U\n" + "#EXT-X-INDEPENDENT-SEGMENTS\n" * independent
    assert text == head + rendition.to_text() + variant.to_text()
