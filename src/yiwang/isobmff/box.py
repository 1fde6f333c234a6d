"""Box and FullBox (ISO/IEC 14496-12 4.2), and a reader of any box tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack, unpack_from

from yiwang.base.errors import WireError

MAX_DEPTH = 16  # moov/trak/mdia/minf/stbl/stsd/avc1/avcC is 8; deeper is an attack

# Octets before the first child box, for boxes that contain boxes.
CONTAINERS = {
    **dict.fromkeys(("moov", "trak", "mdia", "minf", "dinf", "stbl", "mvex", "moof", "traf", "edts", "udta"), 0),
    "meta": 4,
    "dref": 8,
    "stsd": 8,
    **dict.fromkeys(("avc1", "avc3", "hvc1", "hev1"), 78),
    **dict.fromkeys(("mp4a", "ac-3", "ec-3", "Opus"), 28),
}


def box(box_type: str, *payload: bytes) -> bytes:
    """Octets of a Box: 32-bit size, four-character code, payload."""
    body = b"".join(payload)
    return pack(">I4s", 8 + len(body), box_type.encode("latin-1")) + body


def full_box(box_type: str, version: int, flags: int, *payload: bytes) -> bytes:
    """Octets of a FullBox: a Box whose payload begins with an 8-bit version and 24 bits of flags."""
    return box(box_type, pack(">I", version << 24 | flags), *payload)


def fields(source: str, layout: str, payload: bytes, offset: int = 0) -> tuple[int, ...]:
    """Unpack big-endian fields; WireError names ``source`` when the payload is too short."""
    try:
        return unpack_from(">" + layout, payload, offset)
    except Exception as error:
        raise WireError(source, len(payload), f"fields {layout} at octet {offset}", "the end of the box") from error


def version_flags(source: str, payload: bytes, versions: tuple[int, ...] = (0,)) -> tuple[int, int]:
    """Version and flags of a FullBox; WireError for a version that this reader does not know."""
    (word,) = fields(source, "I", payload)
    version, flags = word >> 24, word & 0xFFFFFF
    if version not in versions:
        raise WireError(source, 0, f"version in {versions}", str(version))
    return version, flags


@dataclass(frozen=True, slots=True)
class Box:
    """A box as it was read.

    ``payload`` is all after the header; for a box that contains boxes it is only what precedes the first of them, and
    ``boxes`` are those. ``to_bytes`` gives back the octets read (a 64-bit size that was not needed becomes 32-bit).
    """

    type: str
    payload: bytes
    boxes: tuple["Box", ...] = ()

    def to_bytes(self) -> bytes:
        """Octets of the box."""
        return box(self.type, self.payload, *(child.to_bytes() for child in self.boxes))

    def all(self, path: str) -> Iterator["Box"]:
        """Every box at ``path`` below this one, such as ``"traf/trun"``."""
        first, _, rest = path.partition("/")
        for child in self.boxes:
            if child.type == first:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def one(self, path: str) -> "Box":
        """Return the first box at ``path``; WireError when there is none."""
        found = next(self.all(path), None)
        if found is None:
            raise WireError(self.type, 0, path, "no such box")
        return found


def parse_boxes(octets: bytes, depth: int = 0) -> tuple[Box, ...]:
    """Read a sequence of boxes that fills ``octets``.

    Raises
    ------
    WireError    a size that does not fit in its container, or more than MAX_DEPTH levels
    """
    if depth > MAX_DEPTH:
        raise WireError("Box", 0, f"at most {MAX_DEPTH} levels of boxes", "more")
    boxes = []
    offset = 0
    while offset < len(octets):
        size, code = unpack_from(">I4s", octets, offset) if offset + 8 <= len(octets) else (0, b"")
        start = offset + 8
        if size == 1 and offset + 16 <= len(octets):
            (size,) = unpack_from(">Q", octets, start)
            start += 8
        elif size == 0 and code:
            size = len(octets) - offset  # to the end of the file
        end = offset + size
        if not start <= end <= len(octets):
            raise WireError("Box", offset, "a size within its container", str(size))
        box_type = code.decode("latin-1")
        prefix = CONTAINERS.get(box_type)
        if prefix is None or start + prefix > end:
            boxes.append(Box(box_type, octets[start:end]))
        else:
            children = parse_boxes(octets[start + prefix : end], depth + 1)
            boxes.append(Box(box_type, octets[start : start + prefix], children))
        offset = end
    return tuple(boxes)
