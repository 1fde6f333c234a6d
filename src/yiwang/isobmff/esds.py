"""ESDBox (ISO/IEC 14496-14 6.7.2): an ES_Descriptor (ISO/IEC 14496-1 7.2.6.5) that carries what a decoder needs.

MPEG-1 and MPEG-2 audio have none: their frames say everything.
"""

from dataclasses import dataclass
from struct import pack

from yiwang.base.errors import WireError
from yiwang.isobmff.box import full_box, version_flags

ES_DESCRIPTOR = 0x03
DECODER_CONFIG_DESCRIPTOR = 0x04
DECODER_SPECIFIC_INFO = 0x05
SL_CONFIG_DESCRIPTOR = 0x06
OBJECT_TYPE_MPEG4_AUDIO = 0x40
VISUAL_STREAM, AUDIO_STREAM = 0x04 << 2 | 1, 0x05 << 2 | 1  # streamType, upStream 0, reserved 1


def descriptor(tag: int, *payload: bytes) -> bytes:
    """Octets of a descriptor with the shortest form of its expandable size (ISO/IEC 14496-1 8.3.3)."""
    body = b"".join(payload)
    size = [len(body) & 0x7F]
    while len(body) >> 7 * len(size):
        size.insert(0, len(body) >> 7 * len(size) & 0x7F | 0x80)
    return bytes([tag, *size]) + body


def parse_descriptors(octets: bytes) -> list[tuple[int, bytes]]:
    """Read a sequence of descriptors: (tag, payload) of each."""
    found = []
    position = 0
    while position < len(octets):
        tag = octets[position]
        size = 0
        for count in range(1, 5):
            if position + count >= len(octets):
                raise WireError("descriptor", position, "an expandable size", "the end")
            octet = octets[position + count]
            size = size << 7 | octet & 0x7F
            if not octet & 0x80:
                break
        start = position + count + 1
        position = start + size
        if position > len(octets):
            raise WireError("descriptor", start, f"{size} octets", f"{len(octets) - start}")
        found.append((tag, octets[start:position]))
    return found


@dataclass(frozen=True, slots=True)
class EsdsBox:
    """``decoder_specific_info`` is what the object type says.

    For MPEG-4 audio the AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1), for MPEG-2 video its sequence header, for MPEG-1
    and MPEG-2 audio nothing.
    """

    decoder_specific_info: bytes
    object_type_indication: int = OBJECT_TYPE_MPEG4_AUDIO
    stream_type: int = AUDIO_STREAM

    def to_bytes(self) -> bytes:
        """Octets of the box; buffer size and bit rates are left at 0, unknown."""
        info = self.decoder_specific_info
        decoder_config = descriptor(
            DECODER_CONFIG_DESCRIPTOR,
            pack(">BB3xII", self.object_type_indication, self.stream_type, 0, 0),
            descriptor(DECODER_SPECIFIC_INFO, info) if info else b"",
        )
        sl_config = descriptor(SL_CONFIG_DESCRIPTOR, b"\x02")  # predefined: MP4 file
        return full_box("esds", 0, 0, descriptor(ES_DESCRIPTOR, bytes(3), decoder_config, sl_config))


def parse_esds(payload: bytes) -> EsdsBox:
    """Read the payload of an ``esds`` box whose ES_Descriptor has no optional fields."""
    version_flags("esds", payload)
    for tag, es_descriptor in parse_descriptors(payload[4:]):
        if tag == ES_DESCRIPTOR:
            for inner_tag, decoder_config in parse_descriptors(es_descriptor[3:]):
                if inner_tag == DECODER_CONFIG_DESCRIPTOR and len(decoder_config) >= 13:
                    object_type, stream_type = decoder_config[:2]
                    for info_tag, info in parse_descriptors(decoder_config[13:]):
                        if info_tag == DECODER_SPECIFIC_INFO:
                            return EsdsBox(info, object_type, stream_type)
                    if object_type != OBJECT_TYPE_MPEG4_AUDIO:
                        return EsdsBox(b"", object_type, stream_type)
    raise WireError("esds", 4, "DecoderSpecificInfo", "none")
