"""Looks at what channels publish, a key frame and a piece of sound each some seconds, in one process of low priority."""

import asyncio
from collections.abc import Callable, Sequence

from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.media.looker import Looker
from yiwang.net import wall_clock
from yiwang.services.channel import Channel
from yiwang.services.lookable import begin_of, newest
from yiwang.services.picture_alarms import Limits, PictureAlarms
from yiwang.store.config_file import WatchPicture

INTERRUPTED_MS = 10_000
"""Nothing new for so long: what comes after is not compared with what was before."""
WORDS = {
    "black": "black-for",
    "freeze": "frozen-for",
    "silence": "soundless-for",
}


def limits(config: WatchPicture) -> Limits:
    """Read the config's limits."""
    return Limits(
        black_after_ms=round(1000 * config.black_after),
        freeze_after_ms=round(1000 * config.freeze_after),
        silence_after_ms=round(1000 * config.silence_after),
        silence_db=config.silence_level,
    )


class PictureWatch:
    """Runs beside the channels that ask for it (``watch_picture``); their ``picture`` says what it sees.

    Parameters
    ----------
    channels : callable      names those to be watched: programmes of a multiplex come and go
    config : WatchPicture
    """

    def __init__(self, channels: Callable[[], Sequence[Channel]], config: WatchPicture) -> None:
        self._channels = channels
        self._every_s = config.every
        self._limits = limits(config)
        self._seen: dict[str, tuple[int, int]] = {}  # service: period and number of the newest segment looked at
        self._looked_ms: dict[str, int] = {}

    async def run(self) -> None:
        """Look at one after the other, evenly spread over the interval, for ever."""
        looker = Looker()
        try:
            while True:
                channels = self._channels()
                if not channels:
                    await asyncio.sleep(self._every_s)
                for channel in channels:
                    began_ms = wall_clock.monotonic_ms()
                    await self._look(channel, looker)
                    spent_s = (wall_clock.monotonic_ms() - began_ms) / 1000
                    await asyncio.sleep(max(0.0, self._every_s / len(channels) - spent_s))
        finally:
            looker.close()

    async def _look(self, channel: Channel, looker: Looker) -> None:
        pictures, sound = newest(channel, "video"), newest(channel, "audio")
        segment = pictures or sound
        if segment is None:
            return
        service, place = channel.service.id, (segment.period.period_id, segment.number)
        if self._seen.get(service) == place:
            return
        alarms = channel.picture or PictureAlarms(self._limits)
        now_ms = wall_clock.monotonic_ms()
        if now_ms - self._looked_ms.get(service, now_ms) > INTERRUPTED_MS + 1000 * self._every_s:
            alarms.forget()
        channel.picture, self._seen[service], self._looked_ms[service] = alarms, place, now_ms
        seen = await looker.look(
            (pictures.header.init, pictures.parts[0].data) if pictures else None,
            (sound.header.init, begin_of(sound)) if sound else None,
        )
        for fault in seen.faults:
            channel.note(fault)
        begun: list[str] = []
        if pictures is not None and seen.picture is not None:
            begun += alarms.see(seen.picture.luma, pictures.start_90k // 90)
        if sound is not None and seen.sound is not None:
            begun += alarms.hear(seen.sound.rms_db, seen.sound.peak_db, sound.start_90k // 90)
        for alarm in begun:
            seconds = (alarms.lasted_ms(alarm) or 0) / 1000
            channel.note(
                Fault(
                    f"picture_{alarm}" if alarm != "silence" else alarm,
                    detail=said(WORDS[alarm], seconds=f"{seconds:.0f}"),
                )
            )
