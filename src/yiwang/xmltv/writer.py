"""From records to octets, piece by piece: memory does not grow with the guide."""

from collections.abc import Callable, Iterable, Iterator

from yiwang.base.xml_text import escape, escape_attribute
from yiwang.xmltv.guide import Channel, Programme, SystemValue, Text
from yiwang.xmltv.moment import moment_text

PIECE_ROWS = 512
"""Programmes in one piece: about 200 KB."""


def _texts(name: str, texts: tuple[Text, ...]) -> str:
    if len(texts) == 1:  # nearly always
        value, lang = texts[0]
        return (
            f'  <{name} lang="{escape_attribute(lang)}">{escape(value)}</{name}>\n'
            if lang
            else f"  <{name}>{escape(value)}</{name}>\n"
        )
    written = ""
    for value, lang in texts:
        language = f' lang="{escape_attribute(lang)}"' if lang else ""
        written += f"  <{name}{language}>{escape(value)}</{name}>\n"
    return written


def _sources(name: str, uris: tuple[str, ...]) -> str:
    return "".join(f'  <{name} src="{escape_attribute(uri)}"/>\n' for uri in uris)


def _plain(name: str, values: Iterable[str]) -> str:
    return "".join(f"  <{name}>{escape(value)}</{name}>\n" for value in values if value)


def _system(value: SystemValue) -> str:
    return f' system="{escape_attribute(value.system)}"' if value.system else ""


def _in_value(name: str, values: tuple[SystemValue, ...]) -> str:
    return "".join(f"  <{name}{_system(v)}><value>{escape(v.value)}</value></{name}>\n" for v in values)


def _credits(programme: Programme) -> str:
    people = sorted(
        (p for p in programme.credits if p.job in CREDIT_JOBS), key=lambda person: CREDIT_JOBS.index(person.job)
    )
    if not people:
        return ""
    lines = "".join(
        f"<{job}{f' role={chr(34)}{escape_attribute(role)}{chr(34)}' if role and job == 'actor' else ''}>"
        f"{escape(name)}</{job}>"
        for job, name, role in people
    )
    return f"  <credits>{lines}</credits>\n"


CREDIT_JOBS = (
    "director", "actor", "writer", "adapter", "producer", "composer", "editor", "presenter", "commentator", "guest",
)  # fmt: skip
"""Children of ``credits`` in the order of the DTD."""


def _video(programme: Programme) -> str:
    if not programme.aspect and not programme.quality:
        return ""
    parts = "".join(
        f"<{name}>{escape(value)}</{name}>"
        for name, value in (("aspect", programme.aspect), ("quality", programme.quality))
        if value
    )
    return f"  <video>{parts}</video>\n"


def _flags(programme: Programme) -> str:
    flags = (
        ("previously-shown", programme.previously_shown),
        ("premiere", programme.premiere),
        ("last-chance", programme.last_chance),
        ("new", programme.new),
    )
    return "".join(f"  <{name}/>\n" for name, said in flags if said)


def _episode_nums(programme: Programme) -> str:
    return "".join(f"  <episode-num{_system(n)}>{escape(n.value)}</episode-num>\n" for n in programme.episode_nums)


def _subtitles(programme: Programme) -> str:
    return "".join(
        f'  <subtitles type="{escape_attribute(kind)}"/>\n' if kind else "  <subtitles/>\n"
        for kind in programme.subtitles
    )


# in the DTD's order, after category; each is asked only where the record has something
_PARTS: tuple[tuple[str, Callable[[Programme], str]], ...] = (
    ("keywords", lambda p: _texts("keyword", p.keywords)),
    ("language", lambda p: _plain("language", (p.language,))),
    ("orig_language", lambda p: _plain("orig-language", (p.orig_language,))),
    ("length_s", lambda p: f'  <length units="seconds">{p.length_s}</length>\n'),
    ("icons", lambda p: _sources("icon", p.icons)),
    ("urls", lambda p: _plain("url", p.urls)),
    ("countries", lambda p: _texts("country", p.countries)),
    ("episode_nums", _episode_nums),
    ("", _video),
    ("", _flags),
    ("subtitles", _subtitles),
    ("ratings", lambda p: _in_value("rating", p.ratings)),
    ("star_ratings", lambda p: _in_value("star-rating", p.star_ratings)),
)


def _has_more(p: Programme) -> bool:
    return bool(
        p.keywords or p.language or p.orig_language or p.length_s or p.icons or p.urls or p.countries or p.episode_nums
        or p.aspect or p.quality or p.previously_shown or p.premiere or p.last_chance or p.new or p.subtitles or p.ratings
        or p.star_ratings
    )  # fmt: skip


def channel_text(channel: Channel) -> str:
    """Return a ``channel``; one without a name is named by its id, as the DTD asks for a name."""
    names = channel.display_names or (Text(channel.id),)
    return (
        f' <channel id="{escape_attribute(channel.id)}">\n{_texts("display-name", names)}'
        f"{_sources('icon', channel.icons)}{_plain('url', channel.urls)} </channel>\n"
    )


def programme_text(programme: Programme) -> str:
    """Return a ``programme``."""
    stop_s = programme.stop_s
    stop = "" if stop_s is None else f' stop="{moment_text(stop_s)}"'
    written = (
        f' <programme start="{moment_text(programme.start_s)}"{stop} channel="{escape_attribute(programme.channel)}">\n'
        f"{_texts('title', programme.titles or (Text(''),))}"
    )
    if programme.sub_titles:
        written += _texts("sub-title", programme.sub_titles)
    if programme.descs:
        written += _texts("desc", programme.descs)
    if programme.credits:
        written += _credits(programme)
    if programme.date:
        written += _plain("date", (programme.date,))
    if programme.categories:
        written += _texts("category", programme.categories)
    if _has_more(programme):
        for name, part in _PARTS:
            if not name or getattr(programme, name):
                written += part(programme)
    return written + " </programme>\n"


def guide_pieces(
    channels: Iterable[Channel], programmes: Iterable[Programme], attributes: dict[str, str] | None = None
) -> Iterator[bytes]:
    """Yield the document in UTF-8.

    Parameters
    ----------
    channels, programmes : iterables       each gone through once, channels first
    attributes : dict                      of ``tv``: ``generator-info-name``, ``source-info-name``, ``date`` …
    """
    head = "".join(f' {name}="{escape_attribute(value)}"' for name, value in (attributes or {}).items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv{head}>\n'.encode()
    rows: list[str] = []
    for channel in channels:
        rows.append(channel_text(channel))
        if len(rows) >= PIECE_ROWS:
            yield "".join(rows).encode("utf-8", "replace")
            rows.clear()
    for programme in programmes:
        rows.append(programme_text(programme))
        if len(rows) >= PIECE_ROWS:
            yield "".join(rows).encode("utf-8", "replace")
            rows.clear()
    rows.append("</tv>\n")
    yield "".join(rows).encode("utf-8", "replace")
