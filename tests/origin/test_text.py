"""Text in playlists and manifests: the fold of what the packager made of a stream with teletext."""

import pytest
from lxml import etree

from tests.origin import playlist_reader
from tests.packaging.test_text import package, programme
from yiwang.base.errors import NotFound, NotYetAvailable
from yiwang.origin import media_answer
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media, hls_multivariant
from yiwang.origin.presentation import Presentation
from yiwang.origin.settings import PresentationSettings
from yiwang.packaging.events import PartPublished, PeriodStarted, SegmentPublished
from yiwang.packaging.settings import Settings

NS = {"d": "urn:mpeg:dash:schema:mpd:2011"}


def presentation(part_90k: int = 45_000, until: int | None = None) -> Presentation:
    events, _ = package(programme(), Settings(part_90k=part_90k))
    p = Presentation(PresentationSettings(part_90k=part_90k))
    for event in events[:until]:
        p.apply(event)
    return p


def test_each_page_is_a_rendition_with_its_language_and_public():
    lines = hls_multivariant(presentation()).splitlines()
    english, french = (playlist_reader.attributes(line.partition(":")[2]) for line in lines if "TYPE=SUBTITLES" in line)
    assert (english["LANGUAGE"], english["URI"]) == ("en", "text/index.m3u8")
    assert english["CHARACTERISTICS"] == (
        "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
    )
    assert (french["LANGUAGE"], french["URI"]) == ("fr", "text-2/index.m3u8")
    assert "CHARACTERISTICS" not in french
    assert english["NAME"] != french["NAME"]
    for rendition in (english, french):
        assert (rendition["DEFAULT"], rendition["AUTOSELECT"], rendition["FORCED"]) == ("NO", "YES", "NO")
    variants = [playlist_reader.attributes(line.partition(":")[2]) for line in lines if "STREAM-INF" in line]
    assert {variant["SUBTITLES"] for variant in variants} == {english["GROUP-ID"]}


@pytest.mark.parametrize("part_90k", [0, 45_000])
def test_a_text_playlist_has_the_video_s_numbers_and_dates_and_webvtt(part_90k: int):
    p = presentation(part_90k)
    text, video = (hls_media(p, track) for track in ("text", "video"))
    assert "EXT-X-MAP" not in text
    assert ".m4s" not in text
    assert "CAN-BLOCK-RELOAD=YES" not in text  # a player that reloads all at once must not wait for text
    assert ("EXT-X-PART:" in text) == bool(part_90k)
    numbers = [line.partition(".")[0] for line in text.splitlines() if line.endswith(".vtt")]
    assert numbers == [line.partition(".")[0] for line in video.splitlines() if line.endswith(".m4s")]
    dates = [line for line in text.splitlines() if "DATE-TIME" in line]
    assert dates == [line for line in video.splitlines() if "DATE-TIME" in line][: len(dates)]
    for number in map(int, numbers):
        assert media_answer.webvtt(p, "text", number).startswith(b"WEBVTT\n")
        with pytest.raises(NotFound):
            media_answer.webvtt(p, "video", number)


def test_what_is_listed_is_there_at_each_event():
    events, _ = package(programme(), Settings(part_90k=45_000))
    p = Presentation(PresentationSettings())
    for event in events:
        p.apply(event)
        if isinstance(event, PartPublished) and event.track == "text":
            assert media_answer.part_webvtt(p, "text", event.number, event.index) == event.webvtt
            number, index = p.track("text").hinted_part or (0, 0)
            with pytest.raises(NotYetAvailable):
                media_answer.part_webvtt(p, "text", number, index)
        elif isinstance(event, SegmentPublished) and event.track == "text":
            assert media_answer.webvtt(p, "text", event.number) == event.webvtt


def test_nothing_waits_for_text():
    """Playlist and manifest are there as soon as pictures and sound are."""
    events, _ = package(programme(), Settings(part_90k=45_000))
    p, whole = Presentation(PresentationSettings()), set()
    for event in events:
        if isinstance(event, PeriodStarted) or not event.track.startswith("text"):
            p.apply(event)
        if isinstance(event, SegmentPublished):
            whole.add(event.track)
        if whole >= {"video", "audio"}:
            break
    assert "video/index.m3u8" in hls_multivariant(p)
    assert dash_mpd(p, 0)


@pytest.mark.parametrize("part_90k", [0, 45_000])
def test_text_is_offered_before_it_has_come(part_90k: int):
    """A player learns but once what a presentation, and what a Period has."""
    events, _ = package(programme(), Settings(part_90k=part_90k))
    p = Presentation(PresentationSettings(part_90k=part_90k))
    for event in events:
        if isinstance(event, SegmentPublished) and event.track == "text":
            break
        p.apply(event)
    assert "text/index.m3u8" in hls_multivariant(p)
    with pytest.raises(NotYetAvailable):
        hls_media(p, "text")
    (period,) = etree.fromstring(dash_mpd(p, 0).encode()).findall("d:Period", NS)
    video, text = (period.find(f"d:AdaptationSet[@contentType='{kind}']", NS) for kind in ("video", "text"))
    assert text.find(".//d:SegmentTimeline", NS) is not None
    assert text.find(".//d:S", NS) is None  # ISO/IEC 23009-1 5.3.9.6: there may be none
    template = ".//d:SegmentTemplate"
    assert text.find(template, NS).get("startNumber") == video.find(template, NS).get("startNumber")
    assert media_answer.init(p, "text", text.find(template, NS).get("initialization").removeprefix("text/"))


def test_a_file_lists_only_text_that_is_there():
    p = presentation()
    p.settings = PresentationSettings(live=False)
    p.track("text").listed.clear()
    assert "text/index.m3u8" not in hls_multivariant(p)


def test_the_manifest_has_text_as_imsc1_when_it_is_whole():
    p = presentation()
    manifest = etree.fromstring(dash_mpd(p, 0).encode())
    sets = manifest.xpath("//d:AdaptationSet[@contentType='text']", namespaces=NS)
    assert [(s.get("lang"), s.xpath("d:Role/@value", namespaces=NS)) for s in sets] == [
        ("en", ["caption"]),
        ("fr", ["subtitle"]),
    ]
    for text in sets:
        assert text.get("mimeType") == "application/mp4"
        assert text.xpath("d:Representation/@codecs", namespaces=NS) == ["stpp.ttml.im1t"]
    offsets = manifest.xpath("//d:SegmentTemplate/@availabilityTimeOffset", namespaces=NS)
    assert len(offsets) == 4  # of text as of the others: players hold to the least
    assert len(set(offsets)) == 1


def test_memory_counts_text():
    p = presentation()
    octets = p.track("text").octets
    kept = [s for s in p.track("text").segments.values()]
    assert octets == sum(len(s.webvtt) + sum(len(q.data) + len(q.webvtt) for q in s.parts) for s in kept)
