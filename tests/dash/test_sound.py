"""What a manifest says of channels and of joint object coding."""

import pytest
from lxml import etree

from yiwang.base.elementary import CodecConfig
from yiwang.dash.mpd import Mpd, Period, Representation
from yiwang.dash.segment_timeline import SegmentTimeline
from yiwang.hls.multivariant_playlist import AudioRendition

NS = {"m": "urn:mpeg:dash:schema:mpd:2011"}
CICP = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
DOLBY = "tag:dolby.com,2014:dash:audio_channel_configuration:2011"


def adaptation_set(role="main", **config):
    timeline = SegmentTimeline(1)
    timeline.append(0, 96_000)
    fields = {"sample_entry": "ec-3", "codec": "ec-3", "decoder_config": b""} | config
    codec = CodecConfig("audio", sampling_frequency=48_000, **fields)
    representation = Representation(101, "audio", codec, "de", None, role, 1, 48_000, 0, "init.mp4", timeline)
    mpd = Mpd((Period("p0", 0, (representation,)),), 180_000, 180_000)
    return etree.fromstring(mpd.to_text().encode()).find(".//m:AdaptationSet", NS)


def said(element, name):
    return [(found.get("schemeIdUri"), found.get("value")) for found in element.findall(f"m:{name}", NS)]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"channels": 6, "channel_configuration": 6, "dolby_channel_map": 0xF801}, [(DOLBY, "F801")]),
        ({"channels": 2, "dolby_channel_map": 0xA000}, [(DOLBY, "A000")]),
        ({"channels": 8, "channel_configuration": 12}, [(CICP, "12")]),
        ({"channels": 8, "channel_configuration": 7}, [(CICP, "7")]),
        ({"channels": 2}, [(CICP, "2")]),
        ({"channels": 7}, []),
        ({"channels": 0}, []),
    ],
)
def test_channels_are_named_by_the_table_that_has_them(config, expected):
    assert said(adaptation_set(**config), "AudioChannelConfiguration") == expected


def test_objects_are_a_supplement_and_stand_where_the_schema_wants_them():
    element = adaptation_set(channels=6, dolby_channel_map=0xF801, joc_complexity=16)
    assert said(element, "SupplementalProperty") == [
        ("tag:dolby.com,2018:dash:EC3_ExtensionType:2018", "JOC"),
        ("tag:dolby.com,2018:dash:EC3_ExtensionComplexityIndex:2018", "16"),
    ]
    names = [etree.QName(child).localname for child in element]
    assert names[:3] == ["AudioChannelConfiguration", "SupplementalProperty", "SupplementalProperty"]


@pytest.mark.parametrize(
    ("role", "purpose"),
    [("main", None), ("description", "1"), ("enhanced-audio-intelligibility", "2"), ("supplementary", None)],
)
def test_who_a_track_is_for(role, purpose):
    element = adaptation_set(role, channels=2)
    scheme = "urn:tva:metadata:cs:AudioPurposeCS:2007"
    assert said(element, "Accessibility") == ([(scheme, purpose)] if purpose else [])
    assert said(element, "Role") == [("urn:mpeg:dash:role:2011", role)]


@pytest.mark.parametrize(("spatial", "expected"), [("", 'CHANNELS="6"'), ("JOC", 'CHANNELS="6/JOC"')])
def test_a_rendition_says_its_channels(spatial, expected):
    rendition = AudioRendition("audio-ec-3", "de", "audio/index.m3u8", "de", 6, True, True, spatial=spatial)
    assert expected in rendition.to_text()
