"""Channel lists: read, written, read again; other people's parsers agree."""

import time

import m3u8
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipytv import playlist as ipytv_playlist

from yiwang.base.errors import UsageError, WireError
from yiwang.m3u import reader
from yiwang.m3u.genre_list import read_genre_list
from yiwang.m3u.playlist import Playlist, PlaylistEntry
from yiwang.m3u.reader import read_playlist
from yiwang.m3u.writer import playlist_text

# ruff: noqa: E501
LIST = """#EXTM3U url-tvg="http://a/guide.xml.gz,http://b/guide.xml" catchup="append"
#EXTINF:-1 tvg-id="cctv1" tvg-name="CCTV-1" tvg-logo="http://l/1.png" tvg-chno="1" group-title="央视;新闻" catchup-days="7",CCTV-1 综合
#EXTGRP:央视
#EXTVLCOPT:http-user-agent=Mozilla/5.0 (X; Y=Z)
#KODIPROP:inputstream=inputstream.adaptive
#EXTFOO:kept
http://h/live/cctv1/index.m3u8
#EXTINF:10.5,A film
film.mp4
"""


def test_everything_the_three_apps_use_is_read() -> None:
    playlist = read_playlist(LIST.encode())
    assert playlist.guide_uris == ("http://a/guide.xml.gz", "http://b/guide.xml")
    first, second = playlist.entries
    assert (first.tvg_id, first.tvg_name, first.tvg_logo, first.tvg_chno) == ("cctv1", "CCTV-1", "http://l/1.png", "1")
    assert (first.name, first.groups, first.group, first.duration_ms) == ("CCTV-1 综合", ("央视", "新闻"), "央视", None)
    assert first.attributes["catchup-days"] == "7"
    assert first.vlc_options == (("http-user-agent", "Mozilla/5.0 (X; Y=Z)"),)
    assert first.kodi_properties == (("inputstream", "inputstream.adaptive"),)
    assert first.other_tags == ("#EXTFOO:kept",)
    assert (second.duration_ms, second.uri) == (10_500, "film.mp4")
    assert playlist.faults == {}


@pytest.mark.parametrize(
    "written",
    [
        '#EXTINF:-1 http-user-agent="A/1 (x; y)" http-referrer="http://r/?a=1&b",n\nhttp://x/a',
        "#EXTINF:-1,n\n#EXTVLCOPT:http-user-agent=A/1 (x; y)\n#EXTVLCOPT:http-referrer=http://r/?a=1&b\nhttp://x/a",
        "#EXTINF:-1,n\n#KODIPROP:inputstream.adaptive.stream_headers=User-Agent=A%2F1%20(x;%20y)&Referer=http%3A%2F%2Fr%2F%3Fa%3D1%26b\n"
        "http://x/a",
        "#EXTINF:-1,n\nhttp://x/a|User-Agent=A%2F1+%28x%3B+y%29&Referer=http%3A%2F%2Fr%2F%3Fa%3D1%26b",
        '#EXTINF:-1 user-agent="other",n\n#EXTVLCOPT:http-user-agent=A/1 (x; y)\n#EXTVLCOPT:http-referrer=\u4e00\n'
        "#EXTVLCOPT:http-referrer=http://r/?a=1&b\n#EXTVLCOPT:network-caching=1000\nhttp://x/a",
    ],
)  # fmt: skip
def test_headers_that_a_server_wants_are_known_wherever_they_stand(written: str) -> None:
    (entry,) = read_playlist(f"#EXTM3U\n{written}\n".encode()).entries
    assert entry.request_headers == {"user-agent": "A/1 (x; y)", "referer": "http://r/?a=1&b"}
    assert entry.location == "http://x/a"


@pytest.mark.parametrize(
    ("octets", "clean"),
    [
        (b"\xef\xbb\xbf" + LIST.encode(), True),
        (LIST.replace("\n", "\r\n").encode(), True),
        (LIST.replace("\n", "\r").encode(), True),
        (b"\xff\xfe" + LIST.encode("utf-16-le"), True),
        (LIST.encode("gb18030"), True),
        (("\n\n  " + LIST).encode(), True),
        (LIST.encode() + b"#\xff\xff\n", False),
    ],
)
def test_bom_line_ends_and_encodings_do_not_matter(octets: bytes, clean: bool) -> None:
    playlist = read_playlist(octets)
    assert playlist.entries == read_playlist(LIST.encode()).entries
    assert ("encoding" not in playlist.faults) == clean


