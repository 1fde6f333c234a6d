"""A reader of MPDs as a player reads them: which URL has which media, when."""

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

NS = {"m": "urn:mpeg:dash:schema:mpd:2011"}


@dataclass(frozen=True)
class ReadMedia:
    period: str
    period_start: Decimal  # s
    track: str
    url: str
    number: int
    t: int
    d: int
    presentation: Decimal  # s from availabilityStartTime


def seconds(text):
    assert text.startswith("PT")
    assert text.endswith("S")
    return Decimal(text[2:-1])


def read(text):
    """Return the root, its media segments and its initialization URLs."""
    root = etree.fromstring(text.encode())
    media, headers = [], []
    for period in root.findall("m:Period", NS):
        start = seconds(period.get("start"))
        for adaptation_set in period.findall("m:AdaptationSet", NS):
            (representation,) = adaptation_set.findall("m:Representation", NS)
            (template,) = adaptation_set.findall("m:SegmentTemplate", NS)
            track = representation.get("id")
            headers.append(template.get("initialization"))
            number, t = int(template.get("startNumber")), 0
            scale, offset = int(template.get("timescale")), int(template.get("presentationTimeOffset"))
            for s in template.iterfind("m:SegmentTimeline/m:S", NS):
                t = int(s.get("t", t))
                for _ in range(int(s.get("r", 0)) + 1):
                    url = template.get("media").replace("$RepresentationID$", track).replace("$Number$", str(number))
                    at = start + Decimal(t - offset) / scale
                    media.append(ReadMedia(period.get("id"), start, track, url, number, t, int(s.get("d")), at))
                    t += int(s.get("d"))
                    number += 1
    return root, media, headers
