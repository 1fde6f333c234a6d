"""Guides: streamed in and out, whatever is broken loses only itself."""

# ruff: noqa: E501
import random
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.conftest import SHARED, missing, need_tool
from yiwang.base.local_time import LocalTime
from yiwang.xmltv.guide import Channel, Credit, Programme, SystemValue, Text
from yiwang.xmltv.moment import moment_text, read_moment
from yiwang.xmltv.reader import MAX_ROW_OCTETS, GuideReader
from yiwang.xmltv.writer import guide_pieces

WHOLE = Programme(
    "cctv1.cn", 1_790_000_000, 1_790_001_800, (Text("新闻联播", "zh"), Text('News & <"Views">', "en")),
    (Text("Part 1"),), (Text("A\ndescription", "en"),), (Credit("director", "A B"), Credit("actor", "C D", "Hamlet")),
    "2026", (Text("News", "en"),), (Text("china"),), "zh", "en", 1700, ("http://i/1.png?a=1&b=2",), ("http://u/",),
    (Text("CN"),), (SystemValue("1.2.0/1", "xmltv_ns"), SystemValue("S2E3", "onscreen")), "16:9", "HDTV", True, True, True,
    True, ("teletext", ""), (SystemValue("PG", "MPAA"),), (SystemValue("3/5"),),
)  # fmt: skip
CHANNEL = Channel("cctv1.cn", (Text("CCTV-1", "en"), Text("央视一套", "zh")), ("http://i/c.png",), ("http://c/",))


def read(octets: bytes, cut: int = 1 << 20, **options: int) -> tuple[list[Channel | Programme], dict[str, int]]:
    reader = GuideReader(**options)
    rows = [row for start in range(0, len(octets), cut) for row in reader.feed(octets[start : start + cut])]
    rows += reader.flush()
    return rows, dict(reader.faults)


def written(*programmes: Programme) -> bytes:
    return b"".join(guide_pieces([CHANNEL], programmes, {"generator-info-name": "yiwang"}))


def programme(start: str = "20260926060000 +0000", stop: str = "20260926063000 +0000", title: str = "T") -> str:
    return f'<programme start="{start}" stop="{stop}" channel="c"><title>{title}</title></programme>'


def document(*rows: str) -> bytes:
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<tv>' + "\n".join(rows) + "</tv>").encode()


def test_what_is_written_is_read() -> None:
    rows, faults = read(written(WHOLE))
    assert rows == [
        CHANNEL,
        Programme(**{n: getattr(WHOLE, n) for n in WHOLE.__slots__} | {"descs": (Text("A description", "en"),)}),
    ]
    assert faults == {}


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_cuts_do_not_matter(cut: int) -> None:
    octets = written(WHOLE) + b""
    assert read(octets, cut) == read(octets)
    odd = document("<programme ", programme(title="a &amp; b &eacute; & <![CDATA[c &amp; d]]> &bogus;"))
    assert read(odd, cut) == read(odd)