@pytest.mark.parametrize(
    ("line", "attributes", "name"),
    [
        ('-1 tvg-name="a, b" x=\'c "d"\',N, M', {"tvg-name": "a, b", "x": 'c "d"'}, "N, M"),
        (
            '-1 tvg-name="He said "hi" there" group-title="g",N',
            {"tvg-name": 'He said "hi" there', "group-title": "g"},
            "N",
        ),
        ('-1 tvg-name="open, N', {"tvg-name": "open"}, "N"),
        ("-1 group-title=News tvg-id=a.b,N", {"group-title": "News", "tvg-id": "a.b"}, "N"),
        ('-1,tvg-id="x",N', {"tvg-id": "x"}, "N"),
        ("-1,k=v", {}, "k=v"),
        ('-1 TVG-ID = "x" ,N', {"tvg-id": "x"}, "N"),
        ('tvg-id="x",N', {"tvg-id": "x"}, "N"),
        ('-1 tvg-id="x" tvg-name="only"', {"tvg-id": "x", "tvg-name": "only"}, "only"),
        ('-1 tvg-id="" tvg-logo="",N', {"tvg-id": "", "tvg-logo": ""}, "N"),
    ],
)
def test_oddities_of_quoting(line: str, attributes: dict[str, str], name: str) -> None:
    (entry,) = read_playlist(f"#EXTM3U\n#EXTINF:{line}\nhttp://u\n".encode()).entries
    assert (entry.attributes, entry.name) == (attributes, name)


@pytest.mark.parametrize("name", ['x="1"', "group-title='g',N", 'a, x = "1", y=2'])
def test_a_name_adds_no_attribute(name: str) -> None:
    text = playlist_text(Playlist((PlaylistEntry("http://u", name, {"tvg-name": "n"}),)))
    (entry,) = read_playlist(text.encode()).entries
    assert entry.attributes == {"tvg-name": "n"}
    assert entry.name.replace("＝", "=").replace("，", ",") == name


@pytest.mark.parametrize("n", [reader.MAX_NAME + 1, 33_000, 65_000, reader.MAX_LINE - 30])
@pytest.mark.parametrize(
    "lines",
    [
        "#EXTINF:-1,=\"{0}\nu", "#EXTINF:-1 a={0},N=\"\nu", "#EXTINF:-1 a={0}\nu", "#EXTGRP:{0}\nu", "#EXTVLCOPT:{0}\nu",
        "#EXTM3U a={0}\nu", "#x{0}\nu", "{0}",
    ],
)  # fmt: skip
def test_lines_near_the_limit_are_read_again_as_they_were_written(n: int, lines: str) -> None:
    text = playlist_text(read_playlist(lines.format("a" * n).encode()))
    again = read_playlist(text.encode())
    assert len(again.entries) == 1
    assert "line too long" not in again.faults
    assert playlist_text(again) == text


@pytest.mark.parametrize("n", [33_000, reader.MAX_LINE - 30])
def test_names_of_app_lists_near_the_limit_are_cut(n: int) -> None:
    playlist = read_genre_list(f"{'g' * n},#genre#\n{'a' * n},http://u\n".encode())
    assert [(len(e.group), len(e.name)) for e in playlist.entries] == [(reader.MAX_NAME, reader.MAX_NAME)]


def test_what_is_wrong_is_counted_and_loses_only_itself() -> None:
    text = '#EXTINF:-1,lost\n#EXTINF:-1 a="b,kept\nu1\n#EXTVLCOPT:=\n#EXT-X-VERSION:3\nu2\n#EXTINF:-1,last'
    playlist = read_playlist(text.encode() + b"\n" + b"#" * (reader.MAX_LINE + 1))
    assert [(e.name, e.uri) for e in playlist.entries] == [("kept", "u1"), ("", "u2")]
    assert playlist.faults == {
        "no EXTM3U": 1, "entry without URI": 2, "quotes": 1, "option": 1, "HLS tag": 1, "line too long": 1,
    }  # fmt: skip


def test_what_is_no_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for octets in (b"<html></html>", b'{"a": 1}', b"\0\0\0\x18ftyp"):
        with pytest.raises(WireError):
            read_playlist(octets)
    monkeypatch.setattr(reader, "MAX_OCTETS", 10)
    with pytest.raises(WireError):
        read_playlist(LIST.encode())


