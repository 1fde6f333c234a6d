"""Integer time: 90 kHz and 27 MHz ticks, the 33-bit wrap, exact rescaling."""

TICKS_90K = 90_000
TICKS_27M = 27_000_000
WRAP_33 = 1 << 33
HALF_WRAP_33 = 1 << 32


def unwrap_33(value: int, reference: int) -> int:
    """Lift a 33-bit PTS, DTS or PCR base to the 64-bit value nearest to ``reference``.

    Parameters
    ----------
    value : int       0 <= value < 2**33, 90 kHz
    reference : int   any 64-bit time of the same clock, 90 kHz

    Notes
    -----
    Source: ISO/IEC 13818-1 2.4.3.7; nearest distance, so a step back over the wrap is a step back.
    """
    return reference + ((value - reference + HALF_WRAP_33) % WRAP_33) - HALF_WRAP_33


def step_33(value: int, before: int) -> int:
    """Return how far one 33-bit time is after another, the shorter way round: negative where it is before."""
    return unwrap_33(value, before) - before


def rescale(value: int, numerator: int, denominator: int) -> int:
    """``value * numerator / denominator`` rounded half up, exactly, for any sign of ``value``."""
    return (2 * value * numerator + denominator) // (2 * denominator)
