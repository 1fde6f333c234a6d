"""Lists as they are found in the field: every oddity is read for what it means, and nothing is lost."""

import pytest

from yiwang.base.errors import WireError
from yiwang.m3u.playlist import Playlist
from yiwang.m3u.reader import read_playlist
from yiwang.m3u.writer import playlist_text
from yiwang.network.from_m3u import instance_of_uri
from yiwang.network.model import NetworkService, OneNetwork
from yiwang.network.read_source import SourceDocument, at_their_times, read_source
from yiwang.network.to_m3u import addresses, playlist

LIST = '#EXTM3U\n#EXTINF:-1 tvg-id="a" tvg-chno="7",{}\nhttp://h/a.m3u8\n'


def names(document: SourceDocument) -> list[str]:
    return [one.service.service_names[0].value for one in document.listing.services]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Télé Ä", "utf-8-sig"),
        ("Télé Ä", "utf-16"),
        ("Télé Réunion 1ère", "cp1252"),
        ("Ñandutí – Niño", "cp1252"),
        ("Первый канал HD, Матч!", "cp1251"),
        ("НТВ", "cp1251"),
        ("湖南卫视", "gb18030"),
        ("CCTV-1 综合高清", "gbk"),
    ],
)
def test_a_playlist_of_whatever_encoding(name: str, encoding: str):
    document = read_source("s", LIST.format(name).encode(encoding))
    assert names(document) == [name]


def test_a_broken_character_in_good_utf_8_costs_that_one():
    octets = LIST.format("频道 é").encode().replace("é".encode(), b"\xe9")
    assert names(read_source("s", octets)) == ["频道 \ufffd"]


@pytest.mark.parametrize(
    "octets",
    [
        LIST.lower(), LIST.replace("\n", "\r"), LIST.replace("\n", "\r\n"), f"# made by x\n#  today\n\n{LIST}",
        "\r\n \n" + LIST, LIST.replace("#EXTM3U\n", "# remark\n"), LIST.replace('"', "”").replace("=”", "=“"),
        LIST.replace("-1 ", "-1").replace('" ', '"'),
    ],
)  # fmt: skip
def test_a_playlist_however_it_is_written(octets: str):
    (service,) = read_source("s", octets.format("N").encode()).listing.services
    assert (service.key, service.number) == ("a", 7)
    assert service.service.service_instances[0].other is not None


def test_many_empty_lines_and_remarks_are_no_work():
    with pytest.raises(WireError):
        read_source("s", b"# remark" + b"\n" * 60_000 + b"x")
    with pytest.raises(WireError):
        read_source("s", b"#\n" * 30_000 + b"x")


def test_blanks_within_a_line_are_no_work():
    """It was quadratic: a minute for one line."""
    blanks = " " * 60_000
    document = read_source("s", f"#EXTM3U\n{blanks}#EXTINF:-1,A{blanks}\nhttp://h/a{blanks}x\n".encode())
    assert names(document) == ["A"]


def test_relative_addresses_are_to_where_the_playlist_is():
    octets = b'#EXTM3U\n#EXTINF:-1 tvg-logo="../l/a.png",A\nlive/1.m3u8?k=v\n#EXTINF:-1,B\n/b.ts\n'
    first, second = read_source("s", octets, base="https://h/tv/all.m3u?x=1").listing.services
    assert first.service.service_instances[0].other is not None
    assert "https://h/tv/live/1.m3u8?k=v" in repr(first.service.service_instances[0])
    assert "https://h/l/a.png" in repr(first.service.related_materials)
    assert second.streams == ("https://h/b.ts",)
    (first, second) = read_source("s", octets, base="file:///etc/list.m3u").listing.services
    assert second.streams == ("/b.ts",), "a list names no files of this machine"


def test_what_kodi_has_behind_an_address_is_no_part_of_it():
    octets = b"#EXTM3U\n#EXTINF:-1,A\nhttp://h/1.m3u8|User-Agent=VLC/3&Referer=http://x/\n#EXTINF:-1,B\nhttp://h/a|b\n"
    first, second = read_source("s", octets).listing.services
    assert "'http://h/1.m3u8'" in repr(first.service.service_instances[0])
    assert second.streams == ("http://h/a|b",)


def test_addresses_of_guides_may_have_commas():
    def guides(written: str) -> tuple[str, ...]:
        return read_playlist(f'#EXTM3U url-tvg="{written}"\n'.encode()).guide_uris

    assert guides("http://e/x?ids=1,2, https://f/y.xml.gz") == ("http://e/x?ids=1,2", "https://f/y.xml.gz")
    assert guides("a.xml,b.xml") == ("a.xml", "b.xml")


