"""The database as the services use it: plain functions, for a thread (`asyncio.to_thread`), WorkError when it fails."""

import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from yiwang.base.errors import UsageError, WorkError
from yiwang.store.database import network as n
from yiwang.store.database import tables as t
from yiwang.store.database.accounts import AccountStore
from yiwang.store.database.engine import Engine, shown, with_driver
from yiwang.store.database.migrate import migrate
from yiwang.store.database.records import Decision, Source, SourceCopy, StoredNetwork, StoredSchedule
from yiwang.store.database.revisions import Revisions, Thing, digest

LONGEST_FAULT = 500  # characters
LONGEST_KIND = 64  # characters
IDS_AT_ONCE = 1000  # in one question; SQLite and PostgreSQL bound the parameters


class Database:
    """What the network remembers. Safe for any number of threads; writers wait for each other.

    ``name`` is the store's own, at random: with a revision it tells one content from every other (an ETag).
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name
        self.accounts = AccountStore(engine)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open a database, bring its tables up to date.

        Raises
        ------
        UsageError    it cannot be reached or used: one line, without the password
        """
        try:
            full = with_driver(url)
        except ValueError as error:
            raise UsageError(f"[store] url: {error}") from None
        engine = Engine(full)
        try:
            if full.drivername == "sqlite" and full.database:
                Path(full.database).parent.mkdir(parents=True, exist_ok=True)
            with engine.writing() as connection:
                migrate(connection, shown(full))
                name: str = connection.scalars(sa.select(t.store.c.name)).one()
        except (WorkError, OSError) as error:
            engine.close()
            said = str(error).removeprefix("the database: ")
            raise UsageError(f"[store] url: {shown(full)} cannot be used: {said}") from None
        except BaseException:
            engine.close()
            raise
        return cls(engine, name)

    def close(self) -> None:
        """Close all connections."""
        self._engine.close()

    # Sources

    def save_source(self, source_id: str, copy: SourceCopy) -> bool:
        """Keep a good copy as the last one; return whether its octets are other than before. Ends the source's fault."""
        with self._engine.writing() as connection:
            revisions = Revisions(connection)
            known = revisions.known("source")
            value = digest(copy.octets)
            self._put_source(
                connection,
                source_id,
                size=len(copy.octets),
                etag=copy.etag and _clean(copy.etag),
                last_modified=copy.last_modified and _clean(copy.last_modified),
                fetched_at_s=copy.fetched_at_s,
                checked_at_s=copy.fetched_at_s,
                fault=None,
                fault_since_s=None,
            )
            changed = known.get(source_id) != value
            if changed:
                c = t.source_copy
                connection.execute(sa.delete(c).where(c.c.source_id == source_id))
                connection.execute(sa.insert(c).values(source_id=source_id, octets=copy.octets))
                revisions.set("source", {source_id: value}, known)
            revisions.close()
        return changed

    def source_is_unchanged(self, source_id: str, at_s: int) -> None:
        """Note that the source said its last good copy still holds (HTTP 304). Ends its fault."""
        with self._engine.writing() as connection:
            self._put_source(connection, source_id, checked_at_s=at_s, fault=None, fault_since_s=None)

    def source_failed(self, source_id: str, fault: str, at_s: int) -> None:
        """Note what is wrong with a source; its last good copy stays."""
        with self._engine.writing() as connection:
            since = connection.scalar(sa.select(t.source.c.fault_since_s).where(t.source.c.id == source_id))
            self._put_source(
                connection,
                source_id,
                checked_at_s=at_s,
                fault=_clean(fault[:LONGEST_FAULT]),
                fault_since_s=at_s if since is None else since,
            )

    def keep_sources(self, source_ids: Collection[str]) -> None:
        """Forget all other sources and their copies: the config has them no more."""
        with self._engine.writing() as connection:
            revisions = Revisions(connection)
            gone = set(connection.scalars(sa.select(t.source.c.id))) - set(source_ids)
            if gone:
                connection.execute(
                    sa.delete(t.source).where(t.source.c.id == sa.bindparam("k")), [{"k": g} for g in gone]
                )
            revisions.remove("source", sorted(gone & revisions.known("source").keys()))
            revisions.close()

    def sources(self) -> dict[str, Source]:
        """Return what is known of each source, by id."""
        s, r = t.source.c, t.revision.c
        on = (r.kind == "source") & (r.name == s.id)
        query = sa.select(*s, sa.func.coalesce(r.revision, 0).label("revision"))
        query = query.select_from(t.source.outerjoin(t.revision, on)).order_by(s.id)
        with self._engine.reading() as connection:
            return {row["id"]: Source(**row) for row in connection.execute(query).mappings()}

    def source_octets(self, source_id: str) -> bytes | None:
        """Return the octets of a source's last good copy; None: there is none yet."""
        c = t.source_copy.c
        with self._engine.reading() as connection:
            octets = connection.scalar(sa.select(c.octets).where(c.source_id == source_id))
        return None if octets is None else bytes(octets)

    @staticmethod
    def _put_source(connection: sa.Connection, source_id: str, **values: Any) -> None:
        if not connection.execute(sa.update(t.source).where(t.source.c.id == source_id).values(values)).rowcount:
            connection.execute(sa.insert(t.source).values({"id": source_id, "size": 0, **values}))

    # The network

    def save_network(self, network: StoredNetwork) -> tuple[Thing, ...]:
        """Make ``network`` what the next run starts from: all of it or, on any error or crash, nothing.

        Only what differs is written. Returns
        -------
        what changed or went, as (kind, name)

        Raises
        ------
        ValueError    a schedule of a service that no member belongs to
        """
        with self._engine.writing() as connection:
            revisions = Revisions(connection)
            n.write_network(connection, revisions, network)
            revisions.close()
        return tuple(revisions.changed)

    def save_schedules(self, schedules: Iterable[StoredSchedule]) -> tuple[Thing, ...]:
        """Keep these schedules, all or none; those of services that are no more are passed over.

        Returns
        -------
        what changed, as (kind, name)
        """
        with self._engine.writing() as connection:
            revisions = Revisions(connection)
            services = set(n.read_members(connection).values())
            n.write_schedules(connection, revisions, (s for s in schedules if s.service_id in services), services)
            revisions.close()
        return tuple(revisions.changed)

    def network(self) -> StoredNetwork:
        """Return members and numbers as last saved (schedules have their own functions)."""
        with self._engine.reading() as connection:
            return StoredNetwork(members=n.read_members(connection), numbers=n.read_numbers(connection))

    def schedule(self, service_id: str) -> StoredSchedule | None:
        """Return a service's schedule; None: it has none."""
        return next(iter(self.schedules([service_id])), None)

    def schedules(
        self, service_ids: Collection[str] | None = None, from_s: int | None = None, until_s: int | None = None
    ) -> Iterator[StoredSchedule]:
        """Give the schedules of these services (None: of all) that overlap [``from_s``, ``until_s``), as read, one by one."""
        query = n.select_schedules(from_s, until_s)
        with self._engine.reading() as connection:
            if service_ids is None:
                yield from n.stored(connection.execute(query.execution_options(yield_per=n.AT_ONCE)))
                return
            ids = sorted(set(service_ids))
            for at in range(0, len(ids), IDS_AT_ONCE):
                where = t.schedule.c.service_id.in_(ids[at : at + IDS_AT_ONCE])
                yield from n.stored(connection.execute(query.where(where)))

    def revisions(self, kind: str) -> dict[str, int]:
        """Return the revision of each thing of a kind (see `revisions.Thing`), by name."""
        r = t.revision.c
        with self._engine.reading() as connection:
            return dict(connection.execute(sa.select(r.name, r.revision).where(r.kind == kind)).all())

    def revision(self) -> int:
        """Return the store's revision: that of the last change to anything."""
        with self._engine.reading() as connection:
            revision: int = connection.scalars(sa.select(t.store.c.revision)).one()
        return revision

    # Decisions

    def decide(self, kind: str, about: Collection[str], value: Any, *, who: str, at_s: int) -> Decision:
        """Keep an operator's decision; it takes the place of one of the same kind about the same ids (in any order).

        Raises
        ------
        ValueError    ``kind`` or ``who`` is empty or too long, or ``value`` is nothing that JSON can hold
        """
        if not 0 < len(kind) <= LONGEST_KIND or not who:
            raise ValueError("a decision has a kind, and somebody who decides")
        try:
            written = json.dumps(value, ensure_ascii=True, allow_nan=False)
        except TypeError as error:
            raise ValueError(f"a decision's value: {error}") from None
        ids, who = tuple(sorted(set(about))), _clean(who)
        row = {"kind": kind, "about": json.dumps(ids), "value": written, "who": who, "at_s": at_s}
        with self._engine.writing() as connection:
            Revisions(connection)  # others wait, so that ids are in the order of the decisions
            key = connection.execute(sa.insert(t.decision).values(row)).inserted_primary_key
            assert key is not None
            return Decision(id=key[0], kind=kind, about=ids, value=written, who=who, at_s=at_s)

    def withdraw(self, decision_id: int, *, who: str, at_s: int) -> bool:
        """Take a decision back; return False when there is none in force of this id."""
        d = t.decision
        values = {"withdrawn_by": _clean(who), "withdrawn_at_s": at_s}
        in_force = (d.c.id == decision_id) & d.c.withdrawn_at_s.is_(None)
        with self._engine.writing() as connection:
            return connection.execute(sa.update(d).where(in_force).values(values)).rowcount > 0

    def decisions(self, *, history: bool = False) -> tuple[Decision, ...]:
        """Return the decisions in force, in the order they were made; with ``history`` all there ever were."""
        with self._engine.reading() as connection:
            rows = connection.execute(sa.select(t.decision).order_by(t.decision.c.id)).mappings()
            every = [Decision(**{**row, "about": tuple(json.loads(row["about"]))}) for row in rows]
        if history:
            return tuple(every)
        last = {(d.kind, d.about): d for d in every}
        return tuple(d for d in every if last[d.kind, d.about] is d and d.withdrawn_at_s is None)


def _clean(text: str) -> str:
    """Return text without what PostgreSQL cannot hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
