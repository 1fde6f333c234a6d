"""Lists as they are found in the field: every oddity is read for what it means, and nothing is lost."""

import pytest

from yiwang.base.errors import WireError
from yiwang.m3u.reader import read_playlist
from yiwang.network.read_source import SourceDocument, at_their_times, read_source

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


def test_relative_addresses_are_to_where_the_playlist_is():
    octets = b'#EXTM3U\n#EXTINF:-1 tvg-logo="../l/a.png",A\nlive/1.m3u8?k=v\n#EXTINF:-1,B\n/b.ts\n'
    first, second = read_source("s", octets, base="https://h/tv/all.m3u?x=1").listing.services
    assert first.service.service_instances[0].other is not None
    assert "https://h/tv/live/1.m3u8?k=v" in repr(first.service.service_instances[0])
    assert "https://h/l/a.png" in repr(first.service.related_materials)
    assert second.stream == "https://h/b.ts"
    (first, second) = read_source("s", octets, base="file:///etc/list.m3u").listing.services
    assert second.stream == "/b.ts", "a list names no files of this machine"


def test_what_kodi_has_behind_an_address_is_no_part_of_it():
    octets = b"#EXTM3U\n#EXTINF:-1,A\nhttp://h/1.m3u8|User-Agent=VLC/3&Referer=http://x/\n#EXTINF:-1,B\nhttp://h/a|b\n"
    first, second = read_source("s", octets).listing.services
    assert "'http://h/1.m3u8'" in repr(first.service.service_instances[0])
    assert second.stream == "http://h/a|b"


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


GUIDE = """<tv><channel id="a"><display-name>Тест</display-name></channel><programme start="20260101120000{}"
 stop="20260102140000" channel="a"><title>x</title></programme></tv>"""
NOON_S = 1_767_268_800


@pytest.mark.parametrize(
    ("zone", "offset_s", "known"),
    [
        ("", 0, True), (" +0000", 0, True), (" +0530", 19_800, True), (" -03:00", -10_800, True), (" +1", 3600, True),
        (" +100", 3600, True), (" -3", -10_800, True), (" UTC+1", 3600, True), (" GMT+01:00", 3600, True),
        (" +0200 DST", 7200, True), (" AEST", 36_000, True), (" BRT", -10_800, True), (" +15", 0, False),
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
