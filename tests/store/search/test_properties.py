"""Every title is found by itself, its pinyin and its initials; no text, of any characters and length, breaks anything."""

import pypinyin
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.store.search import Event, SearchIndex, ServiceEvents, ServiceNames

HAN = st.text(
    "新闻联播浙江卫视重庆长安朝闻天下音乐银行大夫甄嬛传快乐绿水女儿国西游记都市频道还珠格格", min_size=2, max_size=10
)
ANY = st.text(max_size=80)


def of(*titles: str) -> SearchIndex:
    return SearchIndex.build([], [ServiceEvents("a", [Event(n, n + 1, title) for n, title in enumerate(titles)])])


def titles(index: SearchIndex, query: str) -> set[str]:
    return {item.title for item in index.search(query, 0, limit=200).items}


@given(st.lists(HAN, min_size=1, max_size=5))
@settings(max_examples=60)
def test_a_title_is_found_by_itself_its_pinyin_and_its_initials(some: list[str]):
    index = of(*some)
    for title in some:
        spelled = pypinyin.lazy_pinyin(title)
        assert index.search(title, 0).items[0].title == title
        assert title in titles(index, "".join(spelled))
        assert title in titles(index, "".join(s[0] for s in spelled))
        assert title in titles(index, spelled[0] + "".join(s[0] for s in spelled[1:]))


@given(st.text("abcdefghijklmnopqrstuvwxyz ", min_size=5, max_size=20), st.data())
@settings(max_examples=60)
def test_a_latin_title_is_found_with_a_letter_wrong(title: str, data: st.DataObject):
    letters = title.replace(" ", "")
    if len(letters) < 5:
        return
    at = data.draw(st.integers(1, len(letters) - 2))
    index = of(title)
    wrong = {
        letters[:at] + letters[at + 1 :],
        letters[:at] + "q" + letters[at:],
        letters[:at] + "q" + letters[at + 1 :],
    }
    for query in wrong:
        assert titles(index, query) == {title}, query


@given(st.lists(st.tuples(ANY, ANY, ANY, ANY), max_size=4), st.lists(st.lists(ANY, max_size=3), max_size=3), ANY)
@settings(max_examples=150)
def test_no_text_breaks_anything(events: list[tuple[str, str, str, str]], names: list[list[str]], query: str):
    services = [ServiceNames(service_id=f"s{n}", names=tuple(some)) for n, some in enumerate(names)]
    made = [Event(n, n + 1, t, s, (p, t), y, s) for n, (t, s, p, y) in enumerate(events)]
    index = SearchIndex.build(services, [ServiceEvents("a", made)])
    for text in [query, *(text for event in events for text in event), *(name for some in names for name in some)]:
        found = index.search(text, 2)
        assert len(found.items) == min(found.total, 20)
        for item in found.items:
            for reason in item.reasons:
                assert all(0 <= a < b <= len(reason.text) for a, b in reason.spans)
        programmes = index.search(text, 2, together=True)
        assert sum(1 + item.n_others for item in programmes.items) == found.total  # each event once


def test_texts_and_queries_of_any_length():
    long = "新闻" * 100_000
    index = SearchIndex.build(
        [ServiceNames(service_id="a", names=(long,) * 50)],
        [ServiceEvents("a", [Event(1, 2, long, long, (long,) * 9, long)])],
    )
    assert index.search(long, 0).total == 2
    assert index.search("x" * 1_000_000, 0).total == 0
    assert index.search("a " * 100_000, 0).total == 0
    assert index.search("\ud800\0新闻", 0).total == 2
    assert index.search("新闻", 0, limit=10**9, offset=10**9).items == ()
    assert index.search("新闻", 0, limit=-1, offset=-1).items == ()
