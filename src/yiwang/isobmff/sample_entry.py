"""Sample entries (ISO/IEC 14496-12 12.1.3, 12.2.3, 12.6.3) with the boxes they carry."""

from struct import pack

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import UsageError
from yiwang.isobmff.box import box
from yiwang.isobmff.esds import VISUAL_STREAM, EsdsBox

# The box in which a sample entry carries CodecConfig.decoder_config.
DECODER_CONFIG_BOX = {
    "avc1": "avcC",
    "avc3": "avcC",
    "hvc1": "hvcC",
    "hev1": "hvcC",
    "mp4v": "esds",
    "mp4a": "esds",
    "ac-3": "dac3",
    "ec-3": "dec3",
    "Opus": "dOps",
}


def pasp(sar: tuple[int, int]) -> bytes:
    """PixelAspectRatioBox (12.1.4): horizontal and vertical spacing of samples."""
    return box("pasp", pack(">II", *sar))


def colr(colour: tuple[int, int, int, bool]) -> bytes:
    """ColourInformationBox (12.1.5) of type nclx: colour primaries, transfer, matrix (ISO/IEC 23091-2), full range."""
    primaries, transfer, matrix, full_range = colour
    return box("colr", b"nclx", pack(">HHHB", primaries, transfer, matrix, full_range << 7))


def visual_sample_entry(config: CodecConfig) -> bytes:
    """Octets of a VisualSampleEntry: 72 dpi, 24 bits of depth, with ``pasp`` and, when known, ``colr``, ``mdcv``, ``clli``.

    MasteringDisplayColourVolumeBox and ContentLightLevelBox (12.1) have the octets of the SEI messages. Of fields nothing is
    said here: the box that does is of QuickTime and Motion JPEG 2000, and H.264, HEVC and MPEG-2 video say it of each picture.
    """
    head = pack(">6xH16xHHIIIH", 1, config.width, config.height, 0x480000, 0x480000, 0, 1)
    if config.sample_entry == "mp4v":
        decoder_config = EsdsBox(config.decoder_config, config.object_type_indication, VISUAL_STREAM).to_bytes()
    else:
        decoder_config = box(DECODER_CONFIG_BOX[config.sample_entry], config.decoder_config)
    colour = colr(config.colour) if config.colour is not None else b""
    display = box("mdcv", config.mastering_display) if config.mastering_display else b""
    light = box("clli", config.content_light_level) if config.content_light_level else b""
    tail = (decoder_config, pasp(config.sar), colour, display, light)
    return box(config.sample_entry, head, bytes(32), pack(">Hh", 0x18, -1), *tail)


def audio_sample_entry(config: CodecConfig) -> bytes:
    """Octets of an AudioSampleEntry; a sampling frequency above 16 bits is written as 0, the decoder config says it."""
    frequency = config.sampling_frequency if config.sampling_frequency < 1 << 16 else 0
    head = pack(">6xH8xHHHHI", 1, config.channels, 16, 0, 0, frequency << 16)
    if config.sample_entry == "mp4a":
        decoder_config = EsdsBox(config.decoder_config, config.object_type_indication).to_bytes()
    else:
        decoder_config = box(DECODER_CONFIG_BOX[config.sample_entry], config.decoder_config)
    return box(config.sample_entry, head, decoder_config)


def subtitle_sample_entry(config: CodecConfig) -> bytes:
    """Octets of an XMLSubtitleSampleEntry (12.6.3.2): namespace, no schema location, media types of pictures in samples."""
    return box(config.sample_entry, pack(">6xH", 1), config.decoder_config)


def sample_entry(config: CodecConfig) -> bytes:
    """Octets of the sample entry of ``config``.

    Raises
    ------
    UsageError    a sample entry that this package cannot write
    """
    if config.kind == "text" and config.sample_entry == "stpp":
        return subtitle_sample_entry(config)
    if config.sample_entry not in DECODER_CONFIG_BOX:
        raise UsageError(f"no sample entry for codec {config.codec!r} ({config.sample_entry!r})")
    return visual_sample_entry(config) if config.kind == "video" else audio_sample_entry(config)
