"""The console's file over the operator's: what is written is read, whatever it says; what does not fit is said."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import UsageError
from yiwang.store.config_file import Service, parse_config
from yiwang.store.console_config import FILE, ConsoleConfig, load_console_config, save_console_config, toml_of

BASE = parse_config(
    '[[service]]\nid = "a"\nnumber = 1\nsource = "udp://239.1.1.1:1"\n[[service]]\nid = "b"\nsource = "udp://239.1.1.1:2"\n',
    "net.toml",
)


def service(id_: str, **values: Any) -> Service:
    return Service.model_validate({"id": id_, "source": "udp://239.2.2.2:1", **values})


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(texts, texts, st.lists(texts, min_size=1, max_size=8), st.integers(1, 9999), st.floats(0.5, 20), st.booleans())
def test_what_is_written_is_read_by_pythons_own_reader(zh, en, source, number, duration, watch):
    one = service(
        "x", name={"zh": zh, "en": en}, source=source, number=number, segment_duration=duration, watch_picture=watch,
        switch_over={"leave_after": duration, "watch": "all"},
    )  # fmt: skip
    config = ConsoleConfig(
        service=(one, service("y", program="*", read_subtitles=("fra", "zho"))),
        removed=("a",),
        stopped=("b", "c"),
        chosen={"a.1": zh, "b": en},
    )
    text = toml_of(config)
    assert ConsoleConfig.model_validate(tomllib.loads(text)) == config


def test_services_are_added_changed_removed_and_brought_back():
    ours = ConsoleConfig().with_service(service("c")).with_service(service("a", number=5))
    assert [(s.id, s.number) for s in ours.over(BASE, "x").service] == [("a", 5), ("b", None), ("c", None)]
    ours = ours.without_service("a", is_in_file=True).without_service("c", is_in_file=False)
    assert (ours.removed, ours.service) == (("a",), ())
    assert [s.id for s in ours.over(BASE, "x").service] == ["b"]
    assert ours.with_chosen("b", "udp://x").without_service("b", is_in_file=True).chosen == {}
    assert ours.with_chosen("b", "udp://x").with_chosen("b", None) == ours
    ours = ours.with_service(service("a"))
    assert ours.removed == ()
    assert ConsoleConfig().over(BASE, "x") is BASE


def test_a_file_that_does_not_go_with_the_config_is_said_with_its_name(tmp_path: Path):
    with pytest.raises(UsageError, match=r"^console.toml: service\[2\].number: 1 is taken by 'a'"):
        ConsoleConfig(service=(service("c", number=1),)).over(BASE, FILE)
    with pytest.raises(UsageError, match="expected at least one"):
        ConsoleConfig(removed=("a", "b")).over(BASE, FILE)
    assert load_console_config(tmp_path) == ConsoleConfig()
    for text, word in (("[", "not valid TOML"), ("x = 1", "x: is not a known key"), ("stopped = [1]", "stopped")):
        (tmp_path / FILE).write_text(text)
        with pytest.raises(UsageError, match=word):
            load_console_config(tmp_path)


def test_a_file_is_whole_or_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    save_console_config(tmp_path, ConsoleConfig(stopped=("a",)))
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        save_console_config(tmp_path, ConsoleConfig(stopped=("b",)))
    assert load_console_config(tmp_path) == ConsoleConfig(stopped=("a",))
    assert [one.name for one in tmp_path.iterdir()] == [FILE]
