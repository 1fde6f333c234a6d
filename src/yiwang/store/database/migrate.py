"""Brings a database's tables up to this program's version."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from yiwang.base.errors import UsageError

ADVISORY_LOCK = 0x79697761  # "yiwa": two nodes that start on one PostgreSQL wait for each other


def migrate(connection: sa.Connection, shown: str, to: str = "head") -> None:
    """Run the steps that are missing, within the connection's transaction: all of them or none.

    Raises
    ------
    UsageError    a newer yiwang made the database
    """
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    now = MigrationContext.configure(connection).get_current_revision()
    if now is not None and now not in known:
        raise UsageError(
            f"[store] url: {shown} was made by a newer yiwang (its version is {now!r}): use that one, or another database"
        )
    if now != scripts.get_current_head() or to != "head":
        command.upgrade(config, to)
