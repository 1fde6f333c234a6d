"""H.264 byte stream in, access units out: two fields of a frame are one (see `yiwang.codecs.nal_framer`)."""

from collections import deque
from functools import partial
from typing import NamedTuple

import numpy as np

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.errors import WireError
from yiwang.codecs.avc.lost_references import FrameNumbers, LostReferences
from yiwang.codecs.avc.parameter_sets import ParameterSets
from yiwang.codecs.avc.picture_order import picture_order_of
from yiwang.codecs.avc.reference_pictures import ReferencePictures
from yiwang.codecs.avc.slice_references import FRAME, SliceReferences, first_slice_of, slices_of
from yiwang.codecs.avc.sps import SequenceParameterSet
from yiwang.codecs.framer import NO_TIMES
from yiwang.codecs.nal_framer import (
    MAX_ACCESS_UNIT_OCTETS,
    NO_SAP,
    SAP_CLOSED_GOP,
    SAP_GRADUAL_REFRESH,
    SAP_OPEN_GOP,
    NalFramer,
)
from yiwang.codecs.picture_times import PictureOrder
from yiwang.kernels import avc_access_unit as kernel
from yiwang.kernels.avc_slice_header import HEADER_OCTETS
from yiwang.kernels.nal_index import PREFIX, START
from yiwang.kernels.nal_length_prefix import IS_DROPPED, IS_KEPT, IS_USER_DATA

N_REMEMBERED, REMEMBERED_OCTETS = 64, 1024
"""Reference frames, and octets of each, that are kept to know after a loss what a decoder has."""
SLICES = frozenset((1, 2, 5))
BEGINNERS = frozenset((1, 2, 5, 6, 7, 8, 9, 14, 15, 16, 17, 18))
"""nal_unit_type of the first NAL unit of an access unit (7.4.1.2.3)."""
_KINDS = dict.fromkeys((1, 2, 3, 4, 5, 19), IS_KEPT) | {6: IS_USER_DATA}
KEPT = np.array([_KINDS.get(octet & 31, IS_DROPPED) for octet in range(256)], np.uint8)
"""Slices, data partitions, SEI and auxiliary slices: a sample of ``avc1`` has its parameter sets in the sample entry, no
delimiters and no filler, and the extensions for other views and layers are not for its reader."""


class _Remembered(NamedTuple):
    """A reference picture that was passed on; ``head``: its first octets, ``pps``: the NAL unit it refers to."""

    head: bytes
    flags: int
    pps: bytes
    frame_num: int


class _InUse(NamedTuple):
    """Parameter sets that pictures refer to."""

    pps_id: int
    version: int  # of the store
    config: CodecConfig
    pps: bytes
    max_frame_num: int


NOT_USUAL = kernel.BAD | kernel.NO_PARAMETER_SETS | kernel.IDR | kernel.RECOVERY | kernel.INTRA | kernel.HAS_SPS


