"""The one place where yiwang reads a clock. Everything else is told what time it is."""

import time


def now_ms() -> int:
    """UTC now, milliseconds since 1970-01-01T00:00:00Z; steps when the system's clock is stepped."""
    return time.time_ns() // 1_000_000


def now_90k() -> int:
    """UTC now, 90 kHz ticks since 1970-01-01T00:00:00Z; steps when the system's clock is stepped."""
    return time.time_ns() * 9 // 100_000


def monotonic_ms() -> int:
    """Milliseconds of a clock that only rises; its zero means nothing. For durations and time-outs."""
    return time.monotonic_ns() // 1_000_000


def monotonic_90k() -> int:
    """90 kHz ticks of a clock that only rises; its zero means nothing."""
    return time.monotonic_ns() * 9 // 100_000
