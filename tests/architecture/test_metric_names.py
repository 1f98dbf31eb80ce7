"""Metrics: one file lists them, names and labels keep the rules, and references name real ones."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest
from support.services import promtool, require
from support.tree import ROOT, python_files

from agents.meter import Meter
from agents.metrics import FAMILIES, Family
from agents.tally import KNOWN_COUNTS

NAMES = {family.name for family in FAMILIES}
PERSONAL = frozenset(
    "account account_id contact contact_id email domain home url campaign write_key tenant ip user"
    " path".split()
)
DIMENSIONLESS = {"intent_engaged_people", "intent_surge_p"}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_name_says_unit_and_kind_and_no_label_is_personal(family: Family) -> None:
    assert re.fullmatch(r"intent(_[a-z]+)+", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    if family.kind == "histogram" and family.name not in DIMENSIONLESS:
        assert family.name.endswith(("_seconds", "_bytes"))
    assert not PERSONAL & set(family.labels)
    assert family.meaning.endswith(".")


def test_no_two_families_share_a_name() -> None:
    assert len(NAMES) == len(FAMILIES)


def test_the_exposition_passes_the_linter_of_prometheus() -> None:
    text = Meter("worker", "collector", "view").text()
    done = subprocess.run(
        [require("promtool"), "check", "metrics"], input=text, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_architecture_lists_exactly_the_families_of_the_code() -> None:
    section = (ROOT / "ARCHITECTURE.md").read_text().partition("## Metrics")[2].partition("\n## ")[0]

    assert set(re.findall(r"`(intent_[a-z_]+)[`{]", section)) == NAMES


def base(name: str) -> str:
    return re.sub(r"_(bucket|sum|count)$", "", name)


@pytest.mark.parametrize("path", ["deploy/prometheus/alerts.yaml", "deploy/prometheus/alerts_test.yaml"])
def test_alerts_name_real_metrics(path: str) -> None:
    used = set(re.findall(r"\bintent_[a-z_]+\b", (ROOT / path).read_text()))

    assert {base(name) for name in used} - NAMES == set()


def test_the_dashboard_names_real_metrics_and_parses_as_promql(tmp_path: Path) -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/intent.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]

    used = {name for one in expressions for name in re.findall(r"\bintent_[a-z_]+\b", one)}
    assert {base(name) for name in used} - NAMES == set()
    rules = [
        {"record": f"panel:expression:{number}", "expr": one.replace("$__rate_interval", "5m")}
        for number, one in enumerate(expressions)
    ]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = promtool("check", "rules", "rules.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def counted_names() -> set[str]:
    """First elements of the tuples under which streams/ and agents/ count: `counts["name", ...]`."""
    found = set()
    for path in python_files("streams", "agents"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "counts":
                found |= _first_words(node.slice)
    return found


def _first_words(key: ast.expr) -> set[str]:
    first = key.elts[0] if isinstance(key, ast.Tuple) and key.elts else None
    if isinstance(first, ast.IfExp):
        return {part.value for part in (first.body, first.orelse) if isinstance(part, ast.Constant)}
    return {first.value} if isinstance(first, ast.Constant) else set()


def test_whatever_a_processor_counts_has_a_family() -> None:
    names = counted_names()

    assert {"duplicate", "accepted", "late"} <= names, "the search finds what is there"
    assert names - KNOWN_COUNTS == set()


def test_metrics_are_made_in_one_place_only() -> None:
    makers = []
    for path in python_files("agents"):
        tree = ast.parse(path.read_text())
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "prometheus_client"
            for alias in node.names
        }
        called = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if imported & called & {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}:
            makers.append(path.relative_to(ROOT).as_posix())

    assert makers == ["agents/meter.py"]
