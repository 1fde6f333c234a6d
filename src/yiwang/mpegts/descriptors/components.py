"""Descriptors of components in a PMT."""

from dataclasses import dataclass
from typing import ClassVar

from yiwang.mpegts.descriptors.layout import LaidOut, Layout, flag, language, loop, octets, reserved, rest, text, u
from yiwang.mpegts.dvb_text import DvbText


@dataclass(frozen=True, slots=True)
class VideoStreamDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.2."""

    TAG: ClassVar[int] = 0x02
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("multiple_frame_rate_flag"),
        u("frame_rate_code", 4),
        flag("mpeg_1_only_flag"),
        flag("constrained_parameter_flag"),
        flag("still_picture_flag"),
        u("profile_and_level_indication", 8).if_(lambda v: not v["mpeg_1_only_flag"]),
        u("chroma_format", 2).if_(lambda v: not v["mpeg_1_only_flag"]),
        flag("frame_rate_extension_flag").if_(lambda v: not v["mpeg_1_only_flag"]),
        reserved(5).if_(lambda v: not v["mpeg_1_only_flag"]),
    )

    multiple_frame_rate_flag: bool
    frame_rate_code: int
    mpeg_1_only_flag: bool
    constrained_parameter_flag: bool
    still_picture_flag: bool
    profile_and_level_indication: int | None
    chroma_format: int | None
    frame_rate_extension_flag: bool | None


@dataclass(frozen=True, slots=True)
class AudioStreamDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.4."""

    TAG: ClassVar[int] = 0x03
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("free_format_flag"),
        u("id", 1),
        u("layer", 2),
        flag("variable_rate_audio_indicator"),
        reserved(3),
    )

    free_format_flag: bool
    id: int
    layer: int
    variable_rate_audio_indicator: bool


@dataclass(frozen=True, slots=True)
class HierarchyDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.6."""

    TAG: ClassVar[int] = 0x04
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("no_view_scalability_flag", 1),
        u("no_temporal_scalability_flag", 1),
        u("no_spatial_scalability_flag", 1),
        u("no_quality_scalability_flag", 1),
        u("hierarchy_type", 4),
        reserved(2),
        u("hierarchy_layer_index", 6),
        u("tref_present_flag", 1),
        reserved(1),
        u("hierarchy_embedded_layer_index", 6),
        reserved(2),
        u("hierarchy_channel", 6),
    )

    no_view_scalability_flag: int
    no_temporal_scalability_flag: int
    no_spatial_scalability_flag: int
    no_quality_scalability_flag: int
    hierarchy_type: int
    hierarchy_layer_index: int
    tref_present_flag: int
    hierarchy_embedded_layer_index: int
    hierarchy_channel: int


@dataclass(frozen=True, slots=True)
class TargetBackgroundGridDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.12."""

    TAG: ClassVar[int] = 0x07
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("horizontal_size", 14),
        u("vertical_size", 14),
        u("aspect_ratio_information", 4),
    )

    horizontal_size: int
    vertical_size: int
    aspect_ratio_information: int


@dataclass(frozen=True, slots=True)
class VideoWindowDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.14."""

    TAG: ClassVar[int] = 0x08
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("horizontal_offset", 14),
        u("vertical_offset", 14),
        u("window_priority", 4),
    )

    horizontal_offset: int
    vertical_offset: int
    window_priority: int


@dataclass(frozen=True, slots=True)
class SystemClockDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.20."""

    TAG: ClassVar[int] = 0x0B
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("external_clock_reference_indicator"),
        reserved(1),
        u("clock_accuracy_integer", 6),
        u("clock_accuracy_exponent", 3),
        reserved(5),
    )

    external_clock_reference_indicator: bool
    clock_accuracy_integer: int
    clock_accuracy_exponent: int


@dataclass(frozen=True, slots=True)
class MultiplexBufferUtilizationDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.22."""

    TAG: ClassVar[int] = 0x0C
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("bound_valid_flag"),
        u("ltw_offset_lower_bound", 15),
        reserved(1),
        u("ltw_offset_upper_bound", 15),
    )

    bound_valid_flag: bool
    ltw_offset_lower_bound: int
    ltw_offset_upper_bound: int


@dataclass(frozen=True, slots=True)
class CopyrightDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.24."""

    TAG: ClassVar[int] = 0x0D
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("copyright_identifier", 32),
        rest("additional_copyright_info"),
    )

    copyright_identifier: int
    additional_copyright_info: bytes


