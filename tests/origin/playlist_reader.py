"""A reader of Media Playlists that knows nothing of our writer, and the rules of rfc8216bis as assertions."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal


@dataclass
class ReadSegment:
    msn: int
    discontinuity_sequence: int
    uri: str = ""
    duration: Decimal = Decimal(0)
    gap: bool = False
    date: datetime | None = None
    map: str | None = None
    parts: list = field(default_factory=list)  # (uri, duration, independent)

    @property
    def identity(self):
        """What must never change while it is listed."""
        return (self.msn, self.discontinuity_sequence, self.uri, self.duration, self.gap, self.date, self.map)


@dataclass
class ReadPlaylist:
    version: int = 1
    target: int = 0
    msn: int = 0
    dsn: int = 0
    skipped: int = 0
    independent: bool = False
    type: str | None = None
    control: dict = field(default_factory=dict)
    part_target: Decimal | None = None
    segments: list = field(default_factory=list)
    in_progress: ReadSegment | None = None
    hint: str | None = None
    reports: dict = field(default_factory=dict)
    ended: bool = False
    date_ranges: dict = field(default_factory=dict)

    @property
    def duration(self):
        return sum((segment.duration for segment in self.segments), Decimal(0))


def attributes(text):
    found = re.findall(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)(?:,|$)', text)
    assert ",".join(f"{name}={value}" for name, value in found) == text
    assert len({name for name, _ in found}) == len(found)
    return {name: value.strip('"') for name, value in found}


def read(text):  # noqa: C901, PLR0912
    """Read a Media Playlist."""
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert text.endswith("\n")
    playlist = ReadPlaylist()
    current, the_map, discontinuities = None, None, 0
    once = set()

    def segment():
        nonlocal current
        if current is None:
            msn = playlist.msn + playlist.skipped + len(playlist.segments)
            current = ReadSegment(msn, playlist.dsn + discontinuities, map=the_map)
        return current

    for line in lines[1:]:
        name, _, value = line.partition(":")
        if not line.startswith("#"):
            segment().uri = line
            playlist.segments.append(current)
            current = None
            continue
        if name.startswith("#EXT-X-") and name not in REPEATED:
            assert name not in once, name
            once.add(name)
        match name:
            case "#EXT-X-VERSION":
                playlist.version = int(value)
            case "#EXT-X-TARGETDURATION":
                playlist.target = int(value)
            case "#EXT-X-INDEPENDENT-SEGMENTS":
                playlist.independent = True
            case "#EXT-X-PLAYLIST-TYPE":
                playlist.type = value
            case "#EXT-X-SERVER-CONTROL":
                playlist.control = attributes(value)
            case "#EXT-X-PART-INF":
                playlist.part_target = Decimal(attributes(value)["PART-TARGET"])
            case "#EXT-X-MEDIA-SEQUENCE":
                assert not playlist.segments
                playlist.msn = int(value)
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                assert not playlist.segments
                assert not discontinuities
                playlist.dsn = int(value)
            case "#EXT-X-SKIP":
                assert not playlist.segments
                playlist.skipped = int(attributes(value)["SKIPPED-SEGMENTS"])
            case "#EXT-X-MAP":
                assert current is None
                the_map = attributes(value)["URI"]
            case "#EXT-X-DISCONTINUITY":
                assert current is None
                discontinuities += 1
            case "#EXT-X-PROGRAM-DATE-TIME":
                segment().date = datetime.fromisoformat(value)
            case "#EXT-X-GAP":
                segment().gap = True
            case "#EXTINF":
                assert value.endswith(",")
                segment().duration = Decimal(value[:-1])
            case "#EXT-X-PART":
                part = attributes(value)
                segment().parts.append((part["URI"], Decimal(part["DURATION"]), part.get("INDEPENDENT") == "YES"))
            case "#EXT-X-PRELOAD-HINT":
                hint = attributes(value)
                assert hint["TYPE"] == "PART"
                playlist.hint = hint["URI"]
            case "#EXT-X-RENDITION-REPORT":
                report = attributes(value)
                playlist.reports[report["URI"]] = (int(report["LAST-MSN"]), int(report["LAST-PART"]))
            case "#EXT-X-DATERANGE":
                a_range = attributes(value)
                assert a_range["ID"] not in playlist.date_ranges
                playlist.date_ranges[a_range["ID"]] = a_range
            case "#EXT-X-ENDLIST":
                playlist.ended = True
            case _:
                raise AssertionError(line)
    playlist.in_progress = current
    return playlist


REPEATED = {
    "#EXT-X-DATERANGE",
    "#EXT-X-MAP",
    "#EXT-X-DISCONTINUITY",
    "#EXT-X-PROGRAM-DATE-TIME",
    "#EXT-X-GAP",
    "#EXT-X-PART",
    "#EXT-X-RENDITION-REPORT",
}


def check(playlist):
    """Rules that one playlist must keep."""
    assert playlist.version == (9 if playlist.skipped else 6)  # section 8; SHOULD NOT be greater than required
    assert playlist.skipped or not playlist.segments[0].gap
    longest = max(segment.duration for segment in playlist.segments)
    assert longest.quantize(Decimal(1), ROUND_HALF_UP) <= playlist.target  # 4.4.3.1
    control = {name: Decimal(value) for name, value in playlist.control.items() if name != "CAN-BLOCK-RELOAD"}
    if control:
        assert control["HOLD-BACK"] >= 3 * playlist.target  # 4.4.3.8
        assert control["CAN-SKIP-UNTIL"] >= 6 * playlist.target
    if playlist.part_target is not None:
        assert control["PART-HOLD-BACK"] >= 3 * playlist.part_target
    everything = [*playlist.segments, *([playlist.in_progress] if playlist.in_progress else [])]
    from_end = sum((d for _, d, _ in everything[-1].parts), Decimal(0)) if playlist.in_progress else Decimal(0)
    for segment in reversed(playlist.segments):
        if segment.parts:
            assert from_end < 3 * playlist.target + Decimal("0.001")  # 6.2.2
            total = sum(duration for _, duration, _ in segment.parts)
            assert total == segment.duration
        from_end += segment.duration
    for segment in everything:
        assert segment.gap or segment.map
        assert all(duration <= playlist.part_target for _, duration, _ in segment.parts)  # 4.4.4.9
    for before, after in zip(everything, everything[1:], strict=False):
        if before.date is not None and after.date is not None:
            behind = (before.date - after.date).total_seconds() + float(before.duration)
            assert behind < 1  # 6.2.1: dates may overlap by less than a second
    dsns = [segment.discontinuity_sequence for segment in everything]
    assert dsns == sorted(dsns)


def check_successor(old, new):
    """Rules between a playlist and a later version of it (6.2.1, 6.2.2)."""
    assert new.msn >= old.msn
    assert new.dsn >= old.dsn
    assert new.target >= old.target
    before = {segment.msn: segment for segment in old.segments}
    after = {segment.msn: segment for segment in new.segments}
    if new.msn <= old.segments[-1].msn:  # not begun anew after a long hole
        assert new.segments[-1].msn >= old.segments[-1].msn
        if new.msn > old.msn:
            assert new.duration >= 3 * old.target
    for msn in before.keys() & after.keys():
        if not (after[msn].map is None or before[msn].map is None):
            assert after[msn].identity == before[msn].identity
        if after[msn].parts and before[msn].parts:
            assert after[msn].parts == before[msn].parts
    if old.in_progress is not None:
        later = after.get(old.in_progress.msn, new.in_progress)
        if later is not None and later.msn == old.in_progress.msn and later.parts:
            assert later.parts[: len(old.in_progress.parts)] == old.in_progress.parts
            assert later.discontinuity_sequence == old.in_progress.discontinuity_sequence
