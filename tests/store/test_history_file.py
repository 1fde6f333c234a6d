"""Rings of rows in one file, against all rows that were ever written."""

import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from yiwang.store.history_file import LONGEST_S, RINGS, STEP_S, Figure, HistoryFile, remove_old, whole_step

FIGURES = (Figure("rate", "mean"), Figure("errors", "sum"), Figure("age", "max"))
BEGIN = 1_795_000_000 // 900 * 900 // STEP_S  # a step


def written(steps: list[int]) -> dict[int, tuple[float, float, float]]:
    """Made-up rows: one in seven has no rate and no age."""
    rng = np.random.default_rng(5)
    rows = {}
    for step in steps:
        rate, errors, age = float(rng.integers(0, 9_000)), float(rng.integers(0, 4)), float(rng.integers(1, 99))
        rows[step] = (rate, errors, age) if step % 7 else (float("nan"), errors, float("nan"))
    return rows


def expected(rows: dict[int, tuple[float, float, float]], step_s: int, begin_s: int, end_s: int):
    """What a reader is told, by plain Python, of means of means where a ring lies between."""
    ways = [STEP_S] + [ring.step_s for ring in RINGS if STEP_S < ring.step_s <= step_s]
    if ways[-1] != step_s:
        ways.append(step_s)
    level = dict(rows)
    for finer, coarser in zip(ways, ways[1:], strict=False):
        groups: defaultdict[int, list[tuple[float, float, float]]] = defaultdict(list)
        for step in sorted(level):
            groups[step * finer // coarser].append(level[step])
        level = {}
        for step, members in groups.items():
            rates = [r for r, _, _ in members if r == r]
            ages = [a for _, _, a in members if a == a]
            level[step] = (
                sum(rates) / len(rates) if rates else float("nan"),
                sum(e for _, e, _ in members),
                max(ages, default=float("nan")),
            )
    return {step * step_s: row for step, row in level.items() if begin_s <= step * step_s < end_s}


@pytest.mark.parametrize("step_s", [10, 30, 60, 300, 900, 3600])
def test_every_resolution_tells_what_was_written_over_restarts_and_gaps(tmp_path: Path, step_s: int):
    steps = [BEGIN + n for n in range(700) if not 200 <= n < 233 and n % 50 != 3]
    rows = written(steps)
    file = HistoryFile(str(tmp_path / "one.history"), FIGURES)
    for n, step in enumerate(steps):
        if n in (123, 124, 401):
            file = HistoryFile(str(tmp_path / "one.history"), FIGURES)  # the node has begun anew
        file.write(step, rows[step])
    begin_s, end_s = BEGIN * STEP_S, (BEGIN + 700) * STEP_S
    times, values = file.read(begin_s, end_s, step_s)
    told = dict(zip(times.tolist(), values.tolist(), strict=True))
    want = expected(rows, step_s, begin_s, end_s)
    assert told.keys() == want.keys()
    for time, row in want.items():
        assert told[time] == pytest.approx(row, rel=1e-5, nan_ok=True)
    assert list(times) == sorted(times)


def test_a_window_is_what_was_asked_for(tmp_path: Path):
    steps = [BEGIN + n for n in range(400)]
    rows = written(steps)
    file = HistoryFile(str(tmp_path / "one.history"), FIGURES)
    for step in steps:
        file.write(step, rows[step])
    begin_s, end_s = (BEGIN + 90) * STEP_S, (BEGIN + 120) * STEP_S
    times, _ = file.read(begin_s, end_s, 10)
    assert times.tolist() == list(range(begin_s, end_s, 10))
    times, _ = file.read(begin_s, end_s, 60)
    assert times.tolist() == list(range(begin_s, end_s, 60))
    assert file.read(end_s + 10_000, end_s + 20_000, 10)[0].size == 0


def test_more_than_a_ring_holds_goes_on_in_the_coarser_ones(tmp_path: Path):
    n_steps = RINGS[0].rows + 650
    steps = [BEGIN + n for n in range(n_steps)]
    rows = written(steps)
    path = tmp_path / "one.history"
    file = HistoryFile(str(path), FIGURES)
    file.write(steps[0], rows[steps[0]])
    size = path.stat().st_size
    for step in steps[1:]:
        file.write(step, rows[step])
    begin_s, end_s = BEGIN * STEP_S, (BEGIN + n_steps) * STEP_S
    finest, _ = file.read(begin_s, end_s, 10)
    assert finest.tolist() == [step * STEP_S for step in steps[-RINGS[0].rows :]]
    for step_s in (60, 900):
        times, values = file.read(begin_s, end_s, step_s)
        want = expected(rows, step_s, begin_s, end_s)
        assert times.tolist() == sorted(want)
        assert values[:, 1].tolist() == [want[time][1] for time in times.tolist()]
    assert path.stat().st_size == size < 250_000  # three figures


def test_a_clock_that_is_set_back_loses_nothing_that_is_written_after(tmp_path: Path):
    file = HistoryFile(str(tmp_path / "one.history"), FIGURES)
    for step in (BEGIN + 100, BEGIN + 101, BEGIN + 10, BEGIN + 11):
        file.write(step, (1.0, 2.0, 3.0))
    times, _ = file.read(BEGIN * STEP_S, (BEGIN + 12) * STEP_S, 10)
    assert times.tolist() == [(BEGIN + 10) * STEP_S, (BEGIN + 11) * STEP_S]


def test_what_is_not_ours_is_begun_anew(tmp_path: Path):
    path = tmp_path / "one.history"
    path.write_bytes(b"something else")
    assert HistoryFile(str(path), FIGURES).read(0, 99_999_999_999, 10)[0].size == 0
    file = HistoryFile(str(path), FIGURES)
    file.write(BEGIN, (1.0, 2.0, 3.0))
    assert file.read(0, 99_999_999_999, 10)[1].tolist() == [[1, 2, 3]]
    other = HistoryFile(str(path), (*FIGURES, Figure("more", "sum")))
    assert other.read(0, 99_999_999_999, 10)[0].size == 0
    other.write(BEGIN, (1.0, 2.0, 3.0, 4.0))
    assert other.read(0, 99_999_999_999, 10)[1].tolist() == [[1, 2, 3, 4]]
    path.unlink()  # while it runs
    other.write(BEGIN + 1, (1.0, 2.0, 3.0, 5.0))
    assert other.read(0, 99_999_999_999, 10)[1].tolist() == [[1, 2, 3, 5]]


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        HistoryFile(str(tmp_path / "nowhere" / "one.history"), FIGURES).write(BEGIN, (1.0, 2.0, 3.0))


def test_a_step_that_can_be_read_is_a_multiple_of_a_ring():
    assert [whole_step(s) for s in (1, 10, 59, 60, 95, 899, 900, 4000)] == [10, 10, 50, 60, 60, 840, 900, 3600]


def test_files_of_channels_that_are_long_gone_are_removed(tmp_path: Path):
    now_s = 2_000_000_000
    for name, age_s in (("old.history", LONGEST_S + 60), ("new.history", LONGEST_S - 60), ("other.json", 9e8)):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (now_s - age_s, now_s - age_s))
    remove_old(tmp_path, now_s)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.history", "other.json"]
