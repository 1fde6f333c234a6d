import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import need_tool
from yiwang.mpegts.dvb_text import REPLACEMENT, DvbText, decode, encode
from yiwang.mpegts.iso_6937 import COMBINING, UPPER, decode_iso_6937, implausible_in_iso_6937

SELECTED = [  # (selector, codec by which a network would write the text, text)
    (b"\x01", "iso8859-5", "Первый канал"),
    (b"\x02", "iso8859-6", "الجزيرة"),
    (b"\x03", "iso8859-7", "Ελληνικά"),
    (b"\x04", "iso8859-8", "ערוץ"),
    (b"\x05", "iso8859-9", "TRT Türkçe ğış"),
    (b"\x06", "iso8859-10", "Þórður"),
    (b"\x07", "iso8859-11", "ไทย"),
    (b"\x09", "iso8859-13", "Žemaičių"),
    (b"\x0a", "iso8859-14", "Sŵn y Môr"),
    (b"\x0b", "iso8859-15", "Canal+ 5 €"),
    (b"\x10\x00\x01", "iso8859-1", "Télé Zürich"),
    (b"\x10\x00\x02", "iso8859-2", "Żółć"),
    (b"\x10\x00\x0f", "iso8859-15", "œuvre"),
    (b"\x11", "utf-16-be", "中央电视台 📺"),
    (b"\x12", "euc_kr", "한국방송공사"),
    (b"\x12", "cp949", "똠방각하"),
    (b"\x13", "gb2312", "中央电视台综合频道"),
    (b"\x13", "gbk", "朱镕基 囍"),
    (b"\x13", "gb18030", "𠮷野家"),
    (b"\x14", "big5", "臺灣電視公司"),
    (b"\x14", "big5hkscs", "香港嘅電視"),
    (b"\x15", "utf-8", "湖南卫视 4K超高清"),
]

CHINESE = """
CCTV-1综合 CCTV-13新闻 CCTV-4K超高清 中央一台 湖南卫视 浙江卫视 江苏卫视 东方卫视 北京卫视 广东卫视
山东卫视 安徽卫视 天津卫视 湖北卫视 四川卫视 重庆卫视 黑龙江卫视 辽宁卫视 吉林卫视 河北卫视 河南卫视
山西卫视 陕西卫视 甘肃卫视 青海卫视 宁夏卫视 新疆卫视 西藏卫视 内蒙古卫视 广西卫视 云南卫视 贵州卫视
海南卫视 福建东南卫视 厦门卫视 兵团卫视 三沙卫视 金鹰卡通 卡酷少儿 炫动卡通 优漫卡通 嘉佳卡通
中国教育一台 中国之声 经济之声 都市生活 影视娱乐 公共频道 新闻联播 焦点访谈 天气预报 今日说法 体育赛事
电视剧 动画片 纪录片 有线电视 应急广播 江西卫视 高清
"""

LATIN_WORDS = """
Télévision française Français Österreich Fernsehen Größe Straße España señor Português ação Dąbrowski Łódź żółw
Čeština řeka Kő Győr Ærø Åse Þór Ísland Türkçe Îl œuvre l’œuvre «Ça» “Été” ¿Qué? ¡Olé! 25°C ½ 10€ naïve Ŋ ŧ ß ĳs
Ħal Āda Ģ Ķ
"""


def encode_iso_6937(text: str) -> bytes:
    """What a network does to send text in the default table."""
    marks = {combining: octet for octet, combining in COMBINING.items()}
    octets = bytearray()
    for character in text:
        if character < "\x80":
            octets += character.encode()
        elif character in UPPER:
            octets.append(0xA0 + UPPER.index(character))
        else:
            base, mark = unicodedata.normalize("NFD", character)
            octets += bytes((marks[mark], ord(base)))
    return bytes(octets)


@pytest.mark.parametrize(("selector", "codec", "text"), SELECTED)
def test_a_selector_names_the_table(selector, codec, text):
    assert decode(selector + text.encode(codec)) == text


def test_ascii_needs_no_selector():
    assert decode(b"BBC ONE") == encode("BBC ONE").decode() == "BBC ONE"


def test_the_default_table_puts_the_accent_before_the_letter():
    assert decode(b"\xc2e\xc1\xe8", "iso6937") == "é" + REPLACEMENT + "Ł"
    assert decode(b"5 \xa4") == "5 €"


def test_an_accent_before_a_space_stands_by_itself():
    assert decode_iso_6937(b"\xc8 \xc3 ") == "¨^"


