"""One node's HLS, fragmented MP4 with its sound apart, is the source of another: the same frames, as far apart as they were."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.differential.ffmpeg_reading import Hashed, hashed, packets
from tests.live.conftest import FILM_S
from tests.live.node import PACKAGING, Node, running, service

pytestmark = pytest.mark.slow

SEGMENTS = 5
TICK = Fraction(1, 1000)


async def tracks(node: Node, ffmpeg: str, folder: Path, n: int) -> dict[str, list[Hashed]]:
    """Decoded pictures and packets of sound of the newest segments."""
    found = {}
    for track in ("video", "audio"):
        playlist = await node.until_listed("one", n, track)
        listed = [segment for segment in playlist.segments if not segment.gap][-n:]
        assert len({segment.discontinuity_sequence for segment in listed}) == 1
        header = (await node.get(f"/live/one/{track}/{listed[0].map}")).content
        file = folder / f"{track}.mp4"
        file.write_bytes(header + b"".join([await node.octets("one", segment.msn, track) for segment in listed]))
        found[track] = hashed(ffmpeg, file, 0)[0] if track == "video" else packets(ffmpeg, file, 0)
    return found


def apart(first: Fraction, second: Fraction) -> Fraction:
    """How far two times are apart on a film that is looped."""
    return abs((first - second + Fraction(FILM_S, 2)) % FILM_S - Fraction(FILM_S, 2))


def is_shifted_by(shift: Fraction, first: list[Hashed], second: list[Hashed]) -> bool:
    """Tell whether each frame of the second is so much later than an equal one of the first."""
    times: dict[str, list[Fraction]] = {}
    for one in first:
        times.setdefault(one.digest, []).append(one.time)
    return all(any(apart(one.time, time + shift) < TICK for time in times[one.digest]) for one in second)


async def test_a_nodes_own_hls_is_a_source_of_another_node(tmp_path: Path, film: Path, ffmpeg: str):
    source = service("one", f"file:{film}?loop=1")
    async with running(tmp_path / "a", PACKAGING + source) as a:
        await a.until_listed("one", 5)
        other = service("one", f"{a.url}/live/one/index.m3u8")
        async with running(tmp_path / "b", PACKAGING + other) as b:
            theirs = await tracks(a, ffmpeg, tmp_path / "a", FILM_S + 1)
            ours = await tracks(b, ffmpeg, tmp_path / "b", SEGMENTS)
            state = (await b.channels())["one"]
            loop = await b.get("/live/one/video/index.m3u8")
            assert loop.headers["via"].count("1.1") == 2, "the way that it has come"
    for track, least in (("video", 25 * (SEGMENTS - 1)), ("audio", 46 * (SEGMENTS - 1))):
        known = [one.digest for one in theirs[track]]
        mine = [one.digest for one in ours[track]]
        assert len(mine) >= least
        assert set(mine) <= set(known), "frames are those of the original"
    begin = ours["video"][0]
    shifts = {begin.time - one.time for one in theirs["video"] if one.digest == begin.digest}
    found = [s for s in shifts if is_shifted_by(s, theirs["video"], ours["video"])]
    assert found
    assert any(is_shifted_by(s, theirs["audio"], ours["audio"]) for s in found), "sound is with its pictures"
    assert not is_shifted_by(found[0] + Fraction(1, 100), theirs["audio"], ours["audio"]), "the test would see it"
    assert not [name for name in state.get("faults", {}) if name.startswith("hls")], state["faults"]
