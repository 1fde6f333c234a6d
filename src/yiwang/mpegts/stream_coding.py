"""What a component of a programme is coded in: its stream_type and, where that is private, its descriptors."""

from yiwang.codecs import registry
from yiwang.mpegts.descriptor import find
from yiwang.mpegts.descriptors.registration import RegistrationDescriptor
from yiwang.mpegts.pmt import PmtStream


def _signs(stream: PmtStream) -> tuple[int, bytes | None, tuple[int, ...]]:
    registration = find(stream.es_info, RegistrationDescriptor)
    identifier = registration.format_identifier if registration else None
    return stream.stream_type, identifier, tuple(descriptor.tag for descriptor in stream.es_info)


def coding_name(stream: PmtStream) -> str:
    """Name the coding for people."""
    return registry.codec_name(*_signs(stream))


def plain_type(stream: PmtStream) -> int:
    """Return the stream type that says by itself what the stream is (`yiwang.codecs.registry.plain_type`)."""
    return registry.plain_type(*_signs(stream))
