"""Answers of the API that many ask for, made once a change of the network: JSON, packed, with an ETag."""

import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable

from fastapi import Request, Response
from pydantic import BaseModel

from yiwang.web import http

MOST_OCTETS = 32_000_000
SMALL_OCTETS = 1024


class KeptAnswers:
    """Keeps those that were asked for last.

    Parameters
    ----------
    name : str    of the network: its revisions are no other's
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._octets = 0

    def answer(
        self, request: Request, revision: int, key: tuple[Hashable, ...], make: Callable[[], BaseModel]
    ) -> Response:
        """Answer a request.

        Parameters
        ----------
        revision : int    of what the answer is made of
        key : tuple       all else that it depends on
        make : callable   makes it, when nobody has asked for it since that revision
        """
        packed = http.Request.of(request.scope).accepts_gzip()
        whole = (revision, *key, str(request.base_url), packed)
        etag = f'"{zlib.crc32(f"{self._name} {whole!r}".encode()):08x}-{revision}"'
        headers = {"Cache-Control": "no-cache", "ETag": etag, "Vary": "Accept-Encoding, Host"}
        if http.matches(request.headers.get("if-none-match", "").encode(), etag.encode()):
            return Response(status_code=304, headers=headers)
        octets = self._kept.get(whole)
        if octets is None:
            octets = make().model_dump_json().encode()
            if packed and len(octets) >= SMALL_OCTETS:
                machine = zlib.compressobj(4, wbits=16 + zlib.MAX_WBITS)
                octets = machine.compress(octets) + machine.flush()
            self._keep(whole, octets)
        if octets[:2] == b"\x1f\x8b":
            headers["Content-Encoding"] = "gzip"
        return Response(octets, media_type="application/json", headers=headers)

    def _keep(self, key: Hashable, octets: bytes) -> None:
        self._kept[key] = octets
        self._octets += len(octets)
        while self._octets > MOST_OCTETS:
            _, oldest = self._kept.popitem(last=False)
            self._octets -= len(oldest)
