"""IMSC1 documents (W3C TTML Profiles for Internet Media Subtitles and Captions 1.0.1) for samples of ``stpp`` tracks.

Times are on the media timeline of the track, as ISO/IEC 14496-30 has it.
"""

from collections.abc import Iterable, Sequence

from yiwang.base.language import bcp_47
from yiwang.base.subtitle import COLUMNS, ROWS, Bitmap, Colour, Cue, Screen, TextLine
from yiwang.base.xml_text import escape, escape_attribute
from yiwang.subtitles.blocks import Block, blocks

NAMESPACE = "http://www.w3.org/ns/ttml"
TEXT_PROFILE = "http://www.w3.org/ns/ttml/profile/imsc1/text"
IMAGE_PROFILE = "http://www.w3.org/ns/ttml/profile/imsc1/image"
TEXT_CODEC = "stpp.ttml.im1t"
IMAGE_CODEC = "stpp.ttml.im1i"
SUBSAMPLE_URN = "urn:mpeg:14496-30:subs:"
"""With a number from 1: a picture that is stored in the sample behind the document (ISO/IEC 14496-30 5.6)."""

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<tt xmlns="{NAMESPACE}" xmlns:ttp="{NAMESPACE}#parameter" xmlns:tts="{NAMESPACE}#styling"'
)
_EDGE_PERCENT = 5
"""Text columns fill the picture but for this much on both sides."""


def imsc_text(cues: Iterable[Cue], language: str) -> bytes:
    """Octets of a document of the text profile.

    Parameters
    ----------
    cues : iterable of Cue    90 kHz ticks on the media timeline
    language : str            ISO 639-2/T
    """
    regions: dict[str, str] = {}
    paragraphs = []
    for cue in cues:
        for block in blocks(cue.screen.lines):
            name = _add_region(regions, block)
            text = "<br/>".join(map(_line, block.lines))
            times = f'begin="{_time(cue.begin)}" end="{_time(cue.end)}"'
            paragraphs.append(f'<p {times} region="{name}" tts:textAlign="{block.align}">{text}</p>\n')
    if not paragraphs:
        return _document(TEXT_PROFILE, language, "", "")
    style = (
        '<styling><style xml:id="s" tts:fontFamily="proportionalSansSerif" tts:fontSize="120%" '
        'tts:lineHeight="125%" tts:color="#ffffff"/></styling>\n'
    )
    head = f"<head>\n{style}<layout>\n{''.join(regions.values())}</layout>\n</head>\n"
    return _document(TEXT_PROFILE, language, head, f'<div style="s">\n{"".join(paragraphs)}</div>')


def imsc_images(cues: Sequence[Cue], language: str) -> tuple[bytes, list[bytes]]:
    """Octets of a document of the image profile, and the PNG files that it names by their places, each once."""
    pictures: dict[bytes, int] = {}
    regions: dict[tuple[Screen, Bitmap], str] = {}
    divisions = []
    for cue in cues:
        for bitmap in cue.screen.bitmaps:
            n = pictures.setdefault(bitmap.png, len(pictures) + 1)
            name = f"r{list(regions).index((cue.screen, bitmap)) + 1}" if (cue.screen, bitmap) in regions else ""
            if not name:
                name = f"r{len(regions) + 1}"
                regions[cue.screen, bitmap] = _image_region(name, cue.screen, bitmap)
            times = f'begin="{_time(cue.begin)}" end="{_time(cue.end)}"'
            divisions.append(f'<div {times} region="{name}" smpte:backgroundImage="{SUBSAMPLE_URN}{n}"/>\n')
    head = f"<head>\n<layout>\n{''.join(regions.values())}</layout>\n</head>\n" if regions else ""
    extent = ""
    if cues:
        extent = f' tts:extent="{cues[0].screen.width}px {cues[0].screen.height}px"'
    body = "".join(divisions)
    smpte = ' xmlns:smpte="http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt"' if divisions else ""
    return _document(IMAGE_PROFILE, language, head, body, smpte + extent), list(pictures)


def _document(profile: str, language: str, head: str, body: str, attributes: str = "") -> bytes:
    tag = f'"{escape_attribute(bcp_47(language) or "")}"'
    parameters = f'ttp:profile="{profile}" ttp:timeBase="media" ttp:cellResolution="{COLUMNS} {ROWS}"'
    body = f"<body>\n{body}</body>\n" if body else "<body/>\n"
    return f"{_HEAD}{attributes} xml:lang={tag} {parameters}>\n{head}{body}</tt>\n".encode()


def _time(ticks_90k: int) -> str:
    """Clock time of any number of hours, to the millisecond."""
    seconds, ms = divmod(ticks_90k // 90, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def _add_region(regions: dict[str, str], block: Block) -> str:
    """Name the region of a block: as wide as the text area, at its rows, and from its column on if it is not centred."""
    in_lower_half = 2 * block.row + block.rows > ROWS
    left, right = _EDGE_PERCENT, 100 - _EDGE_PERCENT
    at = _EDGE_PERCENT + round((right - left) * block.column / COLUMNS)
    if block.align == "start":
        left = at
    elif block.align == "end":
        right = at
    name = f"r{block.row}-{block.rows}-{block.align}{'' if block.align == 'center' else block.column}"
    top, height = 100 * block.row // ROWS, -(-100 * block.rows // ROWS)
    regions.setdefault(
        name,
        f'<region xml:id="{name}" tts:origin="{left}% {top}%" tts:extent="{right - left}% {height}%" '
        f'tts:displayAlign="{"after" if in_lower_half else "before"}" tts:overflow="visible"/>\n',
    )
    return name


def _line(line: TextLine) -> str:
    return "".join(
        f'<span tts:color="{_hex(span.colour)}" tts:backgroundColor="{_hex(span.background)}">{escape(span.text)}</span>'
        for span in line.spans
    )


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _image_region(name: str, screen: Screen, bitmap: Bitmap) -> str:
    return (
        f'<region xml:id="{name}" tts:origin="{bitmap.x}px {bitmap.y}px" '
        f'tts:extent="{bitmap.width}px {bitmap.height}px"/>\n'
    )
