"""DVB subtitles through the packager: IMSC1 image tracks, beside or without teletext."""

import io
import re
from pathlib import Path

import numpy as np
from lxml import etree
from PIL import Image

from tests.packaging import dvb_subtitle_writer as write
from tests.packaging import television
from tests.packaging.teletext_writer import with_private
from tests.packaging.test_text import package, segments
from yiwang.isobmff.box import parse_boxes
from yiwang.packaging.events import PartPublished, PeriodStarted
from yiwang.packaging.settings import Settings
from yiwang.services.package_files import package_files

TT = "{http://www.w3.org/ns/ttml}"
TTS = "{http://www.w3.org/ns/ttml#styling}"
IMAGE = "{http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt}backgroundImage"
ROWS = [[0, 1, 1, 2, 0, 0], [0, 1, 2, 2, 3, 0], [0, 0, 0, 1, 1, 0]]
OTHER = [[1] * 30] * 10


def programme(seconds: float = 12) -> bytes:
    """Seen from 1 to 4.5 s, and from 6 s until a time-out of 2 s."""
    pictures = television.stream(seconds)
    origin = television.first_dts(pictures) + 7200
    times = [round(s * 90_000) + origin for s in (1, 4.5, 6)]
    sets = [write.shown(ROWS, 100, 500), write.cleared(), write.shown(OTHER, 200, 400, time_out=2)]
    parts = [(pts - 20_000, write.pes(segments, pts)) for pts, segments in zip(times, sets, strict=True)]
    return with_private(pictures, write.SUBTITLE_PID, write.descriptor(kind=0x24), parts)


def document_and_pictures(part: PartPublished) -> tuple[etree._Element, list[bytes]]:
    """The sample of a segment, taken apart by its boxes."""
    moof, mdat = parse_boxes(part.data)
    sizes = [len(mdat.payload)]
    for box in moof.all("traf/subs"):
        _, entries, delta, count = (
            int.from_bytes(box.payload[a:b], "big") for a, b in ((0, 4), (4, 8), (8, 12), (12, 14))
        )
        assert (entries, delta) == (1, 1)
        sizes = [int.from_bytes(box.payload[14 + 10 * n : 18 + 10 * n], "big") for n in range(count)]
    assert sum(sizes) == len(mdat.payload)
    ends = np.cumsum(sizes).tolist()
    pieces = [mdat.payload[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    return etree.fromstring(pieces[0]), pieces[1:]


def seconds(time: str) -> float:
    hours, minutes, rest = time.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_pictures_are_in_the_segments_of_their_time():
    events, faults = package(programme(), Settings(part_90k=45_000))
    start = next(e for e in events if isinstance(e, PeriodStarted))
    header = start.tracks[2]
    assert (header.name, header.language, header.role, header.config.codec) == (
        "text",
        "fra",
        "caption",
        "stpp.ttml.im1i",
    )
    assert b"stpp" in header.init
    assert b"http://www.w3.org/ns/ttml\0\0image/png\0" in header.init
    assert [s.number for s in segments(events, "text")] == [s.number for s in segments(events, "video")]
    seen = []
    for part in (e for e in events if isinstance(e, PartPublished) and e.track == "text"):
        assert (part.index, part.webvtt) == (0, b"")
        document, pictures = document_and_pictures(part)
        regions = {r.get("{http://www.w3.org/XML/1998/namespace}id"): r for r in document.iter(f"{TT}region")}
        for division in document.iter(f"{TT}div"):
            begin, end = (seconds(division.get(name)) - start.media_start_90k / 90_000 for name in ("begin", "end"))
            match = re.fullmatch(r"urn:mpeg:14496-30:subs:(\d+)", division.get(IMAGE))
            assert match is not None
            picture = Image.open(io.BytesIO(pictures[int(match[1]) - 1]))
            region = regions[division.get("region")]
            assert region.get(f"{TTS}extent") == "{}px {}px".format(*picture.size)
            assert document.get(f"{TTS}extent") == "720px 576px"
            seen.append((round(begin, 2), round(end, 2), region.get(f"{TTS}origin"), picture.size))
    one, two = ("101px 500px", (4, 3)), ("200px 400px", (30, 10))
    assert seen == [(1, 2, *one), (2, 4, *one), (4, 4.5, *one), (6, 8, *two)]
    assert faults == []


def test_hls_has_no_pictures_and_dash_has_them(tmp_path: Path):
    (tmp_path / "in.ts").write_bytes(programme())
    result = package_files([str(tmp_path / "in.ts")], tmp_path / "out", 180_000, None)
    assert result.tracks["text"] == "stpp.ttml.im1i"
    assert "SUBTITLES" not in (tmp_path / "out/index.m3u8").read_text()
    assert not (tmp_path / "out/text/index.m3u8").exists()
    manifest = etree.fromstring((tmp_path / "out/manifest.mpd").read_bytes())
    ns = {"d": "urn:mpeg:dash:schema:mpd:2011"}
    (text,) = manifest.xpath("//d:AdaptationSet[@contentType='text']", namespaces=ns)
    assert text.get("mimeType") == "application/mp4"
    assert text.xpath("d:Representation/@codecs", namespaces=ns) == ["stpp.ttml.im1i"]
    assert text.xpath("d:Role/@value", namespaces=ns) == ["caption"]
    assert len(list((tmp_path / "out/text").glob("*.m4s"))) == 6
