"""What a worker tells of its channels, for `yiwang.services.elsewhere` to show: only what has changed (ADR 43)."""

from dataclasses import replace
from typing import Any

from yiwang.mpegts.service_information import Schedule
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.net import wall_clock
from yiwang.net.source import Source
from yiwang.services.channel import Channel
from yiwang.services.elsewhere import Figures, MonitorFigures, PictureFigures, ScheduleFigures, SourceInUse
from yiwang.services.picture_alarms import ALARMS, PictureAlarms
from yiwang.services.source_report import source_reports
from yiwang.services.switched_source import SwitchedSource


def figures_of(channel: Channel, now_ms: int) -> Figures:
    """Return all that is told of a channel, except its EIT schedule."""
    packager, health, presentation = channel.packager, channel.health, channel.presentation
    age_ms, number, information = channel.segment_age_ms(now_ms), packager.program_number, channel.information
    clock = packager.programme.timeline.source_clock
    pmt = packager.demultiplexer.pmts.get(number) if number is not None else None
    return {
        "name_on_air": channel.name_on_air,
        "requests": channel.requests,
        "refused": channel.refused,
        "started_ms": channel.started_ms,
        "period": channel.period,
        "picture": _picture(channel.picture),
        "waiting": channel.waiting,
        "published_ms": None if age_ms is None else now_ms - age_ms,
        "source_in_use": _source(channel.source),
        "told_sources": tuple(source_reports(channel)),
        # the input
        "octets": health.octets,
        "last_data_ms": health.last_data_ms,
        "last_error": health.last_error,
        "recent": tuple(health.recent),
        "faults": dict(health.faults),
        "rates_bps": tuple(health.rates_bps),
        "tr_101_290": _monitor(health.tr_101_290),
        # what is made of it
        "state": replace(packager.state),
        "program_number": number,
        "service_name": packager.service_name,
        "service_provider": packager.service_provider,
        "skipped": packager.skipped,
        "has_playable": packager.has_playable,
        "is_absent": packager.is_absent,
        "ppm": clock.ppm,
        "is_off": clock.is_off,
        "memory_bytes": presentation.memory_bytes,
        "end_90k": presentation.end_90k,
        "kept_from_ms": channel.kept_from_ms,
        "cues": tuple(presentation.cues.recent),
        "delivery": tuple(replace(span) for span in presentation.delivery.spans),
        # the stream's tables
        "pmt": pmt,
        "key": information.key_of(number) if number is not None else None,
        "present": information.now_next(number) if number is not None else None,
        "linked": tuple(information.applications(pmt)) if pmt is not None else (),
    }


def _source(source: Source | None) -> SourceInUse | None:
    if source is None:
        return None
    if not isinstance(source, SwitchedSource):
        return SourceInUse(source.url)
    urls = tuple(feed.spec.url for feed in source.feeds)
    return SourceInUse(source.url, source.machine.in_use, source.machine.held, urls)


def _monitor(monitor: Monitor) -> MonitorFigures:
    rates, carried = monitor.bit_rates(), monitor.carried()
    return MonitorFigures(
        indicators=tuple(monitor.counts()),
        rates_bps=tuple(rates.items()),
        measurements=tuple(monitor.pcrs()),
        unreferenced=tuple(monitor.unreferenced_pids()),
        measured_27m=monitor.measured_27m,
        of_buffers=monitor.buffers(),
        names=tuple((pid, carried[pid]) for pid in rates if pid in carried),
    )


def _picture(seen: PictureAlarms | None) -> PictureFigures | None:
    if seen is None:
        return None
    lasted = {alarm: seen.lasted_ms(alarm) for alarm in ALARMS}
    return PictureFigures(
        luma_mean=seen.luma_mean,
        difference=seen.difference,
        rms_db=seen.rms_db,
        peak_db=seen.peak_db,
        at_ms=seen.at_ms,
        on=frozenset(alarm for alarm in ALARMS if seen.is_on(alarm)),
        lasted=tuple((alarm, ms) for alarm, ms in lasted.items() if ms is not None),
    )


class Telling:
    """Remembers what was told of one channel."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._told: Figures = {}
        self._schedule: tuple[Schedule | None, int] = None, -1

    def news(self) -> Figures:
        """Return the figures that have changed since they were told."""
        now = figures_of(self.channel, wall_clock.now_ms())
        told = self._told
        changed: dict[str, Any] = {name: one for name, one in now.items() if name not in told or told[name] != one}
        self._told = now
        schedule = self.channel.information.schedules.get(now["key"]) if now["key"] is not None else None
        state = schedule, schedule.revision if schedule is not None else -1
        if schedule is not None and state != self._schedule:
            changed["schedule"] = ScheduleFigures(schedule.revision, schedule.events)
        self._schedule = state
        return changed
