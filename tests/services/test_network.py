"""A network of channels: what happens to one does not happen to the others."""

import asyncio
from pathlib import Path

import pytest

from tests.services.hand_fed import network, stream
from tests.services.test_channel import Scripted, in_blocks, numbers
from yiwang.base.errors import UsageError
from yiwang.packaging.events import PackagerEvent
from yiwang.packaging.transport import TransportPackager
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config
from yiwang.store.timeline_store import TimelineStore

GARBAGE = bytes((n * n * 31 + n // 7) % 256 for n in range(200_000))


async def run_until(net: Network, done) -> None:
    async with asyncio.timeout(120):
        running = asyncio.ensure_future(net.run())
        while not done():
            assert not running.done(), running.exception()
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


def give(net: Network, **sources: Scripted) -> None:
    for service_id, source in sources.items():
        net.channels[service_id]._make = lambda _, source=source: source


async def test_garbage_and_a_fault_of_ours_never_touch_the_channel_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    net = network(tmp_path, "good", "garbage", "broken")
    feed = TransportPackager.feed_unsettled
    broken = net.channels["broken"]

    def failing(self: TransportPackager, block: bytes, now_90k: int) -> list[PackagerEvent]:
        if self is broken.packager:
            raise IndexError("a fault of ours")
        return feed(self, block, now_90k)

    monkeypatch.setattr(TransportPackager, "feed_unsettled", failing)
    blocks = in_blocks(stream())
    good = Scripted(*blocks)
    torn = [bytes(b ^ 0x5A if n % 7 == 0 else b for n, b in enumerate(block)) for block in blocks[:200]]
    give(net, good=good, garbage=Scripted(*in_blocks(GARBAGE, 1000), *torn), broken=Scripted(*blocks))
    await run_until(net, lambda: not good.script)

    alone = network(tmp_path, "good", name="alone")
    source = Scripted(*blocks)
    give(alone, good=source)
    await run_until(alone, lambda: not source.script)

    def offered(it: Network) -> dict[str, list[tuple[int, int]]]:
        """Duration and size of all segments: what of them does not come from the time of day."""
        tracks = it.channels["good"].presentation.tracks.values()
        return {track.name: [(s.duration_ticks, s.octets) for s in track.listed] for track in tracks}

    assert offered(net) == offered(alone)
    of_good = numbers(net.channels["good"])
    assert of_good == list(range(of_good[0], of_good[0] + len(of_good)))
    assert len(of_good) >= 9
    assert not net.channels["good"].health.faults
    assert broken.health.faults["internal_error"] >= 1
    assert broken.health.last_error is not None
    assert not broken.presentation.tracks
    assert net.channels["garbage"].state(net.channels["garbage"].started_ms) in ("starting", "no-signal")


async def test_a_stop_saves_every_channel_though_one_cannot_be_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    net = network(tmp_path, "bad", "good")
    save = TimelineStore.save

    def failing(self, service_id: str, state, *, durable: bool = False) -> None:
        if service_id == "bad":
            raise OSError(5, "Input/output error")
        save(self, service_id, state, durable=durable)

    monkeypatch.setattr(TimelineStore, "save", failing)
    sources = {name: Scripted(*in_blocks(stream())) for name in ("bad", "good")}
    give(net, **sources)
    await run_until(net, lambda: not any(source.script for source in sources.values()))
    saved = TimelineStore(tmp_path / "node").load("good")
    assert saved == net.channels["good"].packager.state
    assert TimelineStore(tmp_path / "node").load("bad") is None
    assert len(numbers(net.channels["bad"])) == len(numbers(net.channels["good"]))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('source = "gopher://x"', "net.toml: service[0].source: source 'gopher://x': scheme 'gopher'"),
        ('source = "udp://[ff3e::1]"', "service[0].source: source 'udp://[ff3e::1]': no port"),
    ],
)
def test_a_source_that_makes_no_sense_is_named_before_anything_starts(tmp_path: Path, line: str, sentence: str):
    config = parse_config(f'[node]\nstate_dir = "{tmp_path}"\n[[service]]\nid = "a"\n{line}\n', "net.toml")
    with pytest.raises(UsageError) as error:
        Network(config, "net.toml")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    text = f'[node]\nstate_dir = "{tmp_path}/file/state"\n[[service]]\nid = "a"\nsource = "-"\n'
    with pytest.raises(UsageError, match=r"net\.toml: node\.state_dir: .*Not a directory"):
        Network(parse_config(text, "net.toml"), "net.toml")


async def test_a_job_runs_beside_the_channels_and_ends_with_them(tmp_path: Path):
    seen: list[str] = []

    async def job() -> None:
        try:
            seen.append("began")
            await asyncio.get_running_loop().create_future()
        finally:
            seen.append("ended")

    config = network(tmp_path, "one").config
    net = Network(config, "test.toml", (job,))
    give(net, one=Scripted())
    await run_until(net, lambda: bool(seen))
    assert seen == ["began", "ended"]


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ('source = ["udp://[ff3e::1]:5000", "udp://[ff3e::1]:5000"]', "service[0].source: a source is listed twice"),
        ("source = []", "service[0].source: expected 1 to 8 URLs, got 0"),
        ("source = 5", "service[0].source: expected a URL, or a list of URLs"),
        ('source = ["udp://[ff3e::1]:5000", "gopher://x"]', "scheme 'gopher'"),
        (
            'source = ["-", "udp://[ff3e::1]:5000"]\n[[service]]\nid = "two"\nsource = "-"',
            "service[1].source: standard input, beside others, can be of one service only",
        ),
        (
            'source = ["udp://[ff3e::1]:5000", "udp://[ff3e::2]:5000"]\nprogram = "*"',
            "service[0].source: one source only, where all its programmes are taken",
        ),
        ('source = "-"\nswitch_over = {leave_after = 0}', "service[0].switch_over.leave_after"),
    ],
)
def test_a_list_of_sources_that_cannot_be_is_refused(tmp_path: Path, services: str, expected: str):
    text = f'[node]\nstate_dir = "{tmp_path}"\n[[service]]\nid = "one"\n{services}\n'
    with pytest.raises(UsageError) as caught:
        Network(parse_config(text, "net.toml"), "net.toml")
    assert expected in str(caught.value)
