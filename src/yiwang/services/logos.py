"""Logos that lists name, kept by the node: fetched when somebody asks for one, checked, served again from a folder."""

import asyncio
import os
from pathlib import Path

import structlog

from yiwang.net import wall_clock
from yiwang.net.document import DocumentError, fetch, new_client
from yiwang.network.logos import image_type, logo_key, logo_of
from yiwang.services.one_network import OneNetworkService

LARGEST_OCTETS = 1_000_000
MOST_OCTETS = 256_000_000
FRESH_S = 86_400
"""A logo is fetched again after so long; while that fails, the one that is there stands."""
RETRY_S = 600
DEADLINE_S = 15.0
AT_ONCE = 4
log = structlog.get_logger()


class Logos:
    """Of the services of the network, and of nothing else: a node is no proxy for any address.

    Parameters
    ----------
    one : OneNetworkService
    folder : Path              made when the first logo comes; what is in it may be deleted at any time
    """

    def __init__(self, one: OneNetworkService, folder: Path) -> None:
        self._one = one
        self._folder = folder
        self._known: tuple[object, dict[str, str]] = (None, {})  # of a network: the address of each key
        self._failed_ms: dict[str, int] = {}
        self._fetching: dict[str, asyncio.Task[bytes | None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def get(self, key: str) -> tuple[bytes, str] | None:
        """Return a logo's octets and content type; None: there is none of this key, or it cannot be had."""
        uri = self._uris().get(key)
        if uri is None:
            return None
        octets, age_s = await asyncio.to_thread(self._kept, key)
        if octets is None or age_s > FRESH_S:
            octets = await self._fetched(key, uri) or octets
        content_type = image_type(octets) if octets is not None else ""
        return (octets, content_type) if octets is not None and content_type else None

    def _uris(self) -> dict[str, str]:
        network = self._one.published.network
        if self._known[0] is not network:
            uris = (logo_of(service) for service in network.services.values())
            self._known = network, {logo_key(uri): uri for uri in uris if uri.startswith(("http://", "https://"))}
        return self._known[1]

    async def _fetched(self, key: str, uri: str) -> bytes | None:
        """Fetch it, once for all who wait; None: it failed, now or a moment ago."""
        now_ms = wall_clock.monotonic_ms()
        if now_ms - self._failed_ms.get(key, -1_000_000_000) < 1000 * RETRY_S:
            return None
        task = self._fetching.get(key)
        if task is None:
            task = self._fetching[key] = asyncio.ensure_future(self._fetch(key, uri))
            task.add_done_callback(lambda _: self._fetching.pop(key, None))
        return await asyncio.shield(task)

    async def _fetch(self, key: str, uri: str) -> bytes | None:
        try:
            async with self._turns, asyncio.timeout(DEADLINE_S), new_client() as client:
                got = await fetch(client, uri, LARGEST_OCTETS)
            if got is None or not image_type(got.octets):
                raise DocumentError("it is no picture that is served: PNG, JPEG, GIF, WebP, SVG without scripts")
            await asyncio.to_thread(self._keep, key, got.octets)
        except (DocumentError, TimeoutError, OSError) as error:
            self._failed_ms[key] = wall_clock.monotonic_ms()
            log.info("a logo cannot be had", url=uri, error=str(error) or "not there in time")
            return None
        self._failed_ms.pop(key, None)
        return got.octets

    # -- the folder: in threads

    def _kept(self, key: str) -> tuple[bytes | None, float]:
        path = self._folder / key
        try:
            return path.read_bytes(), wall_clock.now_ms() / 1000 - path.stat().st_mtime
        except OSError:
            return None, 0.0

    def _keep(self, key: str, octets: bytes) -> None:
        """Write it whole; where there are too many, those that were written first go."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{key}.part"
        part.write_bytes(octets)
        os.replace(part, self._folder / key)
        there = sorted((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(self._folder))
        total = sum(size for _, size, _ in there)
        for _, size, path in there:
            if total <= MOST_OCTETS:
                break
            os.unlink(path)
            total -= size
