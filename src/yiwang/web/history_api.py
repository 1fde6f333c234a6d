"""`/api/channels/{id}/history`, `/api/node/history`: the main figures over time."""

from collections.abc import Callable
from typing import Annotated

import numpy as np
from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel

from yiwang.net import wall_clock
from yiwang.services.history import CHANNEL_FIGURES, NODE_FIGURES, History
from yiwang.services.network import Network
from yiwang.store.history_file import LONGEST_S, RINGS, STEP_S, Figure, Steps, Values, whole_step

MOST_POINTS = 4096

Seconds = Annotated[int, Query(ge=STEP_S, le=LONGEST_S, description="how long the window is")]
End = Annotated[int | None, Query(ge=0, le=99_999_999_999, description="seconds since 1970; none: now")]
Step = Annotated[
    int | None,
    Query(
        ge=STEP_S,
        le=LONGEST_S,
        description="seconds, a multiple of 10, 60 or 900; none: the finest that reaches so far",
    ),
]
Figures = Annotated[list[str] | None, Query(max_length=64, description="which; none: all")]


class HistoryView(BaseModel):
    """Figures over time: ``times`` are when steps began, seconds since 1970; a step of which nothing is known is left out.

    Names are those of `/metrics` without ``yiwang_``; counts are what came in a step; null: not measured.
    """

    step_s: int
    times: list[int]
    figures: dict[str, list[float | None]]


def history_router(network: Network, history: History) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.get("/api/channels/{service_id}/history")
    def get_channel_history(
        service_id: str, seconds: Seconds = 3600, end: End = None, step: Step = None, figure: Figures = None
    ) -> HistoryView:
        """Return a channel's main figures over time."""
        if service_id not in network.channels:
            raise HTTPException(404, f"no channel {service_id!r}")
        return _view(
            lambda *window: history.of_channel(service_id, *window), CHANNEL_FIGURES, seconds, end, step, figure
        )

    @router.get("/api/node/history")
    def get_node_history(
        seconds: Seconds = 3600, end: End = None, step: Step = None, figure: Figures = None
    ) -> HistoryView:
        """Return the node's main figures over time."""
        return _view(history.of_node, NODE_FIGURES, seconds, end, step, figure)

    return router


def _view(
    read: Callable[[int, int, int], tuple[Steps, Values]],
    figures: tuple[Figure, ...],
    seconds: int,
    end: int | None,
    step: int | None,
    wanted: list[str] | None,
) -> HistoryView:
    now_s = wall_clock.now_ms() // 1000
    end_s = now_s if end is None else end
    begin_s = end_s - seconds
    names = [figure.name for figure in figures]
    unknown = sorted(set(wanted or ()) - set(names))
    if unknown:
        raise HTTPException(422, f"figure: no {unknown[0]!r}; there are {', '.join(names)}")
    reaching = (ring.step_s for ring in RINGS if begin_s >= now_s - ring.span_s)
    step_s = next(reaching, RINGS[-1].step_s) if step is None else whole_step(step)
    if seconds > MOST_POINTS * step_s:
        raise HTTPException(422, f"step: {seconds} s in steps of {step_s} s are more than {MOST_POINTS}")
    try:
        times, values = read(begin_s, end_s, step_s)
    except OSError as error:
        raise HTTPException(503, f"the history cannot be read: {error.strerror}") from None
    columns = values.astype(np.float64).round(3).T
    return HistoryView(
        step_s=step_s,
        times=times.tolist(),
        figures={
            name: [None if value != value else value for value in column.tolist()]  # NaN is no JSON
            for name, column in zip(names, columns, strict=True)
            if wanted is None or name in wanted
        },
    )
