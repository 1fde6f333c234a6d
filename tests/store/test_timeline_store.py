"""What is saved is read back; what cannot be read is as if it were not there."""

from pathlib import Path

import pytest

from yiwang.packaging.timeline import TimelineState
from yiwang.store.timeline_store import TimelineStore


def test_state_comes_back(tmp_path: Path):
    store = TimelineStore(tmp_path / "state")
    state = TimelineState(180_000, 5, -7, 0, 3, 99)
    store.save("one", state, durable=True)
    store.save("one", state)
    assert TimelineStore(tmp_path / "state").load("one") == state
    assert store.load("other") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cell_ticks": "x"}', '{"cell_ticks": null}', "\x00"])
def test_a_damaged_file_is_no_state(tmp_path: Path, text: str):
    store = TimelineStore(tmp_path)
    (tmp_path / "one.timeline.json").write_text(text)
    assert store.load("one") is None
