"""HEVC byte stream in, access units out (see `yiwang.codecs.nal_framer`), none that cannot be decoded.

Leading pictures follow an intra random access point (IRAP) in decoding order and precede it in presentation. RASL pictures
refer to pictures before a CRA too; where those are not there - at the begin of the stream, after the end of a sequence, at a
BLA - they are left out. No picture that is shown after the IRAP refers to them (ITU-T H.265 3.4, 8.1.3).

After a loss each picture's reference picture set is read, and it is left out if it needs one that is not there, until all
is there again (ADR 47).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K, WRAP_33
from yiwang.codecs.framer import NO_TIMES
from yiwang.codecs.hevc.decoded_pictures import MAX_PICTURES, DecodedPictures
from yiwang.codecs.hevc.nal_unit import BLA, IDR, RADL, RASL, SLICES, NalUnitType
from yiwang.codecs.hevc.parameter_sets import ParameterSets
from yiwang.codecs.hevc.pps import PictureParameterSet
from yiwang.codecs.hevc.sei import ColourMetadata, has_recovery_point
from yiwang.codecs.hevc.slice_references import SliceReferences, first_slice_of, parse_slice_references
from yiwang.codecs.hevc.sps import RefPicSets
from yiwang.codecs.nal_framer import (
    MAX_ACCESS_UNIT_OCTETS,
    NO_SAP,
    SAP_CLOSED_GOP,
    SAP_LEADING_DECODABLE,
    SAP_OPEN_GOP,
    NalFramer,
)
from yiwang.codecs.picture_times import PictureOrder
from yiwang.kernels import hevc_access_unit as kernel
from yiwang.kernels.access_unit_state import new_state
from yiwang.kernels.nal_index import END, PREFIX, START
from yiwang.kernels.nal_length_prefix import IS_DROPPED, IS_KEPT, IS_USER_DATA

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
LONGEST_FREEZE_90K = 5 * TICKS_90K // 2
"""After so long without a picture, as each refers to what was lost, they go on whatever is missing, until an IRAP picture:
where those come more seldom, or are lost as well, a smeared picture is better than none."""


class _Head(NamedTuple):
    """A picture that was passed on: the head of its first slice segment, and what that is read with."""

    nal_unit: bytes
    sps: RefPicSets
    pps: PictureParameterSet
    pts_90k: int

    def read(self) -> SliceReferences | None:
        try:
            return parse_slice_references(self.nal_unit, self.sps, self.pps)
        except WireError:
            return None


class HevcFramer(NalFramer):
    """The machine: see `yiwang.codecs.framer.Framer`.

    Parameters
    ----------
    max_octets : int    longest access unit that is passed on
    """

    _end_belongs = True

    def __init__(self, max_octets: int = MAX_ACCESS_UNIT_OCTETS) -> None:
        sets = ParameterSets()
        super().__init__(new_state(), sets, KEPT, LAYER_ID_MASK, kernel.HEADER_OCTETS, max_octets)
        self._parameter_sets = sets
        self._begins_sequence = True  # the next IRAP has nothing before it to refer to
        self._is_broken = False  # something is missing before the next picture
        self._recent: deque[_Head] = deque(maxlen=MAX_PICTURES + 1)  # of the sequence; passed on
        self._passed_dts = -1  # of the last picture that was passed on
        self._pictures: DecodedPictures | None = None  # from a loss on, until all is known again
        self._is_lenient = False  # pictures go on whatever is missing, until an IRAP picture
        self._irap_type = -1  # of the last IRAP
        self._leading_may_come = False  # no picture after the last IRAP has been trailing
        self._drops_rasl = True  # what those of the last IRAP refer to is not of the stream
        self._colour = ColourMetadata()
        self._plain: CodecConfig | None = None  # as parameter sets say
        self._coloured: CodecConfig | None = None  # with what SEI says

    def _order(self, sample: bytes, pps_id: int) -> PictureOrder | None:
        sps, pps = self._parameter_sets.sps_of(pps_id), self._parameter_sets.pps(pps_id)
        if sps is None or pps is None:
            return None
        try:
            head = parse_slice_references(first_slice_of(sample), sps.ref_pic_sets, pps)
        except WireError:
            return None
        modulus = 1 << sps.ref_pic_sets.log2_max_pic_order_cnt_lsb
        resets = head.nal_unit_type in IDR or head.nal_unit_type in BLA
        return PictureOrder(head.pic_order_cnt_lsb, modulus, head.is_anchor, resets)

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

    # -- pictures that cannot be decoded

    def _dropped(self) -> None:
        self._is_broken = True

    def _end_of_sequence(self) -> None:
        self._begins_sequence = True

    def _withholds(self, sap_type: int, times: tuple[int, int], sample: bytes) -> bool:
        """Tell whether a whole picture refers to one that is not there; note what it is."""
        nal_unit_type = self._nal_unit_type
        begins_sequence = False
        if nal_unit_type in SAP_TYPES:
            begins_sequence = self._begins_sequence or nal_unit_type != NalUnitType.CRA
            self._drops_rasl = begins_sequence and nal_unit_type in MAY_HAVE_RASL
            self._begins_sequence = False
            self._irap_type = nal_unit_type
            self._leading_may_come = True
        elif nal_unit_type in RASL or nal_unit_type in RADL:
            if self._irap_type < 0 or (self._drops_rasl and nal_unit_type in RASL):
                return True
        else:
            self._leading_may_come = False
        if self._irap_type < 0:
            return False
        pps_id = self._done[2]
        sps, pps = self._parameter_sets.sps_of(pps_id), self._parameter_sets.pps(pps_id)
        if sps is None or pps is None:
            return False
        pts_90k, dts_90k = times
        dts_90k = dts_90k if dts_90k >= 0 else pts_90k
        head = _Head(first_slice_of(sample), sps.ref_pic_sets, pps, pts_90k)
        if begins_sequence:
            self._is_broken, self._pictures = False, None
            self._recent.clear()
        elif (self._is_broken or self._pictures is not None) and not self._resolves(head, dts_90k, sample):
            leads = nal_unit_type in RASL or nal_unit_type in RADL
            self._fault("undecodable_leading_picture" if leads else "picture_without_reference")
            self._after_loss |= self._passed_on
            return True
        if nal_unit_type in SAP_TYPES:
            self._is_lenient = False
        self._recent.append(head)
        self._passed_dts = dts_90k if dts_90k >= 0 else self._passed_dts
        return False

    def _resolves(self, head: _Head, dts_90k: int, sample: bytes) -> bool:
        """Tell whether a decoder has all that a picture after a loss needs."""
        if self._pictures is None or (self._recent and self._recent[-1].sps != head.sps):
            self._pictures = self._pictures_before(head.sps)
        self._is_broken = False
        picture = head.read()
        if picture is None:  # what we cannot read may well be decoded
            return True
        is_timed = dts_90k >= 0 and self._passed_dts >= 0
        freeze_90k = (dts_90k - self._passed_dts) % WRAP_33 if is_timed else 0
        self._is_lenient |= LONGEST_FREEZE_90K <= freeze_90k < HALF_WRAP_33 or has_recovery_point(sample)
        is_there = self._pictures.take(picture, head.pts_90k, is_forced=self._is_lenient)
        if self._pictures.are_known and not self._is_lenient:
            self._pictures = None
        return is_there

    def _pictures_before(self, sps: RefPicSets) -> DecodedPictures:
        """What a decoder has before a loss."""
        decoded: list[tuple[SliceReferences, int]] = []
        for head in self._recent:
            picture = head.read() if head.sps == sps else None
            if picture is None:
                decoded = []
            else:
                decoded.append((picture, head.pts_90k))
        return DecodedPictures(sps.log2_max_pic_order_cnt_lsb, sps.max_num_reorder_pics, decoded)

    def _next_is_sure(self) -> bool:
        """Tell whether what follows is passed on: a leading picture may not be."""
        if self._pictures is not None:
            return False
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
