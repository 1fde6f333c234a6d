"""A multiplex: each programme a channel, from one source that is read and demultiplexed once."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from tests.live.two_programmes import two_programmes
from tests.packaging import television as tv
from tests.services.hand_fed import PACKAGING, SECONDS
from tests.services.made_up_stream import Writer, service
from tests.services.test_channel import Scripted, in_blocks, numbers
from yiwang.base.elementary import Octets
from yiwang.base.errors import UsageError
from yiwang.base.events import Fault
from yiwang.mpegts.demultiplexer import DemuxEvent
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.sdt import Sdt
from yiwang.packaging.events import PackagerEvent
from yiwang.packaging.multiplex import Multiplex
from yiwang.packaging.transport import TransportPackager
from yiwang.services import multiplex as multiplex_module
from yiwang.services.channel import Channel
from yiwang.services.multiplex import FORGET_MS
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config
from yiwang.store.programme_store import KnownProgramme, ProgrammeStore
from yiwang.web import views

NOW_MS = 1_800_000_000_000
SOURCE = "udp://[ff11::7]:5000"
FAR = 10 * 188


@lru_cache
def mux() -> bytes:
    """Twelve seconds of two programmes, a random access point each second."""
    return two_programmes(tv.stream(SECONDS, gop=25), tv.stream(SECONDS, gop=25, audio=False))


def a_network(folder: Path, *services: str, name: str = "node") -> Network:
    text = f'[node]\nstate_dir = "{folder / name}"\n{PACKAGING}'
    text += "".join(f"[[service]]\n{service}\n" for service in services)
    return Network(parse_config(text, "net.toml"), "net.toml")


def one(service_id: str, program: str, source: str = SOURCE) -> str:
    return f'id = "{service_id}"\nprogram = {program}\nsource = "{source}"'


def feed(net: Network, octets: bytes, at_ms: float = NOW_MS, size: int = 14 * 188, length_s: float = SECONDS) -> int:
    """Feed the one shared source; return the time after."""
    (source,) = net.sources
    for block in in_blocks(octets, size):
        at_ms += 1000 * length_s * len(block) / len(octets)
        source.take(block, int(at_ms))
    return int(at_ms)


def tables(programmes: Iterable[int], version: int, of: Writer | None = None) -> Writer:
    """PAT, PMTs (each with a video stream) and an SDT of these programmes."""
    w = of or Writer()
    numbers = list(programmes)
    pat = Pat(1, tuple(PatProgram(n, 0x1000 + n) for n in numbers), version)
    w.sections(0, pat.to_sections())
    for n in numbers:
        w.sections(0x1000 + n, Pmt(n, 0x100 + n, (), (PmtStream(0x1B, 0x100 + n),), version).to_sections())
    w.sections(0x11, Sdt(1, 9, tuple(service(n, f"Channel {n}") for n in numbers), True, version).to_sections())
    return w


def segments(channel: Channel) -> dict[str, list[tuple[int, int, bytes]]]:
    return {
        track.name: [(s.number, s.duration_ticks, b"".join(p.data for p in s.parts)) for s in track.listed]
        for track in channel.presentation.tracks.values()
    }


def test_a_star_makes_a_channel_of_every_programme_with_its_name_from_the_sdt(tmp_path: Path):
    net = a_network(tmp_path, one("mux", '"*"'))
    assert net.channels == {}
    feed(net, mux())
    assert list(net.channels) == ["mux-1", "mux-2"]
    assert [channel.name.zh for channel in net.channels.values()] == ["CCTV-1综合", "湖南卫视"]
    assert [set(channel.presentation.tracks) for channel in net.channels.values()] == [{"video", "audio"}, {"video"}]
    assert all(len(numbers(channel)) >= 9 for channel in net.channels.values())
    assert [s.number for s in views.network_view(net, NOW_MS).services] == [1, 2]
    assert all(not channel.health.faults for channel in net.channels.values())


def test_a_programme_packaged_from_a_shared_source_is_the_same_as_from_its_own(tmp_path: Path):
    shared = a_network(tmp_path, one("a", "1"), one("b", "2"))
    feed(shared, mux())
    for service_id, program in (("a", "1"), ("b", "2")):
        alone = a_network(tmp_path, one(service_id, program), name=f"alone-{service_id}")
        assert not alone.sources
        at_ms = float(NOW_MS)
        for block in in_blocks(mux(), FAR):  # in other cuts, too
            at_ms += 1000 * SECONDS * len(block) / len(mux())
            alone.channels[service_id].take(block, int(at_ms))
        assert segments(alone.channels[service_id]) == segments(shared.channels[service_id])
        assert len(segments(alone.channels[service_id])["video"]) >= 9


def test_a_named_programme_is_its_service_s_and_the_star_has_the_others(tmp_path: Path):
    net = a_network(tmp_path, one("mux", '"*"'), one("first", "1") + '\nname = "Mine"\nnumber = 7')
    feed(net, mux())
    assert list(net.channels) == ["first", "mux-2"]
    assert net.channels["first"].name.en == "Mine"
    assert [net.number_of(channel) for channel in net.channels.values()] == [7, 1]
    assert len(net.sources) == 1


def test_a_service_may_take_the_very_id_of_a_programme(tmp_path: Path):
    net = a_network(tmp_path, one("mux", '"*"'), one("mux-1", "1") + '\nname = "Mine"')
    feed(net, mux())
    assert list(net.channels) == ["mux-1", "mux-2"]
    assert net.channels["mux-1"].name.en == "Mine"


def test_channels_of_the_last_run_are_there_at_once_by_number_and_name(tmp_path: Path):
    net = a_network(tmp_path, one("mux", '"*"'))
    end_ms = feed(net, mux()[: len(mux()) // 2 // 188 * 188], length_s=SECONDS / 2)
    before = {channel.service.id: numbers(channel) for channel in net.channels.values()}
    for channel in net.channels.values():
        channel.stop()
    again = a_network(tmp_path, one("mux", '"*"'))
    assert {i: (again.number_of(c), c.name.zh) for i, c in again.channels.items()} == {
        "mux-1": (1, "CCTV-1综合"),
        "mux-2": (2, "湖南卫视"),
    }
    feed(again, mux(), end_ms)
    for service_id, channel in again.channels.items():
        assert numbers(channel)[0] > before[service_id][-1]


def test_a_number_stays_a_programme_s_though_others_come(tmp_path: Path):
    store = ProgrammeStore(tmp_path / "node")
    net = a_network(tmp_path, one("mux", '"*"'))
    end_ms = feed(net, tables([5], 0).to_bytes(), length_s=1)
    again = a_network(tmp_path, one("mux", '"*"'))
    feed(again, tables([2, 5], 1).to_bytes(), end_ms, length_s=1)
    assert {i: again.number_of(c) for i, c in again.channels.items()} == {"mux-5": 1, "mux-2": 2}
    feed(again, tables([2, 5], 1).to_bytes(), end_ms + 2000, length_s=1)
    assert store.load("mux") == (KnownProgramme(2, 2, "Channel 2"), KnownProgramme(5, 1, "Channel 5"))


@pytest.mark.parametrize(
    "text", ["", "[", "{}", '[{"number": 1}]', "[1]", '[{"program_number":"x","number":1,"name":""}]']
)
def test_a_list_that_cannot_be_read_is_an_empty_one(tmp_path: Path, text: str):
    (tmp_path / "mux.programmes.json").write_text(text)
    assert ProgrammeStore(tmp_path).load("mux") == ()


def test_programmes_appear_and_one_that_is_gone_stays_as_long_as_viewers_may_look_back(tmp_path: Path):
    net = a_network(tmp_path, one("mux", '"*"'))
    w = tables([1, 2], 0)
    at_ms = feed(net, w.to_bytes(), length_s=1)
    assert list(net.channels) == ["mux-1", "mux-2"]
    gone = net.channels["mux-2"]
    w.packets.clear()
    tables([1, 3], 1, w)
    at_ms = feed(net, w.to_bytes(), at_ms + 1000, length_s=1)
    assert list(net.channels) == ["mux-1", "mux-2", "mux-3"]
    assert gone.state(at_ms + 60_000) == "no-signal"
    reason = gone.reason("no-signal")
    assert reason is not None
    assert "not on the air" in reason.en
    assert gone.health.faults["no_program"] == 1
    w.packets.clear()
    tables([1, 3], 1, w)
    feed(net, w.to_bytes(), at_ms + FORGET_MS - 3000, length_s=1)
    assert "mux-2" in net.channels
    w.packets.clear()
    tables([1, 3], 1, w)
    feed(net, w.to_bytes(), at_ms + FORGET_MS + 3000, length_s=1)
    assert list(net.channels) == ["mux-1", "mux-3"]
    w.packets.clear()
    tables([1, 2, 3], 2, w)
    feed(net, w.to_bytes(), at_ms + FORGET_MS + 5000, length_s=1)
    assert list(net.channels) == ["mux-1", "mux-3", "mux-2"]
    assert net.number_of(net.channels["mux-2"]) == 2


def test_a_programme_of_data_alone_is_no_channel(tmp_path: Path):
    w = Writer()
    w.sections(0, Pat(1, (PatProgram(1, 0x1001), PatProgram(2, 0x1002), PatProgram(0, 0x10))).to_sections())
    w.sections(0x1001, Pmt(1, 0x1FFF, (), (PmtStream(0x0B, 0x101), PmtStream(0x05, 0x102))).to_sections())
    w.sections(0x1002, Pmt(2, 0x201, (), (PmtStream(0x03, 0x201),)).to_sections())
    net = a_network(tmp_path, one("mux", '"*"'))
    feed(net, w.to_bytes(), length_s=1)
    assert list(net.channels) == ["mux-2"]


# -- one channel's fault is no other's


def test_a_fault_of_ours_in_one_channel_is_never_seen_by_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    untouched = a_network(tmp_path, one("a", "1"), one("b", "2"), name="untouched")
    feed(untouched, mux())
    net = a_network(tmp_path, one("a", "1"), one("b", "2"))
    broken = net.channels["b"]
    take, count = TransportPackager.take, 0

    def failing(self: TransportPackager, events: list[DemuxEvent], block: Octets, now_90k: int) -> list[PackagerEvent]:
        nonlocal count
        if self is broken.packager:
            count += 1
            if count in (40, 300):
                raise IndexError("a fault of ours")
        return take(self, events, block, now_90k)

    monkeypatch.setattr(TransportPackager, "take", failing)
    feed(net, mux())
    assert segments(net.channels["a"]) == segments(untouched.channels["a"])
    assert not net.channels["a"].health.faults
    assert broken.health.faults["internal_error"] == 2
    assert len(numbers(broken)) >= 3  # and it has gone on


def test_one_that_fails_to_say_which_streams_it_wants_leaves_the_others_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    net = a_network(tmp_path, one("a", "1"), one("b", "2"))
    broken, select = net.channels["b"], TransportPackager.select

    def failing(self: TransportPackager, *tables: object) -> Iterable[int]:
        if self.wanted == 2:
            raise KeyError("a fault of ours")
        return select(self, *tables)  # type: ignore[arg-type]

    monkeypatch.setattr(TransportPackager, "select", failing)
    feed(net, mux())
    assert len(numbers(net.channels["a"])) >= 9
    assert not net.channels["a"].health.faults
    assert broken.health.faults["internal_error"] >= 1


def test_damage_on_a_programme_s_pids_is_counted_for_its_channel_alone(tmp_path: Path):
    net = a_network(tmp_path, one("a", "1"), one("b", "2"))
    packets = tv.packets(mux())
    lost = [n for n, packet in enumerate(packets) if tv.pid_of(packet) == 256 + 16][200:1000:100]
    feed(net, b"".join(packet for n, packet in enumerate(packets) if n not in lost))
    assert net.channels["b"].health.faults["continuity_count_error"] == len(lost) == 8
    assert "continuity_count_error" not in net.channels["a"].health.faults
    octets = [net.channels[i].health.octets for i in "ab"]
    assert sum(octets) < len(mux())
    mine = sum(188 for packet in packets if tv.pid_of(packet) in (256, 257))
    assert 0.8 * mine < octets[0] <= mine


def test_octets_wait_only_if_all_channels_agree(tmp_path: Path):
    net = a_network(tmp_path, one("a", "1"), one("b", "2"))
    (source,) = net.sources
    asked: dict[str, list[int]] = {"a": [], "b": []}
    answers = {"a": 70, "b": 90}

    def answer(name: str):
        def until_due_ms(octets: Octets, now_ms: int) -> int:
            asked[name].append(octets.size)
            return answers[name]

        return until_due_ms

    for name in "ab":
        net.channels[name].packager.until_due_ms = answer(name)  # type: ignore[method-assign]
    block = np.frombuffer(mux()[:1880], np.uint8)
    assert source.multiplex.until_due_ms(block, 0) == 70
    for name in "ab":
        answers = {"a": 70, "b": 90} | {name: 0}
        assert source.multiplex.until_due_ms(block, 40) == 0
    assert asked == {"a": [1880] * 3, "b": [1880] * 3}  # each is told of all octets


# -- the source


async def test_one_source_is_opened_once_for_all_its_channels_and_again_when_it_fails(tmp_path: Path):
    net = a_network(tmp_path, one("mux", '"*"'), one("first", "1"))
    source = Scripted(*in_blocks(mux()[: len(mux()) // 2]), b"", *in_blocks(mux()))
    source.faults = [Fault("socket_overflow", 3)]
    net.sources[0]._make = lambda _: source
    async with asyncio.timeout(60):
        running = asyncio.ensure_future(net.run())
        while source.script:
            assert not running.done()
            await asyncio.sleep(0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert (source.opened, source.closed) == (2, 2)
    assert list(net.channels) == ["first", "mux-2"]
    for channel in net.channels.values():
        assert channel.health.faults["source_ended"] == 1
        assert numbers(channel)
    assert net.channels["first"].health.faults["socket_overflow"] == 3


@pytest.mark.parametrize(
    ("services", "sentence"),
    [
        ([one("a", '"*"'), one("b", '"*"')], "service[1].program: 'a' takes all programmes of this source"),
        ([one("a", '"*"'), f'id = "b"\nsource = "{SOURCE}"'], "service[1].program: is missing"),
        ([one("a", '"*"'), one("a-7", "8")], "service[1].id: 'a-7' is what a programme of 'a' gets"),
        ([one("a", '"*"'), one("a-7", "7", "udp://[ff11::8]:1")], "service[1].id: 'a-7' is what"),
        ([one("a", '"*"') + '\nname = "x"'], "name: program"),
        ([one("a", '"*"') + "\nnumber = 3"], "number: program"),
        ([one(60 * "a", '"*"')], 'id: with program = "*" at most 58'),
        ([one("a", '"all"')], "service[0].program: expected a program_number, 1 to 65535, or"),
        ([one("a", "0")], "service[0].program: expected a program_number"),
        ([one("a", "true")], "service[0].program: expected a program_number"),
    ],
)
def test_what_leaves_a_doubt_which_channel_is_which_is_named(tmp_path: Path, services: list[str], sentence: str):
    with pytest.raises(UsageError) as error:
        a_network(tmp_path, *services)
    assert sentence in str(error.value)
    assert str(error.value).startswith("net.toml: ")
    assert "\n" not in str(error.value)


async def test_a_fault_of_the_reader_itself_is_told_to_all_and_they_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    net = a_network(tmp_path, one("a", "1"), one("b", "2"))
    blocks = in_blocks(mux(), 40 * 188)
    script = Scripted(*blocks)
    (source,) = net.sources
    source._make = lambda _: script
    feed_multiplex, count = Multiplex.feed, 0

    def failing(self: Multiplex, block: bytes) -> Iterable[tuple[list[DemuxEvent], Octets]]:
        nonlocal count
        count += 1
        if count == len(blocks) // 3:
            raise ZeroDivisionError("a fault of ours")
        return feed_multiplex(self, block)

    monkeypatch.setattr(Multiplex, "feed", failing)
    monkeypatch.setattr(multiplex_module, "retry_delay_ms", lambda *_: 0)
    async with asyncio.timeout(60):
        running = asyncio.ensure_future(source.run())
        while script.script:
            assert not running.done()
            await asyncio.sleep(0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert script.opened == 2
    for channel in net.channels.values():
        assert channel.health.faults["internal_error"] == 1
        assert channel.presentation.periods[-1].period_id == 1
        assert len(numbers(channel)) >= 6


# -- real multiplexes


async def test_a_real_multiplex_is_its_channels_by_name_and_number(tmp_path: Path, captures: Path):
    """Eight programmes of one transponder, MPEG-2 video and audio: what browsers need is transcoded in other threads."""
    net = a_network(tmp_path, one("rai", '"*"'))
    (source,) = net.sources
    octets = (captures / "tsduck/test-108.ts").read_bytes()
    at_ms = float(NOW_MS)
    for block in in_blocks(octets, 40 * 2800):
        at_ms += 1000 * 8 * len(block) / 22_390_000
        await source._take(block, int(at_ms))
    known = {i: (net.number_of(channel), channel.name.en) for i, channel in net.channels.items()}
    assert known == {
        "rai-3401": (1, "Rai 1"),
        "rai-3402": (2, "Rai 2"),
        "rai-3403": (3, "Rai 3 TGR Emilia Romagna"),
        "rai-3404": (701, "Rai Radio1"),
        "rai-3405": (702, "Rai Radio2"),
        "rai-3406": (703, "Rai Radio3"),
        "rai-3410": (100, "Test HEVC main10"),
        "rai-3411": (48, "Rai News 24"),
    }
    view = {service.id: service for service in views.network_view(net, int(at_ms)).services}
    now = view["rai-3401"].now
    assert now is not None
    assert now.title == "Santa Messa dalla Chiesa di Sant'Andrea"
    assert view["rai-3401"].dvb == "dvb://13e.4800.d49"
    assert all("internal_error" not in channel.health.faults for channel in net.channels.values())
    assert sum(channel.packager.has_playable is True for channel in net.channels.values()) == len(known)
