"""A revision for each thing: it rises when the thing's content changes, and only then."""

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa

from yiwang.store.database import tables as t

Thing = tuple[str, str]
"""Kind (``source``, ``schedule``, ``members``, ``numbers``, ``document``) and name."""


def digest(*parts: bytes | str | int) -> bytes:
    """Return what stands for a content of these parts (BLAKE2b, 128 bit)."""
    pieces: list[bytes] = []
    for part in parts:
        octets = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        pieces += (len(octets).to_bytes(8, "big"), octets)
    return hashlib.blake2b(b"".join(pieces), digest_size=16).digest()


class Revisions:
    """The revisions within one writing transaction; makes all other writers wait until it ends."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        last: int = connection.scalars(sa.select(t.store.c.revision).with_for_update()).one()
        self._revision = last + 1
        self.changed: list[Thing] = []

    def known(self, kind: str) -> dict[str, bytes]:
        """Return the digests of a kind, by name."""
        rows = self._connection.execute(
            sa.select(t.revision.c.name, t.revision.c.digest).where(t.revision.c.kind == kind)
        )
        return {name: bytes(value) for name, value in rows}

    def set(self, kind: str, digests: dict[str, bytes], old: dict[str, bytes]) -> None:
        """Note what things of a kind have become; those equal to ``old`` keep their revision."""
        new = {name: value for name, value in digests.items() if old.get(name) != value}
        self._delete(kind, new.keys() & old.keys())
        if new:
            rows = [
                {"kind": kind, "name": name, "digest": value, "revision": self._revision} for name, value in new.items()
            ]
            self._connection.execute(sa.insert(t.revision), rows)
        self.changed += [(kind, name) for name in new]

    def remove(self, kind: str, names: Iterable[str]) -> None:
        """Forget things that are no more."""
        names = tuple(names)
        self._delete(kind, names)
        self.changed += [(kind, name) for name in names]

    def _delete(self, kind: str, names: Iterable[str]) -> None:
        rows = [{"k": kind, "n": name} for name in names]
        if rows:
            where = (t.revision.c.kind == sa.bindparam("k")) & (t.revision.c.name == sa.bindparam("n"))
            self._connection.execute(sa.delete(t.revision).where(where), rows)

    def close(self) -> int:
        """Note that something changed, if it did; return the store's revision."""
        if self.changed:
            self._connection.execute(sa.update(t.store).values(revision=self._revision))
            return self._revision
        return self._revision - 1