@dataclass(frozen=True, slots=True)
class PrivateDataIndicatorDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.28."""

    TAG: ClassVar[int] = 0x0F
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (u("private_data_indicator", 32),)

    private_data_indicator: int


@dataclass(frozen=True, slots=True)
class SmoothingBufferDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.30. ``sb_leak_rate`` in 400 bit/s, ``sb_size`` in octets."""

    TAG: ClassVar[int] = 0x10
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        reserved(2),
        u("sb_leak_rate", 22),
        reserved(2),
        u("sb_size", 22),
    )

    sb_leak_rate: int
    sb_size: int


@dataclass(frozen=True, slots=True)
class StdDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.32."""

    TAG: ClassVar[int] = 0x11
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        reserved(7),
        flag("leak_valid_flag"),
    )

    leak_valid_flag: bool


@dataclass(frozen=True, slots=True)
class CarouselIdentifierDescriptor(LaidOut):
    """ISO/IEC 13818-6; TS 102 809 B.2.8."""

    TAG: ClassVar[int] = 0x13
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("carousel_id", 32),
        rest("private_data"),
    )

    carousel_id: int
    private_data: bytes


@dataclass(frozen=True, slots=True)
class AssociationTagDescriptor(LaidOut):
    """ISO/IEC 13818-6 11.4.1."""

    TAG: ClassVar[int] = 0x14
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("association_tag", 16),
        u("use", 16),
        octets("selector"),
        rest("private_data"),
    )

    association_tag: int
    use: int
    selector: bytes
    private_data: bytes


@dataclass(frozen=True, slots=True)
class Mpeg4VideoDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.36."""

    TAG: ClassVar[int] = 0x1B
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (u("mpeg_4_visual_profile_and_level", 8),)

    mpeg_4_visual_profile_and_level: int


@dataclass(frozen=True, slots=True)
class Mpeg4AudioDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.38."""

    TAG: ClassVar[int] = 0x1C
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (u("mpeg_4_audio_profile_and_level", 8),)

    mpeg_4_audio_profile_and_level: int


@dataclass(frozen=True, slots=True)
class MetadataPointerDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.58: the format; the rest as octets."""

    TAG: ClassVar[int] = 0x25
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("metadata_application_format", 16),
        u("metadata_application_format_identifier", 32).if_(lambda v: v["metadata_application_format"] == 0xFFFF),
        u("metadata_format", 8),
        rest("further"),
    )

    metadata_application_format: int
    metadata_application_format_identifier: int | None
    metadata_format: int
    further: bytes


@dataclass(frozen=True, slots=True)
class MetadataDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.60: the format; the rest as octets."""

    TAG: ClassVar[int] = 0x26
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("metadata_application_format", 16),
        u("metadata_application_format_identifier", 32).if_(lambda v: v["metadata_application_format"] == 0xFFFF),
        u("metadata_format", 8),
        u("metadata_format_identifier", 32).if_(lambda v: v["metadata_format"] == 0xFF),
        rest("further"),
    )

    metadata_application_format: int
    metadata_application_format_identifier: int | None
    metadata_format: int
    metadata_format_identifier: int | None
    further: bytes


@dataclass(frozen=True, slots=True)
class AvcVideoDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.64."""

    TAG: ClassVar[int] = 0x28
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("profile_idc", 8),
        u("constraint_flags", 8),
        u("level_idc", 8),
        flag("avc_still_present"),
        flag("avc_24_hour_picture_flag"),
        u("frame_packing_sei_not_present_flag", 1),
        reserved(5),
    )

    profile_idc: int
    constraint_flags: int
    level_idc: int
    avc_still_present: bool
    avc_24_hour_picture_flag: bool
    frame_packing_sei_not_present_flag: int


