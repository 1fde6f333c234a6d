import pytest

from yiwang.codecs.aac.either import SignedAdtsFramer, SignedLatmFramer
from yiwang.codecs.ac3.framer import Ac3Framer
from yiwang.codecs.avc.framer import AvcFramer
from yiwang.codecs.hevc.framer import HevcFramer
from yiwang.codecs.mpa.either import MpegAudioFramer
from yiwang.codecs.mpeg2_video.framer import Mpeg2VideoFramer
from yiwang.codecs.opus.framer import OpusFramer
from yiwang.codecs.registry import OPUS, codec_name, framer_for, is_packaged, kind_of, plain_type


@pytest.mark.parametrize(
    ("stream_type", "framer", "kind"),
    [
        (0x01, Mpeg2VideoFramer, "video"),
        (0x02, Mpeg2VideoFramer, "video"),
        (0x03, MpegAudioFramer, "audio"),
        (0x04, MpegAudioFramer, "audio"),
        (0x0F, SignedAdtsFramer, "audio"),
        (0x11, SignedLatmFramer, "audio"),
        (0x1B, AvcFramer, "video"),
        (0x24, HevcFramer, "video"),
        (0x81, Ac3Framer, "audio"),
        (0x87, Ac3Framer, "audio"),
        (OPUS, OpusFramer, "audio"),
    ],
)
def test_each_packaged_stream_type_has_a_new_framer_each_time(stream_type, framer, kind):
    first, second = framer_for(stream_type), framer_for(stream_type)
    assert type(first) is type(second) is framer
    assert first is not second
    assert is_packaged(stream_type)
    assert kind_of(stream_type) == kind


@pytest.mark.parametrize("stream_type", [0x05, 0x06, 0x25, 0x82, 0x84, 0x86, 0xFF])
def test_other_stream_types_have_none(stream_type):
    assert framer_for(stream_type) is None
    assert not is_packaged(stream_type)
    with pytest.raises(KeyError):
        kind_of(stream_type)


@pytest.mark.parametrize(
    ("stream_type", "identifier", "tags", "name"),
    [
        (0x02, None, (), "MPEG-2 video"),
        (0x03, None, (), "MPEG-1 audio"),
        (0x24, b"HEVC", (), "H.265/HEVC"),
        (0x33, None, (), "H.266/VVC"),
        (0xD2, None, (), "AVS2"),
        (0xD4, b"AVSV", (), "AVS3"),
        (0x86, b"CUEI", (), "SCTE-35 splice information"),
        (0x15, b"ID3 ", (), "metadata (ID3)"),
        (0x06, None, (0x52, 0x0A, 0x6A), "AC-3"),
        (0x06, None, (0x7A,), "E-AC-3"),
        (0x06, None, (0x38,), "H.265/HEVC"),
        (0x06, None, (0x0A, 0x56), "teletext"),
        (0x06, None, (0x59,), "DVB subtitles"),
        (0x06, b"AV01", (), "AV1"),
        (0x06, b"Opus", (0x05, 0x7F), "Opus"),
        (0x06, None, (), "private data"),
        (0x81, None, (), "AC-3"),
        (0x81, b"DTS1", (), "DTS"),
        (0x87, None, (), "E-AC-3"),
        (0x1B, b"HDMV", (0x56,), "H.264/AVC"),
        (0xEE, None, (), "stream type 0xEE"),
        (0xEE, b"\xff\xfe\0\0", (), "stream type 0xEE"),
    ],
)
def test_a_stream_is_named_by_its_type_or_where_that_is_private_by_its_descriptors(stream_type, identifier, tags, name):
    assert codec_name(stream_type, identifier, tags) == name


@pytest.mark.parametrize(
    ("stream_type", "identifier", "tags", "plain"),
    [
        (0x06, None, (0x52, 0x0A, 0x6A), 0x81),
        (0x06, None, (0x7A,), 0x87),
        (0x06, b"AC-3", (), 0x81),
        (0x06, b"EAC3", (), 0x87),
        (0x06, b"HEVC", (), 0x24),
        (0x06, None, (0x52, 0x38), 0x24),
        (0x06, None, (0x0A, 0x56), 0x06),
        (0x06, b"Opus", (0x05, 0x7F), OPUS),
        (0x99, b"Opus", (0x05,), OPUS),
        (0x06, None, (), 0x06),
        (0x81, None, (), 0x81),
        (0x81, b"AC-3", (), 0x81),
        (0x81, b"EAC3", (), 0x87),
        (0x81, b"DTS1", (), 0x06),
        (0x81, None, (0x7B,), 0x06),
        (0x84, None, (), 0x87),
        (0x87, None, (), 0x87),
        (0x87, None, (0x6A,), 0x81),
        (0xC1, None, (), 0xC1),
        (0x05, None, (0x6A,), 0x05),
        (0x03, b"AC-3", (0x6A,), 0x03),
        (0x0F, None, (0x7C,), 0x0F),
        (0x1B, b"HDMV", (), 0x1B),
        (0x24, b"HEVC", (), 0x24),
        (0xEE, None, (0x7A,), 0x87),
    ],
)
def test_what_a_private_stream_is_has_one_type_whatever_its_sign(stream_type, identifier, tags, plain):
    assert plain_type(stream_type, identifier, tags) == plain
