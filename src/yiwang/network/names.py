"""A service's name in its normal form, and what it tells: words, numbers, quality, time shift, place."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from opencc import OpenCC

from yiwang.network import words as w
from yiwang.network.model import Quality

LONGEST_NAME = 200  # characters; what is longer is cut
UHD_LINES, HD_LINES = 1440, 720
_TO_SIMPLIFIED = OpenCC("t2s")
_HAN = r"\u3400-\u9fff\uf900-\ufaff"
_SHIFT = re.compile(
    r"(?<=[\w.!)])(?:\s*\(?\+\s?(\d{1,2})\s?(?:h|hr|std)?(?![\d\w])\)?|(?:\s+|(?<=[a-z]))(?:plus|timeshift)\s?(\d{1,2})\b)",
    re.I,
)
_SHIFT_BEFORE_QUALITY = re.compile(r"\+\s?(\d{1,2})(?=u?hd\b)", re.I)
_CALL_SIGN = re.compile(r"\b[KW][A-Z]{2,3}\b")
_GLUED_QUALITY = re.compile(r"(?<=[a-z0-9\u00df-\u024f])(U?HD|4K)\b|(?<=[A-Z]{3})(U?HD)\b")
_CAMEL = re.compile(r"(?<=[A-Za-z][a-z])(?=[A-Z][a-z]|TV\b)|(?<=[A-Z]{2})(?=[A-Z][a-z]{2})")
_TOKEN = re.compile(rf"[{_HAN}]+|\d+\+?|[^\W\d_{_HAN}]+\+?|\+")
_HAN_NOISE = re.compile("电视台|电视频道|频道|(?<=.)台$|(?<=.)套$")
_HAN_QUALITY = re.compile("超高清|高清|标清|超清")
_HAN_NUMBER = re.compile("([一二三四五六七八九十]+|\\d+)(?=套|台|频道)")
_HAN_KIND = re.compile(
    "|".join(sorted((word for word in w.GENERIC if word > "\u3400"), key=lambda word: (-len(word), word)))
)
_CCTV_NAME = re.compile("中国中央电视台|中央电视台|央视|中央(?=\\s*[-\\d一二三四五六七八九十])")
_MARKS = re.compile("[\u200b-\u200f\u24b6-\u24e9\ufeff\U0001f130-\U0001f1ff]+")
"""Letters in circles and squares, flags: what a list says of a stream, not who it is."""
_HEIGHT = re.compile(
    r"(?<![A-Za-z\d_.])(?:\d{3,4}\s?[x*×]\s?)?([1-9]\d{2,3})[pi](?:\d\d(?:fps)?)?(?![A-Za-z\d])|(?<![A-Za-z\d])\d{1,2}M(1080)(?![A-Za-z\d])",
    re.I,
)
_REMARK_WORDS = "|".join((
    r"geo[- ]?block(?:ed|ing)", r"not\s24/7", "offline", r"备用?\s?\d*", "主力?", "移动", "联通", "电信", "广电", "咪咕",
    "国内", r"ipv?\s?[46]", "高码率?", "单音轨", r"线路\s?\d*", r"\d{1,3}\s?(?:fps|帧)", r"\d{1,2}M(?:bps)?", r"h\.?26[45]",
))  # fmt: skip
_REMARKS = re.compile(
    rf"[(\[【「『〔]\s*(?:{_REMARK_WORDS})\s*[)\]】」』〕]|[\s\-_·•]*(?:备用\s?\d*|单音轨|高码率?|ipv[46]|\d\dfps)\s*$",
    re.I,
)
"""What lists put behind a name of how its stream comes, or whether it does."""
_COUNTRY_FIRST = re.compile(r"^\s*(?:\|\s*([A-Z]{2})\s*\||([A-Z]{2})\s?(?:\||:\s))\s*(?=\w)")
_PARENTHESES = re.compile(r"[(\[（【](.*?)[)\]）】]")


@dataclass(frozen=True, slots=True)
class NameForm:
    """A name in its normal form.

    ``plain`` is the whole name without case, width, accents, punctuation and blanks. ``words`` are those that say who it is,
    in order, numbers among them; ``core`` is ``words`` written together; ``full`` is all but quality, shift and places, as
    written. ``numbers`` are the numbers alone. ``shift_h`` is how many hours later it runs; ``places`` are words for
    the region of a feed; ``noise`` are those words that lists add or leave out as they like (TV, Channel).
    """

    plain: str
    full: str
    core: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    quality: Quality = ""
    shift_h: int = 0
    places: frozenset[str] = frozenset()
    latin: bool = True
    call_sign: str = ""  # of a North American station: KABC
    explained: bool = False  # the call sign stands in parentheses
    noise: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        return hash(self.plain)  # a string knows its own: forms are asked for by the hundred thousand


def fold(text: str) -> str:
    """Return ``text`` in lower case, narrow, simplified Chinese, without accents; other scripts in Latin letters."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        if re.search(f"[{_HAN}]", text):
            text = _TO_SIMPLIFIED.convert(text)
        text = "".join(c if "\u3400" <= c <= "\u9fff" else anyascii(c) for c in text)
    return text