def test_the_default_table_equals_the_c_library_where_both_define_a_code():
    iconv = need_tool("iconv")
    corrected = {"Ð": "Đ", "—": "―"}  # figure A.1: D with stroke, horizontal bar
    pairs = [bytes((mark, letter)) for mark in COMBINING for letter in range(0x41, 0x7B)]
    seen = 0
    for octets in [bytes((code,)) for code in range(0xA0, 0x100)] + pairs:
        result = subprocess.run(
            [iconv, "-f", "ISO_6937", "-t", "UTF-8"], input=octets, capture_output=True, check=False
        )
        if result.returncode == 0:
            expected = result.stdout.decode()
            if octets[0] != 0xCB:  # the C library has the cedilla of g as the turned comma above
                assert decode_iso_6937(octets) == corrected.get(expected, expected)
            seen += 1
    assert seen > 180


@pytest.mark.parametrize("codec", ["gb2312", "gb18030", "utf-8"])
@pytest.mark.parametrize("name", CHINESE.split())
def test_chinese_without_a_selector_is_recognised(name, codec):
    assert decode(name.encode(codec)) == name


@pytest.mark.parametrize("word", LATIN_WORDS.split())
def test_latin_text_in_the_default_table_is_never_taken_for_another(word):
    assert decode(encode_iso_6937(word)) == word


SMALL = "aäáàâãåąāăæbcçčćdďđeéèêëęěfgğhħiíìîïjkķlłĺmnñńňoóòôöõøőœpqrřŕsśšşßtťţþuúùûüůűvwŵxyýÿzźżž .,-!?0123456789"
CAPITAL = "AÄÁÀÂÃÅĄĀĂÆBCÇČĆDĎĐEÉÈÊËĘĚFGĞHĦIÍÌÎÏJKĶLŁĹMNÑŃŇOÓÒÔÖÕØŐŒPQRŘŔSŚŠŞTŤŢÞUÚÙÛÜŮŰVWŴXYÝŸZŹŻŽ .,-!?0123456789"


@given(st.text(SMALL, min_size=1) | st.text(CAPITAL, min_size=1))
def test_no_latin_letters_look_like_another_table(text):
    octets = encode_iso_6937(text)
    assert not implausible_in_iso_6937(octets)
    assert decode(octets) == text


@pytest.mark.parametrize("text", ["Série d'animation américaine", "Spätausgabe", "Perchè no?", "Programação"])
def test_latin_9_without_a_selector_is_recognised_where_capitals_would_stand_inside_words(text):
    assert decode(text.encode("iso8859-15")) == text


def test_the_operator_may_name_the_default_table():
    assert decode("Ö".encode("iso8859-1"), "iso8859-1") == "Ö"
    assert decode("臺視".encode("big5"), "big5hkscs") == "臺視"
    assert decode("国".encode("gb2312"), "gb18030") == "国"
    assert decode("国".encode("gb2312"), "iso6937") == "’œ"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"one\x8atwo", "one\ntwo"),
        (b"\x86BBC\x87 ONE", "BBC ONE"),
        (b"\x05T\xfcrk\x8a", "Türk\n"),
        (b"\x11\x00A\xe0\x8a\x00B\xe0\x86", "A\nB"),
        (b"\x15A\xee\x82\x8aB\xee\x82\x87", "A\nB"),
        (b"\x13" + "新".encode("gb2312") + b"\x8a" + "闻".encode("gb2312"), "新\n闻"),
        (b"\x14\x86" + "電視".encode("big5") + b"\x87", "電視"),
        (b"A\x00\x00", "A"),
    ],
)
def test_a_line_break_is_kept_and_other_controls_are_not(octets, text):
    assert decode(octets) == text


@pytest.mark.parametrize("octets", [b"\x1f\x01\x12\x34", b"\x1f\x02", b"\x1f"])
def test_compressed_text_is_marked_as_unreadable(octets):
    assert decode(octets) == REPLACEMENT


@pytest.mark.parametrize("octets", [b"\x08ABC", b"\x0cABC", b"\x0c\x16\x1eABC", b"\x10\x00\x0cABC", b"\x10\x01\x01ABC"])
def test_reserved_selectors_do_not_hide_the_text(octets):
    assert decode(octets) == "ABC"


@given(
    st.binary(max_size=300), st.sampled_from(["auto", "iso6937", "iso8859-7", "utf-8", "gb18030", "big5hkscs", "cp949"])
)
def test_decoding_never_fails_and_gives_text_without_controls(octets, default):
    text = decode(octets, default)
    assert all(character == "\n" or character.isprintable() or ord(character) >= 0xA0 for character in text)
    text.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), max_size=80))
def test_what_is_written_is_read(text):
    assert decode(encode(text)) == text == str(DvbText.of(text))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), max_size=80), st.integers(0, 90))
def test_a_limit_cuts_between_characters(text, limit):
    octets = encode(text, limit)
    assert len(octets) <= limit
    assert text.startswith(decode(octets))
    assert len(encode(text)) > limit or decode(octets) == text


def test_line_breaks_survive_both_forms():
    assert decode(encode("a\r\nb")) == "a\nb"
    assert decode(encode("中\n文")) == "中\n文"
