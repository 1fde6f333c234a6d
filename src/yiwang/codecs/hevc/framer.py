"""HEVC byte stream in, access units out (see `yiwang.codecs.nal_framer`), none that cannot be decoded.

Leading pictures follow an intra random access point (IRAP) in decoding order and precede it in presentation. RASL pictures
refer to pictures before a CRA too; where those are not there - at the begin of the stream, after a loss, after the end
of a sequence, at a BLA - they are left out. No picture that is shown after the IRAP refers to them (ITU-T H.265 3.4, 8.1.3).
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from yiwang.base.elementary import CodecConfig
from yiwang.codecs.framer import NO_TIMES
from yiwang.codecs.hevc.nal_unit import NalUnitType
from yiwang.codecs.hevc.parameter_sets import ParameterSets
from yiwang.codecs.hevc.sei import ColourMetadata
from yiwang.codecs.nal_framer import (
    MAX_ACCESS_UNIT_OCTETS,
    NO_SAP,
    SAP_CLOSED_GOP,
    SAP_LEADING_DECODABLE,
    SAP_OPEN_GOP,
    NalFramer,
)
from yiwang.kernels import hevc_access_unit as kernel
from yiwang.kernels.access_unit_state import new_state
from yiwang.kernels.nal_index import END, PREFIX, START
from yiwang.kernels.nal_length_prefix import IS_DROPPED, IS_KEPT, IS_USER_DATA

SLICES = frozenset((*range(10), *range(NalUnitType.BLA_W_LP, NalUnitType.CRA + 1)))
BEGINNERS = SLICES | {32, 33, 34, 35, 39, *range(41, 45), *range(48, 56)}
"""nal_unit_type of the first NAL unit of an access unit (7.4.2.4.4)."""
IN_SAMPLE = SLICES | {
    NalUnitType.PREFIX_SEI,
    NalUnitType.SUFFIX_SEI,
    NalUnitType.END_OF_SEQUENCE,
    NalUnitType.END_OF_BITSTREAM,
    NalUnitType.UNSPECIFIED_62,
}
_KINDS = dict.fromkeys(IN_SAMPLE, IS_KEPT) | dict.fromkeys(
    (NalUnitType.PREFIX_SEI, NalUnitType.SUFFIX_SEI), IS_USER_DATA
)
KEPT = np.array([IS_DROPPED if octet & 0x81 else _KINDS.get(octet >> 1, IS_DROPPED) for octet in range(256)], np.uint8)
"""By the first octet: a sample of ``hvc1`` has its parameter sets in the sample entry, no delimiters and no filler. The end
of a sequence stays: after it a decoder counts pictures anew."""
LAYER_ID_MASK = 0xF8
"""Bits of nuh_layer_id in the second octet: other layers are not for a reader of the base layer."""

MAX_SEI_ROWS, MAX_SEI_OCTETS = 256, 1 << 16
"""So many NAL units before a picture are looked at, and so many octets of them read."""

SAP_TYPES: dict[int, int] = {
    NalUnitType.IDR_N_LP: SAP_CLOSED_GOP,
    NalUnitType.BLA_N_LP: SAP_CLOSED_GOP,
    NalUnitType.IDR_W_RADL: SAP_LEADING_DECODABLE,
    NalUnitType.BLA_W_RADL: SAP_LEADING_DECODABLE,
    NalUnitType.BLA_W_LP: SAP_OPEN_GOP,
    NalUnitType.CRA: SAP_OPEN_GOP,
}
"""By the leading pictures that may follow; whether they do is not known yet."""
MAY_HAVE_RASL = frozenset((NalUnitType.BLA_W_LP, NalUnitType.CRA))
BLA = frozenset((NalUnitType.BLA_W_LP, NalUnitType.BLA_W_RADL, NalUnitType.BLA_N_LP))
RASL = frozenset((NalUnitType.RASL_N, NalUnitType.RASL_R))
RADL = frozenset((NalUnitType.RADL_N, NalUnitType.RADL_R))


class HevcFramer(NalFramer):
    """The machine: see `yiwang.codecs.framer.Framer`.

    Parameters
    ----------
    max_octets : int    longest access unit that is passed on
    """

    _end_belongs = True

    def __init__(self, max_octets: int = MAX_ACCESS_UNIT_OCTETS) -> None:
        super().__init__(new_state(), ParameterSets(), KEPT, LAYER_ID_MASK, kernel.HEADER_OCTETS, max_octets)
        self._begins_sequence = True  # the next IRAP has nothing before it to refer to
        self._is_broken = False  # a picture since the last IRAP, or that IRAP, is missing
        self._irap_type = -1  # of the last IRAP
        self._leading_may_come = False  # no picture after the last IRAP has been trailing
        self._drops_rasl = True
        self._drops_silently = True  # that RASL pictures are left out is no fault of the stream
        self._colour = ColourMetadata()
        self._plain: CodecConfig | None = None  # as parameter sets say
        self._coloured: CodecConfig | None = None  # with what SEI says

    def _walk(self, final: bool, is_plain: bool) -> tuple[int, int, int, int, int, int]:
        space = self._space
        walked: tuple[int, int, int, int, int, int] = kernel.walk_access_units(
            self._octets, self._filled, self._indexed, self._rows, self._row, self._n_rows, final, self._state,
            self._kept, self._second_octet_mask, is_plain, space.samples, space.records,
        )  # fmt: skip
        return walked

    @property
    def _nal_unit_type(self) -> int:
        """That of the slice segments of the access unit which ended last."""
        return self._done[3]

    def _base_layer_type(self, row: int, octets: int) -> int:
        """nal_unit_type of a NAL unit of the base layer of which there are so many octets at least; else -1."""
        start, end = int(self._rows[row, START]) + PREFIX, int(self._rows[row, END])
        if (end if end >= 0 else self._filled) - start < octets:
            return -1
        first, second = int(self._octets[start]), int(self._octets[start + 1])
        return first >> 1 if first & 0x81 == 0 and second & LAYER_ID_MASK == 0 else -1

    def _is_slice(self, row: int) -> bool:
        return self._base_layer_type(row, 3) in SLICES

    def _can_begin(self, row: int) -> bool:
        return self._base_layer_type(row, 2) in BEGINNERS

    def _objection(self, flags: int, config: CodecConfig | None, times: tuple[int, int]) -> str:
        """Return the fault for which an access unit is dropped, '' for none."""
        if flags & kernel.BAD:
            return "damaged_access_unit"
        if config is None:
            return "no_parameter_sets"
        if flags & kernel.HEAD_LOST:
            return "damaged_access_unit"
        if self._need_times and times == NO_TIMES:
            return "untimed_access_unit"
        return ""

    def _sap_type(self, flags: int) -> int:
        return SAP_TYPES.get(self._nal_unit_type, NO_SAP)

    # -- leading pictures

    def _dropped(self) -> None:
        self._is_broken = True

    def _end_of_sequence(self) -> None:
        self._begins_sequence = True

    def _withholds(self, sap_type: int, times: tuple[int, int], sample: bytes) -> bool:
        """Tell whether a whole picture refers to one that is not there; note what it is."""
        nal_unit_type = self._nal_unit_type
        if nal_unit_type in SAP_TYPES:
            self._drops_silently = self._begins_sequence or nal_unit_type in BLA
            self._drops_rasl = self._drops_silently or self._is_broken
            self._begins_sequence = self._is_broken = False
            self._irap_type = nal_unit_type
            self._leading_may_come = True
            return False
        if nal_unit_type in RASL:
            is_withheld = self._drops_rasl or self._is_broken
        elif nal_unit_type in RADL:
            is_withheld = self._irap_type < 0 or self._is_broken
        else:
            self._leading_may_come = False
            return False
        if is_withheld and (self._is_broken or not self._drops_silently) and self._irap_type >= 0:
            self._fault("undecodable_leading_picture")
        return is_withheld

    def _next_is_sure(self) -> bool:
        """Tell whether what follows is passed on: a leading picture may not be."""
        return not (self._leading_may_come and self._drops_rasl and self._irap_type in MAY_HAVE_RASL)

    # -- what SEI says of colour

    def _configured(self, config: CodecConfig | None, n_rows: int) -> CodecConfig | None:
        """Add what SEI at an IRAP says; it stays in force while the parameter sets do."""
        if config is not self._plain:
            self._plain, self._coloured = config, config
            self._colour = ColourMetadata()
        if config is None:
            return None
        if self._nal_unit_type in SAP_TYPES and not self._spoiled:
            colour = self._colour
            for nal_unit in self._prefix_sei(n_rows):
                colour = colour.updated(nal_unit)
            if colour != self._colour:
                self._colour = colour
                self._coloured = _coloured(config, colour)
        return self._coloured

    def _prefix_sei(self, n_rows: int) -> Iterator[bytes]:
        """Yield the SEI NAL units before the first slice segment, of so many as are never exceeded but in bad faith."""
        left = MAX_SEI_OCTETS
        for row in range(min(n_rows, MAX_SEI_ROWS)):
            nal_unit_type = self._base_layer_type(row, 3)
            start, end = int(self._rows[row, START]) + PREFIX, int(self._rows[row, END])
            if nal_unit_type in SLICES:
                return
            if nal_unit_type == NalUnitType.PREFIX_SEI and end - start <= left:
                left -= end - start
                yield self._octets[start:end].tobytes()


def _coloured(config: CodecConfig, colour: ColourMetadata) -> CodecConfig:
    """Return the configuration with what SEI says. A preferred transfer function stands in for the VUI's (D.3.38)."""
    described, transfer = config.colour, colour.preferred_transfer_characteristics
    if described is not None and transfer is not None:
        described = (described[0], transfer, described[2], described[3])
    return replace(
        config,
        colour=described,
        mastering_display=colour.mastering_display,
        content_light_level=colour.content_light_level,
    )
