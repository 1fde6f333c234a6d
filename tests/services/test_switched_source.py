"""Looks at sources by a process that stood still in between."""

from typing import Any, cast

from yiwang.net.source_url import parse_source_url
from yiwang.services.switch_over import Finding, Severity, SwitchSettings
from yiwang.services.switched_source import LOOK_MS, SwitchedSettings, SwitchedSource

SPECS = [parse_source_url(f"udp://[ff11::{n}]:5000") for n in (1, 2)]
SETTINGS = SwitchedSettings(SwitchSettings(watch_all=True), errors_per_second=10, unpackaged_ms=8_000)


class Watch:
    """Finds nothing amiss."""

    def excuse(self, ms: int) -> None:
        pass

    def finding(self, now_ms: int) -> Finding:
        return Finding(Severity.GOOD, "good", "", now_ms)


def looking() -> SwitchedSource:
    """Two sources that send, of the first of which something was published at 0."""
    switched = SwitchedSource(SPECS, cast(Any, None), SETTINGS, None, lambda: 0, lambda fault: None)
    switched._group = cast(Any, object())
    for feed in switched.feeds:
        feed.task, feed.watch = cast(Any, object()), cast(Any, Watch())
    return switched


def test_a_source_is_not_left_for_what_could_not_be_packaged_while_the_process_stood_still():
    switched = looking()
    for now_ms in (LOOK_MS, 60_000, 60_000 + LOOK_MS):
        switched._look(now_ms)
        assert switched.in_use.finding == Finding(Severity.GOOD, "good", "", now_ms)
    assert switched.machine.switches == 0


def test_a_source_of_which_nothing_can_be_packaged_is_left():
    switched = looking()
    for now_ms in range(0, 8_000 + SETTINGS.switch.leave_after_ms + 2 * LOOK_MS, LOOK_MS):
        switched._look(now_ms)
    assert switched.in_use is switched.feeds[1]
