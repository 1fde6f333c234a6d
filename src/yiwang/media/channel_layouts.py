"""Which channels an AAC track has for a stream, and which of the original's channels goes where.

AAC names few layouts by a number that every decoder knows (channelConfiguration, ISO/IEC 14496-3 Table 1.19); a layout that
is none of them becomes the smallest that has all its places, where the rest is silent. What is beyond 5.1 is folded to it.
Names of channels are FFmpeg's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yiwang.base.elementary import CodecConfig
from yiwang.codecs.ac3 import channels as places
from yiwang.packaging.transcoding import Pcm

HALF_POWER = 0.5**0.5


@dataclass(frozen=True, slots=True)
class Layout:
    """Channels of an AAC track."""

    name: str  # FFmpeg's
    channel_configuration: int
    channels: tuple[str, ...]

    def arrange(self, pcm: Pcm, names: Sequence[str]) -> Pcm:
        """Return the channels ``names`` of ``pcm`` as this layout's."""
        if tuple(names) == self.channels:
            return pcm
        out = np.zeros((len(self.channels), pcm.shape[1]), np.float32)
        for sound, name in zip(pcm, names, strict=True):
            for to, gain in self._gains(name, names):
                row = out[self.channels.index(to)]
                row += sound if gain == 1 else sound * np.float32(gain)
        return out

    def _gains(self, name: str, names: Sequence[str]) -> list[tuple[str, float]]:
        """Tell where a channel goes, and how loud."""
        if name in ("SL", "SR") and "BL" in self.channels:
            shared = name.replace("S", "B") in names  # the other pair of surround channels goes there as well
            return [(name.replace("S", "B"), HALF_POWER if shared else 1)]
        if name in ("BL", "BR") and name in self.channels:
            return [(name, HALF_POWER if name.replace("B", "S") in names else 1)]
        if name in self.channels:
            return [(name, 1)]
        return [(to, HALF_POWER) for to in _FOLDED.get(name, ()) if to in self.channels]


_FOLDED = {
    "FC": ("FL", "FR"),
    "BC": ("BL", "BR"),
    "FLC": ("FL",),
    "FRC": ("FR",),
    "WL": ("FL",),
    "WR": ("FR",),
    "SDL": ("BL",),
    "SDR": ("BR",),
    "TFL": ("FL",),
    "TFR": ("FR",),
    "TFC": ("FC",),
    "TBL": ("BL",),
    "TBR": ("BR",),
    "TSL": ("BL",),
    "TSR": ("BR",),
    "TC": ("BL", "BR"),
    "LFE2": ("LFE",),
}

MONO = Layout("mono", 1, ("FC",))
STEREO = Layout("stereo", 2, ("FL", "FR"))
FRONT = Layout("3.0", 3, ("FL", "FR", "FC"))
FRONT_AND_BACK = Layout("4.0", 4, ("FL", "FR", "FC", "BC"))
FIVE = Layout("5.0", 5, ("FL", "FR", "FC", "BL", "BR"))
FIVE_ONE = Layout("5.1", 6, ("FL", "FR", "FC", "LFE", "BL", "BR"))

_BY_PLACES = (
    (places.CENTRE, MONO),
    (places.STEREO, STEREO),
    (places.FRONT, FRONT),
    (places.FRONT | places.CENTRE_SURROUND, FRONT_AND_BACK),
    (places.FRONT | places.SURROUND, FIVE),
)
"""The smallest first."""
_OF_OPUS = {3: FRONT, 10: FIVE, 5: FIVE, 6: FIVE_ONE, 11: FIVE_ONE, 12: FIVE_ONE}
"""By ChannelConfiguration (ISO/IEC 23091-3)."""


def layout_for(config: CodecConfig) -> Layout:
    """Return the layout of the AAC track for a stream."""
    if config.sample_entry == "Opus":
        return _OF_OPUS.get(config.channel_configuration, MONO if config.channels == 1 else STEREO)
    if not config.dolby_channel_map:
        return MONO if config.channels == 1 else STEREO
    return next((layout for all_places, layout in _BY_PLACES if not config.dolby_channel_map & ~all_places), FIVE_ONE)
