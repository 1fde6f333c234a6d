import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.network.names import LONGEST_NAME, normalise, without_quality


@pytest.mark.parametrize(
    "names",
    [
        (
            "CCTV-1 综合",
            "CCTV1",
            "央视一套",
            "ＣＣＴＶ－１　综合",
            "中央电视台综合频道",
            "中央一台",
            "CCTV-1 高清",
            "cctv 1",
        ),
        ("CCTV-5+ 体育赛事", "CCTV5+", "央视体育赛事", "CCTV-5+高清"),
        ("CCTV-13 新闻", "CCTV新闻", "央视新闻频道", "CCTV13"),
        ("浙江卫视", "浙江衛視", "浙江卫视高清", "浙江卫视 HD", "浙江卫视(超高清)"),
        ("無綫新聞台", "无线新闻台"),
        ("宁波一套", "宁波1套", "宁波1台"),
        ("BBC One", "BBC 1", "bbc ONE HD", "BBC One HDTV"),
        ("MNC TV", "MNCTV", "MNCTV HD"),
        ("Haunt TV", "HauntTV"),
        ("Télétoon+", "Teletoon+", "TÉLÉTOON+"),
        ("Первый канал", "Pervyi Kanal"),
        ("ΑΝΤ1", "ANT1"),
        ("Al Jazeera", "AlJazeera", "Aljazeera HD"),
    ],
)
def test_spellings_of_one_name_have_one_form(names):
    assert len({normalise(name).full for name in names}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CCTV-5", "CCTV-5+"),
        ("CCTV-1", "CCTV-11"),
        ("山西卫视", "陕西卫视"),
        ("beIN Sports 1", "beIN Sports 2"),
        ("CCTV世界地理", "CCTV-1"),
        ("1+1", "1"),
        ("Canal+", "Canal"),
        ("E4", "4"),
    ],
)
def test_different_services_have_different_forms(one, other):
    assert normalise(one).core != normalise(other).core


@pytest.mark.parametrize(
    ("name", "core", "quality", "shift_h", "places"),
    [
        ("ITV1+1", "itv1", "", 1, set()),
        ("ITV1 +1 London", "itv1", "", 1, {"london"}),
        ("Sky Uno +1HD", "sky1", "hd", 1, set()),
        ("Film4 +1", "film4", "", 1, set()),
        ("1+1 International", "1+1international", "", 0, set()),
        ("Sky Cinema Premiere HD +24", "skycinemapremier", "hd", 24, set()),
        ("Love Nature 4K", "lovenature", "uhd", 0, set()),
        ("BBC One Wales HD", "bbc1", "hd", 0, {"wale"}),
        ("FIFA+ (ES/LATAM)", "fifa+", "", 0, {"es", "latam"}),
        ("Cartoon Network USA HD - Eastern", "cartoon", "hd", 0, {"usa", "eastern"}),
        ("Comedy Central", "comedycentral", "", 0, set()),
        ("ITV1 Central", "itv1", "", 0, {"central"}),
        ("France 2", "france2", "", 0, set()),
        ("PBS America (Freeview)", "pbs", "", 0, {"america"}),
        ("Eurosport 1 E", "eurosport1", "", 0, {"e"}),
        ("CCTV-4 欧洲", "cctv4", "", 0, {"欧洲"}),
    ],
)
def test_what_a_name_tells_beside_who_it_is(name, core, quality, shift_h, places):
    form = normalise(name)
    assert (form.core, form.quality, form.shift_h, set(form.places)) == (core, quality, shift_h, places)


@pytest.mark.parametrize(
    "name", ["", " ", "TV", "+", "HD", "高清", "()", "4K", "频道", "+1", "\u0300", "🏴", "x" * 10_000]
)
def test_a_name_of_nothing_much_has_a_form(name):
    assert len(normalise(name).plain) <= LONGEST_NAME


def test_quality_goes_from_a_name():
    assert [without_quality(n) for n in ("CCTV-1 高清", "BBC One HD", "HD")] == ["CCTV-1", "BBC One", ""]


@given(st.text(max_size=60))
def test_any_text_has_a_form_and_case_says_nothing_of_who_it_is(name):
    form = normalise(name)
    assert form == normalise(name)
    assert form.shift_h >= 0
    assert form.quality in ("", "sd", "hd", "uhd")


@pytest.mark.parametrize(
    ("written", "same", "quality"),
    [
        ("CCTV-1 (1080p)", "CCTV-1", "hd"), ("BBC One (720p) [Geo-blocked]", "BBC One", "hd"),
        ("CGTN (576i) [Not 24/7]", "CGTN", "sd"), ("Россия-24 (1080p)", "Россия-24", "hd"), ("ARD 2160p50", "ARD", "uhd"),
        ("TRT World Ⓨ", "TRT World", ""), ("🇨🇳CCTV1", "CCTV1", ""), ("\ufeffCCTV-2高清", "CCTV-2", "hd"),
        ("CCTV1「移动」", "CCTV1", ""), ("湖南卫视（备用）", "湖南卫视", ""), ("湖南卫视HD高码", "湖南卫视", "hd"),
        ("湖南卫视_8M1080", "湖南卫视", "hd"), ("东方卫视-单音轨", "东方卫视", ""), ("CCTV1综合1080P50", "CCTV1", "hd"),
        ("|UK| BBC ONE FHD", "BBC One", "hd"), ("UK: BBC One", "BBC One", ""), ("Rai 1 1920x1080p", "Rai 1", "hd"),
    ],
)  # fmt: skip
def test_what_lists_say_of_a_stream_is_no_part_of_the_name(written: str, same: str, quality: str):
    form = normalise(written)
    assert (form.core, form.places, form.quality) == (normalise(same).core, frozenset(), quality)


@pytest.mark.parametrize("name", ["360p", "1080p", "Ⓜ", "🇨🇳", "Canal+ Sport 360", "[Geo-blocked]"])
def test_a_name_is_never_taken_away(name: str):
    assert normalise(name).core
    assert "360" in normalise(name).core or "360" not in name
