"""The node's own channels, as they are listed: anew only when something of them has changed."""

from pathlib import Path

from yiwang.services.network import Network
from yiwang.services.own_source import OwnSource
from yiwang.store.config_file import parse_config

CONFIG = """
[node]
state_dir = "{folder}"
[[service]]
id = "one"
source = "udp://127.0.0.1:5001"
number = 7
[[service]]
id = "two"
source = "udp://127.0.0.1:5002"
name = "二"
"""


async def test_what_has_not_changed_is_the_same_record(tmp_path: Path):
    network = Network(parse_config(CONFIG.format(folder=tmp_path), "net.toml"), "net.toml")
    own = OwnSource(network, "example.org")
    first, second = own.services()
    again = own.services()
    assert again[0] is first
    assert again[1] is second
    network.channels["one"].name_on_air = "一"
    changed, same = own.services()
    assert [text.value for text in changed.service.service_names] == ["一"]
    assert [text.value for text in first.service.service_names] == ["one"]
    assert same is second
    network.remove_programme(network.channels["one"])
    assert own.services() == (second,)
