"""Guides as sources send them: what is broken is mended or loses only itself, and is reported."""

import tracemalloc
from datetime import UTC, datetime, timedelta

from tests.xmltv.test_guide import document, programme, read
from yiwang.xmltv import reader as xmltv_reader
from yiwang.xmltv.guide import Programme
from yiwang.xmltv.reader import GuideReader

BEGIN = datetime(2026, 9, 26, 6, tzinfo=UTC)
TITLE = "片" * 300


def at(n: int) -> str:
    return f"{BEGIN + timedelta(minutes=30 * n):%Y%m%d%H%M%S} +0000"


def rows(octets: bytes) -> tuple[list[Programme], dict[str, int]]:
    found, faults = read(octets)
    return [row for row in found if isinstance(row, Programme)], faults


def test_row_47_broken_guide():
    """A BOM, HTML's entities, a long title, an event said twice, one that ends before it begins, one that breaks off."""
    events = [
        programme(at(0), at(1), "&eacute;t&eacute;&nbsp;&amp; Bar"),
        programme(at(1), at(2), TITLE),
        programme(at(1), at(2), TITLE),
        programme(at(3), at(2), "ends before it begins"),
        f'<programme start="{at(4)}" channel="c"><title>breaks off</programme>',
        programme(at(5), at(6), "Tom & Jerry <3"),
        programme(at(6), at(7), "the last"),
    ]
    found, faults = rows(b"\xef\xbb\xbf" + document('<channel id="c"/>', *events))
    titles = [event.titles[0].value.replace("\xa0", " ") for event in found]
    assert titles[:2] == ["été & Bar", TITLE]
    assert titles[-1] == "the last"
    assert len(titles) == 3
    assert faults == {"doubled": 1, "negative length": 1, "row lost": 2}


def test_row_47_broken_guide_that_is_empty_or_no_guide():
    for octets in (b"", b"\xef\xbb\xbf", b"<html><body>503 Service Unavailable</body></html>", document()):
        found, faults = rows(octets)
        assert found == []
        assert ("truncated" in faults) == (octets != document())


def test_row_47_broken_guide_with_emptied_descriptions():
    """An event without a text is an event without a text: what another time of reading knew is not invented here."""
    with_text = programme(at(0), at(1), "T").replace("</title>", "</title><desc>what it is</desc>")
    without = programme(at(1), at(2), "T").replace("</title>", "</title><desc>  </desc>")
    found, faults = rows(document(with_text, without))
    assert [[text.value for text in event.descs] for event in found] == [["what it is"], []]
    assert faults == {}


def test_row_47_broken_guide_of_very_many_events_takes_no_more_memory(monkeypatch):
    monkeypatch.setattr(xmltv_reader, "RECENT", 2_000)  # what doubles are known by
    settled = 0
    reader, n_found, n_thousands = GuideReader(), 0, 16
    n_found += sum(1 for row in reader.feed(document()[: -len("</tv>")]))
    for thousand in range(n_thousands):
        if thousand == 2:
            tracemalloc.start()
        if thousand == 8:
            settled, _ = tracemalloc.get_traced_memory()
        begin = f'<programme start="{at(thousand)}" channel="c'
        octets = "".join(f'{begin}{n}"><title>{n}</title></programme>' for n in range(1000)).encode()
        n_found += sum(1 for row in reader.feed(octets))
    grown = tracemalloc.get_traced_memory()[0] - settled
    tracemalloc.stop()
    n_found += sum(1 for row in reader.feed(b"</tv>")) + sum(1 for row in reader.flush())
    assert n_found == 1000 * n_thousands
    assert reader.faults == {}
    assert grown < 200_000
