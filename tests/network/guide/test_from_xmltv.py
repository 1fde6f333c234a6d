"""XMLTV straight into schedules: what the fast kernel reads is what the careful reader reads, whatever is broken."""

# ruff: noqa: E501
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED, missing
from tests.network.guide.guides import T0, event, listed, schedule
from tests.network.guide.test_to_xmltv import CHANNEL, programmes
from yiwang.base.local_time import LocalTime
from yiwang.kernels.xmltv_rows import ODD
from yiwang.network.guide import Schedule
from yiwang.network.guide.event import OPEN_END
from yiwang.network.guide.from_xmltv import XmltvSchedules
from yiwang.network.to_xmltv import xmltv_pieces
from yiwang.store.local_times import local_time_of
from yiwang.xmltv.guide import Programme
from yiwang.xmltv.moment import moment_text
from yiwang.xmltv.writer import guide_pieces


class Careful(XmltvSchedules):
    """Leaves every row to the reader."""

    def _scan(self, text, at):
        return at, ODD


def read(
    octets: bytes, kind=XmltvSchedules, cut: int = 1 << 20, **options: object
) -> tuple[dict[str, Schedule], dict[str, int]]:
    machine = kind(**options)
    machine._reader._seen = lambda record: False  # doubles are for the schedule
    for at in range(0, len(octets), cut):
        machine.feed(octets[at : at + cut])
    machine.flush()
    schedules = machine.schedules()
    return schedules, dict(machine.faults)


def both(octets: bytes, cut: int = 1 << 20, **options: object) -> dict[str, Schedule]:
    """Read in both ways, which must be one."""
    fast, faults = read(octets, cut=cut, **options)
    careful, careful_faults = read(octets, Careful, **options)
    assert fast.keys() == careful.keys()
    for channel in fast:
        assert list(fast[channel]) == list(careful[channel])
        assert fast[channel] == careful[channel]
    assert faults == careful_faults
    return fast


def row(
    inner: str = "<title>T</title>",
    start: str = "20260926060000 +0000",
    stop: str = "20260926063000 +0000",
    more: str = "",
) -> str:
    return f'<programme start="{start}" stop="{stop}" channel="c"{more}>{inner}</programme>'


def document(*rows: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tv><channel id="c"></channel>' + "\n".join(rows) + "\n</tv>"
    ).encode()


def is_fast(inner: str) -> bool:
    """Tell whether the kernel reads a programme of this by itself; both ways agree in any case."""
    octets = document(row(inner))
    both(octets)
    machine = XmltvSchedules()
    machine.feed(octets)
    machine.flush()
    return bool(machine._pieces)


