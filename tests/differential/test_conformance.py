"""The table in docs/conformance.md is that of these captures, these cases and this program."""

import re
import shutil

import pytest

from tests.differential.conformance import DIFFERS, PAGE, Tools, fingerprint, table
from tests.differential.test_captures import CASES, UNREADABLE

LINE = re.compile(r"\| (\S+\.ts) \| (.*) \|")


def lines():
    """Rows of the page, by capture."""
    found: dict[str, list[str]] = {}
    for line in PAGE.read_text().splitlines():
        match = LINE.match(line)
        if match:
            found.setdefault(match[1], []).append(line)
    return found


def test_the_page_is_made_from_these_captures_and_cases(captures):
    made_from = re.search(r"<!-- made from (\w+) -->", PAGE.read_text())
    assert made_from is not None
    assert made_from[1] == fingerprint(captures), "stale: run `make conformance`"


def test_every_capture_is_in_the_page_and_nothing_differs(captures):
    found = lines()
    assert set(found) == {str(file.relative_to(captures)) for file in captures.rglob("*.ts")}
    assert DIFFERS not in PAGE.read_text()
    for name, rows in found.items():
        for row in rows:
            *_, track, _frames, _times, _digests, remark = [cell.strip() for cell in row.strip("|").split("|")]
            assert track != "–" or remark, f"{name}: left out without a reason"


def test_each_case_is_in_the_page_as_a_track(captures):
    found = lines()
    for case in CASES.values():
        for name in case.files:
            assert any("| `" in row for row in found[name]), name
    for name, reason in UNREADABLE.items():
        assert any(reason in row for row in found[name]), name


@pytest.mark.slow
@pytest.mark.differential
def test_rows_are_what_they_would_be_now(captures, ffmpeg, ffprobe):
    smallest = sorted(captures.rglob("*.ts"), key=lambda file: file.stat().st_size)[:24]
    names = [str(file.relative_to(captures)) for file in smallest]
    rows = table(captures, Tools(shutil.which(ffmpeg) or ffmpeg, ffprobe), names)
    found = lines()
    assert [str(row) for row in rows] == [line for name in sorted(names) for line in found[name]]