class AvcFramer(NalFramer):
    """The machine: see `yiwang.codecs.framer.Framer`.

    Parameters
    ----------
    max_octets : int    longest access unit that is passed on
    """

    _counts_per_frame = 2

    def __init__(self, max_octets: int = MAX_ACCESS_UNIT_OCTETS) -> None:
        self._delimiter = kernel.DelimiterState()
        sets = ParameterSets(self._delimiter.table)
        super().__init__(self._delimiter.state, sets, KEPT, 0, HEADER_OCTETS, max_octets)
        self._references = LostReferences()
        self._frame_numbers = FrameNumbers()
        self._is_broken = False  # something is missing before the next picture
        self._last_frame_num = 0  # of the last picture that was passed on
        self._sps: SequenceParameterSet | None = None  # of the pictures in _recent
        self._recent: deque[_Remembered] = deque(maxlen=N_REMEMBERED)
        self._pictures: ReferencePictures | None = None  # once there was a loss
        self._parameter_sets = sets
        self._in_use: _InUse | None = None
        self._has_sap = False
        self._sps_before_non_intra = False

    def _order(self, sample: bytes, pps_id: int) -> PictureOrder | None:
        sps, pps = self._parameter_sets.sps_of(pps_id), self._parameter_sets.pps(pps_id)
        if sps is None or pps is None:
            return None
        try:
            return picture_order_of(sample, sps, pps)
        except WireError:
            return None

    def _walk(self, final: bool, is_plain: bool) -> tuple[int, int, int, int, int, int]:
        delimiter, space = self._delimiter, self._space
        walked: tuple[int, int, int, int, int, int] = kernel.walk_access_units(
            self._octets, self._filled, self._indexed, self._rows, self._row, self._n_rows, final,
            delimiter.table, delimiter.state, delimiter.headers, delimiter.rbsp, delimiter.cursor,
            self._kept, is_plain, space.samples, space.records,
        )  # fmt: skip
        return walked

    def _nal_unit_type(self, row: int) -> int:
        return int(self._octets[self._rows[row, START] + PREFIX]) & 31

    def _is_slice(self, row: int) -> bool:
        return self._nal_unit_type(row) in SLICES

    def _can_begin(self, row: int) -> bool:
        return self._nal_unit_type(row) in BEGINNERS

    def _objection(self, flags: int, config: CodecConfig | None, times: tuple[int, int]) -> str:
        """Return the fault for which an access unit is dropped, '' for none."""
        check_head, self._check_head = self._check_head, False
        if flags & kernel.BAD:
            self._check_head = True
            return "damaged_access_unit"
        if flags & kernel.NO_PARAMETER_SETS or config is None:
            return "no_parameter_sets"
        if check_head and (flags & kernel.HEAD_LOST or (flags & kernel.FIELD and self._done[1] == 1)):
            return "damaged_access_unit"
        if self._need_times and times == NO_TIMES:
            return "untimed_access_unit"
        return ""

    def _sap_type(self, flags: int) -> int:
        """Stream access point type (ISO/IEC 14496-12 Annex I).

        An intra picture without recovery point SEI counts in a stream that has never sent better, and where an SPS comes
        with it while others come without: so encoders mark the begin of an open GOP.
        """
        intra = flags & kernel.INTRA
        sps_marks_intra = flags & kernel.HAS_SPS and not self._sps_before_non_intra
        self._sps_before_non_intra = bool(flags & kernel.HAS_SPS) and not intra
        if flags & (kernel.IDR | kernel.RECOVERY):
            self._has_sap = True
            if flags & kernel.IDR:
                return SAP_CLOSED_GOP
            return SAP_OPEN_GOP if intra else SAP_GRADUAL_REFRESH
        if intra and (sps_marks_intra or not self._has_sap):
            return SAP_OPEN_GOP
        return NO_SAP

    def _usual(
        self,
        summary: tuple[int, int, int, int],
        octets: int,
        times: tuple[int, int],
        next_times: tuple[int, int],
        data: bytes,
        user_data_end: int,
    ) -> AccessUnit | None:
        flags, _, pps_id, frame_num = summary
        if flags & NOT_USUAL or self._is_broken or self._check_head or self._need_times or octets > self._max_octets:
            return None
        if self._after_loss or self._after_undecodable or self._was_away or not self._references.next_is_sure:
            return None
        if times[0] < 0 or self._picture_times is not None:
            return None
        in_use = self._in_use
        if in_use is None or pps_id != in_use.pps_id or self._sets.version != in_use.version:
            in_use = self._in_use = self._now_in_use(pps_id)
        pts_90k, dts_90k = times
        time = dts_90k if dts_90k >= 0 else pts_90k
        is_reference = flags & kernel.REFERENCE != 0
        if in_use is None or not self._frame_numbers.follows(frame_num, in_use.max_frame_num, time, is_reference):
            return None
        self._sps_before_non_intra, self._passed_on = False, True
        self._newest, self._n_dropped, self._last_dts = (data, pps_id, times), 0, time
        self._references.last_dts_90k, self._last_frame_num = time, frame_num
        if is_reference:
            self._recent.append(_Remembered(data[:REMEMBERED_OCTETS], flags, in_use.pps, frame_num))
        next_dts_90k = next_times[1] if next_times[1] >= 0 else next_times[0]
        return AccessUnit(data, pts_90k, dts_90k, NO_SAP, in_use.config, False, next_dts_90k, user_data_end)

    def _now_in_use(self, pps_id: int) -> _InUse | None:
        """Return the parameter sets of a picture, where they are those of the one before."""
        sets = self._parameter_sets
        config, sps = sets.config(pps_id), sets.sps_of(pps_id)
        if config is None or sps is None or sps is not self._sps:
            return None
        return _InUse(pps_id, sets.version, config, sets.pps_octets(pps_id), 1 << sps.log2_max_frame_num)

    # -- what was lost

    def _dropped(self) -> None:
        self._is_broken = True

    def _drop(self, fault: str) -> None:
        super()._drop(fault)
        if self._passed_on and self._done[0] & kernel.REFERENCE:
            self._references.note_loss()

    def _withholds(self, sap_type: int, times: tuple[int, int], sample: bytes) -> bool:
        """Tell whether a whole picture refers to one that was lost."""
        flags, _, pps_id, frame_num = self._done
        after_loss, self._is_broken = self._is_broken, False
        sps = self._parameter_sets.sps_of(pps_id)
        if sps is None:
            return False
        if sps is not self._sps:  # no picture refers to one of before
            self._sps, self._pictures = sps, None
            self._recent.clear()
        pts_90k, dts_90k = times
        if dts_90k < 0:
            dts_90k = pts_90k
        is_reference = flags & kernel.REFERENCE != 0
        if self._frame_numbers.shows_loss(
            frame_num,
            sps.log2_max_frame_num,
            dts_90k,
            is_idr=flags & kernel.IDR != 0,
            is_reference=is_reference,
            after_loss=after_loss,
            gaps_allowed=sps.gaps_in_frame_num_value_allowed_flag,
        ):
            self._references.note_loss()
        references = self._references
        if not references.next_is_sure and not references.passes(
            sap_type, dts_90k, partial(self._resolves, sample, pps_id, sps)
        ):
            self._fault("picture_without_reference")
            self._after_loss |= self._passed_on
            return True
        references.last_dts_90k = dts_90k
        self._last_frame_num = frame_num
        if is_reference:
            if flags & kernel.IDR:
                self._recent.clear()
            pps = self._parameter_sets.pps_octets(pps_id)
            self._recent.append(_Remembered(sample[:REMEMBERED_OCTETS], flags, pps, frame_num))
        return False

    def _resolves(self, sample: bytes, pps_id: int, sps: SequenceParameterSet, is_first: bool) -> bool:
        """Tell whether a decoder has all that a picture names, or placeholders for it."""
        try:
            if is_first or self._pictures is None:
                self._pictures = self._pictures_of(sps)
            slices = slices_of(sample, sps, self._parameter_sets.pps_octets(pps_id))
        except WireError:
            return False
        if not self._pictures.take(slices):
            return False
        if self._pictures.are_known:
            self._references.note_known()
        return True

    def _pictures_of(self, sps: SequenceParameterSet) -> ReferencePictures:
        """What a decoder has before a loss."""
        decoded: list[SliceReferences] = []
        from_idr = False
        for head, flags, pps, frame_num in self._recent:
            try:
                each = first_slice_of(head, sps, pps)
            except WireError:
                each = None
            if (
                each is None or flags & kernel.FIELD
            ):  # what came before is not known: a second field's slices are not kept
                decoded, from_idr = [], False
                each = SliceReferences(frame_num, FRAME, True, (), (), None)
            elif flags & kernel.IDR:
                from_idr = True
            decoded.append(each)
        return ReferencePictures(
            sps.max_num_ref_frames, 1 << sps.log2_max_frame_num, self._last_frame_num, decoded, from_idr=from_idr
        )

    def _next_is_sure(self) -> bool:
        return self._references.next_is_sure
