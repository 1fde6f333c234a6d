"""A live channel that is offered by HTTP Live Streaming as an even transport stream (ADR 42, 50).

One task follows the playlist and loads segments (`hls_rendition`, and `hls_follower` says which), one more each playlist of
sound that is apart; fragmented MP4 becomes a transport stream (`packaging/fragments_to_ts`), pictures in one get their sound
(`packaging/pictures_and_sound`). The reader gets octets at the
pace of the stream's own clock (`hls_pacer`). How far behind the server it plays is what the jitter of its segments has
asked for.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

import httpx

from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.base.timebase import TICKS_90K
from yiwang.hls.playlist_reader import ListedMedia, ListedSound, ListedVariant, ListedVariants
from yiwang.mpegts.multiplexer import ElementaryStream, Samples
from yiwang.net import wall_clock
from yiwang.net.document import MAX_REDIRECTS, Document
from yiwang.net.hls_pacer import HlsPacer, NotTransportStreamError
from yiwang.net.hls_rendition import SILENCE_TIMEOUT_S, HlsRendition, LoadedSegment, check_carried
from yiwang.net.hls_sound import HlsSound
from yiwang.net.source import TICK_MS, Block, SourceError, UntilDue
from yiwang.net.source_url import HlsSpec
from yiwang.packaging.fragments_to_ts import FragmentMultiplexer, FragmentReader
from yiwang.packaging.pictures_and_sound import PicturesAndSound

CONNECT_TIMEOUT_S = 5.0
MOST_WAITING_OCTETS = 64 << 20
"""With so much loaded ahead nothing more is loaded; of a channel of 20 Mbit/s it is 25 s."""
MOST_AHEAD_TARGETS = 4
"""Nor with so many target durations: one more than what is listed at first."""
MOST_VARIANTS_TRIED = 4
MOST_SOUNDS = 8
"""Playlists of sound that are followed with one of pictures."""
STALL_MS = 10_000
"""Nothing new for so long, or for three target durations: it is an error, and the source is opened anew."""
SLEW = 1000
"""The pace is changed by a thousandth, while the reader is further behind than it needs to be."""
FIRST_PATIENCE_MS = 5_000
"""Sound is waited for so long before there is anything, so that the first PMT has it."""
SOUND_AFTER_END_90K = 10 * TICKS_90K
"""Before a discontinuity, and at the end, so much sound that is left comes with the last pictures."""
WITHOUT_FORM = ("av01", "dav1", "dvh", "vp0", "vvc", "vvi", "fLaC", "flac")
"""Codecs that no transport stream of ours carries: a variant that lists one is tried after all others."""

Component: TypeAlias = tuple[ElementaryStream, Samples | None]

_TICK_90K = TICK_MS * 90
_SYNC_BYTE = b"\x47"
_MP4_BOXES = (b"ftyp", b"styp", b"moof", b"moov", b"sidx", b"emsg", b"prft", b"free", b"mdat")


class HlsSource:
    """Follows one Media Playlist, with those of its sound."""

    def __init__(self, spec: HlsSpec) -> None:
        self.url = spec.url
        self.bytes_received = 0
        self.via: tuple[str, ...] = ()  # nodes by which it comes
        self._spec = spec
        self._client: httpx.AsyncClient | None = None
        self._group: asyncio.TaskGroup | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._faults: list[Fault] = []
        self._rendition: HlsRendition | None = None
        self._variants_url = ""  # where the list of variants was in the end
        self._sounds: list[HlsSound] = []
        self._begin()

    def _begin(self) -> None:
        self._pacer = HlsPacer()
        self._reader = FragmentReader()
        self._multiplexer = FragmentMultiplexer()
        self._joiner = PicturesAndSound()
        self._has_joined = False
        self._header = b""  # the Media Initialization Section that was read last
        self._faults = []
        self._new_ms = wall_clock.monotonic_ms()  # when a segment came last
        self._has_ended = False
        self._failure: Exception | None = None
        self._arrived = asyncio.Event()
        self._origin_90k: int | None = None  # of our clock, at the line's 0
        self._woken_90k = 0

    async def open(self) -> None:
        """Read the playlists and begin to load. Raises :class:`SourceError`."""
        await self.close()
        self._begin()
        timeout = httpx.Timeout(SILENCE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self._client = httpx.AsyncClient(
            headers=self._spec.headers, timeout=timeout, follow_redirects=True, max_redirects=MAX_REDIRECTS
        )
        self._rendition, self._sounds = HlsRendition(self._client, self.url), []
        try:
            sounds = await self._find_media_playlist(self._rendition)
            self._take_header(await self._rendition.check_first())
        except BaseException:
            await self.close()
            raise
        behind_us = self._rendition.follower.behind_us
        for listed in sounds[:MOST_SOUNDS]:
            url = self._rendition.web_url(self._variants_url, listed.uri)
            self._sounds.append(HlsSound(self._client, self.url, url, listed, behind_us))
        self._new_ms = wall_clock.monotonic_ms()
        self._group = await asyncio.TaskGroup().__aenter__()
        self._tasks = [self._group.create_task(self._follow(sound)) for sound in self._sounds]
        self._tasks.append(self._group.create_task(self._load_for_ever(self._rendition)))

    async def read(self) -> Block:
        """Wait until octets are due and return them; empty at the end of a playlist that has one."""
        pacer = self._pacer
        while True:
            if pacer.is_empty:
                if self._failure is not None:
                    raise self._failure
                if self._has_ended:
                    return b""
                await self._wait_for_more()
                continue
            now, due = self._now_90k(), pacer.next_due_90k
            if due > now - _TICK_90K and (wait := max(due, self._woken_90k + _TICK_90K) - now) > 0:
                await asyncio.sleep(wait / TICKS_90K)
            elif block := pacer.advance(now):
                self._woken_90k = now
                self.bytes_received += len(block)
                return block

    def hold(self, until_due: UntilDue) -> None:
        """Hold nothing back: blocks come as they are due."""

    async def close(self) -> None:
        """Stop loading and close the connections."""
        group, self._group = self._group, None
        tasks, self._tasks = self._tasks, []
        if group is not None:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await group.__aexit__(None, None, None)
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def drain_faults(self) -> list[Fault]:
        """Return what of the playlist could not be had."""
        faults, self._faults = self._faults, []
        for part in (self._rendition, *self._sounds):
            faults += part.drain_faults() if part is not None else []
        return [replace(fault, detail=f"{self.url}: {fault.detail}") for fault in faults]

    # -- the pace

    def _now_90k(self) -> int:
        """Return where the line is now."""
        if self._origin_90k is None:
            self._origin_90k = wall_clock.monotonic_90k() - self._pacer.next_due_90k
            self._woken_90k = self._pacer.next_due_90k - _TICK_90K
        return wall_clock.monotonic_90k() - self._origin_90k

    def _move_origin(self, later_90k: int) -> None:
        assert self._origin_90k is not None  # there was something
        self._origin_90k += later_90k
        self._woken_90k -= later_90k

    def _ahead_90k(self) -> int:
        """Return how much there is that is not due yet."""
        return self._pacer.end_90k - (self._now_90k() if self._origin_90k is not None else 0)

    async def _wait_for_more(self) -> None:
        assert self._rendition is not None  # opened
        longest_ms = max(STALL_MS, 3 * self._rendition.follower.target_ms)
        left_ms = self._new_ms + longest_ms - wall_clock.monotonic_ms()
        self._arrived.clear()
        try:
            async with asyncio.timeout(max(left_ms, 0) / 1000):
                await self._arrived.wait()
        except TimeoutError:
            why = self._rendition.trouble or "the playlist has nothing new"
            raise SourceError(
                f"{self.url}: {said('no-segment-for', seconds=f'{longest_ms / 1000:.0f}')}: {why}"
            ) from None

    # -- playlists

    async def _find_media_playlist(self, rendition: HlsRendition) -> tuple[ListedSound, ...]:
        """Have the rendition take its playlist; return what there is of sound beside it."""
        sounds: tuple[ListedSound, ...] = ()
        url = self._variants_url = self._spec.location
        document, playlist, asked_ms = await rendition.first(url)
        if isinstance(playlist, ListedVariants):
            self._variants_url = document.url
            url, document, playlist, asked_ms, sounds = await self._best_variant(rendition, document, playlist)
        rendition.url = url
        rendition.take(document, playlist, asked_ms)
        self.via = rendition.via
        return sounds

    async def _best_variant(
        self, rendition: HlsRendition, document: Document, variants: ListedVariants
    ) -> tuple[str, Document, ListedMedia, int, tuple[ListedSound, ...]]:
        """Return the best variant whose playlist can be had."""
        reason: SourceError | None = None
        for variant in in_order(variants, self._spec.most_bandwidth)[:MOST_VARIANTS_TRIED]:
            try:
                url = rendition.web_url(document.url, variant.uri)
                found, playlist, asked_ms = await rendition.first(url)
                if isinstance(playlist, ListedVariants):
                    raise SourceError(f"{self.url}: a variant is a list of variants")
                check_carried(self.url, playlist)
            except SourceError as error:
                reason = reason or error
                continue
            return url, found, playlist, asked_ms, variant.sounds
        raise reason or SourceError(f"{self.url}: its list of variants is empty")

    def _take_header(self, octets: bytes) -> None:
        """Take a Media Initialization Section. Raises :class:`SourceError` where that is not carried."""
        if not octets or octets.startswith(_SYNC_BYTE):
            return
        try:
            refused = self._reader.take_header(octets)
        except WireError as error:
            raise SourceError(f"{self.url}: {said('map-unread')}: {error}") from error
        if refused:
            raise SourceError(f"{self.url}: {refused}")
        self._header = octets
        self._faults += [Fault("hls_without_sound", detail=complaint) for complaint in self._reader.complaints]

    # -- loading

    async def _load_for_ever(self, rendition: HlsRendition) -> None:
        try:
            while not self._has_ended:
                await self._load(rendition)
        except Exception as error:  # told to the reader, when it has had what came before
            self._failure = error
        self._arrived.set()

    async def _follow(self, sound: HlsSound) -> None:
        try:
            await sound.run()
        except Exception as error:  # a fault of ours: told like one of the pictures
            sound.has_ended, self._failure = True, error

    async def _load(self, rendition: HlsRendition) -> None:
        """Do what is to be done now: read the playlist again, load a segment, or wait."""
        if self._failure is not None:
            raise self._failure
        follower, now_ms = rendition.follower, wall_clock.monotonic_ms()
        if now_ms >= follower.reload_ms and not follower.is_whole:
            await rendition.reload(now_ms)
            self.via = rendition.via
            return
        too_far_90k = self._ahead_90k() - MOST_AHEAD_TARGETS * follower.target_ms * 90
        if too_far_90k < 0 and self._pacer.octets_waiting < MOST_WAITING_OCTETS:
            found = follower.next_segment()
            if found is not None:
                loaded = await rendition.load(found)
                if loaded is not None:
                    await self._take(rendition, loaded)
                return
            self._has_ended = follower.ended
            wait_ms = follower.reload_ms - now_ms
        else:
            wait_ms = max(too_far_90k // 90, TICK_MS)
            if not follower.is_whole:
                wait_ms = min(wait_ms, follower.reload_ms - now_ms)
        if not self._has_ended:
            await asyncio.sleep(wait_ms / 1000)

    async def _take(self, rendition: HlsRendition, loaded: LoadedSegment) -> None:
        """Put a segment on the line."""
        found, target_ms = loaded.found, rendition.follower.target_ms
        missing_90k, duration_90k = found.missing_us * 9 // 100, found.segment.duration_us * 9 // 100
        try:
            octets = await self._transport_stream(rendition, loaded)
            paced = await asyncio.to_thread(self._pacer.prepare, octets, duration_90k, missing_90k, leap=found.leap)
        except (WireError, NotTransportStreamError) as error:
            rendition.missed(found, loaded.explained(error))
            return
        was_empty = self._pacer.is_empty
        self._pacer.append(paced)
        self._new_ms, rendition.trouble = wall_clock.monotonic_ms(), ""
        if self._origin_90k is None:
            pass  # the line begins when the reader comes
        elif was_empty and (late := self._now_90k() - self._pacer.next_due_90k) > 0:
            self._move_origin(late)  # it came too late, and so may the next ones: from now on there is time for that
        elif self._ahead_90k() - duration_90k > (MOST_AHEAD_TARGETS - 1) * target_ms * 90:
            self._move_origin(-(duration_90k // SLEW))
        self._arrived.set()

    async def _transport_stream(self, rendition: HlsRendition, loaded: LoadedSegment) -> bytes:
        """Return a segment as a transport stream.

        Raises
        ------
        WireError      it is damaged
        SourceError    what comes from here on is not carried
        """
        octets, header = loaded.octets, loaded.header
        if header.startswith(_SYNC_BYTE):
            return await self._with_sound(rendition, loaded, header + octets)
        if not header and octets[4:8] not in _MP4_BOXES:
            return await self._with_sound(rendition, loaded, octets)
        if not header and b"moov" not in octets:
            raise SourceError(f"{self.url}: its segments are fragmented MP4, but it has no EXT-X-MAP")
        if (header or octets) != self._header:
            self._take_header(header or octets)
        tracks = await asyncio.to_thread(self._reader.read, octets)
        if not tracks:
            raise WireError("movie fragment", 0, "samples", "none")
        end_90k = tracks[0].samples.end_90k
        joined: list[Component] = [(track.stream, track.samples) for track in tracks]
        joined += await self._sound_of(rendition, loaded, tracks[0].begin_90k, end_90k, end_90k)
        return await asyncio.to_thread(self._multiplexer.segment, joined, rendition.follower.target_ms * 90)

    async def _with_sound(self, rendition: HlsRendition, loaded: LoadedSegment, octets: bytes) -> bytes:
        """Return a segment of a transport stream, with the sound that is apart."""
        pictures = await asyncio.to_thread(self._joiner.read, octets) if self._sounds else None
        if pictures is None:
            return octets
        goes_on = self._has_joined and loaded.found.goes_on
        self._has_joined = True
        begin_90k = pictures.sound_begin_90k if goes_on else pictures.begin_90k  # sound begins with the pictures
        sounds = await self._sound_of(rendition, loaded, begin_90k, pictures.sound_end_90k, pictures.end_90k)
        return await asyncio.to_thread(self._joiner.joined, pictures, sounds)

    async def _sound_of(
        self, rendition: HlsRendition, loaded: LoadedSegment, begin_90k: int, end_90k: int, pictures_end_90k: int
    ) -> list[Component]:
        """Return the sound from one time to another, and all that is left where the pictures' line of time ends."""
        number = loaded.found.segment.discontinuity_sequence_number
        rest_90k = pictures_end_90k + SOUND_AFTER_END_90K
        upcoming, target_ms = rendition.follower.upcoming, rendition.follower.target_ms
        is_last = upcoming is None and rendition.follower.is_whole
        is_cut = upcoming is not None and upcoming.discontinuity
        until_90k = rest_90k if is_last else pictures_end_90k if is_cut else end_90k
        ahead_ms = self._ahead_90k() // 90 if self._pacer.end_90k else FIRST_PATIENCE_MS
        for sound in self._sounds:
            sound.pictures_target_ms = target_ms
            await sound.wait(number, begin_90k, until_90k, ahead_ms, target_ms)
        if is_last or is_cut:
            end_90k = rest_90k
        found: list[Component] = []
        for sound in self._sounds:
            taken = sound.take(number, begin_90k, end_90k)
            if sound.stream is not None:
                found.append((sound.stream, taken.samples if taken is not None else None))
        return found


def in_order(variants: ListedVariants, most_bandwidth: int | None) -> list[ListedVariant]:
    """Return variants in the order to try them: what is carried first, then the highest not above the most."""
    most = most_bandwidth or 1 << 62
    return sorted(
        variants.variants,
        key=lambda v: (
            v.is_sound_only,
            any(codec.startswith(WITHOUT_FORM) for codec in v.codecs),
            v.bandwidth > most,
            v.bandwidth if v.bandwidth > most else -v.bandwidth,
        ),
    )
