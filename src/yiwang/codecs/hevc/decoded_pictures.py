"""The pictures a decoder has after a loss, and which others it can decode (ITU-T H.265 8.3.1, 8.3.2).

Each picture's reference picture set names all that the decoder still has, for this picture or a later one; what is not named is
gone. So the set of the last picture before a loss tells what there was, and after a loss all is known again with the first
picture of whose set nothing is missing. Pictures are told by PicOrderCntVal, counted from one that was there; where an IDR
picture was lost they count anew, which the time stamps tell.
"""

from collections import deque
from collections.abc import Sequence

from yiwang.base.timebase import step_33
from yiwang.codecs.hevc.slice_references import SliceReferences

MAX_PICTURES = 16
"""sps_max_dec_pic_buffering_minus1: a decoder holds no more, for reference or to be shown."""
NO_UNIT = (0, 1)


class DecodedPictures:
    """The machine: `take` is asked for each picture that does not begin a sequence, in decoding order.

    Parameters
    ----------
    log2_max_lsb : int                                   log2_max_pic_order_cnt_lsb
    max_num_reorder_pics : int                           so many pictures wait to be shown
    decoded : sequence of (SliceReferences, pts_90k)     those of the sequence that were decoded last; -1 where there is no PTS
    """

    def __init__(
        self, log2_max_lsb: int, max_num_reorder_pics: int, decoded: Sequence[tuple[SliceReferences, int]] = ()
    ) -> None:
        self._max_lsb = 1 << log2_max_lsb
        self._max_waiting = max_num_reorder_pics + 1
        self._anchor = 0  # PicOrderCntVal of prevTid0Pic
        self._held: set[int] = set()
        self._newest: deque[int] = deque(maxlen=MAX_PICTURES)  # PicOrderCntVal of what was decoded last
        self._waiting: set[int] = set()  # of sequences before: their numbers are taken
        self._last = (0, -1)  # PicOrderCntVal and PTS of one of them
        self._unit = NO_UNIT  # PTS goes on by unit[0] where PicOrderCntVal goes on by unit[1]
        self.are_known = False
        """Whether the decoder has again what the encoder had."""
        if decoded:
            self._anchor = decoded[0][0].pic_order_cnt_lsb
        for picture, pts_90k in decoded:
            poc = self._place(picture)
            numbers, by_lsb = self._named(picture, poc)
            held = {number for number, _ in numbers}
            for lsb, _ in by_lsb:
                held.update(self._with_lsb(lsb) or [(poc - lsb) // self._max_lsb * self._max_lsb + lsb])
            self._held = held
            self._decode(picture, poc, pts_90k)

    def take(self, picture: SliceReferences, pts_90k: int = -1, *, is_forced: bool = False) -> bool:
        """Tell whether a decoder has all that a picture needs; only then it is decoded.

        Parameters
        ----------
        is_forced : bool    it is decoded whatever is missing: the decoder makes up what is
        """
        self.are_known = False
        poc = self._place(picture)
        if poc in self._newest or not self._fits(poc, pts_90k):
            self._leave_sequence()
        if poc in self._newest or poc in self._waiting:
            return False  # it would be there twice
        numbers, by_lsb = self._named(picture, poc)
        there = {number for number, _ in numbers if number in self._held}
        missing = [is_used for number, is_used in numbers if number not in self._held]
        for lsb, is_used in by_lsb:
            with_lsb = self._with_lsb(lsb)
            there.update(with_lsb)
            if not with_lsb:
                missing.append(is_used)
        if any(missing) and not is_forced:
            return False
        if is_forced:
            there.update(number for number, _ in numbers)
        self.are_known = is_forced or not missing
        self._held = there
        self._decode(picture, poc, pts_90k)
        return True

    def _leave_sequence(self) -> None:
        """Note that pictures are of another sequence, whose first one was lost: a decoder does not know that."""
        self._waiting.update(sorted(self._newest)[-self._max_waiting :])
        self._held.clear()
        self._unit, self._last = NO_UNIT, (0, -1)

    def _decode(self, picture: SliceReferences, poc: int, pts_90k: int) -> None:
        self._held.add(poc)
        self._newest.append(poc)
        if picture.is_anchor:
            self._anchor = poc
        if pts_90k < 0:
            return
        last_poc, last_pts = self._last
        step, span = step_33(pts_90k, last_pts), poc - last_poc
        if last_pts >= 0 and self._unit == NO_UNIT and step * span > 0:
            self._unit = (step, span)
        self._last = (poc, pts_90k)

    def _fits(self, poc: int, pts_90k: int) -> bool:
        """Tell whether a picture's time is what its place says."""
        unit, per = self._unit
        last_poc, last_pts = self._last
        if not unit or pts_90k < 0 or last_pts < 0:
            return True
        return abs(step_33(pts_90k, last_pts) * per - (poc - last_poc) * unit) <= abs(unit)

    def _place(self, picture: SliceReferences) -> int:
        """PicOrderCntVal (8-1, 8-2): the one with these lowest bits that is nearest to the anchor's."""
        half = self._max_lsb // 2
        return self._anchor + (picture.pic_order_cnt_lsb - self._anchor + half - 1) % self._max_lsb - half + 1

    def _with_lsb(self, lsb: int) -> list[int]:
        return [number for number in self._held if number % self._max_lsb == lsb]

    def _named(self, picture: SliceReferences, poc: int) -> tuple[list[tuple[int, bool]], list[tuple[int, bool]]]:
        """Return the pictures of its set: by PicOrderCntVal, and by the lowest bits of it; each with whether it is used."""
        numbers = [(poc + delta, is_used) for delta, is_used in picture.short_term]
        msb = poc - poc % self._max_lsb
        numbers += [(msb - value, is_used) for value, is_used, has_msb in picture.long_term if has_msb]
        return numbers, [(value, is_used) for value, is_used, has_msb in picture.long_term if not has_msb]
