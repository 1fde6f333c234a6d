"""What is saved comes back, only what differs is written, and revisions rise with content alone."""

import sqlite3
import threading
from dataclasses import replace

import pytest

from tests.postgresql_server import Server
from yiwang.base.errors import UsageError, WorkError
from yiwang.store.database import Database, SourceCopy, StoredNetwork, StoredSchedule


def schedule(service_id: str, octets: bytes = b"events", start_s: int = 1000, stop_s: int = 2000) -> StoredSchedule:
    return StoredSchedule(service_id=service_id, start_s=start_s, stop_s=stop_s, events=3, octets=octets)


NETWORK = StoredNetwork(
    members={"zj/1": "zjws", "hn/7": "hnws", "hn/8": "hnws"},
    numbers={"CN-ZJ": {1: "zjws", 2: "hnws"}, "CN-HN": {1: "hnws"}},
    schedules=[schedule("zjws"), schedule("hnws", start_s=5000, stop_s=6000)],
    documents={"services/CN-ZJ": b"<list/>"},
)


def test_a_source_keeps_its_last_good_copy(database: Database):
    copy = SourceCopy(
        octets=b"\0<tv/>\xff", etag='"a"', last_modified="Thu, 26 Nov 2026 16:00:00 GMT", fetched_at_s=100
    )
    assert database.save_source("zj", copy)
    database.source_failed("zj", "HTTP 503", 200)
    database.source_failed("zj", "timed out\0", 300)
    found = database.sources()["zj"]
    assert (found.size, found.etag, found.last_modified) == (7, '"a"', copy.last_modified)
    assert (found.fetched_at_s, found.checked_at_s, found.fault, found.fault_since_s) == (
        100,
        300,
        "timed out\ufffd",
        200,
    )
    assert database.source_octets("zj") == copy.octets
    database.source_is_unchanged("zj", 400)
    found = database.sources()["zj"]
    assert (found.fetched_at_s, found.checked_at_s, found.fault, found.fault_since_s) == (100, 400, None, None)


def test_the_same_octets_again_are_no_change(database: Database):
    copy = SourceCopy(octets=b"<tv/>", etag='"a"', fetched_at_s=100)
    assert database.save_source("zj", copy)
    before = database.sources()["zj"].revision
    assert not database.save_source("zj", replace(copy, etag='"b"', fetched_at_s=200))
    assert database.sources()["zj"].revision == before
    assert database.sources()["zj"].etag == '"b"'
    assert database.save_source("zj", replace(copy, octets=b"<tv></tv>"))
    assert database.sources()["zj"].revision > before


def test_a_source_that_never_answered_is_known_with_its_fault(database: Database):
    database.source_failed("zj", "no such host", 100)
    found = database.sources()["zj"]
    assert (found.fault, found.fetched_at_s, found.size, found.revision) == ("no such host", None, 0, 0)
    assert database.source_octets("zj") is None
    assert database.save_source("zj", SourceCopy(octets=b"", fetched_at_s=200))
    assert database.source_octets("zj") == b""


def test_sources_that_the_config_has_no_more_are_forgotten(database: Database):
    for name in ("a", "b"):
        database.save_source(name, SourceCopy(octets=name.encode(), fetched_at_s=1))
    database.keep_sources(["b", "c"])
    assert list(database.sources()) == ["b"]
    assert database.source_octets("a") is None
    assert database.revisions("source").keys() == {"b"}


def test_a_network_comes_back(database: Database):
    database.save_network(NETWORK)
    found = database.network()
    assert found.members == NETWORK.members
    assert found.numbers == NETWORK.numbers
    assert {s.service_id: s.octets for s in database.schedules()} == {"zjws": b"events", "hnws": b"events"}
    assert database.schedule("nobody") is None


def test_a_network_outlives_the_program(url: str):
    first = Database.open(url)
    first.save_network(NETWORK)
    name = first.name
    first.close()
    second = Database.open(url)
    assert second.name == name
    assert second.network().members == NETWORK.members
    second.close()


def test_saving_the_same_again_changes_nothing(database: Database):
    assert database.save_network(NETWORK)
    revision = database.revision()
    assert database.save_network(NETWORK) == ()
    assert database.revision() == revision


def test_only_what_changed_gets_a_new_revision(database: Database):
    database.save_network(NETWORK)
    before = {kind: database.revisions(kind) for kind in ("schedule", "members", "numbers", "document")}
    numbers = {"CN-ZJ": {1: "zjws", 3: "hnws"}, "CN-HN": {1: "hnws"}}
    changed = database.save_network(
        replace(
            NETWORK,
            numbers=numbers,
            schedules=[schedule("zjws", b"other"), schedule("hnws", start_s=5000, stop_s=6000)],
        )
    )
    assert set(changed) == {("numbers", "CN-ZJ"), ("schedule", "zjws")}
    after = {kind: database.revisions(kind) for kind in before}
    assert {(k, name) for k in after for name in after[k] if after[k][name] > before[k][name]} == set(changed)
    zjws = database.schedule("zjws")
    assert zjws is not None
    assert (zjws.octets, zjws.revision) == (b"other", after["schedule"]["zjws"])
    assert database.network().numbers == numbers


def test_schedules_that_are_not_handed_over_stay_and_those_without_members_go(database: Database):
    database.save_network(NETWORK)
    changed = database.save_network(StoredNetwork(members={"zj/1": "zjws"}, numbers={"CN-ZJ": {1: "zjws"}}))
    assert set(changed) == {("members", ""), ("numbers", "CN-ZJ"), ("numbers", "CN-HN"), ("schedule", "hnws")}
    assert [s.service_id for s in database.schedules()] == ["zjws"]


