import pytest

from yiwang.base.language import bcp_47, iso_639_2
from yiwang.mpegts.roles import language_code


@pytest.mark.parametrize("code", ["zho", "deu", "eng", "yue", "fra", "bod"])
def test_a_code_and_its_tag_are_one_language(code: str):
    tag = bcp_47(code)
    assert tag is not None
    assert language_code(iso_639_2(tag)) == code


@pytest.mark.parametrize(
    ("tag", "code"), [("zh-Hans-CN", "zho"), ("", "und"), ("qx", "und"), ("EN", "eng"), ("x1y", "und")]
)
def test_a_tag_is_read_as_far_as_its_language(tag: str, code: str):
    assert language_code(iso_639_2(tag)) == code