def test_a_picture_in_the_list_itself_costs_no_channel():
    logo = "data:image/png;base64," + "A" * 100_000
    document = read_source("s", f'#EXTM3U\n#EXTINF:-1 tvg-id="a" tvg-logo="{logo}",N\nhttp://h/1.m3u8\n'.encode())
    assert names(document) == ["N"]
    assert document.listing.services[0].key == "a"
    assert document.faults == {"logo too large": 1}


def test_one_guide_at_several_times_is_that_of_several_services():
    octets = """#EXTM3U tvg-shift="2"
#EXTINF:-1 tvg-id="a" tvg-shift="0",A
http://h/1.m3u8
#EXTINF:-1 tvg-id="a" tvg-shift="+1",A +1
http://h/2.m3u8
#EXTINF:-1 tvg-id="a" tvg-shift="0",A
http://h/3.m3u8
#EXTINF:-1 tvg-id="b",B
http://h/4.m3u8
"""
    listing = read_source("s", octets.encode()).listing
    assert [(one.key, one.guide, len(one.service.service_instances)) for one in listing.services] == [
        ("a", ("s", "a"), 2),
        ("a +1 h", ("s", "a +1 h"), 1),
        ("b", ("s", "b +2 h"), 1),
    ]
    assert listing.guide_shifts == {"a +1 h": ("a", 3600), "b +2 h": ("b", 7200)}
    guide = read_source("s", GUIDE.format("").encode()).schedules["a"]
    found = at_their_times({"a": guide, "b": guide, "c": guide}, [listing])
    assert {key: int(one.start_s[0]) - NOON_S for key, one in found.items()} == {
        "a": 0,
        "a +1 h": 3600,
        "b +2 h": 7200,
        "c": 0,
    }


@pytest.mark.parametrize(
    ("entry", "channel"),
    [
        ("#EXTINF:001,A\nrtsp://h/1.smil", True), ("#EXTINF:189,A\nhttp://h/1.m3u8", True),
        ("#EXTINF:0,A\nhttp://h/1.mp4", True), ("#EXTINF:-1,A\nhttp://h/radio.mp3", True),
        ("#EXTINF:210,A\nhttp://h/song.mp3?x=1", False), ("#EXTINF:5400,A\nhttp://h/film.m3u8", False),
        ('#EXTINF:-1 media="true",A\nhttp://h/1.m3u8', False), ('#EXTINF:-1 media="false",A\nhttp://h/1.m3u8', True),
    ],
)  # fmt: skip
def test_what_is_a_channel(entry: str, channel: bool):
    document = read_source("s", f"#EXTM3U\n{entry}\n".encode())
    assert len(document.listing.services) == channel
    assert document.faults == ({} if channel else {"entry that is no channel": 1})


def listed(document: SourceDocument) -> list[tuple[str, list[str]]]:
    return [(one.service.service_names[0].value, list(addresses(one))) for one in document.listing.services]


def test_one_name_in_one_group_is_one_service_with_all_its_addresses():
    octets = """#EXTM3U
#EXTINF:-1 group-title="央视",CCTV1
http://h/udp/239.1.1.1:5000
#EXTINF:-1 group-title="央视",CCTV1
http://i/udp/239.1.1.1:5000$1920×1080
#EXTINF:-1 group-title="央视",CCTV1
http://h/udp/239.1.1.1:5000
#EXTINF:-1 group-title="地方",新闻综合
http://h/1.m3u8
#EXTINF:-1 group-title="别处",新闻综合
http://h/2.m3u8
#EXTINF:-1 group-title="4K",CCTV-1 综合
http://h/5.m3u8
#EXTINF:-1 group-title="4K",CCTV1 高清
http://h/6.m3u8
#EXTINF:-1 group-title="x" tvg-chno="1",Sport
http://h/3.m3u8
#EXTINF:-1 group-title="x" tvg-chno="2",Sport
http://h/4.m3u8
"""
    document = read_source("s", octets.encode())
    assert listed(document) == [
        ("CCTV1", ["http://h/5.m3u8", "http://h/udp/239.1.1.1:5000", "http://i/udp/239.1.1.1:5000"]),
        ("新闻综合", ["http://h/1.m3u8"]),
        ("新闻综合", ["http://h/2.m3u8"]),
        ("CCTV1 高清", ["http://h/6.m3u8"]),
        ("Sport", ["http://h/3.m3u8"]),
        ("Sport", ["http://h/4.m3u8"]),
    ]
    moved = read_source("s", octets.replace("http://h/", "http://other/").encode())
    keys = [one.key for one in document.listing.services]
    assert keys == [one.key for one in moved.listing.services], "an address is no identity"
    assert len(set(keys)) == 6