@pytest.mark.parametrize(
    "inner",
    [
        "<title>T</title>", '<title lang="zh">新闻联播</title><desc>a &amp; b &lt;c&gt; &quot;d&quot; &apos;e&apos; &#38; f</desc>',
        "<title>\n  a\t b　c\u00a0d \n</title>", "<title lang='e\"n'>a</title>", "<title>a</title ><new />", "<desc>d</desc><title>t</title>",
        '<title>t</title><credits>\n<actor role="R &amp; S">A</actor><director>B</director><actor>C</actor></credits>',
        "<title>t</title><credits/><video/><rating/><subtitles/>", "<title>t</title><credits></credits><subtitles></subtitles>",
        '<title>t</title><video><present>yes</present><aspect>16:9</aspect>\n<quality>HDTV</quality></video>',
        '<title>t</title><subtitles type="teletext"><language>English</language></subtitles><subtitles type="onscreen"/>',
        '<title>t</title><rating system="CSM"><value>12</value></rating><star-rating><value>3/5</value></star-rating>',
        '<title>t</title><length units="minutes">30</length><previously-shown start="20200101000000" channel="x"/><premiere>x</premiere>',
        '<title>t</title><icon src="http://i/a?b=1&amp;c=2" width="1" height="2"/><icon src="http://图/"/><icon src=""/><icon/>',
        '<title>t</title><url>http://u</url><episode-num system="xmltv_ns">1 . 2 .</episode-num><episode-num>3</episode-num>',
        "<title>t</title><date>2026</date><language>zh</language><orig-language>en</orig-language><country>CN</country>",
        "<title>t</title><keyword>k</keyword><category> </category><category>News</category><sub-title>s</sub-title><last-chance/>",
        "<title></title><title>t</title>", "<title>a </title>", "<title> a</title>", "<title>a  b</title>", "<title>a b</title><desc> </desc>",
        "<title>《红楼梦》（12）。“a”</title>", "<title>a\u3000</title>", "<title>a\u2003b\u00a0</title>", "<title>\u00a0a\u1680</title>", "<title>c é ￿￾</title>",
        "<title lang='zh'>t</title>", "<title lang=\"z&amp;h\">t</title>", "<title lang=\"z h\">t</title>", "<title lang=\"z]h\">t]</title>",
        "<title lang=\"\">t</title>", "<title lang=\"zh\" >t</title >", "<title >t</title>", "<url lang=\"zh\">u</url><title>t</title>",
        f"<title>{'红' * 60}</title><desc lang=\"{'x' * 30}\">{'y ' * 5000}z</desc>",
    ],
)  # fmt: skip
def test_usual_rows_are_read_fast(inner: str) -> None:
    assert is_fast(inner)


@pytest.mark.parametrize(
    "inner",
    [
        "", "<title></title>", "<title><![CDATA[a]]></title>", "<title>a<!-- c --></title>", "<!-- </programme> --><title>t</title>",
        "<title>t</title><audio><stereo>mono</stereo></audio>", "<title>t</title>text", "<title>a]]>b</title>", "<title>t</title><?pi?>",
        "<title>é&#233;&#x4e2d;&eacute;</title>", '<title lang="a" lang="b">t</title>', "<title>t</title><unknown/>", "<title>t",
        "<title>t</tite>", "<title>t</title><date></date><date>2026</date>", "<title>t</title><date>1</date><date>2</date>",
        "<title>t</title><length>30</length>", '<title>t</title><length units="weeks">3</length>', "<title>t</title><new a='1' a='2'/>",
        "<title>t</title><rating>PG</rating>", "<title>t</title><credits><chef>A</chef></credits>", '<title>t</title><icon src=" http://x "/>',
        "<title>t</title><video><aspect>4:3</aspect><aspect>16:9</aspect></video>", "<title>t</title><programme/>", f"<title>{'x' * 20_000}</title>",
        "<title>t</title><credits><actor>A<image>i</image></actor></credits>", "<title/>", "<title>t</title>" * 300,
    ],
)  # fmt: skip
def test_unusual_rows_are_left_to_the_reader(inner: str) -> None:
    assert not is_fast(inner)


@pytest.mark.parametrize(
    "start",
    [
        "20260926060000", "20260926060000 +0800", "20260926060000 -0330", "20260926060000 +1400", "20260926060000 +1401",
        "20260926060000 +0860", "202609260600", "20260926", "20260926060000 BST", "2026-09-26T06:00:00Z", "20260230000000", "20240229000000",
        "20000229000000", "21000229000000", "20261301000000", "20260926246000", "20260926240000", "20260926235960", "19691231000000",
        "22000101000000", "19700101000000 +0800", "21991231235959 -1400", "2026092606000x", " 20260926060000", "", "20260926060000+0800",
    ],
)  # fmt: skip
def test_times(start: str) -> None:
    both(document(row(start=start, stop="")), local=LocalTime((3600,)))
    both(document(row(stop=start)), shift_s=-60)
    both(document(f'<programme start="{start}" channel="c"><title>t</title></programme>'), local=LocalTime((28_800,)))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("20260115120000", "20260115110000 +0000"), ("20260329015959", "20260329005959 +0000"), ("20260329020000", "20260329010000 +0000"),
        ("20260701120000", "20260701100000 +0000"), ("20261025015959", "20261024235959 +0000"), ("20261025023000", "20261025003000 +0000"),
        ("20261025030000", "20261025020000 +0000"), ("19800701120000", "19800701110000 +0000"), ("21990701120000", "21990701110000 +0000"),
        ("20260701120000 +0000", "20260701120000 +0000"), ("20260701120000 Mars", "20260701100000 +0000"),
    ],
)  # fmt: skip
def test_times_of_a_place_whose_clocks_are_changed(start: str, expected: str) -> None:
    """Of the hour that comes twice the first is meant."""
    (found,) = both(document(row(start=start, stop="")), local=local_time_of("Europe/Berlin"))["c"]
    assert moment_text(found.start_s) == expected


