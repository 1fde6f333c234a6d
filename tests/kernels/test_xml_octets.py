import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yiwang.base.xml_text import XmlDecoder
from yiwang.kernels.xml_octets import is_clean_xml
from yiwang.xmltv.mending import Mender

PIECES = st.lists(
    st.sampled_from(
        [
            b"a", b"\n", b"<b>", b"</b>", b"&", b"amp;", b"lt;", b"apos;", b"&quot;", b"&#38;", b"&nbsp;", b"!", b"<![CDATA[",
            b"]]>", b"\x00", b"\x7f", b"\x80", b"\xc1", b"\xc2", b"\xe0", b"\xed", b"\xa0", b"\xef\xbf", b"\xbd", b"\xbe",
            b"\xf0", b"\xf4", b"\x90", b"\xf5", "é红😀\uffef\ue000\U0010ffff".encode(), b"\xef\xbb\xbf",
        ]
    )
    | st.binary(max_size=4)
    | st.text(max_size=3).map(lambda text: text.encode("utf-8", "replace")),
    max_size=12,
).map(b"".join)  # fmt: skip


def is_clean(octets: bytes) -> bool:
    return bool(is_clean_xml(np.frombuffer(bytearray(octets), np.uint8)))


@given(PIECES)
@example(b"\xed\x9f\xbf\xee\x80\x80")
@example(b"\xed\xa0\x80")
@example(b"&amp")
def test_what_is_clean_is_what_decoder_and_mender_give(octets: bytes) -> None:
    decoder, mender = XmlDecoder(), Mender()
    mender.mend(decoder.decode(b"<tv>" + b" " * 300))
    assert decoder.is_at_utf_8
    assert mender.is_at_markup
    if is_clean(octets):
        assert (
            mender.mend(decoder.decode(octets)).encode() + mender.mend(decoder.decode(b"", True), True).encode()
            == octets
        )
        assert not decoder.replaced


@pytest.mark.parametrize(
    "octets",
    ["", "<title lang='zh'>新闻&amp;体育，“é”😀</title>\r\n\t", "&lt;&gt;&quot;&apos;&amp;"],
    ids=["nothing", "text", "names"],
)
def test_what_is_usual_is_clean(octets: str) -> None:
    assert is_clean(octets.encode())


@pytest.mark.parametrize(
    "octets", [b"\xe4\xb8", b"\xc3", b"\xf0\x9f\x98", b"<", b"a &", b"a & b", b"&am", b"<!--", b"\x0b"]
)
def test_what_is_cut_off_or_odd_is_not(octets: bytes) -> None:
    assert not is_clean(octets)
