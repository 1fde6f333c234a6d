"""MPEG audio by its stream type, AAC by its octets: some multiplexers sign ADTS as 0x03 or 0x04."""

import numpy as np

from yiwang.base.elementary import MARK_DAMAGED, MARK_FLAGS, MARK_OFFSET, MARK_PES_START, Marks, Octets

MPEG_AUDIO_STREAM_TYPES = (0x03, 0x04)
ADTS_STREAM_TYPE = 0x0F
ATTEMPTS = 8
"""So many PES packets may begin inside a frame; then the stream type is believed."""
MAX_OCTETS = 1 << 20


class UntoldAudio:
    """Keeps the blocks of a stream until a PES packet's payload begins with a sync word, which tells what it is.

    ISO/IEC 11172-3 2.4.1.3 and ISO/IEC 14496-3 1.A.3.2: both begin with syncword and ID; the two bits that follow are
    the layer, never 0, in MPEG audio and 0 in ADTS.
    """

    def __init__(self) -> None:
        self.blocks: list[tuple[Octets, Marks]] = []
        self._octets = bytearray()
        self._starts: list[int] = []

    def feed(self, es: Octets, marks: Marks) -> bool | None:
        """Keep a block; tell whether the stream is ADTS, None when that is not known yet."""
        for row in marks:
            if row[MARK_FLAGS] & MARK_PES_START and not row[MARK_FLAGS] & MARK_DAMAGED:
                self._starts.append(len(self._octets) + int(row[MARK_OFFSET]))
        self.blocks.append((np.array(es), np.array(marks)))
        self._octets += es.tobytes()
        for start in self._starts:
            if (
                start + 2 <= len(self._octets)
                and self._octets[start] == 0xFF
                and self._octets[start + 1] & 0xF0 == 0xF0
            ):
                return self._octets[start + 1] & 0x06 == 0
        return False if len(self._starts) > ATTEMPTS or len(self._octets) > MAX_OCTETS else None
