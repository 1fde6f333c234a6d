"""Connections: SQLite in WAL with one writer at a time, PostgreSQL with readers that see one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from yiwang.base.errors import WorkError
from yiwang.store.database_url import check_url

BUSY_MS = 30_000  # how long a writer waits for another one
WAL_KEPT = 64 << 20  # octets; after a large merge the log shrinks to this
CONNECT_S = 10


DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite"}


def with_driver(text: str) -> sa.URL:
    """Return the URL with the driver used here. ValueError: it is none (see `check_url`)."""
    try:
        url = sa.make_url(check_url(text))
    except ArgumentError as error:
        raise ValueError(str(error).partition(":")[0]) from None
    return url.set(drivername=DRIVERS[url.drivername])


def shown(url: sa.URL) -> str:
    """Return the URL for people: without password and driver."""
    return url.set(drivername=url.get_backend_name(), password=None).render_as_string()


class Engine:
    """The two ways to use a database: `reading` and `writing`, each a transaction. For any thread."""

    def __init__(self, url: sa.URL) -> None:
        if url.drivername == "sqlite":
            self._engine = sa.create_engine(url, connect_args={"timeout": BUSY_MS / 1000})
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
            sa.event.listen(self._engine, "begin", _begin_sqlite)
            self._reader = self._engine
        else:
            self._engine = sa.create_engine(url, connect_args={"connect_timeout": CONNECT_S}, pool_pre_ping=True)
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = self._engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one moment. WorkError: the database cannot be used."""
        with _as_work_error(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection; at the end all that was written is kept, on an error nothing. WorkError."""
        with _as_work_error(), self._writer.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


@contextmanager
def _as_work_error() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise WorkError(f"the database: {reason(error)}") from error


def reason(error: SQLAlchemyError) -> str:
    """Return what the driver said, in one line."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return next((line.strip() for line in str(cause).splitlines() if line.strip()), type(cause).__name__)


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # sqlite3 begins no transactions of its own: _begin_sqlite does
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", f"journal_size_limit = {WAL_KEPT}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer that began as a reader could not wait for another writer: SQLite would refuse it.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
