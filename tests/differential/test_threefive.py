"""Splice sections, field by field as threefive reads them. It is copyleft: an oracle here, and no part of the program."""

import json
from typing import Any

import pytest

from tests.conftest import missing
from tests.packaging.test_cues import insert, section
from tests.scte35.test_splice_info_section import AD, PLACEMENT, messages, octets_of
from yiwang.base.timebase import TICKS_90K
from yiwang.scte35.command import TimeSignal
from yiwang.scte35.segmentation_descriptor import SegmentationDescriptor
from yiwang.scte35.splice_info_section import SpliceInfoSection, parse_splice_info_section
from yiwang.scte35.splice_insert import SpliceInsert

MADE = (
    AD,
    PLACEMENT,
    insert(900_000),
    insert((1 << 33) - 1),
    section(SpliceInsert(2, False, True, True)),
    section(SpliceInsert(7, True)),
    section(TimeSignal(5)),
)


def theirs(octets: bytes) -> dict[str, Any] | None:
    """What threefive reads; None where it gives up: it wants more octets than some MPU and DTMF have."""
    try:
        from threefive import Cue
    except ImportError:
        missing("threefive is not installed")
    cue = Cue(octets)
    if not cue.decode():
        return None
    return dict(json.loads(json.dumps(cue.get(), default=str)))


def ticks(seconds: float | None) -> int | None:
    """They give times in seconds, to a microsecond: a tick is eleven."""
    return None if seconds is None else round(seconds * TICKS_90K)


def number(value: int | str | None) -> int | None:
    return int(value, 0) if isinstance(value, str) else value


def assert_same(ours: SpliceInfoSection, found: dict[str, Any]) -> None:
    info, command = found["info_section"], found["command"]
    assert ours.pts_adjustment == ticks(info["pts_adjustment"])
    assert (ours.tier, ours.cw_index) == (number(info["tier"]), number(info["cw_index"]))
    assert (ours.protocol_version, ours.sap_type) == (info["protocol_version"], number(info["sap_type"]))
    if isinstance(ours.command, TimeSignal | SpliceInsert):
        assert ours.command.pts_time == ticks(command.get("pts_time"))
    if isinstance(ours.command, SpliceInsert):
        assert_same_insert(ours.command, command)
    segmentations = [d for d in ours.descriptors if isinstance(d, SegmentationDescriptor)]
    described = [d for d in found["descriptors"] if d["tag"] == 2 and d["identifier"] == "CUEI"]
    assert len(segmentations) == len(described)
    for mine, one in zip(segmentations, described, strict=True):
        assert_same_segmentation(mine, one)


def assert_same_insert(ours: SpliceInsert, found: dict[str, Any]) -> None:
    assert ours.splice_event_id == number(found["splice_event_id"])
    assert ours.splice_event_cancel_indicator == found["splice_event_cancel_indicator"]
    if ours.splice_event_cancel_indicator:
        return
    assert ours.out_of_network_indicator == found["out_of_network_indicator"]
    assert ours.splice_immediate_flag == found["splice_immediate_flag"]
    duration = ours.break_duration
    assert (duration.duration if duration else None) == ticks(found.get("break_duration"))
    assert duration is None or duration.auto_return == found["break_auto_return"]
    assert ours.unique_program_id == number(found["unique_program_id"])
    assert (ours.avail_num, ours.avails_expected) == (number(found["avail_num"]), number(found["avails_expected"]))


def assert_same_segmentation(ours: SegmentationDescriptor, found: dict[str, Any]) -> None:
    assert ours.segmentation_event_id == number(found["segmentation_event_id"])
    assert ours.segmentation_event_cancel_indicator == found["segmentation_event_cancel_indicator"]
    if ours.segmentation_event_cancel_indicator:
        return
    assert ours.segmentation_duration == ticks(found.get("segmentation_duration"))
    assert ours.segmentation_type_id == found["segmentation_type_id"]
    assert ours.upid.upid_type == found["segmentation_upid_type"]
    assert len(ours.upid.upid) == found["segmentation_upid_length"]
    assert (ours.segment_num, ours.segments_expected) == (found["segment_num"], found["segments_expected"])
    assert (ours.restrictions is None) == found["delivery_not_restricted_flag"]
    if ours.restrictions is not None:
        assert ours.restrictions.web_delivery_allowed_flag == found["web_delivery_allowed_flag"]
        assert ours.restrictions.no_regional_blackout_flag == found["no_regional_blackout_flag"]
        assert ours.restrictions.archive_allowed_flag == found["archive_allowed_flag"]


@pytest.mark.parametrize("octets", MADE, ids=lambda octets: octets[:16].hex())
def test_made_sections_are_read_as_threefive_reads_them(octets: bytes):
    found = theirs(octets)
    assert found is not None
    assert_same(parse_splice_info_section(octets), found)


def test_messages_of_other_projects_are_read_as_threefive_reads_them():
    compared, refused = 0, 0
    for message in messages():
        if message.get("crc_ok"):
            octets = octets_of(message)
            found = theirs(octets)
            if found is None:
                refused += 1
            else:
                assert_same(parse_splice_info_section(octets), found)
                compared += 1
    assert (compared, refused) == (57, 4)
