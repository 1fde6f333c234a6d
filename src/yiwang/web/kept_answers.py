"""Answers of the API that many ask for, made once a change of the network: JSON, packed, with an ETag."""

import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import blake2b
from typing import NamedTuple

from fastapi import Request, Response
from pydantic import BaseModel

from yiwang.web import http

MOST_OCTETS = 32_000_000
SMALL_OCTETS = 1024


class _Kept(NamedTuple):
    revision: int
    etag: str
    octets: bytes


class KeptAnswers:
    """Keeps those that were asked for last.

    Parameters
    ----------
    name : str    of the network: its revisions are no other's
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._octets = 0

    def answer(
        self,
        request: Request,
        revision: int,
        key: tuple[Hashable, ...],
        make: Callable[[], BaseModel],
        *,
        by_content: bool = False,
    ) -> Response:
        """Answer a request.

        Parameters
        ----------
        revision : int    of what the answer is made of
        key : tuple       all else that it depends on
        make : callable   makes it, when nobody has asked for it since that revision
        by_content : bool    the revision rises more often than what is answered changes: the ETag is the answer's own
        """
        packed = http.Request.of(request.scope).accepts_gzip()
        whole = (*key, str(request.base_url), packed)
        kept = self._kept.get(whole)
        if kept is None or kept.revision != revision:
            etag = f'"{zlib.crc32(f"{self._name} {(revision, *whole)!r}".encode()):08x}-{revision}"'
            if not by_content and http.matches(request.headers.get("if-none-match", "").encode(), etag.encode()):
                return Response(status_code=304, headers=_headers(etag))
            kept = self._made(revision, make().model_dump_json().encode(), "" if by_content else etag, packed, kept)
            self._keep(whole, kept)
        headers = _headers(kept.etag)
        if http.matches(request.headers.get("if-none-match", "").encode(), kept.etag.encode()):
            return Response(status_code=304, headers=headers)
        if kept.octets[:2] == b"\x1f\x8b":
            headers["Content-Encoding"] = "gzip"
        return Response(kept.octets, media_type="application/json", headers=headers)

    @staticmethod
    def _made(revision: int, octets: bytes, etag: str, packed: bool, before: _Kept | None) -> _Kept:
        if not etag:
            etag = f'"{blake2b(octets, digest_size=12).hexdigest()}{"-gz" if packed else ""}"'
            if before is not None and before.etag == etag:
                return before._replace(revision=revision)
        if packed and len(octets) >= SMALL_OCTETS:
            machine = zlib.compressobj(4, wbits=16 + zlib.MAX_WBITS)
            octets = machine.compress(octets) + machine.flush()
        return _Kept(revision, etag, octets)

    def _keep(self, key: Hashable, kept: _Kept) -> None:
        before = self._kept.pop(key, None)
        self._kept[key] = kept
        self._octets += len(kept.octets) - (len(before.octets) if before is not None else 0)
        while self._octets > MOST_OCTETS:
            _, oldest = self._kept.popitem(last=False)
            self._octets -= len(oldest.octets)


def _headers(etag: str) -> dict[str, str]:
    return {"Cache-Control": "no-cache", "ETag": etag, "Vary": "Accept-Encoding, Host"}
