"""Sound that HLS has in a playlist of its own: loaded for itself, ahead of the pictures that it goes with."""

import asyncio
from functools import partial

import httpx

from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.base.language import iso_639_2
from yiwang.base.said import said
from yiwang.hls.playlist_reader import ListedSound
from yiwang.mpegts import roles
from yiwang.mpegts.multiplexer import ElementaryStream
from yiwang.net import wall_clock
from yiwang.net.hls_follower import HlsFollower
from yiwang.net.hls_rendition import HlsRendition, LoadedSegment
from yiwang.net.source import TICK_MS, SourceError
from yiwang.packaging.fragments_to_ts import FragmentReader, SoundQueue, TrackSamples
from yiwang.packaging.sound_reader import SoundReader, is_packed_or_transport

MOST_AHEAD_TARGETS = 4
"""Of the longer target duration, its own or the pictures'."""
MOST_WAITING_OCTETS = 16 << 20
PATIENT_TARGETS = 2
"""Beyond what pictures there are: less than what makes the source an error."""
_SYNC_BYTE = b"\x47"
_CHARACTERISTICS = {
    "public.accessibility.describes-video": roles.DESCRIPTION,
    "public.accessibility.enhances-speech-intelligibility": roles.INTELLIGIBILITY,
}


class HlsSound:
    """One audio Rendition: `run` in a task of its own, `wait` for what goes with a segment of pictures, then `take` it.

    Parameters
    ----------
    behind_us : int     how far before the end of their playlist the pictures begin
    """

    def __init__(
        self, client: httpx.AsyncClient, source_url: str, url: str, listed: ListedSound, behind_us: int
    ) -> None:
        characteristics = [one.strip() for one in listed.characteristics.split(",")]
        role = next((_CHARACTERISTICS[one] for one in characteristics if one in _CHARACTERISTICS), roles.MAIN)
        self.pictures_target_ms = 0
        self.has_ended = False
        self.stream: ElementaryStream | None = None  # what is said of it in the PMT, as soon as that is known
        self._rendition = HlsRendition(client, source_url, url, f"the sound's playlist {listed.uri[:60]!r}")
        self._rendition.follower = HlsFollower(behind_us)
        language = roles.language_code(iso_639_2(listed.language))
        self._reader = FragmentReader(language, role, pictures=False)
        self._frames = SoundReader(language, role)
        self._header = b""
        self._queue = SoundQueue()
        self._came = asyncio.Event()
        self._is_late = False
        self._faults: list[Fault] = []

    @property
    def trouble(self) -> str:
        """Why nothing comes."""
        return self._rendition.trouble or "it has nothing new"

    def drain_faults(self) -> list[Fault]:
        """Return what could not be had since the last call."""
        faults, self._faults = self._faults + self._rendition.drain_faults(), []
        return faults

    async def run(self) -> None:
        """Follow the playlist to its end, or until it is known that it is not carried."""
        try:
            while not self.has_ended:
                await self._step()
        except SourceError as error:
            self._faults.append(Fault("hls_without_sound", detail=str(error)))
            self.has_ended = True
        self._came.set()

    async def wait(self, discontinuities: int, begin_90k: int, end_90k: int, ahead_ms: int, target_ms: int) -> None:
        """Wait until all sound from one time to another is there, or for as long as there is patience.

        One that did not come is not waited for again until something comes: pictures go on.

        Parameters
        ----------
        ahead_ms : int     so long the pictures go on with what there is
        target_ms : int    their target duration; sound that is merely listed later than pictures is waited for longer, as
                           the line then moves by that, once
        """
        patience_ms = ahead_ms - target_ms // 2 if self._rendition.trouble else ahead_ms + PATIENT_TARGETS * target_ms
        try:
            async with asyncio.timeout(0 if self._is_late else max(patience_ms, 0) / 1000):
                while not self.has_ended:
                    self._queue.drop_before(discontinuities, begin_90k)
                    if self._queue.has(discontinuities, begin_90k, end_90k):
                        break
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            if self._queue.has(discontinuities, begin_90k, end_90k):
                return  # it came while this process stood still
            if not self._is_late:
                self._faults.append(Fault("hls_sound_late", detail=f"{said('without-sound')}: {self.trouble}"))
            self._is_late = True

    def take(self, discontinuities: int, begin_90k: int, end_90k: int) -> TrackSamples | None:
        """Return what has come of the sound of a segment of pictures."""
        found = self._queue.take(discontinuities, begin_90k, end_90k)
        if found is not None:
            self.stream = found.stream
        return found

    # -- loading

    async def _step(self) -> None:
        rendition, now_ms = self._rendition, wall_clock.monotonic_ms()
        follower = rendition.follower
        if now_ms >= follower.reload_ms and not follower.is_whole:
            await rendition.reload(now_ms)
            return
        most_90k = MOST_AHEAD_TARGETS * max(follower.target_ms, self.pictures_target_ms) * 90
        wait_ms = 5 * TICK_MS
        if self._queue.duration_90k < most_90k and self._queue.octets < MOST_WAITING_OCTETS:
            found = follower.next_segment()
            if found is not None:
                loaded = await rendition.load(found)
                if loaded is not None:
                    await self._take(loaded)
                return
            self.has_ended = follower.ended
            wait_ms = follower.reload_ms - now_ms
        elif not follower.is_whole:
            wait_ms = min(wait_ms, follower.reload_ms - now_ms)
        if not self.has_ended:
            await asyncio.sleep(max(wait_ms, 0) / 1000)

    async def _take(self, loaded: LoadedSegment) -> None:
        octets = loaded.octets
        if loaded.header.startswith(_SYNC_BYTE):  # PAT and PMT
            octets = loaded.header + octets
        try:
            if is_packed_or_transport(octets):
                sound = await asyncio.to_thread(partial(self._frames.read, octets, follows=loaded.found.goes_on))
                self._faults += self._frames.drain_faults()
            else:
                sound = await self._of_fragments(loaded)
        except WireError as error:
            self._rendition.missed(loaded.found, loaded.explained(error))
            return
        self.stream = self.stream or sound.stream
        self._queue.append(loaded.found.segment.discontinuity_sequence_number, sound)
        self._rendition.trouble, self._is_late = "", False
        self._came.set()

    async def _of_fragments(self, loaded: LoadedSegment) -> TrackSamples:
        header = loaded.header or loaded.octets
        if header != self._header:
            refused = self._reader.take_header(header)
            if refused:
                raise SourceError(refused)
            self._header = header
        found = await asyncio.to_thread(self._reader.read, loaded.octets)
        if not found:
            raise WireError("movie fragment", 0, "sound", "none")
        return found[0]