def _stem(word: str) -> str:
    word = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return w.SAME.get(word, word)


def _han_number(text: str) -> str:
    if text.isdigit():
        return text
    tens, _, units = text.rpartition("十")
    if "十" not in text:
        return "".join(str(w.HAN_DIGITS[c]) for c in text)
    return str((w.HAN_DIGITS.get(tens, 1)) * 10 + w.HAN_DIGITS.get(units, 0))


def _cctv(text: str) -> str:
    """Call CCTV's channels by number, whatever they were called by."""
    text = _CCTV_NAME.sub("CCTV ", text)
    found = re.match(r"\s*cctv[\s\-_]*(?:(\d{1,2}\+?)[\s\-_]*)?(.*)", text, re.I | re.S)
    if not found:
        return text
    number, rest = found[1], found[2].strip()
    rest = _HAN_NOISE.sub("", _HAN_NUMBER.sub(lambda digits: _han_number(digits[1]), rest)).strip()
    if number is None and (digits := re.match(r"(\d{1,2}\+?)\s*(.*)", rest)):
        number, rest = digits[1], digits[2]
    for of_number, names in w.CCTV.items():
        if number in (None, of_number) and rest in names:
            return f"CCTV {of_number}"
    return f"CCTV {number} {rest}" if number else f"CCTV {rest}"


def _tokens(text: str) -> list[str]:
    text = _HAN_NUMBER.sub(lambda found: f" {_han_number(found[1])} ", text)
    text = _HAN_NOISE.sub(" ", text)
    text = _HAN_KIND.sub(lambda found: f" {found[0]} ", text)
    return _TOKEN.findall(text.casefold().replace("'", "").replace("&", " & "))


def _label(text: str) -> frozenset[str]:
    """The places that a text in parentheses or after a dash names, if it names nothing else."""
    found = [_stem(token) for token in _tokens(text)]
    found = [token for token in found if token not in w.NOISE and token not in w.SMALL and token not in w.QUALITY]
    places = {
        token for token in found if token in w.PLACES or token in w.LANGUAGES or len(token) == 2 or token == "central"
    }
    return frozenset(places) if len(places) == len(found) else frozenset()


def _take_labels(text: str) -> tuple[str, frozenset[str]]:
    places: frozenset[str] = frozenset()
    for found in list(_PARENTHESES.finditer(text)):
        label = _label(found[1])
        if label:
            places |= label
            text = text.replace(found[0], " ")
    head, dash, tail = text.rpartition(" - ")
    label = _label(tail) if dash else frozenset()
    if label:
        places, text = places | label, head
    return text, places


def _take_places(tokens: list[str]) -> tuple[list[str], set[str]]:
    """Take the places from the end of a name; something that says who it is must be left."""
    places: set[str] = set()

    def strong(rest: list[str]) -> bool:
        stems = [_stem(t) for t in rest]
        telling = any(len(t) > 1 and not t.isdigit() and t not in w.NOISE and t not in w.SMALL for t in stems)
        return telling or (len(rest) > 1 and len(rest[0]) == 1 and rest[0].isalpha() and rest[1].isdigit())

    noise: list[str] = []
    while len(tokens) > 1 and tokens[-1] in w.NOISE:
        noise.insert(0, tokens[-1])
        tokens = tokens[:-1]
    while len(tokens) > 1 and strong(tokens[:-1]):
        word = _stem(tokens[-1])
        after_number = any(t.rstrip("+").isdigit() for t in tokens[1:-1])
        language = len(word) == 1 and word in ("d", "e", "f", "i", "n") and len("".join(tokens[:-1])) > 2
        if word in w.PLACES or (after_number and word in w.PLACES_AFTER_NUMBER) or language:
            places.add(word)
        elif not (places and word in w.SMALL):
            break
        tokens = tokens[:-1]
    while len(tokens) > 1 and places and tokens[-1] in w.SMALL:
        tokens = tokens[:-1]
    return tokens + noise, places


