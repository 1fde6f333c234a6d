"""A title as numbers: a hash of what is left of it without spelling, and a sketch to see how much two have in common."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

SKETCH_BITS = 62
SKETCH_FEATURES = 24
"""So many of a long title's pairs of letters count, those whose hash is least: the same of both, if both have them."""
_IN_BRACKETS = re.compile(r"[(\[{<【〔〖《〈「『][^()\[\]{}<>【】〔〕〖〗]{0,40}[)\]}】〕〗]")
_EPISODE = re.compile(
    r"第\s*[0-9一二三四五六七八九十百零]{1,5}\s*[集期回话話季]|\b(?:s\d{1,3}\s*)?(?:e|ep|episode)\.?\s*\d{1,4}\b"
)
_KIND = re.compile(
    r"^\s*(?:电视剧|電視劇|连续剧|動畫片|动画片|电影|電影|首播|重播|直播|录播|film|movie|new|live|premiere)\s*[:：]\s*"
)
_MARKS = re.compile(r"[\W_]+")


def normal_title(title: str) -> str:
    """Return a title without width, case, punctuation, number of an episode and what is in brackets."""
    text = unicodedata.normalize("NFKC", title).casefold()
    if text.isalpha() and "第" not in text:  # nothing of what is left out
        return text
    for left_out in (_IN_BRACKETS, _KIND, _EPISODE):
        shorter = left_out.sub(" ", text)
        if _MARKS.sub("", shorter):
            text = shorter
    return _MARKS.sub("", text) or text.strip()


@lru_cache(1 << 16)
def title_numbers(title: str) -> tuple[int, int]:
    """Return hash (63 bits; 0: no title) and sketch (62 bits) of a title, the same on every machine."""
    normal = normal_title(title)
    if not normal:
        return 0, 0
    number = int.from_bytes(blake2b(normal.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1
    codes = [ord(letter) for letter in normal]
    pairs = {(one * 8191 + other) * 0x9E3779B1 & 0xFFFFFFFF for one, other in zip(codes, codes[1:], strict=False)} or {
        codes[0]
    }
    sketch = 0
    for pair in sorted(pairs)[:SKETCH_FEATURES] if len(pairs) > SKETCH_FEATURES else pairs:
        sketch |= 1 << (pair * SKETCH_BITS >> 32)
    return number or 1, sketch
