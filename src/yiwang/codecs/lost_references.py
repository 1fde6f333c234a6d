"""Which pictures can be decoded after a picture that others refer to was lost.

Decoders end with an error where a picture refers to one that they have not (ADR 35). So from the loss on pictures are held
back until a random access point, and of an open GOP those that are shown before it too. Where it is long in coming, or the
stream has nothing but gradual refresh, it must not go dark: pictures go on that refer to earlier ones alone, which decoders
fill in for; B-pictures again once as many pictures have been decoded as a decoder keeps to refer to.
"""

from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K, WRAP_33

HOLD_90K = 5 * TICKS_90K // 2
"""So long a picture may stand: longer than a GOP of two seconds whose IDR picture was lost."""
SAP_IDR, SAP_OPEN_GOP, SAP_GRADUAL_REFRESH = 1, 3, 4


class LostReferences:
    """The machine: `passes` is asked for each access unit, in decoding order; it is a function of the stream alone."""

    def __init__(self) -> None:
        self.is_broken = False  # a picture is missing that the next may refer to
        self._shown_from = -1  # PTS: what is shown before it refers to what is missing
        self._is_gradual = False  # the last random access point was a gradual one
        self._goes_on = False  # although it is broken
        self._decoded = 0  # pictures to refer to since it goes on
        self._last_dts = -1  # of the last picture that passed

    @property
    def next_is_sure(self) -> bool:
        """Whether the next picture will pass, if nothing is lost."""
        return not self.is_broken and self._shown_from < 0

    def note_loss(self) -> None:
        """Note that a picture is missing to which others refer."""
        self.is_broken, self._goes_on, self._decoded = True, False, 0

    def passes(
        self, sap_type: int, pts_90k: int, dts_90k: int, *, is_b: bool, is_reference: bool, references: int
    ) -> bool:
        """Tell whether a decoder can be given a picture.

        Parameters
        ----------
        pts_90k, dts_90k : int    33 bits, -1 where they are not known
        references : int          so many pictures a decoder keeps to refer to
        """
        if sap_type:
            self._is_gradual = sap_type == SAP_GRADUAL_REFRESH
        if SAP_IDR <= sap_type <= SAP_OPEN_GOP:
            was_broken, self.is_broken = self.is_broken, False
            self._shown_from = pts_90k if was_broken and sap_type != SAP_IDR else -1
        elif self._is_early(pts_90k) or (
            self.is_broken and not self._may_go_on(dts_90k, is_b, is_reference, references)
        ):
            return False
        if dts_90k >= 0:
            self._last_dts = dts_90k
        return True

    def _is_early(self, pts_90k: int) -> bool:
        begin = self._shown_from
        return begin >= 0 and pts_90k >= 0 and (pts_90k - begin) % WRAP_33 > HALF_WRAP_33

    def _may_go_on(self, dts_90k: int, is_b: bool, is_reference: bool, references: int) -> bool:
        if self._is_gradual or (dts_90k >= 0 and self._last_dts >= 0 and self._is_late(dts_90k)):
            self._goes_on = True
        if not self._goes_on or is_b:
            return False
        self._decoded += is_reference
        if self._decoded >= references:
            self.is_broken = False
        return True

    def _is_late(self, dts_90k: int) -> bool:
        return HOLD_90K <= (dts_90k - self._last_dts) % WRAP_33 < HALF_WRAP_33


class FrameNumbers:
    """Tells by frame_num whether a picture is missing to which others refer (ISO/IEC 14496-10 7.4.3).

    frame_num is one more than that of the reference picture before. A gap counts where octets were lost, or where time has a
    hole as well: some encoders count wrongly, and a stream whose upper layers were taken out may have gaps (8.2.5.2).
    """

    def __init__(self) -> None:
        self._before: int | None = None  # PrevRefFrameNum
        self._last_dts = -1
        self._interval = TICKS_90K

    def shows_loss(
        self,
        frame_num: int,
        log2_max: int,
        dts_90k: int,
        *,
        is_idr: bool,
        is_reference: bool,
        after_loss: bool,
        gaps_allowed: bool,
    ) -> bool:
        """Take the next picture; tell whether a reference picture before it is missing."""
        before, size = self._before, 1 << log2_max
        self._before = frame_num if is_reference else (frame_num - 1) % size
        step = (dts_90k - self._last_dts) % WRAP_33 if dts_90k >= 0 and self._last_dts >= 0 else 0
        interval = self._interval
        if dts_90k >= 0:
            self._last_dts = dts_90k
            if 0 < step < TICKS_90K and not after_loss:
                self._interval = step
        if is_idr or before is None:
            return False
        is_next = frame_num == (before + 1) % size
        if after_loss:
            return not is_next or step >= size * interval  # so many pictures later the numbers are the same
        is_gap = not is_next and frame_num != before
        return is_gap and not gaps_allowed and step > interval + interval // 2
