"""AAC: some multiplexers sign ADTS as LATM (0x11), or LATM as ADTS (0x0F)."""

from yiwang.codecs.aac.adts import AdtsFramer
from yiwang.codecs.aac.latm import LatmFramer
from yiwang.codecs.either import EitherFramer


class SignedAdtsFramer(EitherFramer):
    """Of stream type 0x0F."""

    KINDS = (("AAC (ADTS)", AdtsFramer), ("AAC (LATM)", LatmFramer))


class SignedLatmFramer(EitherFramer):
    """Of stream type 0x11."""

    KINDS = SignedAdtsFramer.KINDS[::-1]
