"""The web TV's document with channels in it: for whom, in which language, and that nothing in it is more than text."""

import gzip
from html.parser import HTMLParser

import pytest

from yiwang.web.first_page import MOST_ROWS, PLACE, FirstPage, language_of
from yiwang.web.http import Request
from yiwang.web.views import EventView, NetworkView, RegionView, ServiceView, TextView, iso

DOCUMENT = f'<!doctype html><html lang="zh-CN"><body>{PLACE}<div id="page"></div></body></html>'
NOW_MS = 1_790_000_000_000


def service(n: int, region: str = "north", **fields: object) -> ServiceView:
    told: dict[str, object] = {
        "id": f"s{n}", "number": n, "name": TextView(zh=f"频道{n}", en=f"Channel {n}"), "region": region, "provider": "",
        "state": "live", "reason": None, "low_latency": False, "hls": "", "dash": "", "ts": "", "original": "",
        "tracks": [], "skipped": [], "now": None, "next": None, "applications": [], "dvb": None,
    }  # fmt: skip
    return ServiceView.model_validate(told | fields)


def network(*services: ServiceView) -> NetworkView:
    regions = [RegionView(id=one, name=TextView(zh="", en=one.title())) for one in ("south", "north")]
    return NetworkView(
        name=TextView(zh="一网", en="One"), version="1", regions=regions, services=list(services), cmcd=None
    )


def event(title: str, start_ms: int | None, duration_s: int | None) -> EventView:
    start = None if start_ms is None else iso(start_ms)
    return EventView(title=title, text="", language="zh", start=start, duration_s=duration_s, genre="", age=None)


def asked(query: bytes = b"", **headers: str) -> Request:
    return Request(
        "GET", "/", query, {name.replace("_", "-").encode(): text.encode() for name, text in headers.items()}
    )


def page_for(request: Request, *services: ServiceView) -> str:
    return FirstPage(DOCUMENT).octets(request, "1", network(*services), NOW_MS).decode()


class Reader(HTMLParser):
    """What a document has: elements by name, and text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def rows(self) -> list[str | None]:
        return [attributes["data-early"] for _, attributes in self.elements if "data-early" in attributes]


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr-FR,fr;q=0.9,en;q=0.5,zh;q=0.7", "zh"),
        ("en-GB", "en"),
        ("ZH-Hant", "zh"),
        ("fr", "en"),
        ("", "en"),
        ("zh;q=x", "zh"),
        ("," * 100_000 + "zh", "en"),
    ],
)
def test_the_language_is_what_the_browser_asks_for(said: str, language: str):
    assert language_of(said) == language


def test_rows_are_by_region_and_number_as_the_page_has_them():
    services = [service(3), service(1), service(2, "south"), service(9, "nowhere")]
    assert Reader(page_for(asked(), *services)).rows() == ["s2", "s1", "s3", "s9"]


def test_no_more_rows_than_a_window_shows_but_how_many_there_are():
    document = Reader(page_for(asked(), *(service(n) for n in range(1, 2001))))
    assert len(document.rows()) == MOST_ROWS
    assert "2000" in document.text


def test_what_is_on_how_much_of_it_is_over_and_what_comes_next():
    on = event("新闻", NOW_MS - 600_000, 2400)
    document = page_for(asked(accept_language="zh"), service(1, now=on, next=event("夜航", NOW_MS + 1_800_000, 600)))
    assert "新闻" in document
    assert "width:25.0%" in document
    assert "夜航" in document
    without = page_for(asked(), service(1, now=event("新闻", None, None), next=event("夜航", None, None)))
    assert "width" not in without
    assert "夜航" not in without


def test_names_are_text_and_no_markup():
    evil = '<script>alert("1")</script>'
    on = EventView(title=evil, text="", language='"><b>', start=None, duration_s=None, genre="", age=None)
    document = Reader(page_for(asked(), service(1, id='"/><script>', name=TextView(zh=evil, en=evil), now=on)))
    assert not any(tag == "script" for tag, _ in document.elements)
    assert document.text.count(evil) == 2
    assert document.rows() == ['"/><script>']


@pytest.mark.parametrize("request_", [asked(b"kept"), asked(cookie="a=b; yiwang_known=1")], ids=["kept", "known"])
def test_who_keeps_the_document_and_who_has_chosen_something_gets_none(request_: Request):
    assert page_for(request_, service(1)) == DOCUMENT


def test_a_network_without_channels_has_no_list():
    assert page_for(asked()) == DOCUMENT


def test_it_is_compressed_for_who_takes_that():
    octets = FirstPage(DOCUMENT).octets(asked(accept_encoding="gzip"), "1", network(service(1)), NOW_MS)
    assert Reader(gzip.decompress(octets).decode()).rows() == ["s1"]


def test_what_has_changed_is_in_the_next_document():
    page = FirstPage(DOCUMENT)
    assert Reader(page.octets(asked(), "1", network(service(1)), NOW_MS).decode()).rows() == ["s1"]
    assert Reader(page.octets(asked(), "2", network(service(2)), NOW_MS).decode()).rows() == ["s2"]
