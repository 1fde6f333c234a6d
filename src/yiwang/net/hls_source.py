"""A live channel that is offered by HTTP Live Streaming, with MPEG-TS segments, as an even transport stream (ADR 42).

One task follows the playlist and loads segments (`hls_follower` says which), the reader gets their octets at the pace of
the stream's own clock (`hls_pacer`). How far behind the server it plays is what the jitter of its segments has asked for.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import httpx

from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_90K
from yiwang.hls.playlist_reader import ListedMedia, ListedVariant, ListedVariants, read_any_playlist
from yiwang.net import wall_clock
from yiwang.net.backoff import retry_delay_ms
from yiwang.net.document import MAX_REDIRECTS, Document, DocumentError, fetch
from yiwang.net.hls_follower import HlsFollower, NextSegment
from yiwang.net.hls_pacer import HlsPacer
from yiwang.net.node_mark import check_no_loop
from yiwang.net.source import TICK_MS, Block, MayWait, SourceError
from yiwang.net.source_url import HlsSpec

CONNECT_TIMEOUT_S, SILENCE_TIMEOUT_S = 5.0, 10.0
LARGEST_PLAYLIST_OCTETS = 8 << 20
LARGEST_SEGMENT_OCTETS = 64 << 20
MOST_WAITING_OCTETS = 64 << 20
"""With so much loaded ahead nothing more is loaded; of a channel of 20 Mbit/s it is 25 s."""
MOST_AHEAD_TARGETS = 4
"""Nor with so many target durations: one more than what is listed at first."""
MOST_VARIANTS_TRIED = 4
ATTEMPTS = 3
"""To load a segment; one that is refused or not there (4xx) is not asked for again."""
STALL_MS = 10_000
"""Nothing new for so long, or for three target durations: it is an error, and the source is opened anew."""
SLEW = 1000
"""The pace is changed by a thousandth, while the reader is further behind than it needs to be."""

_TICK_90K = TICK_MS * 90
_MP4_BOXES = (b"ftyp", b"styp", b"moof", b"moov", b"sidx", b"emsg", b"prft", b"free", b"mdat")


class HlsSource:
    """Follows one Media Playlist."""

    def __init__(self, spec: HlsSpec) -> None:
        self.url = spec.url
        self.bytes_received = 0
        self.via: tuple[str, ...] = ()  # nodes by which it comes
        self._spec = spec
        self._client: httpx.AsyncClient | None = None
        self._group: asyncio.TaskGroup | None = None
        self._loading: asyncio.Task[None] | None = None
        self._begin()

    def _begin(self) -> None:
        self._follower = HlsFollower()
        self._pacer = HlsPacer()
        self._playlist_url = ""  # of the Media Playlist, as it is asked for
        self._base = ""  # where it was in the end
        self._etag: str | None = None
        self._media: ListedMedia | None = None
        self._faults: list[Fault] = []
        self._failures = 0
        self._trouble = ""
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
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=True, max_redirects=MAX_REDIRECTS)
        try:
            await self._find_media_playlist()
        except BaseException:
            await self.close()
            raise
        self._group = await asyncio.TaskGroup().__aenter__()
        self._loading = self._group.create_task(self._load_for_ever())

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

    def hold(self, may_wait: MayWait) -> None:
        """Hold nothing back: blocks come as they are due."""

    async def close(self) -> None:
        """Stop loading and close the connections."""
        group, self._group = self._group, None
        if group is not None:
            if self._loading is not None:
                self._loading.cancel()
            with suppress(asyncio.CancelledError):
                await group.__aexit__(None, None, None)
        client, self._client, self._loading = self._client, None, None
        if client is not None:
            await client.aclose()

    def drain_faults(self) -> list[Fault]:
        """Return what of the playlist could not be had."""
        faults, self._faults = self._faults + self._follower.drain_faults(), []
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
        longest_ms = max(STALL_MS, 3 * self._follower.target_ms)
        left_ms = self._new_ms + longest_ms - wall_clock.monotonic_ms()
        self._arrived.clear()
        try:
            async with asyncio.timeout(max(left_ms, 0) / 1000):
                await self._arrived.wait()
        except TimeoutError:
            why = self._trouble or "the playlist has nothing new"
            raise SourceError(f"{self.url}: no segment for {longest_ms / 1000:.0f} s: {why}") from None

    # -- playlists

    async def _find_media_playlist(self) -> None:
        url = self._spec.location
        document, playlist, asked_ms = await self._first(url)
        if isinstance(playlist, ListedVariants):
            url, document, playlist, asked_ms = await self._best_variant(document, playlist)
        self._playlist_url = url
        self._take(document, playlist, asked_ms)

    async def _first(self, url: str) -> tuple[Document, ListedMedia | ListedVariants, int]:
        asked_ms = wall_clock.monotonic_ms()
        try:
            document = await self._fetch_playlist(url, None)
            assert document is not None  # nothing was said to be known
            return document, read_any_playlist(document.octets), asked_ms
        except (DocumentError, WireError) as error:
            raise SourceError(f"{self.url}: {_explain(error)}") from error

    async def _best_variant(
        self, document: Document, variants: ListedVariants
    ) -> tuple[str, Document, ListedMedia, int]:
        """Return the best variant whose playlist can be had."""
        reason: SourceError | None = None
        for variant in in_order(variants, self._spec.most_bandwidth)[:MOST_VARIANTS_TRIED]:
            try:
                url = self._web_url(document.url, variant.uri)
                found, playlist, asked_ms = await self._first(url)
                if isinstance(playlist, ListedVariants):
                    raise SourceError(f"{self.url}: a variant is a list of variants")
                check_carried(self.url, playlist)
            except SourceError as error:
                reason = reason or error
                continue
            if variant.has_own_sound:
                detail = "its sound is in playlists of its own, which are not carried: the picture comes alone"
                self._faults.append(Fault("hls_without_sound", detail=detail))
            return url, found, playlist, asked_ms
        raise reason or SourceError(f"{self.url}: its list of variants is empty")

    def _take(self, document: Document, playlist: ListedMedia, asked_ms: int) -> None:
        self.via = check_no_loop(self.url, document.via)
        check_carried(self.url, playlist)
        self._base, self._etag, self._media = document.url, document.etag, playlist
        self._follower.take(playlist, asked_ms)
        self._failures = 0

    async def _fetch_playlist(self, url: str, etag: str | None) -> Document | None:
        assert self._client is not None  # opened
        deadline_s = max(SILENCE_TIMEOUT_S, self._follower.target_ms / 1000)
        return await fetch(self._client, url, LARGEST_PLAYLIST_OCTETS, etag, deadline_s=deadline_s)

    def _web_url(self, base: str, uri: str) -> str:
        """Resolve a URI of a playlist; it may name nothing but what is on the web: no file of this machine."""
        try:
            url = urljoin(base, uri)
            if urlsplit(url).scheme in ("http", "https"):
                return url
        except ValueError:
            pass
        raise SourceError(f"{self.url}: it lists {uri[:100]!r}, which is not http:// or https://")

    # -- loading

    async def _load_for_ever(self) -> None:
        try:
            while not self._has_ended:
                await self._load()
        except Exception as error:  # told to the reader, when it has had what came before
            self._failure = error
        self._arrived.set()

    async def _load(self) -> None:
        """Do what is to be done now: read the playlist again, load a segment, or wait."""
        follower, now_ms = self._follower, wall_clock.monotonic_ms()
        if now_ms >= follower.reload_ms and not follower.is_whole:
            await self._reload(now_ms)
            return
        too_far_90k = self._ahead_90k() - MOST_AHEAD_TARGETS * follower.target_ms * 90
        if too_far_90k < 0 and self._pacer.octets_waiting < MOST_WAITING_OCTETS:
            found = follower.next_segment()
            if found is not None:
                await self._load_segment(found)
                return
            self._has_ended = follower.ended
            wait_ms = follower.reload_ms - now_ms
        else:
            wait_ms = max(too_far_90k // 90, TICK_MS)
            if not follower.is_whole:
                wait_ms = min(wait_ms, follower.reload_ms - now_ms)
        if not self._has_ended:
            await asyncio.sleep(wait_ms / 1000)

    async def _reload(self, asked_ms: int) -> None:
        try:
            document = await self._fetch_playlist(self._playlist_url, self._etag)
            if document is None:
                assert self._media is not None  # it is what the server compares with
                self._follower.take(self._media, asked_ms)
                return
            playlist = read_any_playlist(document.octets)
        except (DocumentError, WireError) as error:
            self._failures += 1
            self._trouble = f"the playlist: {_explain(error)}"
            self._faults.append(Fault("hls_playlist_error", detail=self._trouble))
            target_ms = self._follower.target_ms
            delay_ms = retry_delay_ms(self._failures, random.random(), target_ms // 4 + 1, target_ms)
            self._follower.reload_ms = wall_clock.monotonic_ms() + delay_ms
            return
        if isinstance(playlist, ListedVariants):
            raise SourceError(f"{self.url}: a variant has become a list of variants")
        self._take(document, playlist, asked_ms)

    async def _load_segment(self, found: NextSegment) -> None:
        segment, url = found.segment, self._web_url(self._base, found.segment.uri)
        octets = await self._segment_octets(found, url)
        if octets is None:
            return
        if octets[4:8] in _MP4_BOXES:
            raise SourceError(f"{self.url}: {FRAGMENTED_MP4}")
        missing_90k, duration_90k = found.missing_us * 9 // 100, segment.duration_us * 9 // 100
        try:
            paced = await asyncio.to_thread(self._pacer.prepare, octets, duration_90k, missing_90k, leap=found.leap)
        except SourceError as error:
            self._follower.missed(segment, str(error))
            self._trouble = f"segment {segment.media_sequence_number} {error}"
            return
        was_empty = self._pacer.is_empty
        self._pacer.append(paced)
        self._new_ms, self._trouble = wall_clock.monotonic_ms(), ""
        if self._origin_90k is None:
            pass  # the line begins when the reader comes
        elif was_empty and (late := self._now_90k() - self._pacer.next_due_90k) > 0:
            self._move_origin(late)  # it came too late, and so may the next ones: from now on there is time for that
        elif self._ahead_90k() - duration_90k > (MOST_AHEAD_TARGETS - 1) * self._follower.target_ms * 90:
            self._move_origin(-(duration_90k // SLEW))
        self._arrived.set()

    async def _segment_octets(self, found: NextSegment, url: str) -> bytes | None:
        """Load a segment; None: it cannot be had, which has been noted."""
        assert self._client is not None  # opened
        deadline_s = max(SILENCE_TIMEOUT_S, 2 * self._follower.target_ms / 1000)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                got = await fetch(
                    self._client, url, LARGEST_SEGMENT_OCTETS, span=found.segment.byte_range, deadline_s=deadline_s
                )
            except DocumentError as error:
                if attempt < ATTEMPTS and not 400 <= error.status < 500:
                    await asyncio.sleep(retry_delay_ms(attempt, random.random()) / 1000)
                    continue
                self._follower.missed(found.segment, str(error))
                self._trouble = f"segment {found.segment.media_sequence_number}: {error}"
                return None
            assert got is not None  # nothing was said to be known
            return got.octets
        raise AssertionError  # the last attempt has returned


FRAGMENTED_MP4 = "its segments are fragmented MP4, which is not carried yet; MPEG-TS is (of a yiwang node: …/ts.m3u8)"


def check_carried(url: str, playlist: ListedMedia) -> None:
    """See that a playlist's segments can be read. Raises :class:`SourceError`."""
    if playlist.has_map:
        raise SourceError(f"{url}: {FRAGMENTED_MP4}")
    if playlist.key_methods:
        raise SourceError(f"{url}: its segments are encrypted ({', '.join(playlist.key_methods)[:40]}): not carried")
    if playlist.i_frames_only:
        raise SourceError(f"{url}: it has key frames only (EXT-X-I-FRAMES-ONLY)")


def in_order(variants: ListedVariants, most_bandwidth: int | None) -> list[ListedVariant]:
    """Return variants in the order to try them: with their sound first, then the highest that is not above the most."""
    most = most_bandwidth or 1 << 62
    return sorted(
        variants.variants,
        key=lambda v: (v.has_own_sound, v.bandwidth > most, v.bandwidth if v.bandwidth > most else -v.bandwidth),
    )


def _explain(error: DocumentError | WireError) -> str:
    if isinstance(error, WireError):
        return f"not a playlist: it begins with {error.got}" if not error.offset else str(error)
    return str(error)
