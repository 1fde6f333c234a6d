"""Descriptors of an AIT: their tags are a name space of its own (TS 102 809 table 12)."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.fields import FieldReader, language_octets, u16

OBJECT_CAROUSEL, HTTP = 0x0001, 0x0003


def _url(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _sized(octets: bytes) -> bytes:
    return bytes((len(octets),)) + octets


@dataclass(frozen=True, slots=True)
class ApplicationProfile:
    """A profile and the version of it that the application needs."""

    application_profile: int
    version: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ApplicationDescriptor:
    """TS 102 809 5.3.5.3."""

    TAG: ClassVar[int] = 0x00
    TAG_EXTENSION: ClassVar[int | None] = None

    profiles: tuple[ApplicationProfile, ...]
    service_bound_flag: bool
    visibility: int
    application_priority: int
    transport_protocol_labels: bytes

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "application_descriptor")
        loop = FieldReader(reader.take(reader.u8()), "application_profiles")
        profiles = []
        while loop.remaining:
            profiles.append(ApplicationProfile(loop.u16(), (loop.u8(), loop.u8(), loop.u8())))
        flags = reader.u8()
        return cls(tuple(profiles), bool(flags & 0x80), flags >> 5 & 3, reader.u8(), reader.rest())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        profiles = b"".join(u16(p.application_profile) + bytes(p.version) for p in self.profiles)
        flags = self.service_bound_flag << 7 | self.visibility << 5 | 0x1F
        return _sized(profiles) + bytes((flags, self.application_priority)) + self.transport_protocol_labels


@dataclass(frozen=True, slots=True)
class ApplicationName:
    """A name in one language."""

    language: str
    name: DvbText


@dataclass(frozen=True, slots=True)
class ApplicationNameDescriptor:
    """TS 102 809 5.3.5.6.1."""

    TAG: ClassVar[int] = 0x01
    TAG_EXTENSION: ClassVar[int | None] = None

    names: tuple[ApplicationName, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "application_name_descriptor")
        names = []
        while reader.remaining:
            names.append(ApplicationName(reader.language(), DvbText(reader.take(reader.u8()))))
        return cls(tuple(names))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return b"".join(language_octets(n.language) + _sized(n.name.octets) for n in self.names)


@dataclass(frozen=True, slots=True)
class TransportProtocolDescriptor:
    """TS 102 809 5.3.6.1. ``selector`` is read for HTTP by `url_bases`, for an object carousel by `component_tag`."""

    TAG: ClassVar[int] = 0x02
    TAG_EXTENSION: ClassVar[int | None] = None

    protocol_id: int
    transport_protocol_label: int
    selector: bytes

    @property
    def url_bases(self) -> tuple[str, ...]:
        """URL_base of each entry; the URL_extensions are boundaries within it. Nothing where it cannot be read."""
        bases, at = [], 0
        while self.protocol_id == HTTP and at < len(self.selector):
            end = at + 1 + self.selector[at]
            if end >= len(self.selector):
                break
            bases.append(_url(self.selector[at + 1 : end]))
            at = end + 1
            for _ in range(self.selector[end]):
                at += 1 + (self.selector[at] if at < len(self.selector) else 0)
        return tuple(bases)

    @property
    def component_tag(self) -> int | None:
        """Where the object carousel is, in the PMT."""
        return self.selector[-1] if self.protocol_id == OBJECT_CAROUSEL and self.selector else None

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "transport_protocol_descriptor")
        return cls(reader.u16(), reader.u8(), reader.rest())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return u16(self.protocol_id) + bytes((self.transport_protocol_label,)) + self.selector


@dataclass(frozen=True, slots=True)
class SimpleApplicationLocationDescriptor:
    """TS 102 809 5.3.7: the path of the first page, behind the URL base."""

    TAG: ClassVar[int] = 0x15
    TAG_EXTENSION: ClassVar[int | None] = None

    initial_path_octets: bytes

    @property
    def initial_path(self) -> str:
        """The path as text."""
        return _url(self.initial_path_octets)

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        return cls(payload)

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return self.initial_path_octets


@dataclass(frozen=True, slots=True)
class ApplicationUsageDescriptor:
    """TS 102 809 5.3.5.5: 1 is digital teletext."""

    TAG: ClassVar[int] = 0x16
    TAG_EXTENSION: ClassVar[int | None] = None

    usage_type: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        return cls(FieldReader(payload, "application_usage_descriptor").u8())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return bytes((self.usage_type,))


@dataclass(frozen=True, slots=True)
class SimpleApplicationBoundaryDescriptor:
    """TS 102 809 5.3.8: what belongs to the application, by the begins of URLs."""

    TAG: ClassVar[int] = 0x17
    TAG_EXTENSION: ClassVar[int | None] = None

    boundary_extensions: tuple[bytes, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "simple_application_boundary_descriptor")
        return cls(tuple(reader.take(reader.u8()) for _ in range(reader.u8())))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return bytes((len(self.boundary_extensions),)) + b"".join(map(_sized, self.boundary_extensions))


@dataclass(frozen=True, slots=True)
class DvbJApplicationDescriptor:
    """TS 102 809 5.3.5.8: what a DVB-J application is started with."""

    TAG: ClassVar[int] = 0x03
    TAG_EXTENSION: ClassVar[int | None] = None

    parameters: tuple[bytes, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "dvb_j_application_descriptor")
        parameters = []
        while reader.remaining:
            parameters.append(reader.take(reader.u8()))
        return cls(tuple(parameters))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return b"".join(map(_sized, self.parameters))


@dataclass(frozen=True, slots=True)
class DvbJApplicationLocationDescriptor:
    """TS 102 809 5.3.5.8: where a DVB-J application is in its file system."""

    TAG: ClassVar[int] = 0x04
    TAG_EXTENSION: ClassVar[int | None] = None

    base_directory: DvbText
    classpath_extension: DvbText
    initial_class: DvbText

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "dvb_j_application_location_descriptor")
        return cls(DvbText(reader.take(reader.u8())), DvbText(reader.take(reader.u8())), DvbText(reader.rest()))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return _sized(self.base_directory.octets) + _sized(self.classpath_extension.octets) + self.initial_class.octets


AIT_DESCRIPTORS = (
    ApplicationDescriptor,
    ApplicationNameDescriptor,
    TransportProtocolDescriptor,
    DvbJApplicationDescriptor,
    DvbJApplicationLocationDescriptor,
    SimpleApplicationLocationDescriptor,
    ApplicationUsageDescriptor,
    SimpleApplicationBoundaryDescriptor,
)
