"""Black, freeze, silence: what was seen and heard in, alarms out. Pure; time is that of the media."""

from dataclasses import dataclass, field

import numpy as np

from yiwang.base.elementary import Octets

ALARMS = ("black", "freeze", "silence")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is black, still and silent, and for how long it may be."""

    black_after_ms: int = 5_000
    freeze_after_ms: int = 15_000
    silence_after_ms: int = 10_000
    black_mean: float = 12.0  # luma, 0 to 255
    black_deviation: float = 10.0  # a small logo is allowed, a night scene with lights is not black
    freeze_difference: float = 2.0  # of the block that changed most
    silence_db: float = -60.0  # RMS of the loudest channel


@dataclass(slots=True)
class _Condition:
    after_ms: int
    since_ms: int | None = None
    is_on: bool = False

    def look(self, holds: bool, since_ms: int, at_ms: int) -> bool:
        """Take what is so now; True when the alarm begins with it."""
        if not holds:
            self.since_ms, self.is_on = None, False
            return False
        if self.since_ms is None:
            self.since_ms = since_ms
        was_on, self.is_on = self.is_on, at_ms - self.since_ms >= self.after_ms
        return self.is_on and not was_on


@dataclass(slots=True)
class PictureAlarms:
    """The machine: `see` pictures and `hear` sound in order; its figures may be read at any time."""

    limits: Limits
    luma_mean: float | None = None
    difference: float | None = None  # from the picture before, of the block that changed most
    rms_db: float | None = None
    peak_db: float | None = None
    at_ms: int | None = None  # of the newest look
    _conditions: dict[str, _Condition] = field(init=False)
    _luma: Octets | None = None
    _luma_ms: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing wrong."""
        limits = self.limits
        after_ms = (limits.black_after_ms, limits.freeze_after_ms, limits.silence_after_ms)
        self._conditions = {name: _Condition(ms) for name, ms in zip(ALARMS, after_ms, strict=True)}

    def see(self, luma: Octets, at_ms: int) -> list[str]:
        """Take a picture's block means and its time; return the alarms that begin."""
        limits = self.limits
        self.at_ms = at_ms
        self.luma_mean = float(luma.mean())
        black = self.luma_mean <= limits.black_mean and float(luma.std()) <= limits.black_deviation
        before, before_ms = self._luma, self._luma_ms
        self._luma, self._luma_ms = luma, at_ms
        self.difference = None
        if before is not None and before.shape == luma.shape:
            self.difference = float(np.abs(luma.astype(np.int16) - before).max())
        still = self.difference is not None and self.difference <= limits.freeze_difference
        return self._begun("black", black, at_ms, at_ms) + self._begun("freeze", still, before_ms, at_ms)

    def hear(self, rms_db: float, peak_db: float, at_ms: int) -> list[str]:
        """Take a level and its time; return the alarms that begin."""
        self.rms_db, self.peak_db, self.at_ms = rms_db, peak_db, at_ms
        return self._begun("silence", rms_db <= self.limits.silence_db, at_ms, at_ms)

    def is_on(self, alarm: str) -> bool:
        """Tell whether it has been so for longer than it may."""
        return self._conditions[alarm].is_on

    def lasted_ms(self, alarm: str) -> int | None:
        """For how long it has been so, alarm or not; None: it is not."""
        since = self._conditions[alarm].since_ms
        return None if since is None or self.at_ms is None else max(0, self.at_ms - since)

    def forget(self) -> None:
        """The stream has been interrupted: what comes is not compared with what was."""
        self._luma = None
        for condition in self._conditions.values():
            condition.since_ms, condition.is_on = None, False

    def _begun(self, alarm: str, holds: bool, since_ms: int, at_ms: int) -> list[str]:
        return [alarm] if self._conditions[alarm].look(holds, since_ms, at_ms) else []
