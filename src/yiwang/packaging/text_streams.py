"""Which elementary streams carry subtitles, and which subtitles: said by descriptors, as their stream type is private."""

from dataclasses import dataclass

from yiwang.base.subtitle import PageId
from yiwang.codecs.registry import PRIVATE_DATA
from yiwang.mpegts.descriptor import find_all
from yiwang.mpegts.descriptors.caption_service import CaptionServiceDescriptor
from yiwang.mpegts.descriptors.subtitling import SubtitlingDescriptor
from yiwang.mpegts.descriptors.teletext import SUBTITLE_HEARING_IMPAIRED, SUBTITLE_PAGE, TeletextDescriptor
from yiwang.mpegts.pmt import PmtStream
from yiwang.mpegts.roles import CAPTION, SUBTITLE, language_code
from yiwang.packaging.events import CaptionService

TELETEXT, DVB_SUBTITLE = "teletext", "dvb-subtitle"
DVB_SUBTITLE_TYPES = frozenset((*range(0x10, 0x17), *range(0x20, 0x27)))
"""Component types of stream_content 3: EN 300 468 table 26."""


@dataclass(frozen=True, slots=True)
class TextPage:
    """Subtitles in one language, for one public: they become one track."""

    page: PageId
    language: str  # ISO 639-2/T
    role: str  # 'subtitle', or 'caption' for the hard of hearing


@dataclass(frozen=True, slots=True)
class TextSpec:
    """An elementary stream with subtitles, as its PMT describes it. ``format``: TELETEXT or DVB_SUBTITLE."""

    pid: int
    format: str
    pages: tuple[TextPage, ...]


def signalled_captions(stream: PmtStream) -> tuple[CaptionService, ...]:
    """Return the captions within a video stream, as its descriptor tells them."""
    found: dict[str, CaptionService] = {}
    for descriptor in find_all(stream.es_info, CaptionServiceDescriptor):
        for service in descriptor.services:
            name = f"CC{1 + 2 * service.line21_field}" if service.number is None else f"SERVICE{service.number}"
            if service.number != 0:
                found.setdefault(name, CaptionService(name, language_code(service.language)))
    return tuple(found[name] for name in sorted(found))


def text_spec(stream: PmtStream) -> TextSpec | None:
    """Return what subtitles a component has; None if none that are packaged."""
    if stream.stream_type != PRIVATE_DATA:
        return None
    pages: dict[PageId, TextPage] = {}
    for descriptor in find_all(stream.es_info, TeletextDescriptor):
        for page in descriptor.pages:
            if page.teletext_type in (SUBTITLE_PAGE, SUBTITLE_HEARING_IMPAIRED):
                role = CAPTION if page.teletext_type == SUBTITLE_HEARING_IMPAIRED else SUBTITLE
                key = (page.magazine_number, page.page_number)
                pages.setdefault(key, TextPage(key, language_code(page.language), role))
    if pages:
        return TextSpec(stream.elementary_pid, TELETEXT, tuple(pages.values()))
    for subtitling in (
        s for descriptor in find_all(stream.es_info, SubtitlingDescriptor) for s in descriptor.subtitles
    ):
        if subtitling.subtitling_type in DVB_SUBTITLE_TYPES:
            role = CAPTION if subtitling.hard_of_hearing else SUBTITLE
            key = (subtitling.composition_page_id, subtitling.ancillary_page_id)
            pages.setdefault(key, TextPage(key, language_code(subtitling.language), role))
    return TextSpec(stream.elementary_pid, DVB_SUBTITLE, tuple(pages.values())) if pages else None
