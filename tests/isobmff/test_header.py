from dataclasses import replace

import pytest

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import UsageError
from yiwang.isobmff.box import parse_boxes
from yiwang.isobmff.esds import parse_esds
from yiwang.isobmff.ftyp import parse_ftyp
from yiwang.isobmff.hdlr import parse_hdlr
from yiwang.isobmff.header import cmaf_header
from yiwang.isobmff.mdhd import MdhdBox, parse_mdhd
from yiwang.isobmff.tkhd import parse_tkhd
from yiwang.isobmff.trex import TrexBox, parse_trex

VIDEO = CodecConfig("video", "avc1", "avc1.64001f", b"\x01\x64\x00\x1f", 720, 576, (64, 45), (25, 1), (1, 1, 1, False))
AUDIO = CodecConfig(
    "audio", "mp4a", "mp4a.40.2", bytes.fromhex("1190"), sampling_frequency=48000, channels=2, samples_per_frame=1024
)


def header(config, **other):
    ftyp, moov = parse_boxes(cmaf_header(config, **{"track_id": 3, "timescale": 90000, "language": "zho"} | other))
    return ftyp, moov


def test_the_brands_are_those_of_cmaf_and_dash():
    ftyp, _ = header(VIDEO)
    assert parse_ftyp(ftyp.payload).compatible_brands == ("iso6", "cmfc", "dash")


def test_a_video_header_says_size_for_display_aspect_and_colour():
    _, moov = header(VIDEO)
    tkhd = parse_tkhd(moov.one("trak/tkhd").payload)
    assert (tkhd.track_id, tkhd.width, tkhd.height) == (3, 1024 << 16, 576 << 16)
    assert parse_hdlr(moov.one("trak/mdia/hdlr").payload).handler_type == "vide"
    entry = moov.one("trak/mdia/minf/stbl/stsd/avc1")
    assert entry.payload[24:28] == (720).to_bytes(2, "big") + (576).to_bytes(2, "big")
    assert entry.one("avcC").payload == VIDEO.decoder_config
    assert entry.one("pasp").payload == bytes.fromhex("00000040 0000002d")
    assert entry.one("colr").payload == b"nclx" + bytes.fromhex("0001 0001 0001 00")


def test_a_video_header_repeats_what_the_stream_says_of_the_mastering_display_and_of_its_light():
    display = bytes.fromhex("33c2 86c4 1d4c 0bb8 84d0 3e80 3d13 4042 00989680 00000032")
    config = replace(VIDEO, mastering_display=display, content_light_level=b"\x03\xe8\x01\x90")
    _, moov = header(config)
    entry = moov.one("trak/mdia/minf/stbl/stsd/avc1")
    assert [child.type for child in entry.boxes] == ["avcC", "pasp", "colr", "mdcv", "clli"]
    assert (entry.one("mdcv").payload, entry.one("clli").payload) == (display, b"\x03\xe8\x01\x90")


def test_an_audio_header_says_frequency_channels_and_decoder_config():
    _, moov = header(AUDIO, timescale=48000)
    assert parse_mdhd(moov.one("trak/mdia/mdhd").payload) == MdhdBox(48000, 0, "zho")
    entry = moov.one("trak/mdia/minf/stbl/stsd/mp4a")
    assert entry.payload[16:18] == b"\0\2"
    assert entry.payload[24:28] == bytes.fromhex("bb800000")
    assert parse_esds(entry.one("esds").payload).decoder_specific_info == AUDIO.decoder_config


def test_a_header_has_no_samples_and_says_that_fragments_follow():
    _, moov = header(AUDIO)
    stbl = moov.one("trak/mdia/minf/stbl")
    assert [child.type for child in stbl.boxes] == ["stsd", "stts", "stsc", "stsz", "stco"]
    assert all(not any(child.payload) for child in stbl.boxes[1:])
    assert parse_trex(moov.one("mvex/trex").payload) == TrexBox(3)


def test_colour_that_the_stream_does_not_say_is_not_written():
    config = CodecConfig("video", "avc1", "avc1.42c01e", b"\x01", 320, 240)
    _, moov = header(config)
    assert [child.type for child in moov.one("trak/mdia/minf/stbl/stsd/avc1").boxes] == ["avcC", "pasp"]


def test_a_frequency_above_16_bits_is_left_to_the_decoder_config():
    config = CodecConfig("audio", "mp4a", "mp4a.40.2", b"\x10\x10", sampling_frequency=96000, channels=2)
    _, moov = header(config)
    assert moov.one("trak/mdia/minf/stbl/stsd/mp4a").payload[24:28] == bytes(4)


@pytest.mark.parametrize(("entry", "config_box"), [("hvc1", "hvcC"), ("ac-3", "dac3"), ("ec-3", "dec3")])
def test_other_sample_entries_carry_their_own_config_box(entry, config_box):
    kind = "video" if entry == "hvc1" else "audio"
    _, moov = header(CodecConfig(kind, entry, entry, b"\x50\x11", channels=6, sampling_frequency=48000))
    assert moov.one(f"trak/mdia/minf/stbl/stsd/{entry}/{config_box}").payload == b"\x50\x11"


def test_a_sample_entry_that_cannot_be_written_is_an_error_with_its_name():
    with pytest.raises(UsageError, match="zzzz"):
        cmaf_header(CodecConfig("video", "zzzz", "zzzz.1", b""), 1, 90000, "und")


def test_equal_arguments_give_equal_octets():
    assert cmaf_header(VIDEO, 1, 90000, "und") == cmaf_header(VIDEO, 1, 90000, "und")


@pytest.mark.parametrize(("samples", "roll"), [(120, -32), (960, -4), (2880, -2)])
def test_an_opus_header_says_channels_and_that_a_decoder_needs_80_ms_before(samples, roll):
    config = CodecConfig(
        "audio", "Opus", "opus", b"dOps", sampling_frequency=48000, channels=6, samples_per_frame=samples
    )
    _, moov = header(config, timescale=48000)
    stbl = moov.one("trak/mdia/minf/stbl")
    entry = stbl.one("stsd/Opus")
    assert (entry.payload[16:18], entry.payload[24:28]) == (b"\0\6", bytes.fromhex("bb800000"))
    assert entry.one("dOps").payload == config.decoder_config
    described = stbl.one("sgpd").payload
    assert described[:8] == b"\2\0\0\0roll"
    assert [int.from_bytes(described[at : at + 4], "big") for at in (8, 12, 16)] == [2, 1, 1]
    assert int.from_bytes(described[20:], "big", signed=True) == roll
    assert stbl.one("sbgp").payload == b"\0\0\0\0roll\0\0\0\0"
