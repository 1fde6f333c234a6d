"""Playlists of others: what is read of them, held against the m3u8 library, which other people wrote."""

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.hls import playlist_reader
from yiwang.hls.playlist_reader import (
    ListedKey,
    ListedMap,
    ListedMedia,
    ListedSegment,
    ListedVariants,
    attributes,
    read_any_playlist,
)

LIVE = """#EXTM3U
#EXT-X-VERSION:4
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:2680
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=18.5,PART-HOLD-BACK=1
#EXT-X-UNKNOWN:whatever
# a comment

#EXTINF:5.96,a title, with a comma
first.ts?a=1,2
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-27T00:00:00Z
#EXT-X-BYTERANGE:1880@376
#EXTINF:6,
all.ts
#EXT-X-BYTERANGE:188
#EXTINF:5.000001
all.ts
#EXT-X-GAP
#EXTINF:4.5,
https://other.example/gap.ts
"""

VARIANTS = """#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="apart",NAME="A, B=C",URI="sound.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="both",NAME="within"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="both",NAME="other",URI="other.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="apart",NAME="S",URI="text.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1280000,CODECS="avc1.4d401f,mp4a.40.2",AUDIO="apart"
low.m3u8
#EXT-X-STREAM-INF:CODECS="a,b",RESOLUTION=1920x1080,BANDWIDTH=7680000,AUDIO="both"
# between the two lines
high.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=86000,URI="trick.m3u8"
#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=3
nothing-said.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=9
"""


def media(text: str) -> ListedMedia:
    found = read_any_playlist(text.encode())
    assert isinstance(found, ListedMedia)
    return found


def test_a_live_playlist_says_what_its_tags_say():
    playlist = media(LIVE)
    assert (playlist.target_duration_us, playlist.hold_back_us) == (6_000_000, 18_500_000)
    assert not playlist.ended
    assert playlist.segments == (
        ListedSegment(2680, "first.ts?a=1,2", 5_960_000),
        ListedSegment(
            2681, "all.ts", 6_000_000, discontinuity=True, byte_range=(376, 1880), discontinuity_sequence_number=1
        ),
        ListedSegment(2682, "all.ts", 5_000_001, byte_range=(2256, 188), discontinuity_sequence_number=1),
        ListedSegment(2683, "https://other.example/gap.ts", 4_500_000, gap=True, discontinuity_sequence_number=1),
    )


def test_another_reader_finds_the_same():
    theirs, ours = m3u8.loads(LIVE), media(LIVE)
    assert theirs.media_sequence == ours.media_sequence_number
    assert theirs.target_duration * 1_000_000 == ours.target_duration_us
    for one, other in zip(theirs.segments, ours.segments, strict=True):
        assert one.uri == other.uri
        assert round(one.duration * 1_000_000) == other.duration_us
        assert bool(one.discontinuity) == other.discontinuity
        assert bool(one.gap_tag) == other.gap
    variants = read_any_playlist(VARIANTS.encode())
    assert isinstance(variants, ListedVariants)
    text = VARIANTS.replace(
        "AVERAGE-BANDWIDTH=3\nnothing-said", "BANDWIDTH=0\nnothing-said"
    )  # it must be there, they say
    told = [(p.uri, p.stream_info.bandwidth) for p in m3u8.loads(text).playlists if p.stream_info.bandwidth]
    assert told == [(v.uri, v.bandwidth) for v in variants.variants if v.bandwidth]


