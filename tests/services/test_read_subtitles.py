"""Subtitles that are pictures, read: known text is drawn, packaged, and is text again, in HLS and in DASH."""

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.conftest import missing
from tests.origin.playlist_reader import read
from tests.packaging import dvb_subtitle_writer as write
from tests.packaging import letters, television
from tests.packaging.teletext_writer import with_private
from tests.packaging.test_text import cues
from yiwang.isobmff.box import parse_boxes
from yiwang.media import tesseract_reader
from yiwang.media.subtitle_reader import is_installed
from yiwang.services.package_files import package_files

pytestmark = pytest.mark.slow

TT = "{http://www.w3.org/ns/ttml}"
NS = {"d": "urn:mpeg:dash:schema:mpd:2011"}
GREEK = (9.5, 11, ["Καλημέρα σας, τι κάνετε;"], {})
SAID = [
    (1, 3.5, ["Schöne Grüße aus Köln!"], {}),
    (4, 7, ["L'été, où êtes-vous ?\n- Là-bas, près du café."], {"font": letters.ITALIC}),
    (7.5, 9, ["我不知道你在说什么。"], {"font": letters.HAN, "colour": letters.YELLOW}),
    (9.5, 11, ["It's 7:30 already,", "time to go."], {"size": 20, "outline": 1}),
]
SEEN = [
    (1, 2, "Schöne Grüße aus Köln!"),
    (2, 3.5, "Schöne Grüße aus Köln!"),
    (4, 6, "L'été, où êtes-vous ? - Là-bas, près du café."),
    (6, 7, "L'été, où êtes-vous ? - Là-bas, près du café."),
    (7.5, 8, "我不知道你在说什么。"),
    (8, 9, "我不知道你在说什么。"),
    (9.5, 10, "It's 7:30 already,"),
    (9.5, 10, "time to go."),
    (10, 11, "It's 7:30 already,"),
    (10, 11, "time to go."),
]
"""Cut at the segments' borders; lines far from each other are cues of their own."""


def programme(said=SAID, language: bytes = b"und") -> bytes:
    pictures = television.stream(12)
    origin = television.first_dts(pictures) + 7200
    parts = []
    for begin, end, lines, look in said:
        texts = [(text, 350 + 110 * n) for n, text in enumerate(lines)]
        for at, segments in ((begin, letters.said(texts, **look)), (end, write.cleared())):
            pts = round(at * 90_000) + origin
            parts.append((pts - 20_000, write.pes(segments, pts)))
    return with_private(pictures, write.SUBTITLE_PID, write.descriptor(language), parts)


@pytest.fixture(autouse=True)
def installed() -> None:
    if not is_installed():
        missing("the extra that reads letters is not installed: make setup")


def packaged(tmp_path: Path, octets: bytes, **options):
    (tmp_path / "in.ts").write_bytes(octets)
    return package_files([str(tmp_path / "in.ts")], tmp_path / "out", 180_000, None, **options)


def seen(folder: Path) -> list[tuple[float, float, str]]:
    """Of the WebVTT segments, in seconds since the first one's begin."""
    found, origin = [], None
    for file in sorted(folder.glob("*.vtt"), key=lambda file: int(file.stem)):
        text = file.read_bytes()
        begin = int(re.search(rb"MPEGTS:(\d+)", text)[1])
        origin = begin if origin is None else origin
        at = (begin - origin) / 90_000
        found += [(round(at + a, 2), round(at + b, 2), said) for a, b, said in cues(text)]
    return found


def test_what_was_drawn_is_text_in_hls_and_dash(tmp_path: Path):
    result = packaged(tmp_path, programme(), read_subtitles=True)
    out = tmp_path / "out"
    assert {name: codec for name, codec in result.tracks.items() if name.startswith("text")} == {
        "text": "stpp.ttml.im1i",
        "text-ocr": "stpp.ttml.im1t",
    }
    assert result.faults == {}
    assert seen(out / "text-ocr") == SEEN
    assert b"<c.yellow>" in b"".join(file.read_bytes() for file in (out / "text-ocr").glob("*.vtt"))
    assert 'URI="text-ocr/index.m3u8"' in (out / "index.m3u8").read_text()
    listed = read((out / "text-ocr/index.m3u8").read_text())
    assert len(listed.segments) == 6
    manifest = etree.fromstring((out / "manifest.mpd").read_bytes())
    sets = manifest.xpath("//d:AdaptationSet[@contentType='text']/d:Representation", namespaces=NS)
    assert [(r.get("id"), r.get("codecs")) for r in sets] == [
        ("text", "stpp.ttml.im1i"),
        ("text-ocr", "stpp.ttml.im1t"),
    ]
    read_texts: list[str] = []
    for number in sorted((out / "text-ocr").glob("[0-9]*.m4s"), key=lambda file: int(file.stem)):
        _, mdat = parse_boxes(number.read_bytes())
        for p in etree.fromstring(mdat.payload).iter(f"{TT}p"):
            read_texts.append(" ".join("".join(span.itertext()) for span in p.iter(f"{TT}span")))
    assert read_texts == [text for *_, text in SEEN]


def test_what_is_read_is_the_same_every_time(tmp_path: Path):
    octets = programme()
    outputs = []
    for n in range(2):
        (tmp_path / str(n)).mkdir()
        packaged(tmp_path / str(n), octets, read_subtitles=True)
        folder = tmp_path / str(n) / "out/text-ocr"
        outputs.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert outputs[0] == outputs[1]


def test_without_being_asked_nothing_is_read(tmp_path: Path):
    for options in ({}, {"read_subtitles": False}, {"read_subtitles": ("deu",)}):
        assert "text-ocr" not in packaged(tmp_path, programme(language=b"fra"), **options).tracks


def test_greek_is_read_with_tesseract_s_data(tmp_path: Path):
    if tesseract_reader.data_folder("ell") is None:
        missing("Tesseract's data for Greek are not installed: scripts/debian-packages.sh")
    packaged(tmp_path, programme([GREEK], b"ell"), read_subtitles=("ell",))
    assert seen(tmp_path / "out/text-ocr") == [(9.5, 10, GREEK[2][0]), (10, 11, GREEK[2][0])]


def test_a_language_whose_data_are_missing_has_its_pictures_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tesseract_reader, "FOLDERS", ())
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    result = packaged(tmp_path, programme([GREEK], b"ell"), read_subtitles=True)
    assert [name for name in result.tracks if name.startswith("text")] == ["text"]
    assert result.faults == {"subtitle_language_not_read": 1}
