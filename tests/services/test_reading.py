"""Whether subtitles are read, and what is said where they cannot be."""

import re
from pathlib import Path

import pytest

from yiwang.base.errors import UsageError
from yiwang.cli import package
from yiwang.services import reading
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config

NODE = """
[node]
state_dir = "{folder}"
[packaging]
read_subtitles = {all}
[[service]]
id = "one"
{one}source = "file:x.ts"
"""


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "find_spec", lambda name: None)


@pytest.mark.usefixtures("without_extra")
@pytest.mark.parametrize(
    ("everywhere", "here", "key"),
    [("true", "", "packaging"), ('["fra"]', "", "packaging"), ("false", "read_subtitles = true\n", "service[0]")],
)
def test_a_node_without_the_extra_says_so_before_it_starts(tmp_path: Path, everywhere: str, here: str, key: str):
    config = parse_config(NODE.format(folder=tmp_path, all=everywhere, one=here), "net.toml")
    with pytest.raises(UsageError, match=re.escape(f"net.toml: {key}.read_subtitles: ") + r".*yiwang\[ocr\]"):
        Network(config, "net.toml")


@pytest.mark.usefixtures("without_extra")
def test_a_node_that_reads_none_does_not_need_it(tmp_path: Path):
    Network(parse_config(NODE.format(folder=tmp_path, all="false", one=""), "net.toml"), "net.toml")
    assert reading.subtitle_reader(False, live=True) is None


@pytest.mark.usefixtures("without_extra")
def test_package_without_the_extra_says_so(tmp_path: Path):
    (tmp_path / "in.ts").write_bytes(b"")
    with pytest.raises(UsageError, match=r"--read-subtitles: .*pip install 'yiwang\[ocr\]'"):
        package.run([str(tmp_path / "in.ts")], str(tmp_path / "out"), 2, None, "auto", "auto", read_subtitles="all")


@pytest.mark.parametrize("said", ["", "french", "fra;zho", "fra,"])
def test_package_names_what_are_no_languages(tmp_path: Path, said: str):
    (tmp_path / "in.ts").write_bytes(b"")
    with pytest.raises(UsageError, match=r"--read-subtitles .*: expected all, or languages"):
        package.run([str(tmp_path / "in.ts")], str(tmp_path / "out"), 2, None, "auto", "auto", read_subtitles=said)