@dataclass(frozen=True, slots=True)
class AvcTimingAndHrdDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.66."""

    TAG: ClassVar[int] = 0x2A
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("hrd_management_valid_flag"),
        reserved(6),
        flag("picture_and_timing_info_present"),
        u("is_90khz", 1).if_(lambda v: v["picture_and_timing_info_present"]),
        reserved(7).if_(lambda v: v["picture_and_timing_info_present"]),
        u("n", 32).if_(lambda v: v["picture_and_timing_info_present"] and not v["is_90khz"]),
        u("k", 32).if_(lambda v: v["picture_and_timing_info_present"] and not v["is_90khz"]),
        u("num_units_in_tick", 32).if_(lambda v: v["picture_and_timing_info_present"]),
        flag("fixed_frame_rate_flag"),
        u("temporal_poc_flag", 1),
        u("picture_to_display_conversion_flag", 1),
        reserved(5),
    )

    hrd_management_valid_flag: bool
    picture_and_timing_info_present: bool
    is_90khz: int | None
    n: int | None
    k: int | None
    num_units_in_tick: int | None
    fixed_frame_rate_flag: bool
    temporal_poc_flag: int
    picture_to_display_conversion_flag: int


@dataclass(frozen=True, slots=True)
class HevcVideoDescriptor(LaidOut):
    """ISO/IEC 13818-1 2.6.95."""

    TAG: ClassVar[int] = 0x38
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("profile_space", 2),
        flag("tier_flag"),
        u("profile_idc", 5),
        u("profile_compatibility_indication", 32),
        flag("progressive_source_flag"),
        flag("interlaced_source_flag"),
        flag("non_packed_constraint_flag"),
        flag("frame_only_constraint_flag"),
        u("reserved_zero_44bits", 44),
        u("level_idc", 8),
        u("temporal_layer_subset_flag", 1),
        flag("hevc_still_present_flag"),
        flag("hevc_24hr_picture_present_flag"),
        u("sub_pic_hrd_params_not_present_flag", 1),
        reserved(2),
        u("hdr_wcg_idc", 2),
        u("temporal_id_min", 3).if_(lambda v: v["temporal_layer_subset_flag"]),
        reserved(5).if_(lambda v: v["temporal_layer_subset_flag"]),
        u("temporal_id_max", 3).if_(lambda v: v["temporal_layer_subset_flag"]),
        reserved(5).if_(lambda v: v["temporal_layer_subset_flag"]),
    )

    profile_space: int
    tier_flag: bool
    profile_idc: int
    profile_compatibility_indication: int
    progressive_source_flag: bool
    interlaced_source_flag: bool
    non_packed_constraint_flag: bool
    frame_only_constraint_flag: bool
    reserved_zero_44bits: int
    level_idc: int
    temporal_layer_subset_flag: int
    hevc_still_present_flag: bool
    hevc_24hr_picture_present_flag: bool
    sub_pic_hrd_params_not_present_flag: int
    hdr_wcg_idc: int
    temporal_id_min: int | None
    temporal_id_max: int | None


@dataclass(frozen=True, slots=True)
class VbiLine(LaidOut):
    """Lines of one service of the vertical blanking interval."""

    LAYOUT: ClassVar[Layout] = (
        u("data_service_id", 8),
        octets("lines"),
    )

    data_service_id: int
    lines: bytes


@dataclass(frozen=True, slots=True)
class VbiDataDescriptor(LaidOut):
    """EN 300 468 6.2.47."""

    TAG: ClassVar[int] = 0x45
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("services", VbiLine),)

    services: tuple[VbiLine, ...]


@dataclass(frozen=True, slots=True)
class StuffingDescriptor(LaidOut):
    """EN 300 468 6.2.40."""

    TAG: ClassVar[int] = 0x42
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (rest("stuffing"),)

    stuffing: bytes


@dataclass(frozen=True, slots=True)
class PrivateDataSpecifierDescriptor(LaidOut):
    """EN 300 468 6.2.31: whose the private descriptors are that follow."""

    TAG: ClassVar[int] = 0x5F
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (u("private_data_specifier", 32),)

    private_data_specifier: int


@dataclass(frozen=True, slots=True)
class DataBroadcastDescriptor(LaidOut):
    """EN 300 468 6.2.11."""

    TAG: ClassVar[int] = 0x64
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("data_broadcast_id", 16),
        u("component_tag", 8),
        octets("selector"),
        language("language"),
        text("text"),
    )

    data_broadcast_id: int
    component_tag: int
    selector: bytes
    language: str
    text: DvbText


@dataclass(frozen=True, slots=True)
class ScramblingDescriptor(LaidOut):
    """EN 300 468 6.2.32."""

    TAG: ClassVar[int] = 0x65
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (u("scrambling_mode", 8),)

    scrambling_mode: int


@dataclass(frozen=True, slots=True)
class DataBroadcastIdDescriptor(LaidOut):
    """EN 300 468 6.2.12."""

    TAG: ClassVar[int] = 0x66
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("data_broadcast_id", 16),
        rest("id_selector"),
    )

    data_broadcast_id: int
    id_selector: bytes


@dataclass(frozen=True, slots=True)
class AncillaryDataDescriptor(LaidOut):
    """EN 300 468 6.2.2."""

    TAG: ClassVar[int] = 0x6B
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (u("ancillary_data_identifier", 8),)

    ancillary_data_identifier: int


@dataclass(frozen=True, slots=True)
class AdaptationFieldDataDescriptor(LaidOut):
    """EN 300 468 6.2.1."""

    TAG: ClassVar[int] = 0x70
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (u("adaptation_field_data_identifier", 8),)

    adaptation_field_data_identifier: int


@dataclass(frozen=True, slots=True)
class DtsDescriptor(LaidOut):
    """EN 300 468 Annex G.2.1."""

    TAG: ClassVar[int] = 0x7B
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("sample_rate_code", 4),
        u("bit_rate_code", 6),
        u("nblks", 7),
        u("fsize", 14),
        u("surround_mode", 6),
        flag("lfe_flag"),
        u("extended_surround_flag", 2),
        rest("additional_info"),
    )

    sample_rate_code: int
    bit_rate_code: int
    nblks: int
    fsize: int
    surround_mode: int
    lfe_flag: bool
    extended_surround_flag: int
    additional_info: bytes


@dataclass(frozen=True, slots=True)
class DtsHdDescriptor(LaidOut):
    """EN 300 468 Annex G.3.1, as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x0E
    LAYOUT: ClassVar[Layout] = (rest("substreams"),)

    substreams: bytes


