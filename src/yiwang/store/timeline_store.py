"""Keeps each channel's timeline state in a file, so that numbers go on after a restart or a crash."""

import json
import os
from pathlib import Path

from yiwang.packaging.timeline import TimelineState

RECORD_OCTETS = 512
"""One sector: what is written over in place is the old record or the new one, whatever happens to the machine."""


class TimelineStore:
    """A folder with one small JSON file per channel.

    A record is written over in place: replacing the file would cost a hundred times as much, as the file system then
    writes to the disk at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unsynced: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, service_id: str) -> TimelineState | None:
        """Return the saved state; None when there is none or it cannot be read (then the channel starts anew)."""
        try:
            values = json.loads(self._path(service_id).read_text())
            return TimelineState.from_dict(values)
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def save(self, service_id: str, state: TimelineState, *, durable: bool = False) -> None:
        """Write the state: it outlives this process. ``durable``: the next `sync` brings it to the disk.

        Raises
        ------
        OSError    it could not be written
        """
        record = json.dumps(state.to_dict()).encode().ljust(RECORD_OCTETS - 1) + b"\n"
        file = os.open(self._path(service_id), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if os.pwrite(file, record, 0) != len(record):
                raise OSError("the disk is full")
        finally:
            os.close(file)
        if durable:
            self._unsynced.add(service_id)

    @property
    def has_unsynced(self) -> bool:
        """Tell whether `sync` has anything to do."""
        return bool(self._unsynced)

    def sync(self) -> None:
        """Wait until what was saved to last is on the disk: it then outlives a power cut. For a thread. OSError."""
        unsynced, self._unsynced = self._unsynced, set()
        for service_id in unsynced:
            file = os.open(self._path(service_id), os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(file)
            finally:
                os.close(file)

    def _path(self, service_id: str) -> Path:
        return self._folder / f"{service_id}.timeline.json"
