from lxml import etree

from yiwang.base.subtitle import Bitmap, Cue, Screen, Span, TextLine
from yiwang.subtitles.imsc import imsc_images, imsc_text

HOUR_90K = 3600 * 90_000
TT = "{http://www.w3.org/ns/ttml}"
TTS = "{http://www.w3.org/ns/ttml#styling}"
TTP = "{http://www.w3.org/ns/ttml#parameter}"
XML = "{http://www.w3.org/XML/1998/namespace}"
YELLOW, BLUE = (255, 255, 0), (0, 0, 255)
TWO_LINES = Screen(
    (
        TextLine(20, 2, 12, 16, (Span("Quick brown "), Span("<fox>", YELLOW, BLUE))),
        TextLine(22, 2, 14, 12, (Span("& lazy dog"),)),
    )
)


def test_times_colours_and_places_are_in_the_document():
    begin = 500_000 * HOUR_90K + 90  # as many hours as there are since 1913
    document = etree.fromstring(imsc_text([Cue(begin, begin + 2 * 90_000 + 45_000, TWO_LINES)], "ger"))
    assert document.get(f"{TTP}profile") == "http://www.w3.org/ns/ttml/profile/imsc1/text"
    assert document.get(f"{TTP}timeBase") == "media"
    assert document.get(f"{XML}lang") == "de"
    (paragraph,) = document.iter(f"{TT}p")
    assert (paragraph.get("begin"), paragraph.get("end")) == ("500000:00:00.001", "500000:00:02.501")
    assert paragraph.get(f"{TTS}textAlign") == "center"
    assert [(s.text, s.get(f"{TTS}color"), s.get(f"{TTS}backgroundColor")) for s in paragraph.iter(f"{TT}span")] == [
        ("Quick brown ", "#ffffff", "#000000"),
        ("<fox>", "#ffff00", "#0000ff"),
        ("& lazy dog", "#ffffff", "#000000"),
    ]
    assert len(list(paragraph.iter(f"{TT}br"))) == 1
    (region,) = document.iter(f"{TT}region")
    assert region.get(f"{XML}id") == paragraph.get("region")
    assert (region.get(f"{TTS}origin"), region.get(f"{TTS}extent")) == ("5% 80%", "90% 16%")
    assert region.get(f"{TTS}displayAlign") == "after"


def test_a_region_is_there_once_and_lines_apart_have_their_own():
    apart = Screen((TextLine(2, 1, 4, 3, (Span("Top"),)), TextLine(22, 2, 16, 6, (Span("Bottom"),))))
    document = etree.fromstring(imsc_text([Cue(0, 90_000, apart), Cue(90_000, 180_000, apart)], "und"))
    assert document.get(f"{XML}lang") == ""
    assert len(list(document.iter(f"{TT}region"))) == 2
    assert len(list(document.iter(f"{TT}p"))) == 4
    top = next(r for r in document.iter(f"{TT}region") if r.get(f"{TTS}displayAlign") == "before")
    assert top.get(f"{TTS}origin") == "14% 8%"  # from the column of its first letter


def test_silence_is_an_empty_document():
    for octets in (imsc_text([], "fra"), imsc_images([], "fra")[0]):
        document = etree.fromstring(octets)
        assert document.tag == f"{TT}tt"
        assert [child.tag for child in document] == [f"{TT}body"]
        assert len(document[0]) == 0


def test_a_picture_is_stored_once_however_often_it_is_seen():
    one, two = Bitmap(10, 20, 30, 40, b"one"), Bitmap(50, 60, 30, 40, b"two")
    first = Screen(bitmaps=(one, two), width=1920, height=1080)
    second = Screen(bitmaps=(one,), width=1920, height=1080)
    document, pictures = imsc_images([Cue(0, 90_000, first), Cue(90_000, 180_000, second)], "fra")
    assert pictures == [b"one", b"two"]
    image = "{http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt}backgroundImage"
    urns = [d.get(image) for d in etree.fromstring(document).iter(f"{TT}div")]
    assert urns == [f"urn:mpeg:14496-30:subs:{n}" for n in (1, 2, 1)]
