"""One Media Playlist of a source followed, and what it lists loaded: segments, initialization sections, keys."""

import asyncio
import random
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.hls.playlist_reader import ListedKey, ListedMap, ListedMedia, ListedVariants, read_any_playlist
from yiwang.net import wall_clock
from yiwang.net.backoff import retry_delay_ms
from yiwang.net.document import Document, DocumentError, fetch
from yiwang.net.hls_follower import HlsFollower, NextSegment
from yiwang.net.hls_keys import HlsKeys, is_carried
from yiwang.net.node_mark import check_no_loop
from yiwang.net.source import SourceError

SILENCE_TIMEOUT_S = 10.0
LARGEST_PLAYLIST_OCTETS = 8 << 20
LARGEST_SEGMENT_OCTETS = 64 << 20
LARGEST_MAP_OCTETS = 1 << 20
ATTEMPTS = 3
"""To load a segment; one that is refused or not there (4xx) is not asked for again."""


@dataclass(frozen=True, slots=True)
class LoadedSegment:
    """A segment as it was before it was encrypted; ``header`` is its Media Initialization Section, empty without one."""

    found: NextSegment
    octets: bytes
    header: bytes

    @property
    def number(self) -> int:
        """Its Media Sequence Number."""
        return self.found.segment.media_sequence_number

    def explained(self, error: Exception) -> str:
        """Return why it is of no use, for people: with a wrong key anything is noise."""
        return str(error) if self.found.segment.key is None else f"decrypted, it is wrong, perhaps its key is: {error}"