def _without_remarks(text: str) -> tuple[str, Quality]:
    """Return a folded name without what it says of a stream: the lines of its picture, which are its quality, and remarks."""
    quality: Quality = ""
    for found in _HEIGHT.finditer(text):
        lines = int(found[1] or found[2])
        quality = "uhd" if lines >= UHD_LINES else "hd" if lines >= HD_LINES else "sd"
    bare = _REMARKS.sub(" ", _HEIGHT.sub(" ", text))
    bare = re.sub(r"[(\[]\s*[)\]]", " ", bare)
    country = _COUNTRY_FIRST.match(bare)
    if country and (country[1] or country[2]).lower() in w.PLACES:
        bare = bare[country.end() :]
    return (bare, quality) if _TOKEN.search(bare) else (text, "")


def without_quality(name: str) -> str:
    """Return a name without HD, 高清 and the like, else as it is; nothing if it was only that."""
    text = _without_remarks(unicodedata.normalize("NFKC", _MARKS.sub(" ", name)))[0]
    text = _HAN_QUALITY.sub(" ", text)
    text = _GLUED_QUALITY.sub(" ", text)
    return " ".join(word for word in text.split() if word.strip("()[]").lower() not in w.QUALITY)


@lru_cache(maxsize=100_000)
def normalise(name: str) -> NameForm:
    """Return the normal form of a service's name, in any script."""
    text, quality = _without_remarks(fold(_MARKS.sub(" ", name[:LONGEST_NAME]).strip() or name[:LONGEST_NAME]))
    plain = "".join(_TOKEN.findall(text.casefold()))
    shift_h = 0
    for pattern in (_SHIFT_BEFORE_QUALITY, _SHIFT):
        if found := pattern.search(text):
            if not re.search("[^\\W\\d]", text[: found.start()]):
                continue
            shift_h = int(found[1] or found[2])
            text = text[: found.start()] + " " + text[found.end() :]
            break
    call_sign = _CALL_SIGN.search(text)
    text = _GLUED_QUALITY.sub(lambda found: f" {found[0]}", text)
    for found in _HAN_QUALITY.findall(text):
        quality = w.QUALITY[found]  # type: ignore[assignment]
    text = _HAN_QUALITY.sub(" ", text)
    text, labels = _take_labels(text)
    if max(text, default="") >= "\u3400" or text[:4].casefold() == "cctv":
        text = _cctv(text)
    text = _CAMEL.sub(" ", text)
    kept: list[str] = []
    for token in re.sub(r"\b([48])k\b", r" \1k ", text.casefold()).split():
        found_tokens = [token] if token in w.QUALITY else _tokens(token)
        for part in found_tokens:
            if part in w.QUALITY and (kept or part not in ("4k", "8k")):
                quality = w.QUALITY[part] or quality  # type: ignore[assignment]
            else:
                kept.append(part)
    kept = [w.NUMBERS.get(t, t) for t in kept]
    kept = [str(int(t)) if t.isdigit() else t for t in kept]
    kept = [
        t
        for i, t in enumerate(kept)
        if not (t in "eyi" and 0 < i < len(kept) - 1 and len(kept[i - 1]) > 2 < len(kept[i + 1]))
    ]
    kept, places = _take_places(kept)
    stems = [_stem(t) for t in kept]
    core = tuple(t for t in stems if t not in w.NOISE and t not in w.SMALL) or tuple(stems)
    latin = all(c < "\u3400" for c in plain) and name.isascii()
    return NameForm(
        plain=plain,
        full="".join(kept) or plain,
        core="".join(core) or plain,
        words=core,
        numbers=tuple(t for t in core if t.rstrip("+").isdigit()),
        quality=quality,
        shift_h=shift_h,
        places=labels | frozenset(places),
        latin=latin,
        noise=frozenset(t for t in stems if t in w.NOISE),
        call_sign=call_sign[0].lower() if call_sign else "",
        explained=call_sign is not None and f"({call_sign[0]}" in name,
    )
