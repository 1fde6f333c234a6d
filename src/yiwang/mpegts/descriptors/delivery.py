"""Delivery system descriptors of a NIT: where on cable, satellite or in the air a transport stream is."""

from dataclasses import dataclass
from typing import ClassVar

from yiwang.mpegts.descriptors.layout import LaidOut, Layout, bcd, flag, loop, reserved, rest, u


@dataclass(frozen=True, slots=True)
class CentreFrequency(LaidOut):
    """A frequency, in the coding of its descriptor."""

    LAYOUT: ClassVar[Layout] = (u("value", 32),)

    value: int


@dataclass(frozen=True, slots=True)
class SatelliteDeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.2.13.2. In 10 kHz, 100 symbols a second, 0.1 degrees."""

    TAG: ClassVar[int] = 0x43
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        bcd("frequency", 8),
        bcd("orbital_position", 4),
        flag("west_east_flag"),
        u("polarization", 2),
        u("roll_off", 2),
        u("modulation_system", 1),
        u("modulation_type", 2),
        bcd("symbol_rate", 7),
        u("fec_inner", 4),
    )

    frequency: int | None
    orbital_position: int | None
    west_east_flag: bool
    polarization: int
    roll_off: int
    modulation_system: int
    modulation_type: int
    symbol_rate: int | None
    fec_inner: int


@dataclass(frozen=True, slots=True)
class CableDeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.2.13.1. In 100 Hz, 100 symbols a second; ``modulation`` 3 is 64-QAM, 5 256-QAM."""

    TAG: ClassVar[int] = 0x44
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        bcd("frequency", 8),
        reserved(12),
        u("fec_outer", 4),
        u("modulation", 8),
        bcd("symbol_rate", 7),
        u("fec_inner", 4),
    )

    frequency: int | None
    fec_outer: int
    modulation: int
    symbol_rate: int | None
    fec_inner: int


@dataclass(frozen=True, slots=True)
class TerrestrialDeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.2.13.4 (DVB-T). ``centre_frequency`` in 10 Hz."""

    TAG: ClassVar[int] = 0x5A
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("centre_frequency", 32),
        u("bandwidth", 3),
        u("priority", 1),
        u("time_slicing_indicator", 1),
        u("mpe_fec_indicator", 1),
        reserved(2),
        u("constellation", 2),
        u("hierarchy_information", 3),
        u("code_rate_hp_stream", 3),
        u("code_rate_lp_stream", 3),
        u("guard_interval", 2),
        u("transmission_mode", 2),
        u("other_frequency_flag", 1),
        reserved(32),
    )

    centre_frequency: int
    bandwidth: int
    priority: int
    time_slicing_indicator: int
    mpe_fec_indicator: int
    constellation: int
    hierarchy_information: int
    code_rate_hp_stream: int
    code_rate_lp_stream: int
    guard_interval: int
    transmission_mode: int
    other_frequency_flag: int


@dataclass(frozen=True, slots=True)
class S2SatelliteDeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.2.13.3: what DVB-S2 adds to the satellite descriptor."""

    TAG: ClassVar[int] = 0x79
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("scrambling_sequence_selector"),
        flag("multiple_input_stream_flag"),
        u("backwards_compatibility_indicator", 1),
        flag("not_timeslice_flag"),
        reserved(2),
        u("ts_gs_mode", 2),
        reserved(6).if_(lambda v: v["scrambling_sequence_selector"]),
        u("scrambling_sequence_index", 18).if_(lambda v: v["scrambling_sequence_selector"]),
        u("input_stream_identifier", 8).if_(lambda v: v["multiple_input_stream_flag"]),
        u("timeslice_number", 8).if_(lambda v: not v["not_timeslice_flag"]),
    )

    scrambling_sequence_selector: bool
    multiple_input_stream_flag: bool
    backwards_compatibility_indicator: int
    not_timeslice_flag: bool
    ts_gs_mode: int
    scrambling_sequence_index: int | None
    input_stream_identifier: int | None
    timeslice_number: int | None


