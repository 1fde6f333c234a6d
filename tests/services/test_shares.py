"""Which worker gets which channels."""

import random

from yiwang.net.source_url import parse_source_url
from yiwang.services.shares import share_out
from yiwang.store.config_file import Service


def services(*sources: tuple[str, ...]) -> list[Service]:
    return [Service(id=f"s{n}", source=several) for n, several in enumerate(sources)]


def shares(listed: list[Service], n: int, **weights: int) -> list[tuple[str, ...]]:
    return share_out(listed, [tuple(map(parse_source_url, s.source)) for s in listed], weights, n)


def url(n: int) -> tuple[str, ...]:
    return (f"udp://[ff11::{n:x}]:5000",)


def test_channels_are_spread_evenly():
    assert shares(services(*map(url, range(6))), 2) == [("s0", "s2", "s4"), ("s1", "s3", "s5")]


def test_services_of_one_source_stay_together():
    listed = services(url(1), url(2), url(1), url(3), url(1))
    assert shares(listed, 2) == [("s0", "s2", "s4"), ("s1", "s3")]


def test_who_has_a_spare_reads_its_sources_for_itself():
    listed = services(url(1), (*url(1), *url(2)))
    assert shares(listed, 2) == [("s0",), ("s1",)]


def test_a_multiplex_counts_as_much_as_it_has():
    listed = services(url(1), url(2), url(3), url(4))
    assert shares(listed, 2, s1=3) == [("s1",), ("s0", "s2", "s3")]


def test_more_workers_than_pieces_leave_some_without():
    assert shares(services(url(1)), 3) == [("s0",), (), ()]


def test_every_service_is_in_one_share_and_loads_differ_by_no_more_than_the_largest_piece():
    chance = random.Random(43)
    for _ in range(100):
        n = chance.randrange(1, 9)
        listed = services(*(url(chance.randrange(20)) for _ in range(chance.randrange(1, 60))))
        weights = {s.id: chance.randrange(1, 30) for s in listed if chance.random() < 0.1}
        found = shares(listed, n, **weights)
        assert sorted(id_ for share in found for id_ in share) == sorted(s.id for s in listed)
        load = {s.id: weights.get(s.id, 1) for s in listed}
        pieces: dict[tuple[str, ...], int] = {}
        for s in listed:
            pieces[s.source] = pieces.get(s.source, 0) + load[s.id]
            assert sum(s.id in share for share in found) == 1
        loads = [sum(load[id_] for id_ in share) for share in found]
        assert max(loads) - min(loads) <= max(pieces.values())
