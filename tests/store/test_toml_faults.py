"""What is wrong with a config that is no TOML: where and what, in words that the console has in both languages."""

import tomllib

import pytest

from yiwang.base.errors import UsageError
from yiwang.base.said import clauses_of, said_as
from yiwang.store.config_file import parse_config, read_toml
from yiwang.store.toml_faults import toml_fault

GOOD = '[[service]]\nid = "a"\nsource = "udp://[ff11::1]:5000"\n'


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("= 1", (1, 1), "toml-statement"),
        ("a = 1 b", (1, 7), "toml-after"),
        ("a = 1\na = 2", None, "toml-twice"),
        ("[a]\n[a]", (2, 3), "toml-twice"),
        ("a = {b = 1, b = 2}", (1, 18), "toml-twice"),
        ("a.b = 1\na.b.c = 2", None, "toml-twice"),
        ("[a", None, "toml-bracket"),
        ("[[a]\n", (1, 4), "toml-bracket"),
        ("a 1", (1, 3), "toml-equals"),
        ("[?]", (1, 2), "toml-key"),
        ("a = [1", None, "toml-list"),
        ("a = {b = 1", None, "toml-table"),
        ('a = "\\q"', None, "toml-escape"),
        ('a = "x', None, "toml-text"),
        ("a = 'x", None, "toml-text"),
        ("a = 1 # \x07", (1, 9), "toml-character"),
        ("a = 2026-02-30", None, "toml-date"),
        ("a = yes", (1, 5), "toml-value"),
    ],
)
def test_it_is_said_where_it_is_and_what(text: str, place: tuple[int, int] | None, code: str):
    with pytest.raises(UsageError) as caught:
        read_toml(text, "net.toml")
    clauses = clauses_of(said_as(str(caught.value)))
    assert [clause.code for clause in clauses] == ["at", "not-toml", "toml-line" if place else clauses[2].code, code]
    if place:
        assert dict(clauses[2].values) == {"line": str(place[0]), "column": str(place[1])}


def test_what_nobody_knows_stays_as_it_is():
    fault = tomllib.TOMLDecodeError("Something new (at line 2, column 3)")
    assert toml_fault(fault) == "not valid TOML: line 2, column 3: Something new"
    assert toml_fault(tomllib.TOMLDecodeError("Something new")) == "not valid TOML: Something new"


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ('[node]\ndomain = "No Domain"\n', "expected-domain"),
        (f'[console]\nmetrics_token = "{"ü" * 16}"\n', "expected-printable"),
    ],
)
def test_what_is_not_of_its_form_is_told_what_the_form_is(section: str, code: str):
    with pytest.raises(UsageError) as caught:
        parse_config(section + GOOD, "net.toml")
    assert [clause.code for clause in clauses_of(said_as(str(caught.value)))][-1] == code
    assert "ü" not in str(caught.value)  # a token is nobody's business
