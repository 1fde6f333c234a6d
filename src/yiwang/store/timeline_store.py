"""Keeps each channel's timeline state in a file, so that numbers go on after a restart or a crash."""

import json
import os
from pathlib import Path

from yiwang.packaging.timeline import TimelineState


class TimelineStore:
    """A folder with one small JSON file per channel, replaced atomically."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, service_id: str) -> TimelineState | None:
        """Return the saved state; None when there is none or it cannot be read (then the channel starts anew)."""
        try:
            values = json.loads(self._path(service_id).read_text())
            return TimelineState.from_dict(values)
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def save(self, service_id: str, state: TimelineState, *, durable: bool = False) -> None:
        """Write the state; ``durable``: only return when it is on the disk."""
        path = self._path(service_id)
        temporary = path.with_suffix(".new")
        with temporary.open("w") as file:
            json.dump(state.to_dict(), file)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)

    def _path(self, service_id: str) -> Path:
        return self._folder / f"{service_id}.timeline.json"
