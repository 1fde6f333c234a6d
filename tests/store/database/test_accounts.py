"""Accounts, sessions and the audit log, on SQLite and PostgreSQL."""

import pytest

from yiwang.store.database import Database
from yiwang.store.database import accounts as store_of_accounts
from yiwang.store.database.accounts import LastAdminError
from yiwang.store.database.records import Account, AuditEntry


def account(name: str, role: str = "operator") -> Account:
    return Account(name=name, role=role, password="$argon2id$x", made_at_s=100)


def test_an_account_is_made_once_and_its_sessions_end_with_it(database: Database):
    store = database.accounts
    assert store.add(account("王", "admin"))
    assert not store.add(account("王", "viewer"))
    assert store.add(account("li"))
    assert [(a.name, a.role) for a in store.accounts()] == [("li", "operator"), ("王", "admin")]
    assert store.begin("t1", "li", 200, 1000)
    assert store.begin("t2", "li", 200, 1000)
    assert not store.begin("t3", "nobody", 200, 1000)
    found = store.session("t1")
    assert found is not None
    assert (found.name, found.role, found.begun_at_s, found.seen_at_s) == ("li", "operator", 200, 200)
    assert store.set_role("li", "viewer", keep_an_admin=True)
    store.seen("t1", 260)
    found = store.session("t1")
    assert found is not None
    assert (found.role, found.seen_at_s) == ("viewer", 260)
    assert store.set_password("li", "$argon2id$y", but="t2")
    assert (store.session("t1"), store.session("t2") is None) == (None, False)
    assert store.remove("li", keep_an_admin=True)
    assert store.session("t2") is None
    assert not store.remove("li", keep_an_admin=True)
    assert not store.set_password("li", "$argon2id$y")


def test_sessions_that_are_long_over_are_forgotten(database: Database):
    store = database.accounts
    store.add(account("li"))
    store.begin("old", "li", 100, 1000)
    store.begin("new", "li", 1101, 1000)
    assert (store.session("old"), store.session("new") is None) == (None, False)


def test_one_admin_stays(database: Database):
    store = database.accounts
    store.add(account("a", "admin"))
    with pytest.raises(LastAdminError):
        store.set_role("a", "operator", keep_an_admin=True)
    with pytest.raises(LastAdminError):
        store.remove("a", keep_an_admin=True)
    store.add(account("b", "admin"))
    assert store.set_role("a", "operator", keep_an_admin=True)
    assert store.remove("b", keep_an_admin=False)


def test_the_audit_log_is_read_backwards_and_only_refusals_are_forgotten(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store_of_accounts, "MOST_REFUSED", 3)
    store = database.accounts
    for n in range(6):
        store.note(AuditEntry(at_s=n, who="li\0", address="::1", action="sign-in refused", subject=str(n)))
        store.note(AuditEntry(at_s=n, who="王", address="", action="stop", subject=str(n), before={"x": [1]}, after=n))
    newest = store.audit(None, 2)
    assert [(e.who, e.action, e.subject, e.before, e.after) for e in newest] == [
        ("王", "stop", "5", {"x": [1]}, 5),
        ("li\ufffd", "sign-in refused", "5", None, None),
    ]
    older = store.audit(newest[-1].id, 100)
    assert [e.subject for e in older if e.action == "stop"] == ["4", "3", "2", "1", "0"]
    assert [e.subject for e in store.audit(None, 100, ["li\ufffd"])] == ["5", "4", "3"]
