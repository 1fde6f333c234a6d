"""Which H.264 pictures can be decoded after one that others refer to was lost.

Decoders end with an error where a picture names one that they have not (ADR 35). So from the loss on a picture goes on only
if a decoder has what it names, or has a placeholder for it (`ReferencePictures`), until an IDR picture, or until all is known
again.
"""

from collections.abc import Callable

from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K, WRAP_33
from yiwang.codecs.nal_framer import SAP_CLOSED_GOP

LONGEST_HOLD_90K = 10 * TICKS_90K
"""After so long without a picture they go on whatever they name: not all decoders are as strict."""


class LostReferences:
    """The machine: `passes` is asked for each access unit, in decoding order, unless `next_is_sure`.

    It is a function of the stream alone.
    """

    def __init__(self) -> None:
        self.next_is_sure = True
        """Whether the next picture will pass, if nothing is lost."""
        self._is_new = False  # no picture has passed since the loss
        self.last_dts_90k = -1  # of the last picture that passed: the caller says it

    def note_loss(self) -> None:
        """Note that a picture is missing to which others refer."""
        self._is_new |= self.next_is_sure
        self.next_is_sure = False

    def note_known(self) -> None:
        """Note that a decoder has all again."""
        self.next_is_sure = True

    def passes(self, sap_type: int, dts_90k: int, resolves: Callable[[bool], bool]) -> bool:
        """Tell whether a decoder can be given a picture.

        Parameters
        ----------
        dts_90k : int    33 bits, -1 where it is not known
        resolves         asked whether what the picture names is there; True where what was there before is not known
        """
        if sap_type == SAP_CLOSED_GOP or self._is_late(dts_90k):
            self.next_is_sure = True
        if self.next_is_sure:
            self._is_new = False
            return True
        if not resolves(self._is_new):
            return False
        self._is_new = False
        return True

    def _is_late(self, dts_90k: int) -> bool:
        last = self.last_dts_90k
        return dts_90k >= 0 and last >= 0 and LONGEST_HOLD_90K <= (dts_90k - last) % WRAP_33 < HALF_WRAP_33


class FrameNumbers:
    """Tells by frame_num whether a picture is missing to which others refer (ISO/IEC 14496-10 7.4.3).

    frame_num is one more than that of the reference picture before. A gap counts where octets were lost, or where time has a
    hole as well: some encoders count wrongly, and a stream whose upper layers were taken out may have gaps (8.2.5.2).
    """

    def __init__(self) -> None:
        self._before: int | None = None  # PrevRefFrameNum
        self._last_dts = -1
        self._interval = TICKS_90K

    def follows(self, frame_num: int, max_frame_num: int, dts_90k: int, is_reference: bool) -> bool:
        """Take the next picture, no IDR, if nothing is missing before it; else return False, and do nothing."""
        before = self._before
        if before is None or (frame_num != before and frame_num != (before + 1) % max_frame_num):
            return False
        self._before = frame_num if is_reference else (frame_num - 1) % max_frame_num
        self._step_to(dts_90k, after_loss=False)
        return True

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
        interval = self._interval
        step = self._step_to(dts_90k, after_loss=after_loss)
        if is_idr or before is None:
            return False
        is_next = frame_num == (before + 1) % size
        if after_loss:
            return not is_next or step >= size * interval  # so many pictures later the numbers are the same
        is_gap = not is_next and frame_num != before
        return is_gap and not gaps_allowed and step > interval + interval // 2

    def _step_to(self, dts_90k: int, *, after_loss: bool) -> int:
        """Return the time since the picture before, 0 where it is not known; without a loss the next is expected so late."""
        if dts_90k < 0:
            return 0
        step = (dts_90k - self._last_dts) % WRAP_33 if self._last_dts >= 0 else 0
        self._last_dts = dts_90k
        if 0 < step < TICKS_90K and not after_loss:
            self._interval = step
        return step