def test_one_tvg_id_under_other_names_is_other_services_with_one_guide():
    octets = """#EXTM3U
#EXTINF:-1 tvg-id="CCTV4",CCTV-4 中文国际
http://h/1.m3u8
#EXTINF:-1 tvg-id="CCTV4",CCTV4高清
http://h/2.m3u8
#EXTINF:-1 tvg-id="CCTV4",CCTV4 欧洲
http://h/3.m3u8
#EXTINF:-1 tvg-id="CCTV4",咪咕直播 2「移动」
http://h/4.m3u8
#EXTINF:-1 tvg-id="CCTV4",CCTV4（备用）
http://h/5.m3u8
"""
    document = read_source("s", octets.encode())
    assert listed(document) == [
        ("CCTV-4 中文国际", ["http://h/1.m3u8", "http://h/2.m3u8", "http://h/5.m3u8"]),
        ("CCTV4 欧洲", ["http://h/3.m3u8"]),
        ("咪咕直播 2「移动」", ["http://h/4.m3u8"]),
    ]
    keys = [one.key for one in document.listing.services]
    assert keys == ["CCTV4", "CCTV4 CCTV4 欧洲", "CCTV4 咪咕直播 2「移动」"]
    assert {one.guide for one in document.listing.services} == {("s", "CCTV4")}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("http://h/1.m3u8$LR•IPV6『线路1』", "http://h/1.m3u8"),
        ("http://h/1.m3u8?key=a&b=c$LR•IPV4『线路74』", "http://h/1.m3u8?key=a&b=c"),
        ("http://h/udp/239.1.1.1:5000$1920×1080", "http://h/udp/239.1.1.1:5000"),
        ("rtp://239.1.1.1:5000$Multicast-UHD-50.00fps", "rtp://239.1.1.1:5000"),
        ("http://h/1.ts$720P", "http://h/1.ts"), ("http://h/a$b/1.m3u8", "http://h/a$b/1.m3u8"),
        ("http://h/1.m3u8?t=a$b", "http://h/1.m3u8?t=a$b"), ("http://h/$LIVE", "http://h/$LIVE"),
        ("http://h/x$频道.m3u8", "http://h/x$频道.m3u8"), ("http://h/1?s=${(b)yyyyMMdd}", "http://h/1?s=${(b)yyyyMMdd}"),
        ("http://h/1.m3u8|User-Agent=x$y", "http://h/1.m3u8"), ("$x", "$x"),
    ],
)  # fmt: skip
def test_a_remark_behind_an_address_is_no_part_of_it(written: str, address: str):
    (entry,) = read_playlist(f"#EXTM3U\n#EXTINF:-1,A\n{written}\n".encode()).entries
    assert entry.location == address


def test_the_name_behind_the_comma_is_shown_and_the_others_are_known():
    octets = b"""#EXTM3U
#EXTINF:-1 tvg-name="cctv1" tvg-chno="10001",CCTV-1 \xe7\xbb\xbc\xe5\x90\x88
http://h/1.m3u8
#EXTINF:-1 tvg-name="One, two" radio="true" provider="P" group-title="G;H",One\xef\xbc\x8c two
http://h/2.m3u8
#EXTINF:-1 tvg-name="same",B
http://h/3.m3u8
#EXTINF:-1 tvg-name="same",C
http://h/4.m3u8
"""
    one, two, three, four = read_source("s", octets).listing.services
    assert (one.names, one.number) == (("CCTV-1 综合", "cctv1"), None), "10001 is no number of four digits"
    assert two.names == ("One, two",), "our own writer puts it there because of the comma"
    assert (three.names, four.names) == (("B",), ("C",)), "a name of two services tells neither"
    assert (two.groups, two.service.provider_names[0].value) == (("G", "H"), "P")
    (entry,) = playlist(OneNetwork(services={"x": NetworkService(id="x", members=(two,))})).entries
    assert entry.attributes["group-title"] == "G;H"
    assert entry.is_radio


def test_a_group_holds_until_the_next():
    text = "#EXTM3U\n#EXTGRP:a\n" + "".join(
        f"#EXTINF:-1{more}\nhttp://h/{n}\n"
        for n, more in enumerate((",A", ",B", ' group-title="c",C', ",D", ",E\n#EXTGRP:e", ",F\n#EXTGRP:"))
    )
    entries = read_playlist(text.encode()).entries
    assert [";".join(entry.groups) for entry in entries] == ["a", "a", "c", "", "e", ""]
    assert [e.groups for e in read_playlist(playlist_text(Playlist(entries)).encode()).entries] == [
        e.groups for e in entries
    ]


