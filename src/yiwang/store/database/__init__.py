"""What the network remembers, in SQLite or PostgreSQL: sources' last good copies, ids, numbers, decisions, schedules."""

from yiwang.store.database.database import Database
from yiwang.store.database.records import Decision, Source, SourceCopy, StoredNetwork, StoredSchedule

__all__ = ["Database", "Decision", "Source", "SourceCopy", "StoredNetwork", "StoredSchedule"]