@pytest.mark.parametrize(
    "head",
    [
        'start="20260926060000" channel=" c"', 'start="20260926060000" channel="c　"', 'start="20260926060000" channel="&amp;"', 'channel="c"',
        'start="20260926060000"', 'start="20260926060000" start="20260926060000" channel="c"', "start='20260926060000' channel='央视'",
        'start="20260926060000" channel=""', 'start="20260926060000" channel="c" vps-start="1"', 'start="20260926060000" channel="c\n"',
        'start="20260926060000" channel="c" a="1" b="2"', 'start="20260926060000" channel="a<b"', 'start = "20260926060000" channel="c"',
        'start="20260926060000"channel="c"', "start=20260926060000 channel='c'", 'start="20260926060000" channel="c" /',
    ],
)  # fmt: skip
def test_heads(head: str) -> None:
    both(
        document(
            f"<programme {head}><title>t</title></programme>",
            row(),
            f"<programme\n{head}\n><title>u</title></programme>",
        )
    )


def test_what_is_between_rows() -> None:
    for between in (
        "<!-- <programme> </programme> -->",
        "<![CDATA[</programme>]]>",
        "text",
        "&amp;",
        "<x><programme/></x>",
        "</tv><tv>",
        "<",
    ):
        for cut in (1, 7, 1000):
            both(
                document(
                    row(), between, row("<title>u</title>", "20260926070000 +0000", "20260926080000 +0000"), row()
                ),
                cut,
            )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(programmes, st.none() | st.integers(-60, 400_000)), max_size=6), st.integers(1, 5000))
def test_whatever_the_writer_writes(some: list[tuple[Programme, int | None]], cut: int) -> None:
    whole = [
        Programme(
            **{name: getattr(one, name) for name in one.__slots__}
            | {
                "channel": f"c{n % 2}",
                "start_s": one.start_s // 2,
                "stop_s": None if length is None else one.start_s // 2 + length,
            }
        )
        for n, (one, length) in enumerate(some)
    ]
    both(b"".join(guide_pieces([CHANNEL], whole)), cut)


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3000))
def test_whatever_is_broken(rng: random.Random, cut: int) -> None:
    some = schedule(*(event(30 * n, 30 * n + 30, f"节目 & {n}", date="2026") for n in range(30)))
    octets = bytearray(b"".join(xmltv_pieces([CHANNEL], [("c", some), ("d", some)])))
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(octets))
        kind = rng.randrange(4)
        if kind == 0:
            octets[at] = rng.randrange(256)
        elif kind == 1:
            del octets[at : at + rng.randrange(1, 60)]
        elif kind == 2:
            octets[at:at] = rng.choice(
                [b"<", b">", b"&", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"</programme>", b"<programme ", b"\0", b'"']
            )
        else:
            octets[at:at] = octets[rng.randrange(len(octets)) :][: rng.randrange(200)]
    both(bytes(octets), cut)