class HlsRendition:
    """Follows the playlist at ``url``; `take` what was read of it, `reload` it when due, `load` what the follower says.

    Parameters
    ----------
    source_url : str    of the whole source, as people may see it
    what : str          for people: which playlist of it this is
    """

    def __init__(self, client: httpx.AsyncClient, source_url: str, url: str = "", what: str = "the playlist") -> None:
        self.follower = HlsFollower()
        self.via: tuple[str, ...] = ()  # nodes by which it comes
        self.media: ListedMedia | None = None
        self.trouble = ""  # why nothing came last
        self.url = url
        self._client = client
        self._source_url = source_url
        self._what = what
        self._base = url  # where it was in the end
        self._etag: str | None = None
        self._faults: list[Fault] = []
        self._failures = 0
        self._keys = HlsKeys(self._key_octets)
        self._map: tuple[ListedMap | None, bytes] = (None, b"")  # the last one, as it is asked for, and what it is

    def drain_faults(self) -> list[Fault]:
        """Return what could not be had since the last call."""
        faults, self._faults = self._faults + self.follower.drain_faults(), []
        return faults

    # -- the playlist

    async def first(self, url: str) -> tuple[Document, ListedMedia | ListedVariants, int]:
        """Return a playlist of either kind, and when it was asked for. Raises :class:`SourceError`."""
        asked_ms = wall_clock.monotonic_ms()
        try:
            document = await self._fetch_playlist(url, None)
            assert document is not None  # nothing was said to be known
            return document, read_any_playlist(document.octets), asked_ms
        except (DocumentError, WireError) as error:
            raise SourceError(f"{self._source_url}: {_explain(error)}") from error

    def take(self, document: Document, playlist: ListedMedia, asked_ms: int) -> None:
        """Take what was read. Raises :class:`SourceError` where it is not carried."""
        self.via = check_no_loop(self._source_url, document.via)
        check_carried(self._source_url, playlist)
        self._base, self._etag, self.media = document.url, document.etag, playlist
        self.follower.take(playlist, asked_ms)
        self._failures = 0

    async def reload(self, asked_ms: int) -> None:
        """Read the playlist again, or for the first time. Raises :class:`SourceError` where it is not carried any longer."""
        try:
            document = await self._fetch_playlist(self.url, self._etag)
            if document is None:
                assert self.media is not None  # it is what the server compares with
                self.follower.take(self.media, asked_ms)
                return
            playlist = read_any_playlist(document.octets)
        except (DocumentError, WireError) as error:
            self._failures += 1
            self.trouble = f"{self._what}: {_explain(error)}"
            self._faults.append(Fault("hls_playlist_error", detail=self.trouble))
            target_ms = self.follower.target_ms
            delay_ms = retry_delay_ms(self._failures, random.random(), target_ms // 4 + 1, target_ms)
            self.follower.reload_ms = wall_clock.monotonic_ms() + delay_ms
            return
        if isinstance(playlist, ListedVariants):
            raise SourceError(f"{self._source_url}: {self._what} has become a list of variants")
        self.take(document, playlist, asked_ms)

    async def _fetch_playlist(self, url: str, etag: str | None) -> Document | None:
        deadline_s = max(SILENCE_TIMEOUT_S, self.follower.target_ms / 1000)
        return await fetch(self._client, url, LARGEST_PLAYLIST_OCTETS, etag, deadline_s=deadline_s)

    def web_url(self, base: str, uri: str) -> str:
        """Resolve a URI of a playlist; it may name nothing but what is on the web: no file of this machine."""
        try:
            url = urljoin(base, uri)
            if urlsplit(url).scheme in ("http", "https"):
                return url
        except ValueError:
            pass
        raise SourceError(f"{self._source_url}: {said('lists-no-web', uri=repr(uri[:100]))}")

    def _key_url(self, key: ListedKey) -> str:
        """Resolve a key's URI, which is told to nobody: a data: URI is the key itself."""
        try:
            return self.web_url(self._base, key.uri)
        except SourceError:
            raise SourceError(f"{self._source_url}: the address of its key is not http:// or https://") from None

    # -- what it lists

    async def load(self, found: NextSegment) -> LoadedSegment | None:
        """Load a segment; None: it cannot be had, which has been noted."""
        segment = found.segment
        try:
            octets = await self._octets(segment.uri, segment.byte_range, LARGEST_SEGMENT_OCTETS)
            key = segment.key
            if key is not None:
                url = self._key_url(key)
                octets = await self._keys.decrypted(octets, key, url, segment.media_sequence_number)
            return LoadedSegment(found, octets, await self.header(segment.map))
        except DocumentError as error:
            self.missed(found, str(error))
            return None

    def missed(self, found: NextSegment, why: str) -> None:
        """Take that a segment is of no use."""
        self.follower.missed(found.segment, why)
        self.trouble = f"{said('in-segment', number=found.segment.media_sequence_number)}: {why}"

    async def check_first(self) -> bytes:
        """Return the initialization section of the segment that is next; see that its key can be had.

        Raises
        ------
        SourceError    what it needs cannot be had
        """
        segment = self.follower.upcoming
        if segment is None:
            return b""
        try:
            if segment.key is not None:
                await self._keys.key(self._key_url(segment.key))
            return await self.header(segment.map)
        except DocumentError as error:
            raise SourceError(f"{self._source_url}: {error}") from error

    async def header(self, listed: ListedMap | None) -> bytes:
        """Return an initialization section, asked for when it becomes another one. Raises DocumentError."""
        if listed is None:
            return b""
        if self._map[0] != listed:
            try:
                octets = await self._octets(listed.uri, listed.byte_range, LARGEST_MAP_OCTETS)
                if listed.key is not None:  # 4.4.4.5: its vector is said, as it has no number
                    octets = await self._keys.decrypted(octets, listed.key, self._key_url(listed.key), 0)
                if not octets:
                    raise DocumentError("it is empty")
            except DocumentError as error:
                raise DocumentError(f"its EXT-X-MAP: {error}", error.status) from error
            self._map = listed, octets
        return self._map[1]

    async def _octets(self, uri: str, span: tuple[int, int] | None, most: int) -> bytes:
        """Get a document, with further attempts where that may help. Raises DocumentError."""
        url = self.web_url(self._base, uri)
        deadline_s = max(SILENCE_TIMEOUT_S, 2 * self.follower.target_ms / 1000)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                got = await fetch(self._client, url, most, span=span, deadline_s=deadline_s)
            except DocumentError as error:
                if attempt == ATTEMPTS or 400 <= error.status < 500:
                    raise
                await asyncio.sleep(retry_delay_ms(attempt, random.random()) / 1000)
                continue
            assert got is not None  # nothing was said to be known
            return got.octets
        raise AssertionError  # the last attempt has returned

    async def _key_octets(self, url: str, most: int) -> bytes:
        return await self._octets(url, None, most)


def check_carried(url: str, playlist: ListedMedia) -> None:
    """See that a playlist's segments can be read. Raises :class:`SourceError`."""
    for segment in playlist.segments:
        if not is_carried(segment.key) and segment.key is not None:
            raise SourceError(f"{url}: {_of_key(segment.key.method, segment.key.key_format)}")
        if segment.map is not None and not is_carried(segment.map.key):
            raise SourceError(f"{url}: its EXT-X-MAP is encrypted in a way that is not carried")
    if playlist.i_frames_only:
        raise SourceError(f"{url}: it has key frames only (EXT-X-I-FRAMES-ONLY)")


def _of_key(method: str, key_format: str) -> str:
    if method.startswith("SAMPLE-AES"):
        return said("samples-encrypted", method=method[:40])
    if method == "AES-128":
        return said("key-form", form=repr(key_format[:60]))
    return said("segments-encrypted", method=repr(method[:40]))


def _explain(error: DocumentError | WireError) -> str:
    if isinstance(error, WireError):
        return said("not-a-playlist", what=error.got) if not error.offset else str(error)
    return str(error)