@dataclass(frozen=True, slots=True)
class FrequencyListDescriptor(LaidOut):
    """EN 300 468 6.2.17. ``coding_type`` tells the unit: 1 satellite, 2 cable, 3 terrestrial."""

    TAG: ClassVar[int] = 0x62
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        reserved(6),
        u("coding_type", 2),
        loop("centre_frequencies", CentreFrequency),
    )

    coding_type: int
    centre_frequencies: tuple[CentreFrequency, ...]


@dataclass(frozen=True, slots=True)
class T2DeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.4. ``parameters`` and ``cells`` are left out by the short form; ``cells`` are kept as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x04
    LAYOUT: ClassVar[Layout] = (
        u("plp_id", 8),
        u("t2_system_id", 16),
        rest("parameters"),
    )

    plp_id: int
    t2_system_id: int
    parameters: bytes


@dataclass(frozen=True, slots=True)
class C2DeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.4. ``c2_system_tuning_frequency`` in Hz."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x0D
    LAYOUT: ClassVar[Layout] = (
        u("plp_id", 8),
        u("data_slice_id", 8),
        u("c2_system_tuning_frequency", 32),
        u("c2_system_tuning_frequency_type", 2),
        u("active_ofdm_symbol_duration", 3),
        u("guard_interval", 3),
    )

    plp_id: int
    data_slice_id: int
    c2_system_tuning_frequency: int
    c2_system_tuning_frequency_type: int
    active_ofdm_symbol_duration: int
    guard_interval: int


@dataclass(frozen=True, slots=True)
class S2xSatelliteDeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.4: the begin, common to all modes; the rest as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x17
    LAYOUT: ClassVar[Layout] = (
        u("receiver_profiles", 5),
        reserved(3),
        u("s2x_mode", 2),
        flag("scrambling_sequence_selector"),
        reserved(3),
        u("ts_gs_s2x_mode", 2),
        reserved(6).if_(lambda v: v["scrambling_sequence_selector"]),
        u("scrambling_sequence_index", 18).if_(lambda v: v["scrambling_sequence_selector"]),
        bcd("frequency", 8),
        bcd("orbital_position", 4),
        flag("west_east_flag"),
        u("polarization", 2),
        flag("multiple_input_stream_flag"),
        reserved(1),
        u("roll_off", 3),
        reserved(4),
        bcd("symbol_rate", 7),
        u("input_stream_identifier", 8).if_(lambda v: v["multiple_input_stream_flag"]),
        rest("further"),
    )

    receiver_profiles: int
    s2x_mode: int
    scrambling_sequence_selector: bool
    ts_gs_s2x_mode: int
    scrambling_sequence_index: int | None
    frequency: int | None
    orbital_position: int | None
    west_east_flag: bool
    polarization: int
    multiple_input_stream_flag: bool
    roll_off: int
    symbol_rate: int | None
    input_stream_identifier: int | None
    further: bytes


@dataclass(frozen=True, slots=True)
class CellListDescriptor(LaidOut):
    """EN 300 468 6.2.7; as octets."""

    TAG: ClassVar[int] = 0x6C
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (rest("cells"),)

    cells: bytes


@dataclass(frozen=True, slots=True)
class CellFrequencyLinkDescriptor(LaidOut):
    """EN 300 468 6.2.6; as octets."""

    TAG: ClassVar[int] = 0x6D
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (rest("cells"),)

    cells: bytes


@dataclass(frozen=True, slots=True)
class C2BundleDeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.4; as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x16
    LAYOUT: ClassVar[Layout] = (rest("bundle"),)

    bundle: bytes


@dataclass(frozen=True, slots=True)
class ShDeliverySystemDescriptor(LaidOut):
    """EN 300 468 6.4; as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x05
    LAYOUT: ClassVar[Layout] = (rest("parameters"),)

    parameters: bytes


@dataclass(frozen=True, slots=True)
class T2MiDescriptor(LaidOut):
    """EN 300 468 6.4: this component carries T2-MI."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x11
    LAYOUT: ClassVar[Layout] = (
        reserved(5),
        u("t2mi_stream_id", 3),
        reserved(5),
        u("num_t2mi_streams_minus_one", 3),
        reserved(7),
        flag("pcr_iscr_common_clock_flag"),
        rest("reserved_octets"),
    )

    t2mi_stream_id: int
    num_t2mi_streams_minus_one: int
    pcr_iscr_common_clock_flag: bool
    reserved_octets: bytes