def test_a_service_that_was_away_gets_a_revision_it_never_had(database: Database):
    database.save_network(NETWORK)
    before = database.revisions("schedule")["hnws"]
    database.save_network(StoredNetwork(members={"zj/1": "zjws"}))
    database.save_network(NETWORK)
    assert database.revisions("schedule")["hnws"] > before


def test_schedules_of_a_window(database: Database):
    database.save_network(NETWORK)

    def of(*window: int | None) -> list[str]:
        return [s.service_id for s in database.schedules(None, *window)]

    assert of(1999, 5001) == ["hnws", "zjws"]
    assert of(2000, 5001) == ["hnws"]
    assert of(1999, 5000) == ["zjws"]
    assert of(2000, 5000) == []
    assert [s.service_id for s in database.schedules(["hnws", "nobody"])] == ["hnws"]
    assert list(database.schedules([])) == []


def test_thousands_of_schedules_are_asked_for_at_once(database: Database):
    ids = [f"s{n:05}" for n in range(2500)]
    database.save_network(StoredNetwork(members={f"a/{i}": i for i in ids}, schedules=(schedule(i) for i in ids)))
    assert [s.service_id for s in database.schedules(ids)] == ids


def test_a_schedule_without_a_member_is_refused_and_nothing_is_kept(database: Database):
    database.save_network(NETWORK)
    with pytest.raises(ValueError, match="'strange'"):
        database.save_network(StoredNetwork(members={"a/1": "a"}, schedules=[schedule("a"), schedule("strange")]))
    assert database.network().members == NETWORK.members


def test_decisions_say_who_and_when_and_the_last_one_is_in_force(database: Database):
    first = database.decide("same", ["hn/7", "zj/1"], True, who="lin", at_s=100)
    database.decide("number", ["zjws"], {"CN-ZJ": 5}, who="wu", at_s=150)
    second = database.decide("same", ["zj/1", "hn/7"], False, who="王", at_s=200)
    in_force = database.decisions()
    assert [(d.kind, d.about, d.value, d.who, d.at_s) for d in in_force] == [
        ("number", ("zjws",), '{"CN-ZJ": 5}', "wu", 150),
        ("same", ("hn/7", "zj/1"), "false", "王", 200),
    ]
    assert database.withdraw(second.id, who="lin", at_s=300)
    assert not database.withdraw(second.id, who="lin", at_s=301)
    assert not database.withdraw(999, who="lin", at_s=301)
    assert [d.kind for d in database.decisions()] == ["number"]
    history = database.decisions(history=True)
    assert [d.id for d in history if d.kind == "same"] == [first.id, second.id]
    assert (history[-1].withdrawn_by, history[-1].withdrawn_at_s) == ("lin", 300)


@pytest.mark.parametrize(
    ("kind", "value", "who"),
    [("", 1, "a"), ("k" * 65, 1, "a"), ("k", 1, ""), ("k", b"", "a"), ("k", float("nan"), "a")],
)
def test_a_decision_that_cannot_be_kept_is_refused(database: Database, kind: str, value: object, who: str):
    with pytest.raises(ValueError, match=r"decision|JSON"):
        database.decide(kind, ["a"], value, who=who, at_s=1)
    assert database.decisions(history=True) == ()


def test_writers_of_many_threads_wait_for_each_other(database: Database):
    def work(name: str) -> None:
        for n in range(10):
            database.save_source(name, SourceCopy(octets=f"{name}{n}".encode(), fetched_at_s=n))

    threads = [threading.Thread(target=work, args=(f"s{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.revision() == 40
    assert sorted(database.revisions("source").values())[-1] == 40


def test_a_reader_sees_the_network_from_before_while_one_is_written(database: Database):
    database.save_network(NETWORK)
    seen: list[object] = []

    def schedules():
        yield schedule("zjws", b"new")
        seen.append(database.network().members)

    database.save_network(StoredNetwork(members={"zj/1": "zjws"}, schedules=schedules()))
    assert seen == [NETWORK.members]
    assert database.network().members == {"zj/1": "zjws"}


def test_ids_that_no_database_can_hold_are_a_work_error(postgresql: Server):
    database = Database.open(postgresql.new_database())  # SQLite holds every character
    with pytest.raises(WorkError, match=r"^the database: .*NUL"):
        database.save_network(StoredNetwork(members={"a/\0": "a"}))
    database.close()


def test_a_database_that_cannot_be_opened_is_one_line(tmp_path):
    (tmp_path / "text").write_text("this is a letter, and no database at all" * 100)
    for url, said in [
        (f"sqlite:///{tmp_path}/text", "file is not a database"),
        (f"sqlite:///{tmp_path}", "unable to open database file"),
        (f"sqlite:///{tmp_path}/text/below", "Not a directory|File exists"),
        ("postgresql://me:secret@127.0.0.1:1/tv", "[Cc]onnection refused"),
        (f"postgresql://me:secret@/tv?host={tmp_path}", "No such file"),
        ("mysql://me:secret@host/tv", "expected postgresql://"),
    ]:
        with pytest.raises(UsageError, match=rf"^\[store\] url: .*({said})") as error:
            Database.open(url)
        assert "\n" not in str(error.value)
        assert "secret" not in str(error.value)


def test_a_database_that_goes_away_is_a_work_error(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/a")
    with sqlite3.connect(tmp_path / "a") as other:
        other.execute("DROP TABLE store")
    other.close()
    with pytest.raises(WorkError, match=r"^the database: no such table: store"):
        database.revision()
    database.close()