def test_variants_say_whether_their_sound_is_elsewhere():
    variants = read_any_playlist(VARIANTS.encode())
    assert isinstance(variants, ListedVariants)
    assert [(v.uri, v.bandwidth, v.has_own_sound) for v in variants.variants] == [
        ("low.m3u8", 1_280_000, True),
        ("high.m3u8", 7_680_000, False),  # one of its group is in the variant itself
        ("nothing-said.m3u8", 0, False),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_any_line_ends_and_a_byte_order_mark_are_the_same_playlist(end: str, mark: bytes):
    assert read_any_playlist(mark + LIVE.replace("\n", end).encode()) == media(LIVE)


def test_what_decides_whether_media_can_be_taken_is_kept():
    text = (
        LIVE + '#EXT-X-KEY:METHOD=NONE\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXT-X-MAP:URI="init.mp4"\n#EXT-X-ENDLIST\n'
    )
    playlist = media(text)
    assert (playlist.key_methods, playlist.has_map, playlist.ended) == (("AES-128",), True, True)
    assert media(LIVE + "#EXT-X-KEY:METHOD=NONE\n").key_methods == ()
    assert media("#EXTM3U\n#EXT-X-I-FRAMES-ONLY\n").i_frames_only


def test_values_that_cannot_be_read_are_as_if_they_were_not_there():
    playlist = media(
        "#EXTM3U\n#EXT-X-TARGETDURATION:\n#EXT-X-MEDIA-SEQUENCE:-3\n#EXTINF:nan,\na\n#EXT-X-BYTERANGE:x@1\n#EXTINF:2e3,\nb\n"
        "#EXTINF:7.5,\nc\n#EXT-X-MEDIA-SEQUENCE:99999999999999999999\n"
    )
    assert [(s.media_sequence_number, s.duration_us, s.byte_range) for s in playlist.segments] == [
        (0, 0, None), (1, 0, None), (2, 7_500_000, None),
    ]  # fmt: skip
    assert playlist.target_duration_us == 7_500_000
    assert media("#EXTM3U\n").target_duration_us == 1_000_000


def test_a_delta_update_counts_what_it_skips():
    text = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:10\n#EXT-X-SKIP:SKIPPED-SEGMENTS=5\n#EXTINF:1,\na\n"
    assert media(text).segments[0].media_sequence_number == 15


@pytest.mark.parametrize("octets", [b"", b"<html>", b"#EXTM3U8\n", b" #EXTM3U\n", b"G" + bytes(187)])
def test_what_is_no_playlist_is_refused(octets: bytes):
    with pytest.raises(WireError, match="#EXTM3U"):
        read_any_playlist(octets)


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_its_length_is_bounded(monkeypatch: pytest.MonkeyPatch, end: bytes):
    monkeypatch.setattr(playlist_reader, "MOST_LINES", 100)
    with pytest.raises(WireError, match="at most 100 lines"):
        read_any_playlist(b"#EXTM3U\n" + (b"a" + end) * 200)


@pytest.mark.parametrize("text", ["A", "A=", 'A="', '"', ",", "A,"])
def test_however_long_an_attribute_list_is_it_is_read_in_one_pass(text: str):
    assert set(attributes(text * 500_000 + ',B="1,2" , C=3')) <= {"A", "B", "C"}


def test_a_quotation_mark_without_another_loses_no_attribute_after_it():
    assert attributes('METHOD=AES-128,URI="k,X=1') == {"METHOD": "AES-128", "X": "1"}


names = st.text("ABCXYZ-0189", min_size=1, max_size=8)
values = st.text(st.characters(blacklist_characters='"\r\n', codec="utf-8"), max_size=20).map(str.strip)


@given(st.dictionaries(names, values, max_size=6))
def test_quoted_attributes_come_back_whatever_is_in_them(given_ones: dict[str, str]):
    assert attributes(",".join(f'{name}="{value}"' for name, value in given_ones.items())) == given_ones


@given(st.binary(max_size=400))
def test_any_octets_are_read_or_refused(octets: bytes):
    for each in (octets, b"#EXTM3U\n" + octets):
        try:
            playlist = read_any_playlist(each)
        except WireError:
            continue
        if isinstance(playlist, ListedMedia):
            numbers = [segment.media_sequence_number for segment in playlist.segments]
            assert numbers == list(range(playlist.media_sequence_number, playlist.media_sequence_number + len(numbers)))


def test_keys_and_headers_hold_for_all_segments_after_them():
    text = """#EXTM3U
#EXT-X-DISCONTINUITY-SEQUENCE:4
#EXTINF:1,
clear
#EXT-X-KEY:METHOD=AES-128,URI="k1",IV=0xA1
#EXT-X-MAP:URI="all.mp4",BYTERANGE="90@8"
#EXTINF:1,
a
#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"
#EXT-X-KEY:METHOD=AES-128,URI="k2",IV=nonsense
#EXT-X-DISCONTINUITY
#EXTINF:1,
b
#EXT-X-KEY:METHOD=NONE
#EXT-X-MAP:BYTERANGE="1"
#EXTINF:1,
c
"""
    playlist = media(text)
    first = ListedKey("AES-128", "k1", bytes(15) + b"\xa1")
    header = ListedMap("all.mp4", (8, 90), first)
    assert [(s.key, s.map, s.discontinuity_sequence_number) for s in playlist.segments] == [
        (None, None, 4), (first, header, 4), (ListedKey("AES-128", "k2"), header, 5), (None, header, 5),
    ]  # fmt: skip


def test_a_variant_names_the_sound_of_its_group_that_is_elsewhere_the_default_first():
    text = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="d",URI="de.m3u8",LANGUAGE="de"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="z",URI="zh.m3u8",LANGUAGE="zh",DEFAULT=YES
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="q",URI="radio.m3u8",CHARACTERISTICS="public.accessibility.describes-video"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="other",NAME="o",URI="o.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="s",CODECS="avc1.64001f, mp4a.40.2"
tv.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="s",CODECS="mp4a.40.2"
radio.m3u8
"""
    variants = read_any_playlist(text.encode())
    assert isinstance(variants, ListedVariants)
    tv, radio = variants.variants
    assert [(one.uri, one.language, one.is_default) for one in tv.sounds] == [
        ("zh.m3u8", "zh", True), ("de.m3u8", "de", False), ("radio.m3u8", "", False),
    ]  # fmt: skip
    assert (tv.is_sound_only, radio.is_sound_only) == (False, True)
    assert [one.uri for one in radio.sounds] == ["zh.m3u8", "de.m3u8"], "it is not beside itself"
