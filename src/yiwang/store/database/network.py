"""Writes the network that a merge made: what differs from the one before, in one transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import sqlalchemy as sa

from yiwang.store.database import tables as t
from yiwang.store.database.records import StoredNetwork, StoredSchedule
from yiwang.store.database.revisions import Revisions, digest

AT_ONCE = 256  # schedules; some 50 kB each


def write_network(connection: sa.Connection, revisions: Revisions, network: StoredNetwork) -> None:
    """Make ``network`` what the database has."""
    _write_members(connection, revisions, network.members)
    _write_numbers(connection, revisions, network.numbers)
    services = set(network.members.values())
    gone = revisions.known("schedule").keys() - services
    _delete(connection, t.schedule, {"service_id": "k"}, [{"k": name} for name in gone])
    revisions.remove("schedule", sorted(gone))
    write_schedules(connection, revisions, network.schedules, services)
    documents = {name: digest(octets) for name, octets in network.documents.items()}
    revisions.set("document", documents, revisions.known("document"))


def read_members(connection: sa.Connection) -> dict[str, str]:
    """Return the service id of each listed service."""
    return dict(connection.execute(sa.select(t.member.c.listed_id, t.member.c.service_id)).all())


def read_numbers(connection: sa.Connection) -> dict[str, dict[int, str]]:
    """Return the service of each number of each region."""
    numbers: dict[str, dict[int, str]] = {}
    n = t.number.c
    for region, number, service in connection.execute(sa.select(n.region_id, n.number, n.service_id).order_by(*n)):
        numbers.setdefault(region, {})[number] = service
    return numbers


def _write_members(connection: sa.Connection, revisions: Revisions, members: Mapping[str, str]) -> None:
    known, now = revisions.known("members"), {"": digest(*(part for item in sorted(members.items()) for part in item))}
    if known == now:
        return
    old = read_members(connection)
    gone = [{"k": key} for key, service in old.items() if members.get(key) != service]
    new = [{"listed_id": key, "service_id": service} for key, service in members.items() if old.get(key) != service]
    _delete(connection, t.member, {"listed_id": "k"}, gone)
    _insert(connection, t.member, new)
    revisions.set("members", now, known)


def _write_numbers(connection: sa.Connection, revisions: Revisions, numbers: Mapping[str, Mapping[int, str]]) -> None:
    known = revisions.known("numbers")
    digests = {
        region: digest(*(part for item in sorted(table.items()) for part in item)) for region, table in numbers.items()
    }
    changed = {region for region in known.keys() | digests.keys() if known.get(region) != digests.get(region)}
    if not changed:
        return
    old = {(r, n): s for r, table in read_numbers(connection).items() if r in changed for n, s in table.items()}
    now = {(r, n): s for r in changed & numbers.keys() for n, s in numbers[r].items()}
    gone = [{"r": key[0], "n": key[1]} for key, service in old.items() if now.get(key) != service]
    new = [{"region_id": r, "number": n, "service_id": s} for (r, n), s in now.items() if old.get((r, n)) != s]
    _delete(connection, t.number, {"region_id": "r", "number": "n"}, gone)
    _insert(connection, t.number, new)
    revisions.remove("numbers", sorted(known.keys() - digests.keys()))
    revisions.set("numbers", digests, known)


def write_schedules(
    connection: sa.Connection, revisions: Revisions, told: Iterable[StoredSchedule], services: Collection[str]
) -> None:
    """Make these schedules what the database has of their services."""
    known = revisions.known("schedule")
    schedules = iter(told)
    while some := {s.service_id: s for s in islice(schedules, AT_ONCE)}:
        if strange := some.keys() - set(services):
            raise ValueError(f"a schedule of {min(strange)!r}, which has no member")
        digests = {s.service_id: digest(s.start_s, s.stop_s, s.events, s.octets) for s in some.values()}
        changed = [name for name, value in digests.items() if known.get(name) != value]
        _delete(connection, t.schedule, {"service_id": "k"}, [{"k": name} for name in changed if name in known])
        _insert(connection, t.schedule, [_row(some[name]) for name in changed])
        revisions.set("schedule", digests, known)
        known |= digests


def _row(schedule: StoredSchedule) -> dict[str, Any]:
    return {name: getattr(schedule, name) for name in ("service_id", "start_s", "stop_s", "events", "octets")}


def select_schedules(from_s: int | None, until_s: int | None) -> sa.Select[Any]:
    """Return the query for schedules that overlap [``from_s``, ``until_s``)."""
    s, r = t.schedule.c, t.revision.c
    on = (r.kind == "schedule") & (r.name == s.service_id)
    query = sa.select(s.service_id, s.start_s, s.stop_s, s.events, s.octets, r.revision)
    query = query.select_from(t.schedule.join(t.revision, on)).order_by(s.service_id)
    if from_s is not None:
        query = query.where(s.stop_s > from_s)
    return query if until_s is None else query.where(s.start_s < until_s)


def stored(rows: sa.Result[*tuple[Any, ...]]) -> Iterator[StoredSchedule]:
    """Return the records of rows of `select_schedules`."""
    for service_id, start_s, stop_s, events, octets, revision in rows:
        yield StoredSchedule(
            service_id=service_id,
            start_s=start_s,
            stop_s=stop_s,
            events=events,
            octets=bytes(octets),
            revision=revision,
        )


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _delete(connection: sa.Connection, table: sa.Table, keys: dict[str, str], rows: list[dict[str, Any]]) -> None:
    if rows:
        where = sa.and_(*(table.c[column] == sa.bindparam(name) for column, name in keys.items()))
        connection.execute(sa.delete(table).where(where), rows)
