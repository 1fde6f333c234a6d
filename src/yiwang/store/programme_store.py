"""Keeps what a multiplex had in it, so that its channels are there, by number and name, as soon as a node starts."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

MAX_PROGRAMMES = 256


@dataclass(frozen=True, slots=True)
class KnownProgramme:
    """A programme of a multiplex: what viewers have found it by."""

    program_number: int
    number: int  # in the viewer's list
    name: str = ""


class ProgrammeStore:
    """A folder with one JSON file per multiplex that is taken whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, service_id: str) -> tuple[KnownProgramme, ...]:
        """Return what was saved; nothing when there is nothing, or nothing that can be read."""
        try:
            rows = json.loads(self._path(service_id).read_text(encoding="utf-8"))
            known = [KnownProgramme(int(r["program_number"]), int(r["number"]), str(r["name"])) for r in rows]
        except (OSError, ValueError, TypeError, KeyError):
            return ()
        usable = {k.program_number: k for k in known if 1 <= k.program_number <= 0xFFFF and k.number >= 1}
        return tuple(usable.values())[:MAX_PROGRAMMES]

    def save(self, service_id: str, known: tuple[KnownProgramme, ...]) -> None:
        """Write it, whole or not at all. Raises OSError."""
        path = self._path(service_id)
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps([asdict(k) for k in known], ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(beside, path)

    def _path(self, service_id: str) -> Path:
        return self._folder / f"{service_id}.programmes.json"
