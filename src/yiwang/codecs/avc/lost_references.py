"""Which H.264 pictures can be decoded after one that others refer to was lost.

Decoders end with an error where a picture names one that they have not (ADR 35). So from the loss on pictures are held back
until a random access point, and of an open GOP those that are shown before it too. Where it is long in coming, or the stream
has nothing but gradual refresh, it must not go dark: pictures go on whose references a decoder has, or has a placeholder for
(`ReferencePictures`), and so they do after a random access point that is not an IDR picture, until all is known again.
"""

from collections.abc import Callable
from enum import Enum

from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K, WRAP_33
from yiwang.codecs.nal_framer import SAP_CLOSED_GOP, SAP_GRADUAL_REFRESH, SAP_OPEN_GOP

HOLD_90K = TICKS_90K // 2
"""So long a random access point is waited for, as what goes on without one is smeared. It is less than a segment is, so that
every segment has pictures."""
LONGEST_HOLD_90K = 10 * TICKS_90K
"""Then pictures go on whatever they name: not all decoders are as strict."""


class _Until(Enum):
    """What is waited for."""

    NOTHING = 0
    RANDOM_ACCESS = 1
    KNOWN = 2  # the references of each picture are looked up


class LostReferences:
    """The machine: `passes` is asked for each access unit, in decoding order, that is a random access point or not sure.

    It is a function of the stream alone.
    """

    def __init__(self) -> None:
        self._until = _Until.NOTHING
        self._shown_from = -1  # PTS: what is shown before it refers to what is missing
        self._is_gradual = False  # the last random access point was a gradual one
        self.last_dts_90k = -1  # of the last picture that passed: the caller says it

    @property
    def next_is_sure(self) -> bool:
        """Whether the next picture will pass, if nothing is lost."""
        return self._until is _Until.NOTHING and self._shown_from < 0

    def note_loss(self) -> None:
        """Note that a picture is missing to which others refer."""
        if self._until is _Until.NOTHING or not self._is_gradual:
            self._until = _Until.RANDOM_ACCESS

    def note_known(self) -> None:
        """Note that a decoder has all again."""
        if self._until is _Until.KNOWN:
            self._until, self._shown_from = _Until.NOTHING, -1

    def passes(self, sap_type: int, pts_90k: int, dts_90k: int, resolves: Callable[[bool], bool]) -> bool:
        """Tell whether a decoder can be given a picture.

        Parameters
        ----------
        pts_90k, dts_90k : int    33 bits, -1 where they are not known
        resolves                  asked whether what the picture names is there; True where what was there before is not known
        """
        if sap_type:
            self._is_gradual = sap_type == SAP_GRADUAL_REFRESH
        return self.next_is_sure or self._passes_after_loss(sap_type, pts_90k, dts_90k, resolves)

    def _passes_after_loss(self, sap_type: int, pts_90k: int, dts_90k: int, resolves: Callable[[bool], bool]) -> bool:
        if sap_type == SAP_CLOSED_GOP or self._is_late(dts_90k, LONGEST_HOLD_90K):
            self._until, self._shown_from = _Until.NOTHING, -1
            return True
        is_waiting, begin = self._until is _Until.RANDOM_ACCESS, self._shown_from
        if sap_type == SAP_OPEN_GOP:
            begin = pts_90k if is_waiting else -1
        elif self._is_early(pts_90k) or (is_waiting and not self._is_gradual and not self._is_late(dts_90k, HOLD_90K)):
            return False
        if self._until is not _Until.NOTHING:
            if not resolves(is_waiting):
                return False
            self._until = _Until.KNOWN
        self._shown_from = begin
        return True

    def _is_early(self, pts_90k: int) -> bool:
        begin = self._shown_from
        return begin >= 0 and pts_90k >= 0 and (pts_90k - begin) % WRAP_33 > HALF_WRAP_33

    def _is_late(self, dts_90k: int, hold_90k: int) -> bool:
        last = self.last_dts_90k
        return dts_90k >= 0 and last >= 0 and hold_90k <= (dts_90k - last) % WRAP_33 < HALF_WRAP_33


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
