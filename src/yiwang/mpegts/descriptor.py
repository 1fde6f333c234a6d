"""The descriptor loop of every PSI and SI table.

A loop is kept as it came, a :class:`Descriptor` for each tag and length, so that what is not understood survives a
rewrite octet for octet. Meaning is read on demand: ``find(pmt.program_info, RegistrationDescriptor)``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar

from yiwang.base.errors import WireError
from yiwang.mpegts.fields import FieldReader, u16

EXTENSION_TAG = 0x7F  # EN 300 468 6.2.16: the first payload octet is descriptor_tag_extension
MALFORMED = -1  # the tag given to octets at a loop's end that are no descriptor


class TypedDescriptor(Protocol):
    """What a room of ``descriptors/`` holds: a dataclass that is read from and written to a descriptor's payload."""

    TAG: ClassVar[int]
    TAG_EXTENSION: ClassVar[int | None]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the octets after descriptor_length (after descriptor_tag_extension where there is one)."""
        ...

    def to_bytes(self) -> bytes:
        """Write what :meth:`parse` reads."""
        ...


T = TypeVar("T", bound=TypedDescriptor)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """``descriptor_tag`` and the octets that follow ``descriptor_length``."""

    tag: int
    payload: bytes

    @property
    def tag_extension(self) -> int | None:
        """The descriptor_tag_extension, None when the tag has no extension."""
        return self.payload[0] if self.tag == EXTENSION_TAG and self.payload else None

    @classmethod
    def of(cls, typed: TypedDescriptor) -> "Descriptor":
        """Make the descriptor that carries ``typed``."""
        extension = b"" if typed.TAG_EXTENSION is None else bytes((typed.TAG_EXTENSION,))
        return cls(typed.TAG, extension + typed.to_bytes())

    def to_bytes(self) -> bytes:
        """Write tag, length and payload."""
        if self.tag == MALFORMED:
            return self.payload
        if len(self.payload) > 255:
            raise WireError("descriptor", 1, "descriptor_length of at most 255", str(len(self.payload)))
        return bytes((self.tag, len(self.payload))) + self.payload


Descriptors = tuple[Descriptor, ...]


def parse_descriptors(octets: bytes) -> Descriptors:
    """Read a descriptor loop. Never fails: a tail that is no descriptor is kept under the tag MALFORMED."""
    descriptors = []
    at = 0
    while at < len(octets):
        end = at + 2 + octets[at + 1] if at + 1 < len(octets) else len(octets) + 1
        if end > len(octets):
            descriptors.append(Descriptor(MALFORMED, octets[at:]))
            break
        descriptors.append(Descriptor(octets[at], octets[at + 2 : end]))
        at = end
    return tuple(descriptors)


def descriptors_to_bytes(descriptors: Iterable[Descriptor]) -> bytes:
    """Write a descriptor loop."""
    return b"".join(descriptor.to_bytes() for descriptor in descriptors)


def take_descriptors(reader: FieldReader) -> Descriptors:
    """Read a 12-bit length behind four reserved bits, and the loop it measures."""
    return parse_descriptors(reader.take(reader.u16() & 0xFFF))


def sized_descriptors(descriptors: Iterable[Descriptor], flags: int = 0xF) -> bytes:
    """Write what :func:`take_descriptors` reads, ``flags`` in the four leading bits."""
    octets = descriptors_to_bytes(descriptors)
    if len(octets) > 0xFFF:
        raise WireError("descriptor", 0, "a loop of at most 4095 octets", str(len(octets)))
    return u16(flags << 12 | len(octets)) + octets


def find_all(descriptors: Iterable[Descriptor], kind: type[T]) -> list[T]:
    """Return every descriptor of ``kind``; one whose payload is malformed counts as absent."""
    found = []
    for descriptor in descriptors:
        if descriptor.tag != kind.TAG or descriptor.tag_extension != kind.TAG_EXTENSION:
            continue
        try:
            found.append(kind.parse(descriptor.payload[0 if kind.TAG_EXTENSION is None else 1 :]))
        except WireError:
            continue
    return found


def find(descriptors: Iterable[Descriptor], kind: type[T]) -> T | None:
    """Return the first descriptor of ``kind``, None when there is none."""
    return next(iter(find_all(descriptors, kind)), None)
