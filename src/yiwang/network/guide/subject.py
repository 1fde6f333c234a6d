"""What an event is about, in the eleven words that screens colour and filter by, whatever scheme its source used."""

from functools import lru_cache
from typing import Literal

from yiwang.network.guide.event import Event

Subject = Literal[
    "", "movie", "news", "show", "sports", "children", "music", "arts", "society", "education", "leisure", "special",
]  # fmt: skip
"""content_nibble_level_1 of EN 300 468 table 29, in its order; empty: not said."""
_BY_NIBBLE: tuple[Subject, ...] = (
    "", "movie", "news", "show", "sports", "children", "music", "arts", "society", "education", "leisure", "special",
)  # fmt: skip
_DVB = "urn:dvb:metadata:cs:ContentSubject:"
_TVA = ":ContentCS:"
_TVA_TERMS: tuple[tuple[str, Subject], ...] = (
    ("3.1.1", "news"), ("3.1.2", "society"), ("3.1.4", "arts"), ("3.1", "education"), ("3.2", "sports"),
    ("3.3", "leisure"), ("3.4", "movie"), ("3.5", "show"), ("3.6", "music"), ("3.7", "leisure"),
)  # fmt: skip
"""Terms of TV-Anytime's ContentCS (TS 102 822-3-1 annex A), the longer first."""
_WORDS: tuple[tuple[Subject, tuple[str, ...]], ...] = (
    ("children", ("少儿", "儿童", "动画", "動畫", "卡通", "children", "kids", "cartoon", "animation")),
    ("sports", ("体育", "體育", "足球", "篮球", "赛事", "sport", "football", "basketball", "tennis")),
    ("news", ("新闻", "新聞", "时事", "天气", "財經", "财经", "news", "weather", "current affairs", "business")),
    ("music", ("音乐", "音樂", "戏曲", "戲曲", "音乐会", "music", "concert", "opera", "ballet", "dance")),
    ("education", ("纪录", "記錄", "纪实", "科教", "教育", "科技", "自然", "历史", "documentary", "education", "science",
                   "nature", "history", "factual")),
    ("arts", ("艺术", "藝術", "文化", "arts", "culture", "religion")),
    ("society", ("社会", "法制", "法治", "军事", "政论", "society", "social", "politic", "military")),
    ("leisure", ("生活", "美食", "旅游", "健康", "购物", "时尚", "leisure", "lifestyle", "hobb", "travel", "cook", "food",
                 "shopping", "fashion")),
    ("show", ("综艺", "綜藝", "娱乐", "娛樂", "真人秀", "访谈", "游戏", "show", "entertainment", "variety", "quiz", "game",
              "talk", "reality", "comedy")),
    ("movie", ("电影", "電影", "电视剧", "電視劇", "剧情", "剧场", "影视", "movie", "film", "drama", "series", "soap",
               "thriller", "fiction", "crime", "romance")),
    ("special", ("特别", "special")),
)  # fmt: skip
"""Parts of words that XMLTV's categories are written with; the first that is found decides."""


def subject_of(event: Event) -> Subject:
    """Return what an event is about: by the first genre or category that tells it."""
    for genre in event.genres:
        scheme, _, term = genre.href.rpartition(":")
        if f"{scheme}:".startswith(_DVB):
            nibble = term.partition(".")[0]
            known: Subject = _BY_NIBBLE[int(nibble)] if nibble.isdecimal() and int(nibble) < len(_BY_NIBBLE) else ""
        elif _TVA in f"{scheme}:":
            known = next((subject for prefix, subject in _TVA_TERMS if f"{term}.".startswith(f"{prefix}.")), "")
        else:
            known = _by_word(genre.name)
        if known:
            return known
    for category in event.categories:
        if known := _by_word(category.value):
            return known
    return ""


@lru_cache(maxsize=1024)  # a guide has some tens of genres and hundreds of thousands of events
def _by_word(text: str) -> Subject:
    folded = text.casefold()
    return next((subject for subject, words in _WORDS if any(word in folded for word in words)), "")
