"""What the config file says of a service is what is done."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.live.conftest import FILM_S, without_joint
from tests.live.node import PACKAGING, eventually, group, running, sending, service
from tests.live.two_programmes import two_programmes
from tests.packaging import television as tv

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def multiplex(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two programmes that differ in their pictures: the second has no B pictures and other audio times."""
    second = without_joint(tv.stream(FILM_S, gop=25, b_frames=0))
    path = tmp_path_factory.mktemp("multiplex") / "two.ts"
    path.write_bytes(two_programmes(without_joint(tv.stream(FILM_S, gop=25)), second))
    return path


async def test_two_programmes_of_one_multicast_are_two_services(tmp_path: Path, multiplex: Path):
    to = group()
    config = PACKAGING + service("first", to) + service("hunan", to, program=2) + service("none", to, program=9)
    async with sending(multiplex, to, aligned=True), running(tmp_path, config) as node:
        playlists = {name: await node.until_listed(name, 3) for name in ("first", "hunan")}
        views = {s["id"]: s for s in (await node.get("/api/network")).json()["services"]}
        assert [views[name]["name"]["zh"] for name in ("first", "hunan")] == ["CCTV-1综合", "湖南卫视"]
        octets = {
            name: [await node.octets(name, s.msn) for s in playlist.segments[:2]]
            for name, playlist in playlists.items()
        }
        assert octets["first"] != octets["hunan"]
        assert playlists["first"].segments[-1].map != playlists["hunan"].segments[-1].map  # other B pictures, other SPS
        channels = await node.channels()
        assert channels["first"]["source"] == channels["hunan"]["source"] == to
        assert channels["none"]["state"] != "live"
        assert channels["none"]["faults"]["no_program"] >= 1
        assert "the PAT lists 1, 2" in channels["none"]["last_error"]["text"]


async def test_a_multiplex_taken_whole_is_as_many_services_and_one_socket(tmp_path: Path, multiplex: Path):
    to = group()
    config = PACKAGING + service("mux", to, program='"*"') + service("mine", to, program=2, number=7)
    async with sending(multiplex, to, aligned=True), running(tmp_path, config) as node:
        for name in ("mux-1", "mine"):
            await node.until_listed(name, 2)
        views = {s["id"]: s for s in (await node.get("/api/network")).json()["services"]}
        assert {name: (v["number"], v["name"]["zh"]) for name, v in views.items()} == {
            "mux-1": (1, "CCTV-1综合"),
            "mine": (7, "湖南卫视"),
        }

        async def rates() -> list[int] | None:
            found = [channel["input_bit_rate_bps"] for channel in (await node.channels()).values()]
            return found if all(found) else None

        assert len(await eventually(rates, node)) == 2
        assert node.process is not None
        of_ours = [
            line for line in Path("/proc/net/udp6").read_text().splitlines() if line.split()[1].endswith(":1390")
        ]
        if to.startswith("udp://["):
            inodes = {line.split()[9] for line in of_ours}
            links = [link.readlink() for link in Path(f"/proc/{node.process.pid}/fd").iterdir()]
            assert sum(f"socket:[{inode}]" in map(str, links) for inode in inodes) == 1
        before = await node.media_playlist("mux-1")
        assert await node.stop() == 0
        await node.start()

        async def names() -> list[str]:
            return [s["name"]["zh"] for s in (await node.get("/api/network")).json()["services"]]

        assert (await names())[0] == "CCTV-1综合"  # at once, before anything has been received
        assert (await node.until_listed("mux-1", 2)).msn > before.segments[-1].msn
        await node.until_listed("mine", 2)
        assert await names() == ["CCTV-1综合", "湖南卫视"]  # one of the config learns its name anew


async def test_interface_window_and_durations_of_a_service_are_its_own(tmp_path: Path, film: Path):
    to = "udp://239.255.77.5:5011"
    config = PACKAGING + service("short", f"file:{film}?loop=1", window=10)
    config += service("long", f"file:{film}?loop=1", segment_duration=2, low_latency="false")
    config += service("fast", f"file:{film}?loop=1", part_duration=0.5)
    config += service("here", to, interface='"lo"') + service("nowhere", to, interface='"nosuch0"')
    async with sending(film, f"{to}?interface=127.0.0.1"), running(tmp_path, config) as node:
        await node.until_listed("here", 2)
        channel = await node.until_state("nowhere", "no-signal")
        assert "no network interface is named 'nosuch0'" in channel["last_error"]["text"]

        short = await node.until_listed("short", 10)
        first = short.segments[0]
        while first.msn >= (await node.media_playlist("short")).msn:
            short = await node.media_playlist("short", query=f"?_HLS_msn={short.segments[-1].msn + 1}")
        assert Decimal(9) <= short.duration <= Decimal(11)
        assert short.target == 1
        assert short.part_target == Decimal("0.292")  # 0.25, and as long as a picture of film

        long = await node.media_playlist("long")
        assert (long.target, long.part_target, long.hint) == (2, None, None)
        assert {s.duration for s in long.segments[1:]} == {Decimal(2)}
        assert all(not s.parts for s in long.segments)
        assert long.duration > Decimal(9)

        fast = await node.media_playlist("fast")
        assert fast.part_target == Decimal("0.542")
        assert {c["window_s"] for c in (await node.channels()).values()} == {10, 20}


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("", "net.toml: service: expected at least one, or a listing"),
        ('[[service]]\nid = "a"\nsource = "udp://x"\n', "service[0].source: source 'udp://x'"),
        (
            '[[service]]\nid = "a"\nsource = "-"\nprogram = 0\n',
            "service[0].program: expected a program_number, 1 to 65535",
        ),
        ('[[service]]\nid = "a"\nsource = "-"\nwindow = 5\n', "service[0].window: expected 10 or more, got 5"),
        ('[[service]]\nid = "a"\nsource = "-"\nwindow = 1e9\n', "service[0].window: expected 86400 or less"),
    ],
)
def test_a_config_that_cannot_be_used_is_one_line_and_exit_2(tmp_path: Path, config: str, sentence: str):
    path = tmp_path / "net.toml"
    path.write_text(config)
    got = subprocess.run(
        [sys.executable, "-m", "yiwang.cli.main", "up", str(path), "--host", "::1", "--port", "0"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert got.returncode == 2
    assert got.stdout == ""
    assert len(got.stderr.splitlines()) == 1
    assert sentence in got.stderr
    assert not (tmp_path / "var").exists()
