"""The reference pictures of a decoder after a loss, as far as they are known (ISO/IEC 14496-10 8.2.4, 8.2.5).

What it had before the loss is known as far as the frames go that are remembered; the rest are `UNKNOWN` pictures, the oldest,
that nothing can name. Where frame_num has a gap it puts placeholders for what is missing (8.2.5.2), which can be named.
FFmpeg lets go of them once max_num_ref_frames pictures have followed, which the standard does not; so does this, as it is the
decoder that minds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from yiwang.codecs.avc.slice_references import FRAME, SliceReferences

UNKNOWN = -1
ALL_DECODED = 16
"""After so many reference pictures in a row what the decoder has is what the encoder had: MaxDpbFrames (A.3.1)."""


@dataclass(slots=True)
class _Picture:
    """``fields``: which of them are used for reference."""

    frame_num: int
    fields: int = FRAME
    is_placeholder: bool = False


@dataclass(slots=True)
class _State:
    """``short_term``: the newest first; ``long_term``: fields of each by LongTermFrameIdx."""

    before: int  # frame_num of the picture before
    short_term: list[_Picture]
    long_term: dict[int, int] = field(default_factory=dict)

    def copy(self) -> "_State":
        return _State(self.before, [replace(each) for each in self.short_term], dict(self.long_term))


class ReferencePictures:
    """The machine: `take` is asked for each picture, in decoding order.

    Parameters
    ----------
    max_num_ref_frames, max_frame_num : int    of the sequence parameter set; MaxFrameNum
    frame_num : int                            of the last picture that was decoded
    decoded : sequence of SliceReferences      the reference frames that were decoded last
    from_idr : bool                            the first of them is an IDR picture: there was nothing before
    """

    def __init__(
        self,
        max_num_ref_frames: int,
        max_frame_num: int,
        frame_num: int,
        decoded: Sequence[SliceReferences],
        *,
        from_idr: bool = False,
    ) -> None:
        self._size, self._max_frame_num = max(1, max_num_ref_frames), max_frame_num
        unknown = [] if from_idr else [_Picture(UNKNOWN) for _ in range(self._size)]
        self._state = _State((decoded[0].frame_num - 1) % max_frame_num if decoded else frame_num, unknown)
        self._is_history = True
        for each in decoded:
            self._fill_gap(self._state, each.frame_num)
            self._state.before = each.frame_num
            self._mark(self._state, each, is_second=False)
        self._is_history = False
        self._state.before = frame_num
        self._in_a_row = 0

    @property
    def are_known(self) -> bool:
        """Whether the decoder has again what the encoder had."""
        return self._in_a_row >= ALL_DECODED

    def take(self, slices: Sequence[SliceReferences]) -> bool:
        """Tell whether a decoder has all that a frame, or its two fields, names; only then it is decoded."""
        if not self._takes(slices):
            self._in_a_row = 0
            return False
        return True

    def _takes(self, slices: Sequence[SliceReferences]) -> bool:
        if not slices:
            return False
        state = self._state.copy()
        is_second, has_gap = False, False
        for _, of_field in groupby(slices, lambda each: each.structure):
            field_slices = list(of_field)
            head = field_slices[0]
            if not is_second:
                has_gap = self._fill_gap(state, head.frame_num)
            state.before = head.frame_num
            if not all(self._resolves(state, each) for each in field_slices) or (
                head.is_reference and not self._mark(state, head, is_second=is_second)
            ):
                return False
            is_second = True
        self._state = state
        if slices[0].is_reference:
            is_known = not has_gap and all(each.frame_num != UNKNOWN for each in state.short_term)
            self._in_a_row = self._in_a_row + 1 if is_known else 0
        return True

    def _fill_gap(self, state: _State, frame_num: int) -> bool:
        """Decoding process for gaps in frame_num (8.2.5.2)."""
        missing = (frame_num - state.before) % self._max_frame_num - 1
        for n in range(min(missing, self._size), 0, -1):
            self._slide(state)
            number = (frame_num - n) % self._max_frame_num
            state.short_term.insert(0, _Picture(number, is_placeholder=True))
            self._expire(state, number)
        return missing > 0

    def _expire(self, state: _State, frame_num: int) -> None:
        """Let go of placeholders that are too old."""
        state.short_term = [
            each
            for each in state.short_term
            if not each.is_placeholder or (frame_num - each.frame_num) % self._max_frame_num <= self._size
        ]

    def _slide(self, state: _State) -> None:
        """Sliding window (8.2.5.3)."""
        if state.short_term and len(state.short_term) + len(state.long_term) >= self._size:
            state.short_term.pop()

    def _resolves(self, state: _State, each: SliceReferences) -> bool:
        """Tell whether the pictures are there that a slice's lists name (8.2.4.3)."""
        scale = 1 if each.structure == FRAME else 2
        n_pictures = scale * (len(state.short_term) + len(state.long_term))
        for active, modifications in zip(each.active, each.modifications, strict=True):
            if not n_pictures or active > max(n_pictures, len(modifications)):
                return False  # an entry of the list has no picture
            pic_num = each.frame_num * scale + scale - 1
            for idc, operand in modifications:
                if idc == 2:
                    number, fields = self._named(operand, each.structure)
                    if state.long_term.get(number, 0) & fields != fields:
                        return False
                    continue
                pic_num += operand + 1 if idc else -operand - 1
                number, fields = self._named(pic_num % (scale * self._max_frame_num), each.structure)
                if not any(known.frame_num == number and known.fields & fields == fields for known in state.short_term):
                    return False
        return True

    @staticmethod
    def _named(pic_num: int, structure: int) -> tuple[int, int]:
        """Return frame_num (or LongTermFrameIdx) and fields of picNum (or LongTermPicNum): 8.2.4.1."""
        if structure == FRAME:
            return pic_num, FRAME
        return pic_num >> 1, structure if pic_num & 1 else structure ^ FRAME

    def _mark(self, state: _State, head: SliceReferences, *, is_second: bool) -> bool:
        """Decoded reference picture marking (8.2.5); False where it names what is not there."""
        first = state.short_term[0] if is_second and state.short_term else None
        joins = first is not None and first.frame_num == head.frame_num
        long_index = -1
        if head.operations is None and not joins:
            self._slide(state)
        for operation, operand, other in head.operations or ():
            if operation == 5:
                state.short_term.clear()
                state.long_term.clear()
                state.before = 0
            elif operation == 4:
                state.long_term = {index: fields for index, fields in state.long_term.items() if index < operand}
            elif operation == 6:
                long_index = operand
            elif not self._apply(state, head, operation, operand, other) and not self._is_history:
                return False
        if long_index >= 0:
            state.long_term[long_index] = state.long_term.get(long_index, 0) | head.structure
        elif joins and first is not None and first in state.short_term:
            first.fields |= head.structure
        elif any(each.frame_num == state.before for each in state.short_term):
            return False
        else:
            state.short_term.insert(0, _Picture(state.before, head.structure))
        if len(state.short_term) + len(state.long_term) > self._size:
            return False
        self._expire(state, state.before)
        return True

    def _apply(self, state: _State, head: SliceReferences, operation: int, operand: int, other: int) -> bool:
        """memory_management_control_operation 1, 2 and 3: a picture is no reference any longer, or a long-term one."""
        if operation == 2:
            number, fields = self._named(operand, head.structure)
            if number not in state.long_term:
                return False
            state.long_term[number] &= ~fields
            if not state.long_term[number]:
                del state.long_term[number]
            return True
        scale = 1 if head.structure == FRAME else 2
        pic_num = (head.frame_num * scale + scale - 1 - operand - 1) % (scale * self._max_frame_num)
        number, fields = self._named(pic_num, head.structure)
        named = next((each for each in state.short_term if each.frame_num == number), None)
        if named is None and self._is_history:  # it was there
            named = next((each for each in reversed(state.short_term) if each.frame_num == UNKNOWN), None)
        if named is None:
            return False
        named.fields &= ~fields
        if not named.fields:
            state.short_term.remove(named)
        if operation == 3:
            state.long_term[other] = state.long_term.get(other, 0) | fields
        return True
