"""What a component is called can hang on its programme."""

import pytest

from yiwang.codecs import registry
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.stream_coding import channel_config, coding_name, plain_type

HDMV, CUEI, AC_3 = Descriptor(5, b"HDMV"), Descriptor(5, b"CUEI"), Descriptor(5, b"AC-3")
OPUS = Descriptor(5, b"Opus")


@pytest.mark.parametrize(
    ("stream_type", "es_info", "program_info", "name"),
    [
        (0x86, (), (), "SCTE-35 splice information"),
        (0x86, (), (HDMV,), "DTS-HD Master Audio"),
        (0x86, (HDMV,), (), "DTS-HD Master Audio"),
        (0x86, (CUEI,), (HDMV,), "SCTE-35 splice information"),
        (0x80, (), (), "DigiCipher II video"),
        (0x80, (), (HDMV,), "LPCM"),
        (0x81, (AC_3,), (HDMV,), "AC-3"),
        (0x90, (), (HDMV,), "PGS subtitles"),
        (0x1B, (), (HDMV,), "H.264/AVC"),
    ],
)
def test_a_private_stream_type_is_blu_rays_where_the_programme_is_registered_so(
    stream_type, es_info, program_info, name
):
    stream = PmtStream(stream_type, 0x1100, es_info)
    assert coding_name(stream, Pmt(1, 0x1001, program_info, (stream,))) == name


def test_an_ac_3_stream_is_packaged_in_a_blu_ray_programme_too():
    assert plain_type(PmtStream(0x81, 0x1100, (AC_3,))) == plain_type(PmtStream(0x81, 0x1100)) == 0x81


@pytest.mark.parametrize(
    ("es_info", "plain", "config"),
    [
        ((OPUS, Descriptor(0x7F, b"\x80\x06")), registry.OPUS, b"\x06"),
        ((Descriptor(0x7F, b"\x80\x81\x02\0"), OPUS), registry.OPUS, b"\x81\x02\0"),
        ((OPUS,), registry.OPUS, b""),
        ((OPUS, Descriptor(0x7F, b"\x06\x01")), registry.OPUS, b""),
        ((OPUS, Descriptor(0x7F, b"\x80\xff")), 0x06, b"\xff"),
        ((Descriptor(0x7F, b"\x80\x02"),), 0x06, b"\x02"),
    ],
)
def test_opus_is_packaged_where_its_channels_are_known(es_info, plain, config):
    stream = PmtStream(0x06, 0x1100, es_info)
    assert (plain_type(stream), channel_config(stream)) == (plain, config)
    assert coding_name(stream, Pmt(1, 0x1001, (), (stream,))) == ("Opus" if OPUS in es_info else "private data")
