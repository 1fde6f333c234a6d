"""An Opus packet's table of contents: how long it lasts (RFC 6716 3.1)."""

from yiwang.base.errors import WireError

SAMPLING_FREQUENCY = 48_000
"""Hz; whatever was coded, a decoder gives this, and time stamps count in it."""
LONGEST_PACKET = 5760
"""Samples: 120 ms (R5)."""
_SILK, _HYBRID, _CELT = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)
FRAME_SAMPLES = 3 * _SILK + 2 * _HYBRID + 4 * _CELT
"""Samples of a frame, by config (table 2)."""


def packet_samples(packet: bytes) -> int:
    """Return how many samples a packet lasts; of several streams (RFC 7845 3) the first one's packet tells.

    Raises
    ------
    WireError    it has no frame, or lasts longer than any packet may
    """
    if not packet:
        raise WireError("Opus packet", 0, "a TOC", "nothing")
    code = packet[0] & 3
    if code == 3 and len(packet) < 2:
        raise WireError("Opus packet", 1, "a frame count", "the packet's end")
    n_frames = packet[1] & 0x3F if code == 3 else 1 + (code > 0)
    samples = n_frames * FRAME_SAMPLES[packet[0] >> 3]
    if not 0 < samples <= LONGEST_PACKET:
        raise WireError("Opus packet", 1, f"1 to {LONGEST_PACKET} samples", str(samples))
    return samples
