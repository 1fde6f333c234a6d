"""The web TV's document, with the channels that a window shows in it: they are seen with the node's first answer (ADR 48).

The same places, names and words as the page's own list (routes/tv/ChannelList), which takes its place when it is there.
What only a viewer's browser knows is left out: the zone that times are in.
"""

import gzip
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Literal
from urllib.parse import quote

from yiwang.web.http import Request
from yiwang.web.views import EventView, NetworkView, RegionView, ServiceView, TextView

PLACE = "<!--early list-->"
KNOWN = "yiwang_known"
"""Cookie of who has chosen something here: the page then has a channel to show, or favourites, which only it knows."""
KEPT = b"kept"
"""Query of who keeps the document (the service worker): without channels, which it keeps apart."""
MOST_ROWS = 24
"""As many as the highest window shows; of a television's rows each is higher."""
MOST_LANGUAGES = 16
STALE_MS = 5_000
"""How much of a programme is over is moved on so often."""
MOST_KEPT = 8
Language = Literal["zh", "en"]
TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
SWITCH: dict[Language, str] = {"zh": "English", "en": "中文"}


def language_of(accept_language: str) -> Language:
    """Return the language of Accept-Language (RFC 9110 12.5.4) that there are texts in; English where there is none."""
    wanted: list[tuple[float, Language]] = []
    for choice in accept_language.split(",")[:MOST_LANGUAGES]:
        tag, _, weight = choice.strip().lower().partition(";q=")
        name = tag.partition("-")[0]
        if name in ("zh", "en"):
            wanted.append((_quality(weight), "zh" if name == "zh" else "en"))
    return max(wanted, key=lambda one: one[0])[1] if wanted else "en"


def language_asked_for(request: Request) -> Language | None:
    """Return the language to write channels in; None: the document is to be without."""
    if request.query_string == KEPT or f"{KNOWN}=".encode() in request.headers.get(b"cookie", b""):
        return None
    return language_of(request.headers.get(b"accept-language", b"").decode("latin-1"))


class FirstPage:
    """Documents made of the built one: those that many ask for are made once.

    Parameters
    ----------
    document : str    the built page
    """

    def __init__(self, document: str) -> None:
        self._document = document
        self._made: OrderedDict[tuple[str, Language | None, bool, int], bytes] = OrderedDict()

    def octets(self, request: Request, revision: str, network: NetworkView, now_ms: int) -> bytes:
        """Return the document for who asks, compressed if it may be.

        Parameters
        ----------
        revision : str    of the network
        """
        key = (revision, language_asked_for(request), request.accepts_gzip(), now_ms // STALE_MS)
        octets = self._made.get(key)
        if octets is None:
            octets = self.document(network, key[1], now_ms).encode()
            if key[2]:
                octets = gzip.compress(octets, 6, mtime=0)
            self._made[key] = octets
            if len(self._made) > MOST_KEPT:
                self._made.popitem(last=False)
        return octets

    def document(self, network: NetworkView, language: Language | None, now_ms: int) -> str:
        """Return the document; without channels where there are none, or no language."""
        if language is None or not network.services:
            return self._document
        document = self._document.replace('<html lang="zh-CN">', f'<html lang="{TAGS[language]}">')
        return document.replace(PLACE, early_list(network, language, now_ms))


def early_list(network: NetworkView, language: Language, now_ms: int) -> str:
    """Return the list as far as a window shows it."""
    header = (
        f"<header><i></i><h1>{_local(network.name, language)}</h1>"
        f'<time class="tabular">00:00</time><span>{SWITCH[language]}</span></header>'
    )
    pages = '<div class="pages"><i></i><i></i><i></i></div>'
    rows = "".join(_rows(network, language, now_ms))
    return (
        f'<div id="early" lang="{TAGS[language]}"><div class="stage"></div><div class="bar"></div>'
        f'<aside class="list">{header}{pages}<div class="rows">{rows}</div></aside></div>'
    )


def _rows(network: NetworkView, language: Language, now_ms: int) -> Iterator[str]:
    left = MOST_ROWS
    for region, services in _by_region(network):
        if left <= 0:
            return
        yield f'<h2><span>{_local(region.name, language)}</span><span class="tabular">{len(services)}</span></h2><ul>'
        yield from (f"<li>{_row(service, language, now_ms)}</li>" for service in services[:left])
        yield "</ul>"
        left -= len(services)


def _by_region(network: NetworkView) -> Iterator[tuple[RegionView, list[ServiceView]]]:
    """Group as the page does (lib/tuner/channel_order): a service of a region that is not declared comes last."""
    place = {region.id: n for n, region in enumerate(network.regions)}
    ordered = sorted(
        network.services, key=lambda one: (place.get(one.region, len(place)), one.region, one.number, one.id)
    )
    for name, services in groupby(ordered, key=lambda service: service.region):
        known = network.regions[place[name]] if name in place else RegionView(id=name, name=TextView(zh=name, en=name))
        yield known, list(services)


def _row(service: ServiceView, language: Language, now_ms: int) -> str:
    parts = [
        _span("number tabular long" if service.number > 999 else "number tabular", str(service.number)),
        _span("name", _text(service.name, language)),
        f'<i class="{service.state}"></i>',
    ]
    if service.now is not None and service.now.title:
        parts += [_span("on", service.now.title, service.now.language), _bar(service.now, now_ms)]
    else:
        parts.append(_other_name(service.name, language))
    then = service.next
    if then is not None and then.title and then.start and _ms(then.start) > now_ms:
        parts.append(f'<span class="next"><time class="tabular">00:00</time> {escape(then.title)}</span>')
    dim = "" if service.state == "live" else ' class="dim"'
    return f'<a{dim} href="#/{quote(service.id, safe="")}" data-early="{escape(service.id)}">{"".join(parts)}</a>'


def _other_name(name: TextView, language: Language) -> str:
    """What it is called in the other language; empty: the same."""
    tag, other = ("en", name.en) if language == "zh" else ("zh", name.zh)
    return _span("on", "" if other == _text(name, language) else other, tag)


def _span(name: str, text: str, language: str = "") -> str:
    lang = f' lang="{escape(language)}"' if language else ""
    return f'<span class="{name}"{lang}>{escape(text)}</span>'


def _bar(event: EventView, now_ms: int) -> str:
    """How much of it is over; empty: its times are open."""
    if event.start is None or not event.duration_s:
        return ""
    over = (now_ms - _ms(event.start)) / (1000 * event.duration_s)
    return f'<b><span style="width:{100 * min(1, max(0, over)):.1f}%"></span></b>'


def _ms(time: str) -> float:
    return 1000 * datetime.fromisoformat(time).timestamp()


def _text(text: TextView, language: Language) -> str:
    return (text.zh if language == "zh" else text.en) or text.zh or text.en


def _local(text: TextView, language: Language) -> str:
    return escape(_text(text, language))


def _quality(weight: str) -> float:
    try:
        return float(weight) if weight else 1
    except ValueError:
        return 0
