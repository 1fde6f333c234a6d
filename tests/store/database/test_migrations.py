"""From nothing and from every version there ever was to the tables of today, with what is in them."""

import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from yiwang.base.errors import UsageError
from yiwang.store.database import Database, SourceCopy
from yiwang.store.database.engine import Engine, with_driver
from yiwang.store.database.migrate import MIGRATIONS, migrate, newest
from yiwang.store.database.tables import metadata

VERSION_1 = """
INSERT INTO source VALUES ('zj', 5, '"a"', NULL, 100, 200, 'HTTP 503', 150);
INSERT INTO source_copy VALUES ('zj', {octets});
INSERT INTO member VALUES ('zj/1', 'zjws');
INSERT INTO number VALUES ('CN-ZJ', 1, 'zjws');
INSERT INTO schedule VALUES ('zjws', 1000, 2000, 3, {octets});
INSERT INTO revision VALUES ('schedule', 'zjws', {octets}, 7);
INSERT INTO decision (kind, about, value, who, at_s) VALUES ('same', '["zj/1"]', 'true', 'lin', 100);
UPDATE store SET revision = 7;
"""
"""A row of each table as the first version had it; this text stays as it is."""


def engine_of(url: str) -> Engine:
    database = Database.open(url)  # makes SQLite's folder
    database.close()
    return Engine(with_driver(url))


def test_the_tables_are_those_the_program_uses(url: str):
    engine = engine_of(url)
    with engine.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.close()


def test_a_store_of_version_1_is_read_with_all_that_is_in_it(url: str):
    engine = engine_of(url)
    with engine.writing() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
    with engine.writing() as connection:
        migrate(connection, "it", to="1")
        octets = "x'3c74762f3e'" if url.startswith("sqlite") else "decode('3c74762f3e', 'hex')"
        for statement in VERSION_1.format(octets=octets).strip().splitlines():
            connection.exec_driver_sql(statement)
    engine.close()
    database = Database.open(url)
    assert database.source_octets("zj") == b"<tv/>"
    assert database.sources()["zj"].fault == "HTTP 503"
    assert database.network().members == {"zj/1": "zjws"}
    assert database.network().numbers == {"CN-ZJ": {1: "zjws"}}
    schedule = database.schedule("zjws")
    assert schedule is not None
    assert (schedule.octets, schedule.revision, database.revision()) == (b"<tv/>", 7, 7)
    assert database.decisions()[0].who == "lin"
    assert database.save_source("zj", SourceCopy(octets=b"new", fetched_at_s=300))
    assert database.revision() == 8
    assert database.decide("same", ["b"], 1, who="wu", at_s=300).id == 2
    database.close()


def test_opening_twice_migrates_once(url: str):
    names = []
    for _ in range(2):
        database = Database.open(url)
        names.append(database.name)
        database.close()
    assert names[0] == names[1]


def test_the_newest_version_is_that_of_the_last_step():
    assert newest() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_a_store_that_is_up_to_date_is_opened_without_the_tool_for_migrations(url: str):
    engine_of(url).close()
    code = f"""
import sys
from yiwang.store.database import Database
Database.open({url!r}).close()
sys.exit("alembic" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_store_of_a_newer_program_is_refused_and_left_alone(url: str):
    engine = engine_of(url)
    with engine.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '99'"))
    with pytest.raises(UsageError, match=r"^\[store\] url: .* newer yiwang \(its version is '99'\)"):
        Database.open(url)
    with engine.reading() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "99"
    engine.close()


def test_a_migration_that_breaks_leaves_the_store_as_it_was(url: str):
    engine = engine_of(url)
    with engine.writing() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("DELETE FROM alembic_version"))
        connection.execute(sa.text("CREATE TABLE schedule (mine INTEGER)"))  # in the way of the first step's
    with pytest.raises(UsageError, match="already exists"):
        Database.open(url)
    with engine.reading() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {"alembic_version", "schedule"}
    engine.close()
