"""How long to wait before a source is tried again."""

FIRST_DELAY_MS = 500
LONGEST_DELAY_MS = 15_000


def retry_delay_ms(
    failures: int, jitter: float, first_ms: int = FIRST_DELAY_MS, longest_ms: int = LONGEST_DELAY_MS
) -> int:
    """Exponential back-off: half of each delay is fixed, half is spread by ``jitter``.

    Parameters
    ----------
    failures : int       failures in a row so far, >= 1
    jitter : float       0 <= jitter < 1, drawn by the caller, so that a hundred channels that lost one switch do not
                         come back in one instant
    first_ms, longest_ms : int

    Returns
    -------
    delay_ms : int       between half of and the whole of min(longest_ms, first_ms * 2**(failures - 1))
    """
    ceiling = min(longest_ms, first_ms << min(max(failures, 1) - 1, 30))
    return ceiling // 2 + int(jitter * (ceiling - ceiling // 2))
