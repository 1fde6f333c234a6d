"""Brings a database's tables up to this program's version.

Alembic is loaded where there is something to bring: it takes longer to load than all that a start of a node does else with
its database.
"""

from pathlib import Path

import sqlalchemy as sa

from yiwang.base.errors import UsageError

ADVISORY_LOCK = 0x79697761  # "yiwa": two nodes that start on one PostgreSQL wait for each other
MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> str:
    """Return this program's version of the tables: the number of the last step, each a file ``step_{number}_{name}.py``."""
    return str(max(int(step.name.split("_")[1]) for step in (MIGRATIONS / "versions").glob("step_*.py")))


def migrate(connection: sa.Connection, shown: str, to: str = "head") -> None:
    """Run the steps that are missing, within the connection's transaction: all of them or none.

    Raises
    ------
    UsageError    a newer yiwang made the database
    """
    if to == "head" and _version(connection) == newest():
        return
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
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


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version
