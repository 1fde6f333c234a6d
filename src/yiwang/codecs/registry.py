"""Which stream types there are (ISO/IEC 13818-1 Table 2-34 and its users), and which of them are framed here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yiwang.codecs.framer import Framer
from yiwang.codecs.nal_framer import FramingSpace, NalFramer

PRIVATE_SECTIONS, PRIVATE_DATA = 0x05, 0x06
USER_PRIVATE = range(0x80, 0x100)


@dataclass(frozen=True, slots=True)
class Packaged:
    """A stream type that becomes a track."""

    kind: str  # 'video' | 'audio'
    framer: Callable[[], Framer]


def _mpeg2_video() -> (
    Framer
):  # each is imported when the first such stream comes: a command knows few codecs in its time
    from yiwang.codecs.mpeg2_video.framer import Mpeg2VideoFramer

    return Mpeg2VideoFramer()


def _mpeg_audio() -> Framer:
    from yiwang.codecs.mpa.either import MpegAudioFramer

    return MpegAudioFramer()


def _adts() -> Framer:
    from yiwang.codecs.aac.either import SignedAdtsFramer

    return SignedAdtsFramer()


def _latm() -> Framer:
    from yiwang.codecs.aac.either import SignedLatmFramer

    return SignedLatmFramer()


def _avc() -> Framer:
    from yiwang.codecs.avc.framer import AvcFramer

    return AvcFramer()


def _hevc() -> Framer:
    from yiwang.codecs.hevc.framer import HevcFramer

    return HevcFramer()


def _ac3() -> Framer:
    from yiwang.codecs.ac3.framer import Ac3Framer

    return Ac3Framer()


def _opus(channel_config: bytes = b"") -> Framer:
    from yiwang.codecs.opus.framer import OpusFramer

    return OpusFramer(channel_config)


HEVC, AC_3, E_AC_3 = 0x24, 0x81, 0x87
OPUS = 0x100
"""It has no stream_type that anybody uses: a number that is none stands for it."""
PACKAGED = {
    0x01: Packaged("video", _mpeg2_video),
    0x02: Packaged("video", _mpeg2_video),
    0x03: Packaged("audio", _mpeg_audio),
    0x04: Packaged("audio", _mpeg_audio),
    0x0F: Packaged("audio", _adts),
    0x11: Packaged("audio", _latm),
    0x1B: Packaged("video", _avc),
    HEVC: Packaged("video", _hevc),
    AC_3: Packaged("audio", _ac3),
    E_AC_3: Packaged("audio", _ac3),
    OPUS: Packaged("audio", _opus),
}
"""By what `plain_type` says of a stream."""
_PLAIN_TYPES = {"AC-3": AC_3, "E-AC-3": E_AC_3, "H.265/HEVC": HEVC, "Opus": OPUS}

NAMES = {
    0x01: "MPEG-1 video",
    0x02: "MPEG-2 video",
    0x03: "MPEG-1 audio",
    0x04: "MPEG-2 audio",
    0x05: "private sections",
    0x06: "private data",
    0x07: "MHEG",
    0x08: "DSM-CC",
    0x0A: "DSM-CC multiprotocol encapsulation",
    0x0B: "DSM-CC messages",
    0x0C: "DSM-CC stream descriptors",
    0x0D: "DSM-CC sections",
    0x0F: "AAC (ADTS)",
    0x10: "MPEG-4 visual",
    0x11: "AAC (LATM)",
    0x12: "MPEG-4 systems in PES",
    0x13: "MPEG-4 systems in sections",
    0x15: "metadata (ID3)",
    0x16: "metadata sections",
    0x1A: "MPEG-2 IPMP",
    0x1B: "H.264/AVC",
    0x1C: "MPEG-4 audio, raw",
    0x1D: "MPEG-4 text",
    0x1E: "auxiliary video",
    0x1F: "H.264/SVC layer",
    0x20: "H.264/MVC view",
    0x21: "JPEG 2000",
    0x24: "H.265/HEVC",
    0x25: "H.265/HEVC temporal layer",
    0x27: "H.265/HEVC tile or layer",
    0x2D: "MPEG-H 3D Audio",
    0x2E: "MPEG-H 3D Audio, auxiliary",
    0x32: "JPEG XS",
    0x33: "H.266/VVC",
    0x34: "H.266/VVC temporal layer",
    0x35: "EVC",
    0x42: "AVS video",
    0x7F: "IPMP",
    0xD2: "AVS2",
    0xD4: "AVS3",
}
"""By stream_type; 0x42, 0xD2 and 0xD4 as the AVS standards have it."""

USER_PRIVATE_NAMES = {
    0x80: "DigiCipher II video",
    0x81: "AC-3",
    0x82: "DTS",
    0x83: "Dolby TrueHD",
    0x84: "E-AC-3",
    0x85: "DTS-HD",
    0x86: "SCTE-35 splice information",
    0x87: "E-AC-3",
    0x88: "DTS-HD",
    0x8A: "DTS",
    0x90: "PGS subtitles",
    0xC1: "AC-3 (encrypted)",
    0xC2: "E-AC-3 (encrypted)",
}
"""By custom, of ATSC A/53, SCTE and Blu-ray, where no descriptor says otherwise."""
BLU_RAY = b"HDMV"
BLU_RAY_NAMES = USER_PRIVATE_NAMES | {
    0x80: "LPCM",
    0x86: "DTS-HD Master Audio",
    0x91: "interactive graphics",
    0x92: "text subtitles",
    0xA1: "E-AC-3, secondary",
    0xA2: "DTS-HD, secondary",
}
"""The same in a programme whose own registration is BLU_RAY, as discs and camcorders (AVCHD) have it."""

REGISTRATIONS = {
    b"AC-3": "AC-3",
    b"EAC3": "E-AC-3",
    b"AC-4": "AC-4",
    b"DTS1": "DTS",
    b"DTS2": "DTS",
    b"DTS3": "DTS",
    b"DTSH": "DTS-HD",
    b"Opus": "Opus",
    b"AV01": "AV1",
    b"HEVC": "H.265/HEVC",
    b"VVC ": "H.266/VVC",
    b"AVSV": "AVS video",
    b"AVS2": "AVS2",
    b"AVS3": "AVS3",
    b"CUEI": "SCTE-35 splice information",
    b"ID3 ": "metadata (ID3)",
    b"KLVA": "KLV metadata",
    b"BSSD": "SMPTE 302M audio",
    b"VC-1": "VC-1",
    b"drac": "Dirac",
    b"ETV1": "ETV integrated signalling",
}
"""By format_identifier of a registration_descriptor."""

DESCRIPTORS = {
    0x38: "H.265/HEVC",
    0x46: "VBI teletext",
    0x45: "VBI data",
    0x56: "teletext",
    0x59: "DVB subtitles",
    0x6A: "AC-3",
    0x6F: "application signalling",
    0x7A: "E-AC-3",
    0x7B: "DTS",
    0x7C: "AAC",
}
"""By descriptor_tag (ISO/IEC 13818-1 Table 2-45, EN 300 468): what a private stream is."""


def plain_type(stream_type: int, format_identifier: bytes | None = None, descriptor_tags: Sequence[int] = ()) -> int:
    """Return the stream type that says by itself what a stream is: private data that is AC-3 is AC_3, by whatever sign.

    A user-private type that PACKAGED has, but that descriptors declare something else, becomes PRIVATE_DATA.
    """
    if stream_type in NAMES and stream_type not in (PRIVATE_SECTIONS, PRIVATE_DATA):
        return stream_type
    plain = _PLAIN_TYPES.get(codec_name(stream_type, format_identifier, descriptor_tags))
    if plain is not None and stream_type != PRIVATE_SECTIONS:
        return plain
    return PRIVATE_DATA if stream_type in PACKAGED else stream_type


def framer_for(stream_type: int, space: FramingSpace | None = None, channel_config: bytes = b"") -> Framer | None:
    """Return a new framer, None when the stream type is not framed here.

    Parameters
    ----------
    space : FramingSpace or None    that of the thread, if it has many
    channel_config : bytes          of OPUS, what its descriptor says (`yiwang.mpegts.stream_coding.channel_config`)
    """
    if stream_type == OPUS:
        return _opus(channel_config)
    packaged = PACKAGED.get(stream_type)
    framer = packaged.framer() if packaged else None
    if space is not None and isinstance(framer, NalFramer):
        framer.share(space)
    return framer


def is_packaged(stream_type: int) -> bool:
    """Tell whether streams of this type become tracks."""
    return stream_type in PACKAGED


def kind_of(stream_type: int) -> str:
    """Return 'video' or 'audio' of a stream type that is packaged.

    Raises
    ------
    KeyError    it is not packaged
    """
    return PACKAGED[stream_type].kind


def codec_name(
    stream_type: int,
    format_identifier: bytes | None = None,
    descriptor_tags: Sequence[int] = (),
    programme_identifier: bytes | None = None,
) -> str:
    """Name an elementary stream for people.

    Parameters
    ----------
    format_identifier : bytes or None    four octets, of its registration_descriptor
    descriptor_tags : sequence of int    of its descriptors
    programme_identifier : bytes or None    as format_identifier, of its programme

    Notes
    -----
    A private or user-private stream type means what descriptors say; any other means itself.
    """
    if stream_type in (PRIVATE_SECTIONS, PRIVATE_DATA) or (stream_type in USER_PRIVATE and stream_type not in NAMES):
        for tag in descriptor_tags:
            if tag in DESCRIPTORS:
                return DESCRIPTORS[tag]
        if format_identifier in REGISTRATIONS:
            return REGISTRATIONS[format_identifier]
    by_custom = BLU_RAY_NAMES if BLU_RAY in (format_identifier, programme_identifier) else USER_PRIVATE_NAMES
    return NAMES.get(stream_type) or by_custom.get(stream_type) or f"stream type 0x{stream_type:02X}"
