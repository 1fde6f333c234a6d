"""Two nodes that joined one multicast at different moments are one origin: either may serve any request."""

import signal
from pathlib import Path

import pytest

from tests.live.node import PACKAGING, Node, eventually, group, running, sending, service

pytestmark = pytest.mark.slow


async def common(one: Node, two: Node, after: int, least: int) -> list[int]:
    """Numbers that both list, above one."""

    async def look() -> list[int] | None:
        listed = [await node.media_playlist("one") for node in (one, two)]
        in_both = set.intersection(*({s.msn for s in p.segments if not s.gap and s.msn > after} for p in listed))
        return sorted(in_both) if len(in_both) >= least else None

    return await eventually(look, one)


async def check_equal(one: Node, two: Node, numbers: list[int]) -> None:
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    for track in ("video", "audio"):
        for number in numbers:
            assert await one.octets("one", number, track) == await two.octets("one", number, track)
        first, second = [await node.media_playlist("one", track) for node in (one, two)]
        assert first.segments[-1].map == second.segments[-1].map
        path = f"/live/one/{track}/{first.segments[-1].map}"
        assert (await one.get(path)).content == (await two.get(path)).content
        lengths = [{s.msn: s.duration for s in playlist.segments} for playlist in (first, second)]
        assert [lengths[0].get(n, lengths[1].get(n)) for n in numbers] == [
            lengths[1].get(n, lengths[0].get(n)) for n in numbers
        ]


async def test_nodes_that_join_at_different_moments_make_the_same_octets(tmp_path: Path, film: Path):
    to = group()
    config = PACKAGING + service("one", to)
    async with sending(film, to, aligned=True), running(tmp_path / "a", config) as one:
        await one.until_listed("one", 2)
        async with running(tmp_path / "b", config) as two:
            second = (await two.until_listed("one", 2)).segments[1].msn
            await check_equal(one, two, await common(one, two, second - 1, 4))

            # One is killed; when it is back, it is the other's equal again.
            await one.stop(signal.SIGKILL)
            await one.start()
            second = (await one.until_listed("one", 2)).segments[1].msn
            await check_equal(one, two, await common(one, two, second - 1, 3))


async def test_a_jump_of_the_time_base_leaves_them_equal(tmp_path: Path, film: Path, other_base: Path):
    to = group()
    config = PACKAGING + service("one", to)
    async with running(tmp_path / "a", config) as one, running(tmp_path / "b", config) as two:
        async with sending(film, to, aligned=True):
            await one.until_listed("one", 2)
            await two.until_listed("one", 2)
        async with sending(other_base, to):  # at once: shorter than two cells, so both place it alike

            async def after_jump() -> int | None:
                for node in (one, two):
                    playlist = await node.media_playlist("one")
                    new = [s.msn for s in playlist.segments if s.discontinuity_sequence > 0 and not s.gap]
                    if len(new) < 2:
                        return None
                return new[1]

            second = await eventually(after_jump, one)
            await check_equal(one, two, await common(one, two, second - 1, 3))
