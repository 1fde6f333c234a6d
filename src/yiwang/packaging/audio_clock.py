"""When an audio frame begins, in samples, so that sound is continuous and every packager says the same.

Inside a segment the clock counts samples. PES time stamps are rounded to 90 kHz, jitter by tens of milliseconds in some
streams, and drift; so at each segment begin the clock moves towards the frame's own time stamp, by at most MAX_STEP_MS.
Two packagers that joined at different moments therefore meet: each step is towards the same time stamp. A hole larger
than GAP_FRAMES, or after lost packets, is believed at once. So is that a frame is late: datagrams came in another order.
"""

from yiwang.base.timebase import TICKS_90K, rescale

MAX_STEP_MS = 1
GAP_FRAMES = 3


class AudioClock:
    """Clock of one audio track in one period.

    Parameters
    ----------
    sampling_frequency : int    Hz; the track's timescale
    samples_per_frame : int
    """

    def __init__(self, sampling_frequency: int, samples_per_frame: int) -> None:
        self.sampling_frequency = sampling_frequency
        self.samples_per_frame = samples_per_frame
        self.next_ticks: int | None = None
        self._is_late = False  # the frame before was dropped
        self._step = max(1, sampling_frequency * MAX_STEP_MS // 1000)

    def place(self, media_time_90k: int, *, after_loss: bool, segment_start: bool) -> int | None:
        """Return the begin of a frame in samples on the timeline, None to drop a frame whose time is past.

        Parameters
        ----------
        media_time_90k : int    from its PES packet's time stamp (counted on for later frames of the packet)
        after_loss : bool       frames were lost before it
        segment_start : bool    it is the first of a segment
        """
        stamp = rescale(media_time_90k, self.sampling_frequency, TICKS_90K)
        if self.next_ticks is None:
            start = stamp
        else:
            start = self.next_ticks
            error = stamp - start
            is_told = after_loss or (self._is_late and error < 0)
            limit = self.samples_per_frame // 2 if is_told else GAP_FRAMES * self.samples_per_frame
            self._is_late = error < -limit
            if error > limit:
                start = stamp
            elif self._is_late:
                return None
            elif segment_start:
                start += max(-self._step, min(self._step, error))
        self.next_ticks = start + self.samples_per_frame
        return start

    def place_following(self, first_90k: int, last_90k: int, n: int) -> bool:
        """Place ``n`` frames behind the one that was placed last, if they surely belong there; else do nothing.

        Parameters
        ----------
        first_90k, last_90k : int    media times of the first and the last of them: the others are counted on from these
        """
        start = self.next_ticks
        if start is None:
            return False
        limit = (GAP_FRAMES - 1) * self.samples_per_frame  # time stamps are rounded
        for at_90k, at in ((first_90k, start), (last_90k, start + (n - 1) * self.samples_per_frame)):
            if abs(rescale(at_90k, self.sampling_frequency, TICKS_90K) - at) > limit:
                return False
        self.next_ticks = start + n * self.samples_per_frame
        return True
