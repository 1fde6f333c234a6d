"""What is kept from round to round changes nothing: a network made step by step is the one made of the same at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.net import wall_clock
from yiwang.network.guide.event import Event
from yiwang.network.guide.schedule import Schedule, schedule_of
from yiwang.network.read_source import SourceDocument, read_source
from yiwang.services.list_source import _Known
from yiwang.services.network import Network
from yiwang.services.one_network import OneNetworkService
from yiwang.store.config_file import parse_config
from yiwang.store.database.database import Database
from yiwang.xmltv.guide import Text

NAMES = ("浙江卫视", "浙江卫视高清", "CCTV-1 综合", "CCTV1", "杭州新闻", "钱江都市")
SOURCES = ("zj", "sh", "js")
Told = tuple[tuple[int, int], ...]
"""Of a source: a name, by its place, and a guide."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    found = Database.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'yiwang.db'}")
    yield found
    found.close()


def service(database: Database, folder: Path) -> OneNetworkService:
    text = f'[node]\nstate_dir = "{folder}"\n' + "".join(
        f'[[region]]\nid = "CN-{id_.upper()}"\nname = "{id_}"\ncountries = ["CHN"]\n'
        f'[[listing]]\nid = "{id_}"\nurl = "http://{id_}.invalid/"\nregion = "CN-{id_.upper()}"\n'
        for id_ in SOURCES
    )
    return OneNetworkService(Network(parse_config(text, "test"), "test"), database)


def guide(which: int) -> Schedule:
    start_s = wall_clock.now_ms() // 86_400_000 * 86_400
    titles = [f"节目{which * n % 7}" for n in range(5)]
    return schedule_of(
        *(
            Event(start_s=start_s + 3600 * n, stop_s=start_s + 3600 * (n + 1), titles=(Text(title, "zh"),))
            for n, title in enumerate(titles)
        )
    )


def tell(one: OneNetworkService, at: int, told: Told) -> None:
    rows = "".join(
        f'#EXTINF:-1 tvg-id="k{name}" tvg-chno="{n}",{NAMES[name]}\nhttp://{SOURCES[at]}.invalid/{name}.m3u8\n'
        for n, (name, _) in enumerate(told, 1)
    )
    source = one.sources[at]
    list_ = read_source(SOURCES[at], f"#EXTM3U\n{rows}".encode(), "m3u", f"CN-{SOURCES[at].upper()}")
    guides = SourceDocument(schedules={f"k{name}": guide(which) for name, which in told if which})
    source._documents = {source.listing.url: _Known(list_), "guide": _Known(guides)}


TOLD = st.lists(
    st.tuples(st.integers(0, len(NAMES) - 1), st.integers(0, 3)), max_size=5, unique_by=lambda one: one[0]
).map(tuple)
CHANGES = st.lists(st.tuples(st.integers(0, len(SOURCES) - 1), TOLD), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(changes=CHANGES)
def test_a_network_made_step_by_step_is_that_made_at_once(
    database: Database, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, Told]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    kept = service(database, folder)
    now: dict[int, Told] = {}
    for at, told in changes:
        now[at] = told
        tell(kept, at, told)
        fresh = service(database, folder)
        fresh._ids, fresh._numbers = dict(kept._ids), dict(kept._numbers)  # who comes back is known again
        for other in reversed(sorted(now)):
            tell(fresh, other, now[other])
        published, stored, _ = kept._make(kept._look())
        at_once, stored_at_once, _ = fresh._make(fresh._look())
        assert published.network == at_once.network
        assert published.schedules == at_once.schedules
        assert stored.documents == stored_at_once.documents
        assert (stored.members, stored.numbers) == (stored_at_once.members, stored_at_once.numbers)
        kept.publish(published)
        again, stored_again, _ = kept._make(kept._look())
        assert again.network.conflicts == published.network.conflicts
        assert again.revision == published.revision
        assert all(told is published.schedules[id_] for id_, told in again.schedules.items())
        assert stored_again.documents == stored.documents
        for id_, one in again.network.services.items():
            assert published.network.services[id_] is one, "what stays is the same object"
