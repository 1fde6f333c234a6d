"""Frames that begin with a sync word and say how long they are: found, verified, followed."""

from copy import copy
from typing import Self

from yiwang.base.elementary import AccessUnit, CodecConfig, Octets
from yiwang.base.errors import WireError
from yiwang.codecs.framer import NO_TIMES, MarkedStream


class FrameSearch(MarkedStream):
    """Base of the audio framers.

    A frame is believed when the frame before it ended where it begins and both say the same of the stream, or when
    another such frame begins where it ends. A sync word alone is nothing: it occurs in payload.

    After a loss, frames without a time stamp of their own are dropped: how much was lost is not known.
    """

    HEADER_OCTETS: int
    FIRST_OCTET: int

    def __init__(self) -> None:
        super().__init__()
        self._buffer = b""
        self._position = 0  # in the elementary stream, of _buffer[0]
        self._followed: int | None = None  # what the frame that ended here said of the stream
        self.first_frame: int | None = None  # where the first frame began, in the elementary stream
        self._after_loss = False
        self._need_times = False

    def __copy__(self) -> Self:
        """Make one that goes on from here: what is fed to it leaves no trace in this one."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._pes_times, other._faults = copy(self._pes_times), self._faults.copy()
        return other

    def _header(self, octets: bytes, at: int) -> tuple[int, int] | None:
        """Read a frame header of HEADER_OCTETS octets: what stays from frame to frame, the frame's length; None: it is none."""
        raise NotImplementedError

    def _access_units(self, frame: bytes) -> list[tuple[bytes, CodecConfig]]:
        """Take a frame apart. Raises WireError."""
        raise NotImplementedError

    def _pass_usual(self, at: int, end: int, units: list[AccessUnit]) -> int:
        """Take frames from ``at`` on that are whole before ``end`` and in all but length and octets like the one before.

        They have no time stamps; return where the first one begins that must be looked at.
        """
        return at

    def _take(self, octets: Octets, units: list[AccessUnit]) -> None:
        self._buffer += octets.tobytes()  # what is left is mostly less than a frame
        self._search(units, final=False)

    def _lose(self, units: list[AccessUnit]) -> None:
        self._drop_rest(units)
        self._after_loss = self._need_times = True

    def _end(self, units: list[AccessUnit]) -> None:
        self._drop_rest(units)

    def _drop_rest(self, units: list[AccessUnit]) -> None:
        """Take the frames that end before a gap; the one it cuts is lost."""
        followed = self._search(units, final=True)
        if self._buffer and followed:
            self._fault("damaged_access_unit")
        self._position += len(self._buffer)
        self._buffer = b""
        self._followed = None

    def _search(self, units: list[AccessUnit], *, final: bool) -> bool:
        """Pass on the whole frames in the buffer; tell whether it now begins where a frame ended."""
        buffer, at = self._buffer, 0
        while at + self.HEADER_OCTETS <= len(buffer):
            header = self._header(buffer, at)
            if header is not None:
                key, length = header
                end = at + length
                if key == self._followed:
                    taken_to = self._follow(at, header, units, final=final)
                    if taken_to is None:
                        break
                    at = self._pass_usual_from(taken_to, units)
                    continue
                if end + self.HEADER_OCTETS <= len(buffer):
                    following = self._header(buffer, end)
                    if following is not None and following[0] == key:
                        self._followed = key
                        continue
                elif not final:
                    break
                elif end == len(buffer):
                    self._followed = key
                    continue
            if self._followed is not None:
                self._fault("audio_sync_lost")
                self._followed = None
                self._after_loss = True
            at = buffer.find(self.FIRST_OCTET, at + 1)
            if at < 0:
                at = len(buffer)
        self._buffer = buffer[at:]
        self._position += at
        self._pes_times.forget(self._position - 1)
        return self._followed is not None

    def _pass_usual_from(self, at: int, units: list[AccessUnit]) -> int:
        """Go on behind a frame that was taken, as far as no PES packet begins and nothing has been lost."""
        if self._after_loss or self._need_times or self._followed is None:
            return at
        end = min(self._pes_times.untimed_until(self._position + at) - self._position, len(self._buffer))
        return self._pass_usual(at, end, units) if end > at else at

    def _follow(self, at: int, header: tuple[int, int], units: list[AccessUnit], *, final: bool) -> int | None:
        """Take the frame that begins where another ended; return where it ends, None when more octets must come.

        Where a PES packet inside it begins with a frame of its own, it was cut short.
        """
        end = at + header[1]
        for position in self._pes_times.starts_between(self._position + at, self._position + end):
            start = position - self._position
            if start + self.HEADER_OCTETS > len(self._buffer):
                if final:
                    break
                return None
            other = self._header(self._buffer, start)
            if other is not None and other[0] == header[0]:
                self._fault("damaged_access_unit", "a PES packet ends inside a frame")
                self._after_loss = True
                return start
        if end > len(self._buffer):
            return None
        if self.first_frame is None:
            self.first_frame = self._position + at
        self._frame(at, end, units)
        return end

    def _frame(self, at: int, end: int, units: list[AccessUnit]) -> None:
        pts_90k, dts_90k = self._pes_times.take(self._position + at)
        try:
            access_units = self._access_units(self._buffer[at:end])
        except WireError as error:
            self._fault("audio_frame_error", str(error))
            self._after_loss = True
            return
        if self._need_times and (pts_90k, dts_90k) == NO_TIMES:
            self._fault("untimed_access_unit")
            return
        for data, config in access_units:
            units.append(AccessUnit(data, pts_90k, dts_90k, 1, config, self._after_loss))
            self._after_loss = self._need_times = False
            pts_90k = dts_90k = -1
