"""The files for Prometheus and Grafana speak of what `/metrics` has."""

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, missing
from tests.services.hand_fed import feeder, network
from yiwang.base.said import TEXTS
from yiwang.services.picture_alarms import ALARMS
from yiwang.services.thumbnails import Thumbnails
from yiwang.web.cmcd_api import CmcdDesk
from yiwang.web.metrics import Metrics

OPS = ROOT / "docs/ops"
UI = ROOT / "src/yiwang/web/ui/src"
SELECTOR = re.compile(r"\b((?:yiwang|process)_\w+)\s*(?:\{([^}]*)\})?")
GROUPING = re.compile(r"\bby \(([^)]*)\)")


def families(text: str) -> dict[str, set[str]]:
    """Names and labels of an exposition; those without samples have their names alone."""
    found: dict[str, set[str]] = {}
    for kind, name in re.findall(r"^# (HELP|TYPE) (\w+)", text, re.M):
        del kind
        found.setdefault(name, set())
    for name, labels in re.findall(r"^(\w+)\{(.*)\} ", text, re.M):
        found.setdefault(name, set()).update(re.findall(r"(\w+)=", labels))
    return found


def expressions() -> list[str]:
    """Every query of the dashboard and the rules."""
    dashboard: dict[str, Any] = json.loads((OPS / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    queries += [one["expr"] for one in dashboard["annotations"]["list"]]
    queries += [one["definition"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    return queries + re.findall(r"^\s+expr: (.+)$", (OPS / "alerts.yml").read_text(), re.M)


@pytest.fixture
def metrics(tmp_path: Path) -> dict[str, set[str]]:
    net = network(tmp_path, "one")
    feeder(net.channels["one"]).seconds(3)
    desk = CmcdDesk(net)
    assert desk.take(b'br=(5000;v),cid="one",e=ps,ltc=900,msd=700,sid="a",sn=0,sta=p,ts=1764216000700,v=2') is None
    return families(Metrics(net, Thumbnails(net.channels), desk.collect).text().decode())


def documented(name: str) -> str:
    """The name under which a figure is documented: a histogram has several."""
    return re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", name)


def test_every_name_and_label_is_one_that_is_measured(metrics: dict[str, set[str]]):
    written = Path(ROOT / "docs/metrics.md").read_text()
    labels = {
        name: set(re.findall(r"`(\w+)`", columns))
        for name, columns in re.findall(r"^\| `(\w+)` \| \w+ \| (.*?) \|", written, re.M)
    }
    asked = [(name, chosen) for query in expressions() for name, chosen in SELECTOR.findall(query)]
    assert len(asked) > 40
    for name, chosen in asked:
        assert name in metrics, name
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", chosen):
            assert label == "instance" or label in labels[documented(name)], (name, label)
    for query in expressions():
        for grouped in GROUPING.findall(query):
            names = [name for name, _ in SELECTOR.findall(query)]
            for label in map(str.strip, grouped.split(",")):
                assert label == "instance" or all(label in labels[documented(name)] for name in names), query


def test_every_documented_figure_of_a_channel_is_drawn():
    written = set(re.findall(r"^\| `(yiwang_\w+)`", (ROOT / "docs/metrics.md").read_text(), re.M))
    drawn = {documented(name) for query in expressions() for name, _ in SELECTOR.findall(query)}
    spared = {  # what others say better
        "yiwang_input_octets_total", "yiwang_segment_number", "yiwang_source_condition", "yiwang_thumbnails_total",
        "yiwang_pcr_accuracy_seconds",
    }  # fmt: skip
    undrawn = {name for name in written if name not in drawn and not name.startswith("yiwang_worker_")}
    assert undrawn <= spared


def test_panels_do_not_lie_over_each_other():
    dashboard = json.loads((OPS / "grafana-dashboard.json").read_text())
    cells = [
        (x, y)
        for panel in dashboard["panels"]
        for at in [panel["gridPos"]]
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_prometheus_takes_the_rules():
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("promtool is in Debian's package prometheus, which is not installed")
    done = subprocess.run([promtool, "check", "rules", str(OPS / "alerts.yml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


WORD = re.compile(r"[a-z]+(_[a-z0-9]+)+|silence")
NO_FAULT = {"not_packaged"}
"""Words of modules that tell faults, which are none."""


def words_in(node: ast.AST) -> set[str]:
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and WORD.fullmatch(one.value)
    }


def fault_names(path: Path) -> set[str]:
    """Names of the faults that a module may tell: those it makes, or all its words where it makes them of a variable."""
    tree = ast.parse(path.read_text())
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") == "Fault" or getattr(node.func, "attr", "") == "_fault")
    ]
    judges = any(isinstance(node, ast.FunctionDef) and node.name == "_objection" for node in ast.walk(tree))
    if judges or any(not isinstance(call.args[0], ast.Constant) for call in calls if call.args):
        return words_in(tree) - NO_FAULT
    return {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}


def keys_of(file: Path, table: str) -> set[str]:
    """Keys of a table in TypeScript, each on a line of its own."""
    body = file.read_text().partition(f"export const {table}:")[2].partition("\n}\n")[0]
    return set(re.findall(r"^  '?([\w -]+?)'?: ", body, re.M))


def test_the_console_has_a_sentence_for_every_fault_there_is():
    names = {name for path in (ROOT / "src/yiwang").rglob("*.py") for name in fault_names(path)}
    names |= {f"picture_{alarm}" for alarm in ALARMS if alarm != "silence"}
    assert names >= {
        "time_jump",
        "rtp_leg_lost",
        "no_parameter_sets",
        "section_truncated",
        "picture_black",
        "sync_byte_error",
    }
    written = keys_of(UI / "lib/console/faults.ts", "FAULTS")
    assert names - written == set()
    assert written - names == set(), "texts of faults that there are no longer"


def test_the_console_has_a_text_for_every_code_the_node_says():
    source = (UI / "lib/i18n/said_texts.ts").read_text().partition("SAID_TEXTS")[2].partition("\n}\n")[0]
    written = dict(re.findall(r"^  '?([\w-]+)'?: \{\s*zh: '.*?',\s*en: '(.*?)',?\s*\}", source, re.M | re.S))
    assert {code: text.replace("\\'", "'") for code, text in written.items()} == TEXTS
    said_in = "".join(path.read_text() for path in (ROOT / "src/yiwang").rglob("*.py") if path.name != "said.py")
    made_up = {"decision-same", "decision-different", "decision-number", "identifier", "triplet"}
    made_up |= {
        "no-connection",
        "broke-off",
        "refused",
        "reset",
        "network-unreachable",
        "host-unreachable",
    }  # of others
    made_up |= {"wire-error", "of-service", "of-source", "of-output"}
    made_up |= {"name-unknown", "name-later", "no-file", "no-permission", "disk-full"}
    made_up |= {"identifier-claimed", "triplet-claimed", "number-none-left-nowhere", "number-taken-nowhere"}
    whole = {code for code, text in TEXTS.items() if f'"{text}"' in said_in or f": {text}" in said_in}
    assert [
        code for code in TEXTS.keys() - made_up - whole if f'"{code}"' not in said_in and f"'{code}'" not in said_in
    ] == []


def test_the_console_has_a_text_for_every_reason_of_a_period():
    packaging = (ROOT / "src/yiwang/packaging/programme.py").read_text()
    calls = [node for node in ast.walk(ast.parse(packaging)) if isinstance(node, ast.Call)]
    names = ("_end_when_possible", "_end_at_random_access_point", "_publish_period")
    last = [call.args[-1] for call in calls if getattr(call.func, "attr", "") in names]
    reasons = {arg.value for arg in last if isinstance(arg, ast.Constant)}
    reasons |= set(re.findall(r'_break_reason = "([a-z ]+)"', packaging)) | {
        "start",
        "restart",
        "signal returned",
        "time jump",
    }
    assert reasons >= {"codec change", "video lost", "clock step"}
    assert reasons == keys_of(UI / "lib/i18n/said_texts.ts", "PERIOD_TEXTS")


def test_the_console_has_a_word_for_every_action_that_is_written_down():
    calls = [
        node
        for path in (ROOT / "src/yiwang").rglob("*.py")
        if path.parent.name in ("web", "services", "cli")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and len(node.args) >= 3
        and (getattr(node.func, "attr", "") == "note" or getattr(node.func, "id", "") == "do")
    ]
    actions = {call.args[1].value for call in calls if isinstance(call.args[1], ast.Constant)}
    assert actions >= {"channel saved", "sign in", "decision withdrawn"}
    assert actions == keys_of(UI / "lib/operator/action_words.ts", "ACTION_WORDS")


def test_the_console_orders_health_and_columns_as_the_node_does():
    from yiwang.services.channel_health import HEALTHS
    from yiwang.web.console_feed import COLUMNS

    health = re.search(r"HEALTHS = \[(.*?)\]", (UI / "lib/health/health.ts").read_text())
    assert health is not None
    assert tuple(re.findall(r"'(\w+)'", health[1])) == HEALTHS
    columns = re.search(r"interface Columns \{(.*?)\n\}", (UI / "lib/console/tiles.ts").read_text(), re.S)
    assert columns is not None
    assert tuple(re.findall(r"readonly (\w+):", columns[1])) == COLUMNS
