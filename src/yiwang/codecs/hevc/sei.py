"""Supplemental enhancement information that a track's header repeats (ITU-T H.265 7.3.5, Annex D)."""

from collections.abc import Iterator
from dataclasses import dataclass

from yiwang.codecs.hevc.nal_unit import SLICES, NalUnitType, rbsp_of
from yiwang.codecs.sample_nal_units import nal_units_in

RECOVERY_POINT = 6
MASTERING_DISPLAY_COLOUR_VOLUME, CONTENT_LIGHT_LEVEL_INFO, ALTERNATIVE_TRANSFER_CHARACTERISTICS = 137, 144, 147
MASTERING_DISPLAY_OCTETS, CONTENT_LIGHT_OCTETS = 24, 4


@dataclass(frozen=True, slots=True)
class ColourMetadata:
    """What SEI says of a coded video sequence's colour; empty, or None, where nothing is said."""

    mastering_display: bytes = b""  # mastering_display_colour_volume (D.2.28) as it is, 24 octets
    content_light_level: bytes = b""  # content_light_level_info (D.2.35) as it is, 4 octets
    preferred_transfer_characteristics: int | None = None  # D.2.38

    def updated(self, nal_unit: bytes) -> "ColourMetadata":
        """Return what is said once this SEI NAL unit has come as well. Messages cut short say nothing."""
        display, light = self.mastering_display, self.content_light_level
        transfer = self.preferred_transfer_characteristics
        for payload_type, payload in sei_messages(nal_unit):
            if payload_type == MASTERING_DISPLAY_COLOUR_VOLUME and len(payload) >= MASTERING_DISPLAY_OCTETS:
                display = payload[:MASTERING_DISPLAY_OCTETS]
            elif payload_type == CONTENT_LIGHT_LEVEL_INFO and len(payload) >= CONTENT_LIGHT_OCTETS:
                light = payload[:CONTENT_LIGHT_OCTETS]
            elif payload_type == ALTERNATIVE_TRANSFER_CHARACTERISTICS and payload:
                transfer = payload[0]
        return ColourMetadata(display, light, transfer)


def sei_messages(nal_unit: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield payloadType and payload of each message that is whole."""
    rbsp, at = rbsp_of(nal_unit), 0
    while at + 2 < len(rbsp):  # the last octet has rbsp_trailing_bits
        numbers = []
        for _ in range(2):
            value = 0
            while at < len(rbsp) and rbsp[at] == 0xFF:
                value, at = value + 0xFF, at + 1
            if at == len(rbsp):
                return
            numbers.append(value + rbsp[at])
            at += 1
        payload_type, payload_size = numbers
        if at + payload_size > len(rbsp):
            return
        yield payload_type, rbsp[at : at + payload_size]
        at += payload_size


def has_recovery_point(sample: bytes) -> bool:
    """Tell whether SEI before the first slice segment of a sample says that decoding can begin here (D.3.8)."""
    for begin, end in nal_units_in(sample):
        kind = sample[begin] >> 1
        if kind in SLICES:
            return False
        if kind == NalUnitType.PREFIX_SEI and any(
            each == RECOVERY_POINT for each, _ in sei_messages(sample[begin:end])
        ):
            return True
    return False
