"""AC-3 and E-AC-3: frames found, and put together to access units of six blocks (ETSI TS 102 366 annexes E and F)."""

from copy import copy
from typing import Self

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.errors import WireError
from yiwang.codecs.ac3.decoder_configuration import codec_config
from yiwang.codecs.ac3.syncframe import (
    DEPENDENT,
    HEADER_OCTETS,
    SYNCWORD,
    WHOLE,
    Substream,
    parse_frame_header,
    parse_syncframe,
)
from yiwang.codecs.frame_search import FrameSearch
from yiwang.codecs.framer import NO_TIMES

MAX_FRAMES = 6 * 16 * 2
"""Frames of an access unit: more substreams than this are an attack."""


class _Pending:
    """An access unit whose frames are still coming."""

    def __init__(self, times: tuple[int, int], after_loss: bool) -> None:
        self.times = times
        self.after_loss = after_loss
        self.frames: list[bytes] = []
        self.substreams: list[Substream] = []
        self.blocks = 0  # of independent substream 0

    def __copy__(self) -> "_Pending":
        other = _Pending(self.times, self.after_loss)
        other.frames, other.substreams, other.blocks = self.frames[:], self.substreams[:], self.blocks
        return other

    def add(self, frame: bytes, substream: Substream) -> None:
        self.frames.append(frame)
        self.substreams.append(substream)
        if _is_first(substream):
            self.blocks += substream.header.blocks


def _is_first(substream: Substream) -> bool:
    return substream.header.strmtyp != DEPENDENT and substream.header.substreamid == 0


class Ac3Framer(FrameSearch):
    """The machine: see `yiwang.codecs.framer.Framer`.

    An access unit is six blocks of every substream (F.6, F.5): it begins with independent substream 0. That of frames of
    fewer blocks begins where convsync says; where a stream never says so, at a frame with a time stamp, as its frames go.
    It is whole once the next one begins, as more substreams may follow.

    The data rate in ``dec3`` is that of the first access unit of a configuration.
    """

    HEADER_OCTETS = HEADER_OCTETS
    FIRST_OCTET = SYNCWORD >> 8

    def __init__(self) -> None:
        super().__init__()
        self._pending: _Pending | None = None
        self._usual: tuple[Substream, ...] = ()  # of the access unit before
        self._config: CodecConfig | None = None

    def __copy__(self) -> Self:
        other = super().__copy__()
        other._pending = copy(self._pending)
        return other

    def _header(self, octets: bytes, at: int) -> tuple[int, int] | None:
        header = parse_frame_header(octets, at)
        return None if header is None else (header.sampling_frequency, header.octets)

    def _frame(self, at: int, end: int, units: list[AccessUnit]) -> None:
        times = self._pes_times.take(self._position + at)
        frame = self._buffer[at:end]
        try:
            substream = parse_syncframe(frame)
        except WireError as error:
            self._fault("audio_frame_error", str(error))
            self._pending = None
            self._after_loss = True
            return
        pending = self._pending
        if pending is not None and self._continues(pending, substream):
            pending.add(frame, substream)
            return
        is_in_step = self._finish(units, is_cut=self._after_loss)
        if not _is_first(substream):
            return  # its independent substream is lost
        if self._need_times and times == NO_TIMES:
            self._fault("untimed_access_unit")
            return
        if substream.header.blocks < WHOLE and not (substream.convsync or is_in_step) and times == NO_TIMES:
            return  # within an access unit
        self._pending = _Pending(times, self._after_loss)
        self._pending.add(frame, substream)
        self._after_loss = self._need_times = False

    def _continues(self, pending: _Pending, substream: Substream) -> bool:
        if len(pending.frames) >= MAX_FRAMES or self._after_loss:
            return False
        if not _is_first(substream):
            return True
        header = substream.header
        return not substream.convsync and header.blocks < WHOLE and pending.blocks + header.blocks <= WHOLE

    def _finish(self, units: list[AccessUnit], *, is_cut: bool) -> bool:
        """Pass on the access unit that has come, and tell whether it did.

        Not passed on is one that is too short, nor one ``is_cut``, whose last frames may be lost, unless it is like the
        one before.
        """
        pending, self._pending = self._pending, None
        if pending is None:
            return False
        substreams = tuple(pending.substreams)
        if pending.blocks < WHOLE or (is_cut and not _are_alike(substreams, self._usual)):
            self._fault("damaged_access_unit")
            self._after_loss = True
            return False
        data = b"".join(pending.frames)
        if self._config is None or not _are_alike(substreams, self._usual):
            config = codec_config(substreams, len(data))
            if config != self._config:
                self._config = config
            self._usual = substreams
        units.append(AccessUnit(data, *pending.times, 1, self._config, pending.after_loss))
        return not is_cut

    def _lose(self, units: list[AccessUnit]) -> None:
        self._drop_rest(units)
        self._finish(units, is_cut=True)
        self._after_loss = self._need_times = True

    def _end(self, units: list[AccessUnit]) -> None:
        self._drop_rest(units)
        self._finish(units, is_cut=False)


def _are_alike(one: tuple[Substream, ...], other: tuple[Substream, ...]) -> bool:
    """Tell whether two access units have the same substreams, of any length."""
    return one is other or (len(one) == len(other) and all(map(_is_alike, one, other)))


def _is_alike(one: Substream, other: Substream) -> bool:
    a, b = one.header, other.header
    return (one.bsid, one.bsmod, one.acmod, one.lfeon, one.bit_rate_code, one.chanmap, one.joc_complexity) == (
        other.bsid,
        other.bsmod,
        other.acmod,
        other.lfeon,
        other.bit_rate_code,
        other.chanmap,
        other.joc_complexity,
    ) and (a.strmtyp, a.substreamid, a.blocks, a.fscod, a.sampling_frequency) == (
        b.strmtyp,
        b.substreamid,
        b.blocks,
        b.fscod,
        b.sampling_frequency,
    )
