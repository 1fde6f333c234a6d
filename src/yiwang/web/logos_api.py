"""`/logos/…`: services' logos, from the node itself, so that a page asks nobody else for anything."""

import zlib

from fastapi import APIRouter, HTTPException, Request, Response

from yiwang.services.logos import Logos
from yiwang.web import http

DAY = "public, max-age=86400"
HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Whatever a drawing may have in it: opened by itself, nothing of it runs, nothing is fetched."""


def logos_router(logos: Logos) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.api_route("/logos/{key}", methods=["GET", "HEAD"], response_class=Response)
    async def get_logo(request: Request, key: str) -> Response:
        """Return a service's logo; `logo` of `/api/services` and `/api/guide` has its address."""
        found = await logos.get(key)
        if found is None:
            raise HTTPException(404, "no such logo", headers={"Cache-Control": "public, max-age=60"})
        octets, content_type = found
        etag = f'"{zlib.crc32(octets):08x}-{len(octets):x}"'
        headers = {
            "Cache-Control": DAY,
            "ETag": etag,
            "Content-Security-Policy": HARMLESS,
            "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*",
        }
        if http.matches(request.headers.get("if-none-match", "").encode(), etag.encode()):
            return Response(status_code=304, headers=headers)
        return Response(octets, media_type=content_type, headers=headers)

    return router
