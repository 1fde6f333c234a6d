"""What an event is about, from three ways of saying it."""

import pytest

from yiwang.network.guide.event import Event, Genre
from yiwang.network.guide.from_eit import _GENRES, CONTENT_SUBJECT
from yiwang.network.guide.subject import _BY_NIBBLE, subject_of
from yiwang.xmltv.guide import Text

TVA = "urn:tva:metadata:cs:ContentCS:2011:"


def event(*genres: Genre, categories: tuple[str, ...] = ()) -> Event:
    return Event(start_s=0, stop_s=1, genres=genres, categories=tuple(Text(c) for c in categories))


@pytest.mark.parametrize("nibble", range(1, 12))
def test_a_stream_says_it_by_number_and_the_words_are_those_of_the_eit(nibble: int):
    assert subject_of(event(Genre(f"{CONTENT_SUBJECT}{nibble}"))) == _GENRES[nibble].lower() == _BY_NIBBLE[nibble]
    assert subject_of(event(Genre(f"{CONTENT_SUBJECT}{nibble}.2"))) == _BY_NIBBLE[nibble]


@pytest.mark.parametrize(
    ("term", "subject"),
    [
        ("3.1.1", "news"),
        ("3.1.1.7", "news"),
        ("3.1.10", "education"),
        ("3.2.3", "sports"),
        ("3.4", "movie"),
        ("9.9", ""),
    ],
)
def test_tv_anytime_says_it_by_term(term: str, subject: str):
    assert subject_of(event(Genre(TVA + term))) == subject


@pytest.mark.parametrize(
    ("category", "subject"),
    [
        ("体育", "sports"), ("Sports event", "sports"), ("电视剧", "movie"), ("Drama", "movie"), ("少儿动画", "children"),
        ("新闻时事", "news"), ("纪录片", "education"), ("综艺", "show"), ("Talk show", "show"), ("whatever", ""), ("", ""),
    ],
)  # fmt: skip
def test_xmltv_says_it_in_words(category: str, subject: str):
    assert subject_of(event(categories=(category,))) == subject


def test_the_first_that_tells_it_decides():
    assert subject_of(event(Genre("x"), Genre(f"{CONTENT_SUBJECT}4"), categories=("News",))) == "sports"
    assert (
        subject_of(event(Genre(f"{CONTENT_SUBJECT}0"), Genre(f"{CONTENT_SUBJECT}77"), categories=("x", "News")))
        == "news"
    )
    assert subject_of(event()) == ""
