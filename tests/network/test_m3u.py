"""Playlists of others come in; ours names every service that a player can open."""

import pytest

from tests.network.test_dvbi import NETWORK
from yiwang.m3u.reader import read_playlist
from yiwang.m3u.writer import playlist_text
from yiwang.network.assemble import assemble
from yiwang.network.from_m3u import instance_of_uri, listing_of_playlist
from yiwang.network.model import NetworkService, OneNetwork
from yiwang.network.to_m3u import addresses, playlist

THEIRS = """#EXTM3U
#EXTINF:-1 tvg-id="cctv1" tvg-logo="http://x/1.png" tvg-chno="1" group-title="央视",CCTV-1 综合
http://x/cctv1.m3u8
#EXTINF:-1 tvg-id="cctv1",CCTV-1 备用
http://x/cctv1/b.mpd?token=1
#EXTINF:-1 tvg-chno="12.1",浙江卫视
udp://@239.1.1.1:5000
#EXTINF:-1,Radio
http://x/radio
#EXTINF:5400,A film
http://x/film.m3u8
#EXTINF:-1,
http://x/nameless.m3u8
"""


def test_a_playlist_lists_services_with_their_instances():
    read = read_playlist(THEIRS.encode())
    listing = listing_of_playlist("op", read, "CN-ZJ")
    one, two, radio = listing.services
    assert (one.key, one.number, one.guide, one.region) == ("cctv1", 1, ("op", "cctv1"), "CN-ZJ")
    assert list(addresses(one)) == ["http://x/cctv1.m3u8", "http://x/cctv1/b.mpd?token=1"]
    assert one.service.provider_names[0].value == "央视"
    assert (two.number, two.guide, list(addresses(two))) == (12, None, ["udp://@239.1.1.1:5000"])
    assert (radio.streams, radio.service.service_instances) == (("http://x/radio",), ())
    assert listing.faults == {"entry that is no channel": 1, "entry without a name": 1}
    assert listing_of_playlist("op", read, "CN-ZJ") == listing


def test_players_still_find_what_was_on_before():
    text = """#EXTM3U catchup="append" catchup-source="?utc={utc}" catchup-days="3"
#EXTINF:-1 tvg-id="a",A
http://x/a.m3u8
#EXTINF:-1 tvg-id="b" catchup="shift" catchup-days="7",B
http://x/b.m3u8
#EXTINF:-1 tvg-id="c" catchup="",C
http://x/c.m3u8
"""
    listing = listing_of_playlist("op", read_playlist(text.encode()))
    written = read_playlist(playlist_text(playlist(assemble(listing.services))).encode())
    found = {e.tvg_id: {name: v for name, v in e.attributes.items() if "catchup" in name} for e in written.entries}
    assert found == {
        "a": {"catchup": "append", "catchup-source": "?utc={utc}", "catchup-days": "3"},
        "b": {"catchup": "shift", "catchup-source": "?utc={utc}", "catchup-days": "7"},
        "c": {},
    }


@pytest.mark.parametrize(
    "uri", ["", "udp://", "udp://nowhere", "udp://@1.2.3.4:99999", "http://x/y.ts", "rtsp://x/y", "http://[::1"]
)
def test_an_address_without_words_in_dvb_i_is_no_instance(uri: str):
    assert instance_of_uri(uri) is None


def test_ipv6_groups_are_written_with_brackets():
    instance = instance_of_uri("rtp://@[ff15::1]:5004")
    assert instance is not None
    group = instance.multicast_ts.ip_multicast_address
    assert (group.address, group.port, group.streaming) == ("ff15::1", 5004, "rtp")


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (None, [(1, "all", "beijing"), (4, "zj", "hangzhou"), (7, "js", "suzhou")]),
        ("CN-JS", [(1, "all", "beijing"), (7, "js", "suzhou"), (33, "zj", "nanjing")]),
        ("CN-ZJ", [(1, "all", "beijing"), (4, "zj", "hangzhou")]),
    ],
)
def test_ours_has_the_services_of_a_region_by_number(region, expected):
    text = playlist_text(playlist(NETWORK, region))
    entries = read_playlist(text.encode()).entries
    assert [(int(e.tvg_chno), e.tvg_id, e.uri.split("//")[1].split(".")[0]) for e in entries] == expected
    assert all(e.uri.endswith(".m3u8") for e in entries)
    assert {e.tvg_name for e in entries} == {"浙江卫视"}
    assert "guide.xml.gz" in text.splitlines()[0]


def test_what_has_no_address_is_left_out_and_what_others_listed_comes_out_again():
    listing = listing_of_playlist("op", read_playlist(THEIRS.encode()))
    services = {f"s{n}": NetworkService(id=f"s{n}", members=(one,)) for n, one in enumerate(listing.services)}
    made = playlist(OneNetwork(services=services, numbers={"": {5: "s1"}}))
    assert [(e.tvg_id, e.tvg_chno, e.uri) for e in made.entries] == [
        ("s1", "5", "udp://@239.1.1.1:5000"),
        ("s0", "", "http://x/cctv1.m3u8"),
        ("s2", "", "http://x/radio"),
    ]
    assert made.entries[1].tvg_logo == "http://x/1.png"