def test_entries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_ENTRIES", 3)
    playlist = read_playlist(b"#EXTM3U\n" + b"u\n" * 5)
    assert (len(playlist.entries), playlist.faults) == (3, {"too many entries": 2})


@pytest.mark.parametrize(
    "line", ['a="' * 20_000, '"' * 60_000, 'a="b" ' * 10_000, "a=" * 30_000, 'a="' + 'x" ' * 20_000]
)
def test_absurd_lines_take_bounded_time(line: str) -> None:
    begin = time.perf_counter()
    read_playlist(f"#EXTM3U\n#EXTINF:-1 {line}\nu\n".encode())
    assert time.perf_counter() - begin < 2


def test_written_and_read_again_is_the_same() -> None:
    playlist = read_playlist(LIST.encode())
    assert read_playlist(playlist_text(playlist).encode()) == playlist


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
KEYS = st.sampled_from(["tvg-id", "tvg-name", "group-title", "catchup-source", "x"])
ENTRIES = st.builds(
    PlaylistEntry,
    uri=st.from_regex(r"http://[a-z]{1,8}/[a-z?=&,]{0,8}", fullmatch=True),
    name=TEXT,
    attributes=st.dictionaries(KEYS, TEXT, max_size=4),
    duration_ms=st.none() | st.integers(1, 10**9),
    group=TEXT,
)


@given(st.lists(ENTRIES, max_size=5))
def test_no_value_can_add_a_line_or_an_attribute(entries: list[PlaylistEntry]) -> None:
    read = read_playlist(playlist_text(Playlist(tuple(entries))).encode())
    assert [e.uri for e in read.entries] == [e.uri for e in entries]
    for a, b in zip(read.entries, entries, strict=True):
        assert set(a.attributes) - {"tvg-name"} == set(b.attributes) - {"tvg-name"}
        assert a.duration_ms == b.duration_ms
        assert (a.vlc_options, a.kodi_properties, a.other_tags) == ((), (), ())
    assert set(read.faults) <= {"encoding"}


def test_what_cannot_be_written_is_refused() -> None:
    for entry in (PlaylistEntry(""), PlaylistEntry("#x"), PlaylistEntry("u", attributes={'a="b" c': "d"})):
        with pytest.raises(UsageError):
            playlist_text(Playlist((entry,)))


@settings(max_examples=300)
@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([*LIST.splitlines(True), '"', "'", ",", "=", "\r", " a="])).map(
        lambda p: "".join(p).encode()
    )
)
def test_any_octets_are_a_list_or_a_wire_error(octets: bytes) -> None:
    try:
        playlist = read_playlist(octets)
    except WireError:
        return
    again = read_playlist(
        playlist_text(Playlist(tuple(e for e in playlist.entries if not e.uri.startswith("#")))).encode()
    )
    assert len(again.entries) == len(playlist.entries)


def _extinf_of_television(line: str, lineno: int, data: dict, state: dict) -> bool:
    """Let m3u8, which knows films, take the attributes before the comma for what they are (its documented way)."""
    if not line.startswith("#EXTINF:"):
        return False
    duration, title = line.removeprefix("#EXTINF:").rsplit(",", 1)
    state["segment"] = {"duration": float(duration.split(" ")[0]), "title": title}
    state["expect_segment"] = True
    return True


def test_m3u8_and_ipytv_read_what_is_written() -> None:
    text = playlist_text(read_playlist(LIST.encode()))
    segments = m3u8.loads(text, custom_tags_parser=_extinf_of_television).segments
    assert [(s.uri, s.title) for s in segments] == [
        ("http://h/live/cctv1/index.m3u8", "CCTV-1 综合"),
        ("film.mp4", "A film"),
    ]
    theirs = ipytv_playlist.loads(text)
    channels = theirs.get_channels()
    assert [(c.name, c.url) for c in channels] == [
        ("CCTV-1 综合", "http://h/live/cctv1/index.m3u8"),
        ("A film", "film.mp4"),
    ]
    assert channels[0].attributes["tvg-id"] == "cctv1"
    assert channels[0].attributes["group-title"] == "央视;新闻"
    assert theirs.get_attributes()["url-tvg"] == "http://a/guide.xml.gz,http://b/guide.xml"
