"""The records that carry an elementary stream from the demultiplexer to the packager.

An elementary stream travels as blocks: ``es``, octets with the PES headers taken off, and ``marks``, one row per PES
packet start or damage in that block. Rows are int64 so that kernels can read and write them.
"""

from dataclasses import dataclass, field
from math import gcd
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from yiwang.base.timebase import TICKS_90K

Octets: TypeAlias = NDArray[np.uint8]
Marks: TypeAlias = NDArray[np.int64]
"""ndarray of shape (M, 4), int64: columns MARK_*; offsets rise; several rows may have one offset."""

MARK_OFFSET, MARK_PTS, MARK_DTS, MARK_FLAGS = 0, 1, 2, 3
"""Octet offset in ``es`` | 33-bit pts_90k or -1 | 33-bit dts_90k or -1 | bits below."""

MARK_PES_START = 1  # the PES packet's first payload octet is at this offset
MARK_RANDOM_ACCESS = 2  # its transport packet had random_access_indicator
MARK_DAMAGED = 4  # octets were lost just before this offset: what spans it is not whole
MARK_ALIGNED = 8  # data_alignment_indicator
MARK_BETWEEN = 16  # with MARK_DAMAGED: the PES packet before is whole, as far as can be told


HOLE_90K = 2 * TICKS_90K
"""Pictures that are further apart are of two periods: the signal was away, or the time base has jumped."""

MPEG_4_AUDIO = 0x40
"""objectTypeIndication of ISO/IEC 14496-1 Table 5."""


@dataclass(frozen=True, slots=True)
class CodecConfig:
    """What a CMAF header must say of an elementary stream; equal configs need no new header.

    ``sample_entry`` is the four-character code (``avc1``, ``mp4a``); ``decoder_config`` is the payload of the box that
    the sample entry carries (``avcC`` record octets, AudioSpecificConfig octets for ``mp4a``, nothing for MPEG
    audio, the three strings of ``stpp``); ``codec`` the RFC 6381 string.
    """

    kind: str  # 'video' | 'audio' | 'text'
    sample_entry: str
    codec: str
    decoder_config: bytes
    width: int = 0  # coded picture after cropping, samples
    height: int = 0
    sar: tuple[int, int] = (1, 1)  # sample aspect ratio
    frame_rate: tuple[int, int] | None = None  # (numerator, denominator) samples per second, when the stream says it
    colour: tuple[int, int, int, bool] | None = None  # colour_primaries, transfer, matrix, full_range (H.273)
    scan: str = ""  # 'progressive' | 'interlaced' | 'fields': each sample is one field; '' when the stream does not say
    mastering_display: bytes = b""  # payload of ``mdcv``, 24 octets; empty when the stream does not say
    content_light_level: bytes = b""  # payload of ``clli``, 4 octets
    sampling_frequency: int = 0  # output Hz (doubled for SBR)
    channels: int = 0
    samples_per_frame: int = 0  # of sampling_frequency: 1024, 2048 with SBR doubling; 1152 MP2; 1536 AC-3; 960 Opus
    object_type_indication: int = (
        0x40  # of ``mp4a``: ISO/IEC 14496-1 Table 5; 0x6B, 0x69 MPEG audio, 0x60 to 0x65, 0x6A video
    )
    channel_configuration: int = 0  # ChannelConfiguration of ISO/IEC 23091-3; 0: none that is known
    dolby_channel_map: int = 0  # chanmap of ETSI TS 102 366 E.1.3.1.8, of ``ac-3`` and ``ec-3``
    joc_complexity: int = 0  # objects of joint object coding (ETSI TS 103 420), with ``ec-3``

    @property
    def dynamic_range(self) -> str | None:
        """'PQ', 'HLG' or 'SDR', by the transfer function (ISO/IEC 23091-2); None when the stream does not describe colour."""
        return None if self.colour is None else {16: "PQ", 18: "HLG"}.get(self.colour[1], "SDR")

    @property
    def frames_per_second(self) -> tuple[int, int] | None:
        """Frames as (numerator, denominator), two fields being one; None when the stream does not say."""
        if self.frame_rate is None or self.scan != "fields":
            return self.frame_rate
        numerator, denominator = self.frame_rate
        return (numerator, 2 * denominator) if numerator % 2 else (numerator // 2, denominator)


MAX_FRAME_RATE = 1000
LONGEST_FRAME_S = 10


def frame_rate_of(time_scale: int, frame_ticks: int) -> tuple[int, int] | None:
    """Return ``time_scale / frame_ticks`` reduced, None where a stream cannot mean it: octets of a clock are easily wrong."""
    if (
        not frame_ticks
        or not frame_ticks <= LONGEST_FRAME_S * time_scale <= LONGEST_FRAME_S * MAX_FRAME_RATE * frame_ticks
    ):
        return None
    divisor = gcd(time_scale, frame_ticks)
    return time_scale // divisor, frame_ticks // divisor


NOT_RANDOM_ACCESS = 0


@dataclass(slots=True)
class AccessUnit:
    """One sample as it is stored in ``mdat``.

    ``pts_90k``/``dts_90k`` are the PES header's 33-bit values, for the first unit that begins in the PES packet; others,
    and a DTS the header leaves out (decoding time is presentation time), are -1.
    ``sap_type``: stream access point type of ISO/IEC 14496-12 Annex I: 1 IDR or any audio frame, 2/3 open GOP, 4 gradual
    refresh (a recovery point whose picture is not intra), 0 none.
    ``after_loss``: octets or whole units were lost just before this one.
    ``next_dts_90k``: DTS (or PTS) of the unit that follows, where it is known already: so a packager need not wait for it.
    ``after_undecodable``: pictures just before this one were whole, but left out, as they refer to what was lost.
    ``user_data_end``: behind so many octets of ``data`` there are no user data.
    """

    data: bytes
    pts_90k: int
    dts_90k: int
    sap_type: int
    config: CodecConfig
    after_loss: bool = False
    next_dts_90k: int = -1
    user_data_end: int = field(default=1 << 32, compare=False)
    after_undecodable: bool = False
