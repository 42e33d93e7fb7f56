"""Alert rules and dashboard: whole, tested rule by rule, and valid PromQL where promtool is there to say so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from liveledger.node.ports import node_ports
from tests.deploy.tools import DEPLOY, check, need
from tests.house.tree import ROOT

RULES = DEPLOY / "prometheus" / "alerts.yml"
TESTS = DEPLOY / "prometheus" / "alerts_test.yml"
SCRAPES = DEPLOY / "prometheus" / "prometheus.yml"
DASHBOARD = DEPLOY / "grafana" / "liveledger.json"


def alerts() -> list[dict[str, Any]]:
    """All alert rules."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """The dashboard's panels, without the titles of its rows."""
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    """Every expression of the dashboard, for one ledger."""
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"].replace("$ledger", "main")


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for rule in alerts():
        assert rule["labels"]["severity"] in {"warning", "critical"}, rule
        assert {"summary", "action"} <= set(rule["annotations"]), rule
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names))


def test_every_alert_is_seen_to_fire_and_to_be_silent() -> None:
    cases = [case for test in yaml.safe_load(TESTS.read_text())["tests"] for case in test["alert_rule_test"]]
    names = {rule["alert"] for rule in alerts()}
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == names
    assert {case["alertname"] for case in cases if not case.get("exp_alerts")} == names


def test_the_operator_page_lists_every_alert() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    assert dict(re.findall(r"^\| `(LiveLedger\w+)` \| (\w+) \|", page, re.MULTILINE)) == {
        rule["alert"]: rule["labels"]["severity"] for rule in alerts()
    }


def test_pages_and_scrape_configuration_speak_of_one_base_port() -> None:
    """A node that is made by the page is one that the configuration finds: otherwise a critical alert fires at once."""
    pages = [*(ROOT / "docs").glob("*.md"), DEPLOY / "compose" / "compose.yaml", SCRAPES]
    (base,) = {int(port) for page in pages for port in re.findall(r"--base-port (\d+)", page.read_text())}
    jobs = {job["job_name"]: job["static_configs"] for job in yaml.safe_load(SCRAPES.read_text())["scrape_configs"]}
    (target,) = jobs["liveledger-node"][0]["targets"]
    assert target == f"127.0.0.1:{node_ports(base, 0).node_metrics}"
    served = re.findall(r"--port (\d+)", (DEPLOY / "systemd" / "liveledger-api.service").read_text())
    assert jobs["liveledger-api"][0]["targets"] == [f"127.0.0.1:{port}" for port in served]


def test_panels_do_not_overlap_and_have_what_a_reader_needs() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["title"], panel
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        cells = {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}
        assert max(x for x, _ in cells) < 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    assert len(ids) == len(set(ids))


def test_promtool_takes_rules_and_configuration() -> None:
    promtool = need("promtool", "apt-get install prometheus")
    check(promtool, "check", "rules", RULES)
    check(promtool, "check", "config", "prometheus.yml", cwd=RULES.parent)
    check(promtool, "test", "rules", TESTS.name, cwd=TESTS.parent)


def test_promtool_takes_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    promtool = need("promtool", "apt-get install prometheus")
    rules = [
        {"record": f"dashboard:{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, expression in enumerate(expressions())
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    check(promtool, "check", "rules", file)
