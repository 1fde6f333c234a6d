"""A wrong config is refused whole, with file, key, what is wrong and what was expected."""

import pytest

from yiwang.base.errors import UsageError
from yiwang.store.config_file import parse_config

GOOD = """
[node]
name = {zh = "一网", en = "One"}
[packaging]
segment_duration = 2
[[region]]
id = "north"
name = "North"
[[service]]
id = "one"
name = {zh = "一台", en = "One"}
region = "north"
number = 1
source = "udp://[ff15::1]:5000"
low_latency = false
"""


def test_a_good_file_is_read():
    config = parse_config(GOOD, "net.toml")
    service = config.service[0]
    assert service.name is not None
    assert service.name.zh == "一台"
    assert config.region[0].name.zh == "North"
    own = service.packaging(config.packaging)
    assert (own.segment_duration, own.low_latency, own.window) == (2, False, 60)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "net.toml: service: is missing"),
        ("service = []", "net.toml: service: expected at least one"),
        ("[[service", "net.toml: not valid TOML"),
        (GOOD.replace("source =", "sauce ="), "service[0].source: is missing"),
        (GOOD.replace("source =", "sauce ="), "service[0].sauce: is not a known key"),
        (GOOD.replace('id = "one"', 'id = "../one"'), "service[0].id: must be 1 to 64 of a-z"),
        (GOOD.replace('region = "north"', 'region = "south"'), "service[0].region: no region 'south'; declared: north"),
        (GOOD.replace("segment_duration = 2", "segment_duration = 200"), "packaging.segment_duration: input should be"),
        (GOOD.replace("segment_duration = 2", "segment_duration = 200"), "got 200"),
        (
            GOOD.replace("number = 1", "number = 1\npart_duration = 3"),
            "part_duration: must not exceed segment_duration",
        ),
        (
            GOOD.replace("number = 1", "number = 1\nwindow = 10\nsegment_duration=3"),
            "window: must be at least 5 segment",
        ),
        (GOOD + GOOD[GOOD.index("[[service]]") :], "service[1].id: 'one' is used twice"),
        (
            GOOD + GOOD[GOOD.index("[[service]]") :].replace('id = "one"', 'id = "two"'),
            "service[1].number: 1 is taken by 'one'",
        ),
        (GOOD + '[store]\nurl = "mysql://me:secret@db/tv"', "store.url: expected postgresql://"),
        (GOOD + '[store]\nurl = "postgresql://db"', "store.url: expected postgresql://"),
        (GOOD + '[store]\nurl = "postgresql://db:port/tv"', "store.url: expected postgresql://"),
        (GOOD + '[store]\nurl = "sqlite://host/file"', "store.url: expected postgresql://"),
        (GOOD + '[store]\nurl = ""', "store.url: expected postgresql://"),
        (GOOD + "[store]\nurl = 5", "store.url: input should be a valid string, got 5"),
    ],
)
def test_each_fault_is_named(text: str, sentence: str):
    with pytest.raises(UsageError) as error:
        parse_config(text, "net.toml")
    assert sentence in str(error.value)
    assert all(line.startswith("net.toml: ") for line in str(error.value).splitlines())
    assert "secret" not in str(error.value)


def test_the_database_is_a_file_in_the_state_folder_unless_the_config_names_another(tmp_path):
    state = GOOD.replace("[node]", f'[node]\nstate_dir = "{tmp_path}/a b"')
    assert parse_config(state, "net.toml").database_url == f"sqlite:///{tmp_path}/a b/yiwang.sqlite"
    url = "postgresql://tv:secret@[::1]:5432/tv?sslmode=require"
    assert parse_config(GOOD + f'[store]\nurl = "{url}"', "net.toml").database_url == url