@dataclass(frozen=True, slots=True)
class Ac4Descriptor(LaidOut):
    """EN 300 468 Annex D.7."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x15
    LAYOUT: ClassVar[Layout] = (
        flag("ac4_config_flag"),
        flag("ac4_toc_flag"),
        reserved(6, 0),
        u("ac4_dialog_enhancement_enabled", 1).if_(lambda v: v["ac4_config_flag"]),
        u("ac4_channel_mode", 2).if_(lambda v: v["ac4_config_flag"]),
        reserved(5, 0).if_(lambda v: v["ac4_config_flag"]),
        octets("ac4_dsi", 8).if_(lambda v: v["ac4_toc_flag"]),
        rest("additional_info"),
    )

    ac4_config_flag: bool
    ac4_toc_flag: bool
    ac4_dialog_enhancement_enabled: int | None
    ac4_channel_mode: int | None
    ac4_dsi: bytes | None
    additional_info: bytes


@dataclass(frozen=True, slots=True)
class CiAncillaryDataDescriptor(LaidOut):
    """EN 300 468 6.4, as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x14
    LAYOUT: ClassVar[Layout] = (rest("ancillary_data"),)

    ancillary_data: bytes


@dataclass(frozen=True, slots=True)
class VideoDepthRangeDescriptor(LaidOut):
    """EN 300 468 6.4, as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x10
    LAYOUT: ClassVar[Layout] = (rest("ranges"),)

    ranges: bytes


@dataclass(frozen=True, slots=True)
class ProtectionMessageDescriptor(LaidOut):
    """TS 102 809 9.3.3, as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x18
    LAYOUT: ClassVar[Layout] = (rest("components"),)

    components: bytes


@dataclass(frozen=True, slots=True)
class AudioPreselectionDescriptor(LaidOut):
    """EN 300 468 6.4: how many; each as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x19
    LAYOUT: ClassVar[Layout] = (
        u("num_preselections", 5),
        reserved(3, 0),
        rest("preselections"),
    )

    num_preselections: int
    preselections: bytes


@dataclass(frozen=True, slots=True)
class TtmlSubtitlingDescriptor(LaidOut):
    """EN 303 560 5.2.1.1: language and purpose; the profiles and the rest as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x20
    LAYOUT: ClassVar[Layout] = (
        language("language"),
        u("subtitle_purpose", 6),
        u("tts_suitability", 2),
        flag("essential_font_usage_flag"),
        flag("qualifier_present_flag"),
        reserved(2, 0),
        u("dvb_ttml_profile_count", 4),
        rest("further"),
    )

    language: str
    subtitle_purpose: int
    tts_suitability: int
    essential_font_usage_flag: bool
    qualifier_present_flag: bool
    dvb_ttml_profile_count: int
    further: bytes


@dataclass(frozen=True, slots=True)
class DtsUhdDescriptor(LaidOut):
    """EN 300 468 Annex G.4, as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x21
    LAYOUT: ClassVar[Layout] = (rest("parameters"),)

    parameters: bytes
