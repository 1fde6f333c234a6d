"""Subtitles that are pictures, read: known text is drawn, packaged, and is text again, in HLS and in DASH."""

from pathlib import Path

import pytest

from tests.conftest import missing
from tests.packaging import dvb_subtitle_writer as write
from tests.packaging import letters, television
from tests.packaging.teletext_writer import with_private
from yiwang.media.subtitle_reader import is_installed
from yiwang.services.package_files import package_files

pytestmark = pytest.mark.slow

SAID = [
    (1, 3.5, ["Schöne Grüße aus Köln!"], {}),
    (4, 7, ["Élise, où êtes-vous ?\n– Là-bas, près du café."], {"font": letters.ITALIC}),
    (7.5, 9, ["我不知道你在说什么。"], {"font": letters.HAN, "colour": letters.YELLOW}),
    (9.5, 11, ["It's 7:30 already."], {"size": 20, "outline": 1}),
]


def programme(said=SAID, seconds: int = 12, language: bytes = b"fra") -> bytes:
    pictures = television.stream(seconds)
    origin = television.first_dts(pictures) + 7200
    parts = []
    for begin, end, lines, look in said:
        texts = [(text, 440 + 60 * n) for n, text in enumerate(lines)]
        for at, segments in ((begin, letters.said(texts, **look)), (end, write.cleared())):
            pts = round(at * 90_000) + origin
            parts.append((pts - 20_000, write.pes(segments, pts)))
    return with_private(pictures, write.SUBTITLE_PID, write.descriptor(language), parts)


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if not is_installed():
        missing("the extra that reads letters is not installed: make setup")


def test_what_was_drawn_is_read_in_hls_and_dash(tmp_path: Path):
    (tmp_path / "in.ts").write_bytes(programme(language=b"und"))
    out = tmp_path / "out"
    result = package_files([str(tmp_path / "in.ts")], out, 180_000, None, read_subtitles=True)
    print(result)
    for f in sorted((out / "text-ocr").glob("*.vtt")):
        print(f.read_text())
    print((out / "index.m3u8").read_text())
    assert 0
