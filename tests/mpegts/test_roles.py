import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.descriptors import (
    AacDescriptor,
    Ac3Descriptor,
    EnhancedAc3Descriptor,
    Iso639LanguageDescriptor,
    StreamIdentifierDescriptor,
    SubtitlingDescriptor,
    SupplementaryAudioDescriptor,
    TeletextDescriptor,
)
from yiwang.mpegts.descriptors.subtitling import Subtitling
from yiwang.mpegts.descriptors.teletext import TeletextPage
from yiwang.mpegts.roles import language_and_role, language_code


def language(code, audio_type=0):
    return Iso639LanguageDescriptor(((code, audio_type),))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ([], ("und", "main")),
        ([StreamIdentifierDescriptor(1)], ("und", "main")),
        ([language("eng")], ("eng", "main")),
        ([language("chi")], ("zho", "main")),
        ([language("qad", 3)], ("qad", "description")),
        ([language("eng", 2)], ("eng", "enhanced-audio-intelligibility")),
        ([language("eng", 1)], ("eng", "supplementary")),
        ([language("\0\0\0"), SupplementaryAudioDescriptor(1, 0, "fre")], ("fra", "main")),
        ([language("qad"), SupplementaryAudioDescriptor(1, 1, "fra")], ("qad", "description")),
        ([language("fra", 3), SupplementaryAudioDescriptor(1, 2)], ("fra", "enhanced-audio-intelligibility")),
        ([language("fra"), SupplementaryAudioDescriptor(0, 3)], ("fra", "alternate")),
        ([language("fra"), EnhancedAc3Descriptor(0xC2)], ("fra", "main")),
        ([language("qad"), EnhancedAc3Descriptor(0xD2)], ("qad", "description")),
        ([Ac3Descriptor(0x5A)], ("und", "enhanced-audio-intelligibility")),
        ([Ac3Descriptor(), language("deu", 3)], ("deu", "description")),
        ([AacDescriptor(0x52, 0x80, 0x40), language("por")], ("por", "description")),
        ([AacDescriptor(0x52), language("por")], ("por", "main")),
        ([TeletextDescriptor((TeletextPage("ger", 2, 1, 0x50),))], ("deu", "main")),
        ([SubtitlingDescriptor((Subtitling("fra", 0x24, 1, 1),))], ("fra", "caption")),
        ([SubtitlingDescriptor((Subtitling("fra", 0x14, 1, 1),))], ("fra", "subtitle")),
    ],
)
def test_language_and_role_of_a_component(typed, expected):
    assert language_and_role(tuple(Descriptor.of(d) for d in typed)) == expected


@pytest.mark.parametrize(
    ("code", "expected"), [("ITA", "ita"), ("fre", "fra"), ("qaa", "qaa"), ("a1b", "und"), ("", "und"), ("ées", "und")]
)
def test_language_codes_are_iso_639_2_t(code, expected):
    assert language_code(code) == expected


@given(
    st.lists(st.builds(Descriptor, st.sampled_from([0x0A, 0x56, 0x59, 0x6A, 0x7A, 0x7C, 0x7F]), st.binary(max_size=20)))
)
def test_any_descriptors_give_a_language_and_a_role(loop):
    code, role = language_and_role(tuple(loop))
    assert len(code) == 3
    assert code.isascii()
    assert code.islower()
    assert role
