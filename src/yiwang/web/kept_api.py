"""`/api/kept`: from when on channels can still be had, for viewers who start over, catch up or go on where they left."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from yiwang.services.network import Network
from yiwang.web.views import iso


def kept_router(network: Network) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.get("/api/kept")
    async def get_kept(
        response: Response, channel: Annotated[list[str], Query(max_length=50, description="ids of `/api/network`")]
    ) -> dict[str, str]:
        """Return the earliest moment of each channel that the node still has; a channel with nothing yet is left out."""
        response.headers["Cache-Control"] = "no-store"
        known = {id_: network.channels.get(id_) for id_ in channel}
        begins = {id_: one.kept_from_ms for id_, one in known.items() if one is not None}
        return {id_: iso(at_ms) for id_, at_ms in begins.items() if at_ms is not None}

    return router