@pytest.mark.parametrize("cut", [1000, 1 << 20])
def test_what_is_unclean_in_the_middle_is_told_as_at_the_begin(cut: int) -> None:
    odd = ("&nbsp;&foo;&#12;", "\x01\ufffe", "<![CDATA[a>&b;]]>", "<!-- > -->", "\ufffd", "&amp;amp;", "]]")
    clean = [
        row(f"<title>{n}</title>", f"202610{n:02}060000 +0000", f"202610{n:02}070000 +0000") for n in range(10, 30)
    ]
    octets = document(*clean[:10], *(f"<x>{one}</x>" for one in odd), *clean[10:])
    octets = octets.replace(b"<title>25<", b"<title>\xff\xe4\xb8<")
    (told,) = both(octets, cut).values()
    assert [one.title for one in told] == [*map(str, range(10, 25)), "\ufffd\ufffd", *map(str, range(26, 30))]


def test_a_schedule_holds_nothing_of_its_document() -> None:
    both_there = document(row(), row().replace('"c"', '"d"'))
    for told in read(both_there)[0].values():
        columns = told.start_s, told.stop_s, told.title, told.sketch, told.flags, told.rows, told.at
        assert all(column.base is None for column in columns)


def test_an_end_that_is_not_said_is_where_the_next_begins() -> None:
    starts = [T0, T0 + 1800, T0 + 20 * 3600]
    rows = [f'<programme start="{moment_text(s)}" channel="c"><title>{s}</title></programme>' for s in starts]
    some = both(document(*reversed(rows)))["c"]
    assert [(a - T0, b - T0) for a, b in zip(some.start_s.tolist(), some.stop_s.tolist(), strict=True)] == [
        (0, 1800), (1800, 1800 + 12 * 3600), (20 * 3600, 21 * 3600),
    ]  # fmt: skip
    assert all(one.flags & OPEN_END for one in some)


def test_doubles_and_events_that_cannot_be_are_counted() -> None:
    octets = document(
        row(), row(), row(stop="20260926060000 +0000"), row(stop="20260926050000 +0000"), row(stop="20290926050000 +0000"),
    )  # fmt: skip
    machine = XmltvSchedules()
    machine.feed(octets)
    machine.flush()
    assert len(machine.schedules()["c"]) == 1
    assert machine.faults == {"doubled": 1, "zero length": 1, "negative length": 1, "too long": 1}
    assert machine.channels.keys() == {"c"}


def test_of_channels_of_one_id_the_first_counts() -> None:
    machine = XmltvSchedules()
    machine.feed(document('<channel id="c"><display-name>other</display-name></channel>', row()))
    machine.flush()
    assert machine.channels["c"].display_names == ()
    assert machine.faults == {"channel doubled": 1}


def test_what_is_written_is_read() -> None:
    some = schedule(*(event(30 * n, 30 * n + 30, f"节目 & {n}", date="2026") for n in range(200)))
    octets = b"".join(xmltv_pieces([CHANNEL], [("cctv1.cn", some), ("b", some)]))
    schedules, faults = read(octets)
    assert schedules == {"cctv1.cn": some, "b": some}
    assert not faults
    assert listed(schedules["b"])[0] == (0, 30, "节目 & 0")


def test_a_title_without_end_takes_no_memory() -> None:
    machine = XmltvSchedules()
    machine.feed(document()[:-5] + b'<programme start="20260926060000" channel="c"><title>')
    for _ in range(64):
        machine.feed(b"x" * (1 << 18))
        assert len(machine._window) + len(machine._reader._window) <= 3 << 20
    machine.feed(b"</title></programme>" + row().encode())
    machine.flush()
    assert listed(machine.schedules()["c"])
    assert machine.faults["row lost"] == 1


@pytest.mark.parametrize("name", ["UK_Data.xml", "MultilanguageData.xml", "custom.xml"])
def test_real_guides(name: str) -> None:
    path = SHARED / "metadata" / "xmltv" / name
    if not path.exists():
        missing(str(path))
    octets = path.read_bytes()
    some = both(octets, 50_000)
    assert sum(map(len, some.values())) > 0
    written = b"".join(xmltv_pieces([], some.items()))
    again = both(written)
    assert again == some
