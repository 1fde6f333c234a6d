"""Accounts, sessions and the audit log in the database: plain functions, for a thread, WorkError when it fails."""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from yiwang.store.database import tables as t
from yiwang.store.database.engine import Engine
from yiwang.store.database.records import Account, AuditEntry, Session

MOST_REFUSED = 10_000
"""Refused sign-ins that are kept: anyone can make them. What operators did is kept for ever."""
REFUSED = "sign-in refused"


class LastAdminError(Exception):
    """Nobody would be left who may keep accounts."""


class AccountStore:
    """Who may do what. Times are seconds since 1970."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts by name."""
        with self._engine.reading() as connection:
            rows = connection.execute(sa.select(t.account).order_by(t.account.c.name)).mappings()
            return tuple(Account(**row) for row in rows)

    def account(self, name: str) -> Account | None:
        """Return an account; None: there is none."""
        with self._engine.reading() as connection:
            row = connection.execute(sa.select(t.account).where(t.account.c.name == name)).mappings().first()
        return Account(**row) if row is not None else None

    def add(self, account: Account) -> bool:
        """Keep a new account; False when there is one of this name."""
        row = {column.name: getattr(account, column.name) for column in t.account.c}
        with self._engine.writing() as connection:
            if connection.scalar(sa.select(t.account.c.name).where(t.account.c.name == account.name)) is not None:
                return False
            connection.execute(sa.insert(t.account).values(row))
        return True

    def set_password(self, name: str, password: str, *, but: str = "") -> bool:
        """Change an encoded password and end the account's sessions but one; False when there is no account."""
        with self._engine.writing() as connection:
            changed = sa.update(t.account).where(t.account.c.name == name).values(password=password)
            if not connection.execute(changed).rowcount:
                return False
            s = t.session.c
            connection.execute(sa.delete(t.session).where((s.account_name == name) & (s.token != but)))
        return True

    def set_role(self, name: str, role: str, *, keep_an_admin: bool) -> bool:
        """Change what an account may do, from the next request on; False when there is none. Raises LastAdminError."""
        with self._engine.writing() as connection:
            if keep_an_admin and role != "admin":
                _see_that_another_is_admin(connection, name)
            values = sa.update(t.account).where(t.account.c.name == name).values(role=role)
            return connection.execute(values).rowcount > 0

    def remove(self, name: str, *, keep_an_admin: bool) -> bool:
        """Forget an account and its sessions; False when there is none. Raises LastAdminError."""
        with self._engine.writing() as connection:
            if keep_an_admin:
                _see_that_another_is_admin(connection, name)
            connection.execute(sa.delete(t.session).where(t.session.c.account_name == name))
            return connection.execute(sa.delete(t.account).where(t.account.c.name == name)).rowcount > 0

    # Sessions

    def begin(self, token: str, name: str, now_s: int, longest_s: int) -> bool:
        """Keep a session of an account, forget those that are over; False when the account has just gone."""
        with self._engine.writing() as connection:
            connection.execute(sa.delete(t.session).where(t.session.c.begun_at_s < now_s - longest_s))
            signed_in = sa.update(t.account).where(t.account.c.name == name).values(signed_in_at_s=now_s)
            if not connection.execute(signed_in).rowcount:
                return False
            row = {"token": token, "account_name": name, "begun_at_s": now_s, "seen_at_s": now_s}
            connection.execute(sa.insert(t.session).values(row))
        return True

    def session(self, token: str) -> Session | None:
        """Return a session with what its account may do now; None: there is none."""
        a, s = t.account.c, t.session.c
        query = sa.select(s.token, a.name, a.role, s.begun_at_s, s.seen_at_s)
        query = query.select_from(t.session.join(t.account, a.name == s.account_name)).where(s.token == token)
        with self._engine.reading() as connection:
            row = connection.execute(query).mappings().first()
        return Session(**row) if row is not None else None

    def seen(self, token: str, now_s: int) -> None:
        """Note that a session was used."""
        with self._engine.writing() as connection:
            connection.execute(sa.update(t.session).where(t.session.c.token == token).values(seen_at_s=now_s))

    def end(self, token: str) -> None:
        """End a session."""
        with self._engine.writing() as connection:
            connection.execute(sa.delete(t.session).where(t.session.c.token == token))

    # Audit

    def note(self, entry: AuditEntry) -> None:
        """Add to the audit log."""
        row = {
            "at_s": entry.at_s,
            "who": _clean(entry.who),
            "address": _clean(entry.address),
            "action": entry.action,
            "subject": _clean(entry.subject),
            "before": _json(entry.before),
            "after": _json(entry.after),
        }
        with self._engine.writing() as connection:
            connection.execute(sa.insert(t.audit).values(row))
            if entry.action == REFUSED:
                a = t.audit.c
                refused = sa.select(a.id).where(a.action == REFUSED)
                last = connection.scalar(refused.order_by(a.id.desc()).offset(MOST_REFUSED).limit(1))
                if last is not None:
                    connection.execute(sa.delete(t.audit).where((a.action == REFUSED) & (a.id <= last)))

    def audit(self, before_id: int | None, limit: int, people: Collection[str] = ()) -> tuple[AuditEntry, ...]:
        """Return the newest entries, newest first, of these people (none: of all), older than ``before_id``."""
        a = t.audit.c
        query = sa.select(t.audit).order_by(a.id.desc()).limit(limit)
        if before_id is not None:
            query = query.where(a.id < before_id)
        if people:
            query = query.where(a.who.in_(people))
        with self._engine.reading() as connection:
            rows = connection.execute(query).mappings().all()
        values = [dict(row) for row in rows]
        for value in values:
            for key in ("before", "after"):
                value[key] = json.loads(value[key]) if value[key] is not None else None
        return tuple(AuditEntry(**value) for value in values)


def _see_that_another_is_admin(connection: sa.Connection, name: str) -> None:
    admins = set(connection.scalars(sa.select(t.account.c.name).where(t.account.c.role == "admin").with_for_update()))
    if admins == {name}:
        raise LastAdminError


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=True, allow_nan=False)


def _clean(text: str) -> str:
    """Return text without what PostgreSQL cannot hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
