"""`/api/channels/{id}`, its time line and its thumbnail: one channel, for an operator."""

from collections.abc import Callable
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel

from yiwang.net import wall_clock
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.services.thumbnails import FRESH_MS, Thumbnails
from yiwang.web import views

MOST_SEGMENTS = 900
"""The newest, of a long window."""
SOURCE_EVENTS = frozenset({"source_switched", "source_error", "source_ended", "standby_error"})


class SegmentView(BaseModel):
    """A segment of the channel's first track that has any; times are presentation times, milliseconds since 1970."""

    number: int
    start_ms: int
    end_ms: int
    period_id: int
    octets: int
    parts: int
    independent: bool
    whole: bool
    discontinuity: bool


class GapView(BaseModel):
    """Numbers for which there is no segment."""

    start_ms: int
    end_ms: int
    segments: int


class PeriodView(BaseModel):
    """A period, and why it began."""

    period_id: int
    start_ms: int
    reason: str


class BreakView(BaseModel):
    """What splice cues say: a break, or a moment; its end where it is known or planned."""

    id: str
    kind: str
    start_ms: int
    end_ms: int | None


class HappeningView(BaseModel):
    """What happened to the input, by the node's clock."""

    at_ms: int
    name: str
    text: str


class TimelineView(BaseModel):
    """What is kept of a channel, as a strip of time."""

    now_ms: int
    track: str
    timescale: int
    segments: list[SegmentView]
    gaps: list[GapView]
    periods: list[PeriodView]
    breaks: list[BreakView]
    happenings: list[HappeningView]


def console_router(
    network: Network, thumbnails: Thumbnails, viewers_of: Callable[[str], views.ViewersView | None]
) -> APIRouter:
    """Return the routes; ``viewers_of`` tells what a channel's viewers report."""
    router = APIRouter()

    def channel_of(service_id: str) -> Channel:
        channel = network.channels.get(service_id)
        if channel is None:
            raise HTTPException(404, f"no channel {service_id!r}")
        return channel

    @router.get("/api/channels/{service_id}")
    async def get_channel(service_id: str, response: Response) -> views.ChannelView:
        """Return one channel's state, for an operator."""
        channel = channel_of(service_id)
        response.headers["Cache-Control"] = "no-store"
        view = views.channel_view(channel, network.number_of(channel), wall_clock.now_ms())
        view.viewers = viewers_of(service_id)
        return view

    @router.get("/api/channels/{service_id}/timeline")
    async def get_timeline(service_id: str, response: Response) -> TimelineView:
        """Return segments, discontinuities, splice cues and changes of the source, as far as media are kept."""
        response.headers["Cache-Control"] = "no-store"
        channel = channel_of(service_id)
        if channel.is_elsewhere:
            from yiwang.services.elsewhere import ask  # which a node of one process does not need

            found: TimelineView | None = await ask(channel, "timeline")
            if found is not None:
                return found
        return timeline_view(channel, wall_clock.now_ms())

    @router.get(
        "/api/channels/{service_id}/thumbnail.jpg",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}, "description": "the picture"}},
    )
    async def get_thumbnail(
        service_id: str, at: Annotated[str, Query(max_length=40, description="any; for another address")] = ""
    ) -> Response:
        """Return a key frame of the channel, some seconds old; 204: there is none yet, none that can be decoded, or no such
        channel: it may have ended since the page was told of it.
        """
        channel = network.channels.get(service_id)
        made = await thumbnails.get(channel) if channel is not None else None
        if made is None or not made.jpeg:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        etag = f'"{made.period_id}-{made.number}"'
        headers = {"Cache-Control": f"private, max-age={FRESH_MS // 1000}", "ETag": etag}
        return Response(made.jpeg, media_type="image/jpeg", headers=headers)

    return router


def timeline_view(channel: Channel, now_ms: int) -> TimelineView:
    """Make the strip of a channel's first track."""
    presentation = channel.presentation
    tracks = [presentation.tracks[header.name] for header in channel.tracks if header.name in presentation.tracks]
    track = next((track for track in tracks if track.newest is not None), None)
    segments, gaps = [], []
    if track is not None:
        newest = islice(reversed(track.listed), MOST_SEGMENTS)
        kept = [*reversed(list(newest)), *([track.in_progress] if track.in_progress is not None else [])]
        for segment in kept:
            segments.append(
                SegmentView(
                    number=segment.number, start_ms=segment.start_90k // 90, end_ms=segment.end_90k // 90,
                    period_id=segment.period.period_id, octets=segment.octets, parts=len(segment.parts),
                    independent=segment.parts[0].independent if segment.parts else segment.independent,
                    whole=segment.whole, discontinuity=segment.new_period,
                )
            )  # fmt: skip
            if segment.gaps:
                last = segment.gaps[-1]
                gaps.append(
                    GapView(
                        start_ms=segment.gaps[0].start_90k // 90, end_ms=(last.start_90k + last.duration_90k) // 90,
                        segments=len(segment.gaps),
                    )
                )  # fmt: skip
    first_ms = segments[0].start_ms if segments else now_ms
    return TimelineView(
        now_ms=now_ms,
        track=track.name if track is not None else "",
        timescale=track.header.timescale if track is not None else 1,
        segments=segments,
        gaps=gaps,
        periods=[
            PeriodView(period_id=p.period_id, start_ms=p.presentation_start_90k // 90, reason=p.reason)
            for p in presentation.periods
        ],
        breaks=[
            BreakView(
                id=r.id, kind=r.kind, start_ms=r.start_90k // 90, end_ms=None if (end := r.end()) is None else end // 90
            )
            for r in presentation.cues.ranges
        ],
        happenings=[
            HappeningView(at_ms=one.at_ms, name=one.name, text=one.text)
            for one in channel.health.recent
            if one.name in SOURCE_EVENTS and one.at_ms >= first_ms
        ],
    )
