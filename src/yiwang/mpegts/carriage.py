"""How a track's samples travel in a transport stream: stream_type, descriptors and framing, by codec."""

from collections.abc import Callable
from dataclasses import dataclass
from struct import pack

from yiwang.base.elementary import MPEG_4_AUDIO, CodecConfig
from yiwang.base.errors import WireError
from yiwang.codecs.aac.audio_specific_config import SAMPLING_FREQUENCIES, parse_audio_specific_config
from yiwang.codecs.aac.bit_writer import BitWriter
from yiwang.codecs.avc.decoder_configuration import parse_avc_decoder_configuration_record
from yiwang.codecs.hevc.decoder_configuration import parse_hevc_decoder_configuration_record
from yiwang.codecs.opus.channels import parse_dops
from yiwang.codecs.opus.framer import CONTROL_HEADER
from yiwang.kernels.ts_multiplex import ADTS, AS_IT_IS, ID_PCE, LENGTH_SIZE, NAL_UNITS, OPUS
from yiwang.mpegts.descriptor import Descriptor, Descriptors
from yiwang.mpegts.descriptors import (
    Ac3Descriptor,
    EnhancedAc3Descriptor,
    OpusAudioDescriptor,
    RegistrationDescriptor,
)

START_CODE = b"\0\0\0\1"
AVC_DELIMITER = START_CODE + b"\x09\xf0"
"""access_unit_delimiter_rbsp (ISO/IEC 14496-10 7.3.2.4), primary_pic_type 7: any slices."""
HEVC_DELIMITER = START_CODE + b"\x46\x01\x50"
"""Likewise of ISO/IEC 23008-2 7.3.2.5, pic_type 2."""
VIDEO, AUDIO, PRIVATE_STREAM_1 = 0xE0, 0xC0, 0xBD
"""stream_id, ISO/IEC 13818-1 table 2-22; of sound the first of 32."""
LOWEST_MPEG_1_FREQUENCY = 32_000
MPEG_1_VIDEO, MPEG_1_AUDIO, LOW_FREQUENCY_AUDIO = 0x6A, 0x6B, 0x69
"""objectTypeIndication, ISO/IEC 14496-1 table 5."""


@dataclass(frozen=True, slots=True)
class Carriage:
    """``prefix`` goes before each sample, ``sync_prefix`` takes its place before a random access point."""

    stream_type: int
    stream_id: int
    framing: int
    prefix: bytes = b""
    sync_prefix: bytes = b""
    es_info: Descriptors = ()


def _avc(config: CodecConfig) -> Carriage | None:
    record = parse_avc_decoder_configuration_record(config.decoder_config)
    sets = record.sequence_parameter_sets + record.sequence_parameter_set_exts + record.picture_parameter_sets
    return _nal_units(0x1B, AVC_DELIMITER, sets, record.length_size)


def _hevc(config: CodecConfig) -> Carriage | None:
    record = parse_hevc_decoder_configuration_record(config.decoder_config)
    sets = tuple(nal_unit for _, nal_units in record.arrays for nal_unit in nal_units)
    return _nal_units(0x24, HEVC_DELIMITER, sets, record.length_size, _registration(b"HEVC"))


def _nal_units(
    stream_type: int, delimiter: bytes, sets: tuple[bytes, ...], length_size: int, es_info: Descriptors = ()
) -> Carriage | None:
    if length_size != LENGTH_SIZE:
        return None
    sync_prefix = delimiter + b"".join(START_CODE + nal_unit for nal_unit in sets)
    return Carriage(stream_type, VIDEO, NAL_UNITS, delimiter, sync_prefix, es_info)


def _mpeg_video(config: CodecConfig) -> Carriage | None:
    """A sample that is a random access point begins with its sequence header, as the framer leaves it."""
    return Carriage(0x01 if config.object_type_indication == MPEG_1_VIDEO else 0x02, VIDEO, AS_IT_IS)


def _mp4a(config: CodecConfig) -> Carriage | None:
    if config.object_type_indication == MPEG_4_AUDIO:
        header = adts_header(config.decoder_config)
        return Carriage(0x0F, AUDIO, ADTS, header, header) if header else None
    if config.object_type_indication == MPEG_1_AUDIO:
        return Carriage(0x03, AUDIO, AS_IT_IS)
    return Carriage(0x04, AUDIO, AS_IT_IS) if config.object_type_indication == LOW_FREQUENCY_AUDIO else None


def _ac3(config: CodecConfig) -> Carriage | None:
    """User-private type of ATSC A/52 with registration, as HLS has it, and the descriptor of DVB: known to both."""
    es_info = (*_registration(b"AC-3"), Descriptor.of(Ac3Descriptor()))
    return Carriage(0x81, PRIVATE_STREAM_1, AS_IT_IS, es_info=es_info)


def _enhanced_ac3(config: CodecConfig) -> Carriage | None:
    es_info = (*_registration(b"EAC3"), Descriptor.of(EnhancedAc3Descriptor()))
    return Carriage(0x87, PRIVATE_STREAM_1, AS_IT_IS, es_info=es_info)


def _opus(config: CodecConfig) -> Carriage | None:
    """Private data, registered, with the descriptor that tells its channels; no trims, as no sample is to be cut off."""
    described = Descriptor.of(OpusAudioDescriptor(parse_dops(config.decoder_config).descriptor()))
    es_info = (*_registration(b"Opus"), described)
    return Carriage(0x06, PRIVATE_STREAM_1, OPUS, CONTROL_HEADER, CONTROL_HEADER, es_info)


def _registration(format_identifier: bytes) -> Descriptors:
    return (Descriptor.of(RegistrationDescriptor(format_identifier)),)


CARRIAGES: dict[str, Callable[[CodecConfig], Carriage | None]] = {
    "avc1": _avc,
    "avc3": _avc,
    "hvc1": _hevc,
    "hev1": _hevc,
    "mp4v": _mpeg_video,
    "mp4a": _mp4a,
    "ac-3": _ac3,
    "ec-3": _enhanced_ac3,
    "Opus": _opus,
}
"""By sample entry; None: its samples have no form in a transport stream that players know."""


def carriage(config: CodecConfig) -> Carriage | None:
    """Return how samples of ``config`` are carried, None when they cannot be."""
    make = CARRIAGES.get(config.sample_entry)
    try:
        return make(config) if make is not None else None
    except WireError:
        return None


def adts_header(audio_specific_config: bytes) -> bytes:
    """Octets of an adts_frame's header (ISO/IEC 14496-3 1.A.2.2) with aac_frame_length 0; nothing where ADTS cannot say it.

    SBR and PS are not in it (implicit signalling: a decoder finds them in the frames). Behind channel_configuration 0 comes
    the program_config_element that tells the channels, as the first syntactic element of the frame.
    """
    config = parse_audio_specific_config(audio_specific_config)
    if config.frame_length_flag or config.sampling_frequency not in SAMPLING_FREQUENCIES:
        return b""
    if config.channel_configuration > 7:
        return b""  # 3 bits
    index = SAMPLING_FREQUENCIES.index(config.sampling_frequency)
    fixed = (config.audio_object_type - 1) << 14 | index << 10 | config.channel_configuration << 6
    header = pack(">HH", 0xFFF1, fixed) + b"\0\x1f\xfc"  # MPEG-4, no CRC; fullness of the buffer: variable rate
    if config.program_config is None:
        return header
    element = BitWriter()
    element.u(3, ID_PCE)
    config.program_config.write(element)
    return header + element.to_bytes()
