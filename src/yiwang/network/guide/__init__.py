"""The guide: schedules in columns, merged from several sources, compared, written. Pure, and without a clock (ADR 32)."""

from yiwang.network.guide.changes import Update, update
from yiwang.network.guide.event import Event
from yiwang.network.guide.merge import Part, merge, overlap
from yiwang.network.guide.schedule import EMPTY, Schedule, ScheduleBuilder, schedule_of

__all__ = [
    "EMPTY",
    "Event",
    "Part",
    "Schedule",
    "ScheduleBuilder",
    "Update",
    "merge",
    "overlap",
    "schedule_of",
    "update",
]