def test_a_first_entry_on_the_line_of_the_head():
    read = read_playlist(b'#EXTM3U x-tvg-url="http://e"#EXTINF:-1 tvg-id="a",A\nhttp://h/1\n')
    assert (read.guide_uris, [entry.name for entry in read.entries], read.faults) == (("http://e",), ["A"], {})


@pytest.mark.parametrize(
    ("uri", "group"),
    [
        ("igmp://239.1.1.1:5000", ("", "239.1.1.1", 5000, "udp")),
        ("udp://10.0.0.1@232.1.1.1:5000", ("10.0.0.1", "232.1.1.1", 5000, "udp")),
        ("rtp://[2001:db8::1]@[ff3e::1]:5004?fcc=10.1.1.1:80", ("2001:db8::1", "ff3e::1", 5004, "rtp")),
        ("rtp://239.1.1.1:5000", ("", "239.1.1.1", 5000, "rtp")),
    ],
)
def test_groups_with_their_sources(uri: str, group: tuple[str, str, int, str]):
    instance = instance_of_uri(uri)
    assert instance is not None
    assert instance.multicast_ts is not None
    address = instance.multicast_ts.ip_multicast_address
    assert address is not None
    assert (address.source, address.address, address.port, address.streaming) == group


def test_a_list_of_names_and_addresses_under_genres():
    octets = """央视频道,#genre#
CCTV1,http://h/1.m3u8$高清#http://h/b/1.m3u8#rtp://239.1.1.1:5000
CCTV1,http://h/c/1.m3u8
// a remark
卫视频道，#genre#

湖南卫视，http://h/hn.m3u8?fmt=ts2hls,244|User-Agent=okhttp
浙江卫视,
广播,#genre#
FM 100,http://h/fm
"""
    for encoding in ("utf-8", "gbk", "utf-8-sig"):
        document = read_source("s", octets.encode(encoding))
        assert listed(document) == [
            ("CCTV1", ["http://h/1.m3u8", "http://h/b/1.m3u8", "http://h/c/1.m3u8", "rtp://@239.1.1.1:5000"]),
            ("湖南卫视", ["http://h/hn.m3u8?fmt=ts2hls,244"]),
            ("FM 100", ["http://h/fm"]),
        ]
        assert [one.groups for one in document.listing.services] == [("央视频道",), ("卫视频道",), ("广播",)]
        assert document.faults == {"entry without URI": 1}
    assert document.listing.services[1].hints[0][1].headers == (("user-agent", "okhttp"),)
    assert len(read_source("s", b"a,http://h/1\nb,udp://239.1.1.1:1\n", "m3u").listing.services) == 2


@pytest.mark.parametrize(
    "text", ["a,b\nc,d\n", "x,#genre#\n", "see http://h/, for more\nabc\ndef\n", "a: http://h/1\n"]
)
def test_other_texts_are_no_lists(text: str):
    with pytest.raises(WireError):
        read_source("s", text.encode())


GUIDE = """<tv><channel id="a"><display-name>Тест</display-name></channel><programme start="20260101120000{}"
 stop="20260102140000" channel="a"><title>x</title></programme></tv>"""
NOON_S = 1_767_268_800


@pytest.mark.parametrize(
    ("zone", "offset_s", "known"),
    [
        ("", 0, True), (" +0000", 0, True), (" +0530", 19_800, True), (" -03:00", -10_800, True), (" +1", 3600, True),
        (" +100", 3600, True), (" -3", -10_800, True), (" UTC+1", 3600, True), (" GMT+01:00", 3600, True),
        (" +0200 DST", 7200, True), (" AEST", 36_000, True),
        (" MST", -25_200, True), (" WIB", 25_200, True), (" BRT", -10_800, True), (" +15", 0, False),
        (" Europe/Nowhere", 0, False), (" +0160", 0, False),
    ],
)  # fmt: skip
def test_zones_of_guides(zone: str, offset_s: int, known: bool):
    document = read_source("s", GUIDE.format(zone).encode())
    assert document.schedules["a"].start_s.tolist() == [NOON_S - offset_s]
    assert ("zone" not in document.faults) == known


@pytest.mark.parametrize(
    ("declared", "encoding"), [("UTF-16", "utf-16"), ("windows-1251", "cp1251"), ("UTF-8", "utf-8-sig")]
)
def test_guides_of_whatever_encoding(declared: str, encoding: str):
    prologue = f'<?xml version="1.0" encoding="{declared}"?><!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
    document = read_source("s", (prologue + GUIDE.format("")).encode(encoding))
    assert document.channel_names == {"a": ("Тест",)}
    assert len(document.schedules["a"]) == 1