def test_dtd_and_validator_accept_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "guide.xml"
    path.write_bytes(written(WHOLE, Programme("cctv1.cn", 1_790_001_800, None, (Text("Next"),))))
    validator = need_tool("tv_validate_file")
    dtd_file = "/usr/share/xmltv/xmltv.dtd"  # of the same package; without it the program would ask the Internet
    answer = subprocess.run(
        [validator, "--dtd-file", dtd_file, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    dtd = etree.DTD(dtd_file)
    assert dtd.validate(etree.parse(str(path))), dtd.error_log


@pytest.mark.parametrize(
    ("text", "utc", "known"),
    [
        ("20260926060000 +0000", "20260926060000", True),
        ("20260926140000 +0800", "20260926060000", True),
        ("20260926140000 +08:00", "20260926060000", True),
        ("20260926010000 -0500", "20260926060000", True),
        ("20260926060000", "20260926060000", True),
        ("202609260600", "20260926060000", True),
        ("20260926", "20260926000000", True),
        ("20260926070000 BST", "20260926060000", True),
        ("2026-09-26T06:00:00Z", "20260926060000", True),
        ("2026-09-26 06:00:00.5+00:00", "20260926060000", True),
        ("20260926060000 +2500", "20260926060000", False),
        ("20260926060000 Mars", "20260926060000", False),
        ("20260925240000 +0000", "20260926000000", True),
    ],
)
def test_times(text: str, utc: str, known: bool) -> None:
    answer = read_moment(text)
    assert answer is not None
    assert (moment_text(answer[0]), answer[1]) == (utc + " +0000", known)


@pytest.mark.parametrize(
    "text", ["", "x", "20261301000000", "20260230000000 +0000", "19690101000000", "99990101000000", "2026"]
)
def test_what_is_no_time(text: str) -> None:
    assert read_moment(text) is None


def test_a_source_has_its_own_zone_and_its_own_error() -> None:
    rows, _ = read(
        document(programme("20260926140000", "20260926143000 +0800")), local=LocalTime((28_800,)), shift_s=60
    )
    assert [moment_text(row.start_s) for row in rows] == ["20260926060100 +0000"]
    assert rows[0].stop_s == rows[0].start_s + 1800


def test_events_that_cannot_be_are_dropped_and_counted() -> None:
    rows, faults = read(
        document(
            programme(title="good"), programme(title="good"), programme(stop="20260926060000 +0000"),
            programme(stop="20260926050000 +0000"), programme(stop="20290926060000 +0000"), programme(start="soon"),
            programme(stop="later", title="open"), '<programme start="20260926060000"><title>x</title></programme>',
            "<channel/>", programme(title="x" * 300), programme(start="20260926060000 NOWHERE", title=""),
        )
    )  # fmt: skip
    assert [row.titles[0].value[:4] if row.titles else "" for row in rows] == ["good", "open", "xxxx", ""]
    assert len(rows[2].titles[0].value) == 300
    assert faults == {
        "doubled": 1, "zero length": 1, "negative length": 1, "too long": 1, "start": 1, "stop": 1, "channel without id": 1,
        "programme without channel": 1, "zone": 1, "programme without title": 1,
    }  # fmt: skip


def test_an_end_at_midnight_of_the_same_date_is_that_of_the_next() -> None:
    rows, faults = read(
        document(
            programme("20260926233000", "20260926000000"), programme("20260926234500 +0800", "20260926001500 +0800")
        )
    )
    assert [row.stop_s - row.start_s for row in rows if row.stop_s] == [1800, 1800]
    assert faults == {"stop a day early": 2}


def test_pictures_of_a_programme_are_its_icon_where_it_has_none() -> None:
    image = '<image type="still" size="3">https://h/{}.jpg</image>'
    rows, faults = read(
        document(
            '<programme start="20260926060000" channel="a"><title>x</title>' + image.format(1) + "</programme>",
            '<programme start="20260926070000" channel="a"><title>x</title><icon src="https://h/2.png"/>'
            + image.format(3) + "</programme>",
        )
    )  # fmt: skip
    assert [row.icons for row in rows] == [("https://h/1.jpg",), ("https://h/2.png",)]
    assert faults == {}


@pytest.mark.parametrize(
    "bad",
    [
        '<programme start="20260926060000" channel="c"><title>x</programme>',
        "<programme><title>no end",
        '<programme start="20260926060000" channel="c"><title a=b>x</title></programme>',
        '<programme start="20260926060000" channel="<"><title>x</title></programme>',
        '<programme start="20260926060000" channel="c"><title>1 < 2</title></programme>',
        "<programme start='20260926060000' channel='c'>" + "<a>" * 50,
        "<programme start='20260926060000' channel='c'>" + "<a/>" * 5000 + "</programme>",
        "</nothing>",
    ],
)
def test_a_bad_row_loses_only_itself(bad: str) -> None:
    rows, faults = read(document(programme(title="before"), bad, programme(title="after"), programme(title="last")))
    assert [row.titles[0].value for row in rows] == ["before", "after", "last"]
    assert faults.get("row lost", 0) + faults.get("not well-formed", 0) >= 1


def test_entities_are_text_and_never_expanded() -> None:
    bomb = '<!DOCTYPE tv [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    row = programme(title="Z&uuml;rich&nbsp;&amp; Tom & J &b; &x; &#0; &#x41; <![CDATA[&b; <i>]]>")
    rows, faults = read((bomb + "<tv>" + row + "</tv>").encode())
    assert rows[0].titles[0].value == "Zürich & Tom & J &b; &x; A &b; <i>"
    assert faults["entity declared"] == 1


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<?xml version="1.0" encoding="GB2312"?>', "gb18030"), ('<?xml version="1.0" encoding="utf-16"?>', "utf-16"),
        ("\ufeff<?xml version='1.0'?>", "utf-8"), ("\n <?xml version='1.0' encoding='bogus'?>", "utf-8"), ("", "utf-8"),
        ('<?xml version="1.0" encoding="Big5"?>', "big5"), ('<?xml version="1.0" encoding="base64"?>', "utf-8"),
        ('<?xml version="1.0"?><!DOCTYPE tv SYSTEM "xmltv.dtd">', "utf-8"),
    ],
)  # fmt: skip
def test_encodings(head: str, encoding: str) -> None:
    rows, faults = read((head + "<tv>" + programme(title="中文") + "</tv>").encode(encoding))
    assert ([row.titles[0].value for row in rows], faults) == (["中文"], {})


