"""What a component of a programme is coded in: its stream_type and, where that is private, its descriptors."""

from yiwang.base.errors import WireError
from yiwang.codecs import registry
from yiwang.codecs.opus.channels import parse_descriptor
from yiwang.mpegts.descriptor import Descriptors, find
from yiwang.mpegts.descriptors.opus_audio import OpusAudioDescriptor
from yiwang.mpegts.descriptors.registration import RegistrationDescriptor
from yiwang.mpegts.pmt import Pmt, PmtStream


def _format_identifier(descriptors: Descriptors) -> bytes | None:
    registration = find(descriptors, RegistrationDescriptor)
    return registration.format_identifier if registration else None


def _signs(stream: PmtStream) -> tuple[int, bytes | None, tuple[int, ...]]:
    tags = tuple(descriptor.tag for descriptor in stream.es_info)
    return stream.stream_type, _format_identifier(stream.es_info), tags


def coding_name(stream: PmtStream, pmt: Pmt) -> str:
    """Name the coding of a component for people; what a private stream_type means can hang on its programme."""
    return registry.codec_name(*_signs(stream), _format_identifier(pmt.program_info))


def plain_type(stream: PmtStream) -> int:
    """Return the stream type that says by itself what the stream is (`yiwang.codecs.registry.plain_type`)."""
    plain = registry.plain_type(*_signs(stream))
    return registry.PRIVATE_DATA if plain == registry.OPUS and not _has_known_channels(stream) else plain


def channel_config(stream: PmtStream) -> bytes:
    """Return what descriptors say of the channels of Opus, which its packets do not; of all else nothing."""
    described = find(stream.es_info, OpusAudioDescriptor)
    return described.channel_config if described else b""


def _has_known_channels(stream: PmtStream) -> bool:
    try:
        parse_descriptor(channel_config(stream))
    except WireError:
        return False
    return True
