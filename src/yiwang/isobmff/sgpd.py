"""SampleGroupDescriptionBox (ISO/IEC 14496-12 8.9.3) of roll recovery (10.1): how much sooner to join than to be heard."""

from struct import pack

from yiwang.isobmff.box import full_box

ROLL = b"roll"


def roll_groups(samples: int) -> bytes:
    """Octets of ``sgpd`` and ``sbgp`` in a header: each of a track's samples is right if so many before it were decoded.

    By default_sample_description_index (version 2) it is said once of all fragments, none of which has a ``sbgp``.
    """
    described = full_box("sgpd", 2, 0, ROLL, pack(">IIIh", 2, 1, 1, -samples))
    return described + full_box("sbgp", 0, 0, ROLL, bytes(4))