def test_a_document_cut_at_any_octet_gives_what_came_before() -> None:
    octets = document(*(programme(title=f"t{i}") for i in range(4)))
    whole, _ = read(octets)
    for length in range(len(octets)):
        rows, faults = read(octets[:length])
        assert rows == whole[: len(rows)]
        assert len(rows) == octets[:length].count(b"</programme>")
        assert faults["truncated"] == 1


@settings(max_examples=150)
@given(st.integers(0, 1 << 32))
def test_noise_anywhere_is_survived(seed: int) -> None:
    rng = random.Random(seed)
    octets = bytearray(document(*(programme(title=f"t{i}") for i in range(6))))
    for _ in range(rng.choice([1, 1, 3, 30])):
        octets[rng.randrange(len(octets))] = rng.randrange(256)
    rows, _ = read(bytes(octets))
    again, _ = read(bytes(octets), rng.choice([1, 13]))
    assert rows == again


@given(st.binary(max_size=400) | st.lists(st.sampled_from(
    ["<tv>", "</tv>", "<programme ", "<programme>", "<channel id='a'>", "</channel>", "&", ";", "<![CDATA[", "]]>", "<!--", "-->"]
)).map(lambda parts: "".join(parts).encode()))  # fmt: skip
def test_any_octets_are_read_without_an_error(octets: bytes) -> None:
    assert read(octets)[0] == read(octets, 3)[0]


def test_a_title_without_end_takes_bounded_memory() -> None:
    reader = GuideReader()
    head, piece = document(programme(title="before"))[:-5] + b"<programme><title>", b"x" * (1 << 20)
    tracemalloc.start()
    rows = list(reader.feed(head))
    for _ in range(64):
        rows += reader.feed(piece)
    rows += reader.feed(document(programme(title="after")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.titles[0].value for row in rows] == ["before", "after"]
    assert peak < 8 * MAX_ROW_OCTETS


@pytest.mark.parametrize(
    "row", ["<programme><!-- ", "<programme>", "<programme ", "<programme><t>&", "<programme><![CDATA["]
)
def test_begins_without_end_take_linear_time(row: str) -> None:
    begin = time.process_time()
    read((row * (3_000_000 // len(row))).encode())
    assert time.process_time() - begin < 10


def _many(count: int) -> Iterator[Programme]:
    for number in range(count):
        yield Programme(
            f"c{number % 50}", 1_790_000_000 + number * 60, 1_790_000_060 + number * 60, (Text(f"Title {number}"),)
        )


def test_memory_is_flat_in_both_directions() -> None:
    def peak(count: int) -> int:
        reader = GuideReader()
        tracemalloc.start()
        seen = 0
        for piece in guide_pieces([CHANNEL], _many(count)):
            seen += sum(1 for _ in reader.feed(piece))
        seen += sum(1 for _ in reader.flush())
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seen == count + 1
        return most

    few = peak(2_000)
    assert peak(20_000) < few + 20_000 * 300  # the doubles' memory, which ends at RECENT


@pytest.mark.parametrize("name", ["MultilanguageData.xml", "UK_Data.xml", "custom.xml"])
def test_other_peoples_guides(name: str) -> None:
    path = SHARED / "metadata" / "xmltv" / name
    if not path.is_file():
        missing(f"no {path}")
    rows, faults = read(path.read_bytes())
    tree = etree.parse(str(path))
    programmes = [row for row in rows if isinstance(row, Programme)]
    assert len(programmes) + faults.get("zero length", 0) == len(tree.findall("programme"))
    assert len(rows) - len(programmes) == len(tree.findall("channel"))
    assert set(faults) <= {"element passed over", "zero length"}
    assert [p.titles for p in programmes] == [
        tuple(Text(" ".join((t.text or "").split()), t.get("lang", "")) for t in p.findall("title"))
        for p in tree.findall("programme")
        if p.get("start") != p.get("stop")
    ]
