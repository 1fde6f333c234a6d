"""A program that is killed in the middle of saving a network leaves the one from before whole."""

import os
import signal
import subprocess
import sys

from tests.store.database.test_database import NETWORK
from yiwang.store.database import Database, StoredNetwork

DIES = """
import os, signal, sys
from yiwang.store.database import Database, StoredNetwork, StoredSchedule

def schedules(many):
    for n in range(many):
        yield StoredSchedule(service_id=f"s{n}", start_s=0, stop_s=1, events=1, octets=os.urandom(20_000))
    os.kill(os.getpid(), signal.SIGKILL)

many = 600  # more than are written at once, and more than SQLite keeps in memory before it writes to its log
members = {f"x/{n}": f"s{n}" for n in range(many)}
Database.open(sys.argv[1]).save_network(StoredNetwork(members=members, schedules=schedules(many)))
"""


def test_the_previous_network_is_whole_after_a_kill_in_the_middle(url: str):
    database = Database.open(url)
    database.save_network(NETWORK)
    revision = database.revision()
    killed = subprocess.run([sys.executable, "-c", DIES, url], timeout=60, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    for _ in range(2):  # the one that was open all the time, and one that is opened after
        found = database.network()
        assert (found.members, found.numbers, database.revision()) == (NETWORK.members, NETWORK.numbers, revision)
        assert [s.service_id for s in database.schedules()] == ["hnws", "zjws"]
        database.close()
        database = Database.open(url)
    assert database.save_network(StoredNetwork(members={"zj/1": "zjws"}))
    database.close()
