"""opus_audio_descriptor."""

from dataclasses import dataclass
from typing import ClassVar

from yiwang.mpegts.descriptors.layout import LaidOut, Layout, rest


@dataclass(frozen=True, slots=True)
class OpusAudioDescriptor(LaidOut):
    """ETSI TS Opus (draft 0.1.3) 4.2. ``channel_config``: channel_config_code and what follows it.

    `yiwang.codecs.opus.channels.parse_descriptor` reads it. DVB leaves the tag extensions from 0x80 on to users: it is this
    one in a component that is registered as Opus.
    """

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x80
    LAYOUT: ClassVar[Layout] = (rest("channel_config"),)

    channel_config: bytes
