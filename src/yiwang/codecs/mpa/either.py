"""MPEG audio by its stream type, AAC perhaps by its octets: some multiplexers sign ADTS as 0x03 or 0x04."""

from yiwang.codecs.aac.adts import AdtsFramer
from yiwang.codecs.either import EitherFramer
from yiwang.codecs.mpa.framer import MpaFramer


class MpegAudioFramer(EitherFramer):
    """The two begin alike and differ in the layer, which is 0 in ADTS only."""

    KINDS = (("MPEG audio", MpaFramer), ("AAC (ADTS)", AdtsFramer))
