"""FFmpeg's words of its errors, as pages know them again."""

import re

import av
import av.error
import pytest

from tests.conftest import ROOT
from yiwang.media.ffmpeg_error import ffmpeg_says

TEXTS = (
    (ROOT / "src/yiwang/web/ui/src/lib/i18n/said_texts.ts")
    .read_text()
    .partition("VALUE_TEXTS")[2]
    .partition("\n}\n")[0]
)
KNOWN = set(re.findall(r"en: '(.*?)' }", TEXTS))


def test_words_of_ffmpeg_are_its_own(tmp_path):
    (tmp_path / "x").write_bytes(b"no media at all" * 99)
    with pytest.raises(av.error.FFmpegError) as raised:
        av.open(str(tmp_path / "x"))
    assert ffmpeg_says(raised.value) == "Invalid data found when processing input"
    assert ffmpeg_says(ValueError("plain")) == "plain"


def test_what_pages_translate_is_what_this_ffmpeg_says():
    said = {error.strerror for error in av.error.ErrorType}
    assert {text for text in KNOWN if text[0].isupper()} - said <= {
        "Resource temporarily unavailable",
        "Cannot allocate memory",
        "Invalid argument",
        "ServiceList of urn:dvb:metadata:servicediscovery",  # not of FFmpeg: of a document that is another one
    }
