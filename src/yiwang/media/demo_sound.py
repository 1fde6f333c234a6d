"""The demo's sound: a quiet chord, and a beep at each second with the flash in the picture."""

import numpy as np
from numpy.typing import NDArray

SAMPLING_FREQUENCY = 32_000
"""So that a minute is a whole number of AAC frames (1875 of 1024 samples); at 48 kHz it would be 2812.5."""

BEEP_SECONDS = 0.08


def sound(first_sample: int, n: int, tone_hz: int) -> NDArray[np.float32]:
    """Make stereo sound; its period is a minute, so a loop has no joint.

    Parameters
    ----------
    first_sample : int     counted from the start of the minute
    n : int
    tone_hz : int          root of the chord, whole hertz

    Returns
    -------
    samples : ndarray of shape (2, n), float32
    """
    t = (np.arange(first_sample, first_sample + n) % (60 * SAMPLING_FREQUENCY)) / SAMPLING_FREQUENCY
    breath = 0.6 + 0.4 * np.sin(2 * np.pi * t / 6)
    chord = sum(np.sin(2 * np.pi * f * t) for f in (tone_hz, tone_hz * 3 // 2, tone_hz * 2)) * 0.03 * breath
    within = t % 1.0
    envelope = np.clip(np.minimum(within / 0.004, (BEEP_SECONDS - within) / 0.02), 0, 1)
    beep = 0.25 * envelope * np.sin(2 * np.pi * np.where(t < 1.0, 1760, 880) * t)
    pan = 0.5 + 0.3 * np.sin(2 * np.pi * t / 12)
    return np.stack([chord * (1.3 - pan) + beep, chord * (0.3 + pan) + beep]).astype(np.float32)
