"""What a component is for: its language and its DASH role, from the descriptors of its PMT entry."""

from yiwang.mpegts.descriptor import Descriptors, find, find_all
from yiwang.mpegts.descriptors import (
    AacDescriptor,
    Ac3Descriptor,
    EnhancedAc3Descriptor,
    Iso639LanguageDescriptor,
    SubtitlingDescriptor,
    SupplementaryAudioDescriptor,
    TeletextDescriptor,
    iso_639_language,
    supplementary_audio,
)

UNDETERMINED = "und"

TERMINOLOGIC = {
    "alb": "sqi",
    "arm": "hye",
    "baq": "eus",
    "bur": "mya",
    "chi": "zho",
    "cze": "ces",
    "dut": "nld",
    "fre": "fra",
    "geo": "kat",
    "ger": "deu",
    "gre": "ell",
    "ice": "isl",
    "mac": "mkd",
    "mao": "mri",
    "may": "msa",
    "per": "fas",
    "rum": "ron",
    "scc": "srp",
    "scr": "hrv",
    "slo": "slk",
    "tib": "bod",
    "wel": "cym",  # codespell:ignore wel
}
"""ISO 639-2/B codes, and two withdrawn ones, to ISO 639-2/T."""

MAIN = "main"
ALTERNATE = "alternate"
DESCRIPTION = "description"
INTELLIGIBILITY = "enhanced-audio-intelligibility"
SUPPLEMENTARY = "supplementary"
COMMENTARY = "commentary"
EMERGENCY = "emergency"
CAPTION = "caption"
SUBTITLE = "subtitle"
"""Role@value of urn:mpeg:dash:role:2011, ISO/IEC 23009-1 table "Role@value assigned values"."""

_AUDIO_TYPE = {
    iso_639_language.CLEAN_EFFECTS: SUPPLEMENTARY,
    iso_639_language.HEARING_IMPAIRED: INTELLIGIBILITY,
    iso_639_language.VISUAL_IMPAIRED_COMMENTARY: DESCRIPTION,
}
_EDITORIAL_CLASSIFICATION = {
    supplementary_audio.AUDIO_DESCRIPTION: DESCRIPTION,
    supplementary_audio.CLEAN_AUDIO: INTELLIGIBILITY,
    supplementary_audio.SPOKEN_SUBTITLES: ALTERNATE,
}
_AC3_SERVICE_TYPE = {  # EN 300 468 table D.4: bits 5 to 3 of component_type
    1: SUPPLEMENTARY,  # music and effects
    2: DESCRIPTION,  # visually impaired
    3: INTELLIGIBILITY,  # hearing impaired
    4: SUPPLEMENTARY,  # dialogue
    5: COMMENTARY,
    6: EMERGENCY,
}
_AAC_TYPE = {  # EN 300 468 table 26, stream_content 6
    0x40: DESCRIPTION,
    0x41: INTELLIGIBILITY,
    0x42: SUPPLEMENTARY,
    0x44: DESCRIPTION,
    0x45: INTELLIGIBILITY,
    0x46: SUPPLEMENTARY,
    0x47: DESCRIPTION,
    0x48: DESCRIPTION,
    0x49: DESCRIPTION,
    0x4A: DESCRIPTION,
}


def language_code(code: str) -> str:
    """Return a language as ISO 639-2/T in small letters; "und" for what is no code."""
    code = code.lower()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        return UNDETERMINED
    return TERMINOLOGIC.get(code, code)


def language_and_role(es_info: Descriptors) -> tuple[str, str]:
    """Return the ISO 639-2/T language ("und" when not signalled) and the DASH role of a component."""
    return language(es_info), role(es_info)


def language(es_info: Descriptors) -> str:
    """Return the language of an audio or subtitle component."""
    codes = [code for d in find_all(es_info, Iso639LanguageDescriptor) for code, _ in d.languages]
    codes += [d.language for d in find_all(es_info, SupplementaryAudioDescriptor) if d.language is not None]
    codes += [page.language for d in find_all(es_info, TeletextDescriptor) for page in d.pages]
    codes += [subtitling.language for d in find_all(es_info, SubtitlingDescriptor) for subtitling in d.subtitles]
    return next((known for known in map(language_code, codes) if known != UNDETERMINED), UNDETERMINED)


def role(es_info: Descriptors) -> str:
    """Return the role that the descriptors state; "main" where they state none.

    What the supplementary_audio_descriptor says counts before the codec's own descriptor, and that before audio_type.
    """
    subtitling = find(es_info, SubtitlingDescriptor)
    if subtitling is not None:
        return CAPTION if any(s.hard_of_hearing for s in subtitling.subtitles) else SUBTITLE
    supplementary = find(es_info, SupplementaryAudioDescriptor)
    if supplementary is not None:
        return _EDITORIAL_CLASSIFICATION.get(supplementary.editorial_classification, MAIN)
    return _codec_role(es_info) or _audio_type_role(es_info) or MAIN


def _codec_role(es_info: Descriptors) -> str | None:
    aac = find(es_info, AacDescriptor)
    if aac is not None and aac.aac_type is not None:
        return _AAC_TYPE.get(aac.aac_type)
    dolby = find(es_info, EnhancedAc3Descriptor) or find(es_info, Ac3Descriptor)
    if dolby is not None and dolby.component_type is not None:
        return _AC3_SERVICE_TYPE.get(dolby.component_type >> 3 & 7)
    return None


def _audio_type_role(es_info: Descriptors) -> str | None:
    descriptor = find(es_info, Iso639LanguageDescriptor)
    if descriptor is None:
        return None
    return next((_AUDIO_TYPE[t] for _, t in descriptor.languages if t in _AUDIO_TYPE), None)
