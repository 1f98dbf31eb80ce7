"""What deploy/ ships is valid, hardened, complete in its documents, and its alerts are proved by promtool."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.services import promtool
from support.tree import ROOT

from agents.settings import variables

DEPLOY = ROOT / "deploy"
YAML_FILES = sorted(DEPLOY.rglob("*.yaml"))
README = (DEPLOY / "README.md").read_text()
ALERTS = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text())


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def manifests() -> list[dict[str, Any]]:
    return [one for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) for one in documents(path)]


def pods() -> list[Any]:
    specs = [one for one in manifests() if one["kind"] in {"StatefulSet", "Deployment", "Job"}]
    return [pytest.param(one["spec"]["template"]["spec"], id=one["metadata"]["name"]) for one in specs]


def alerts() -> list[dict[str, Any]]:
    return [rule for group in ALERTS["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_every_yaml_file_parses(path: Path) -> None:
    assert all(documents(path))


def test_the_scrape_configuration_is_valid() -> None:
    done = promtool("check", "config", "scrape.yaml", cwd=DEPLOY / "prometheus")

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_on_its_fault_and_a_healthy_hour_is_silent() -> None:
    done = promtool("test", "rules", "alerts_test.yaml", cwd=DEPLOY / "prometheus")

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_described_and_has_a_line_of_advice() -> None:
    tested = (DEPLOY / "prometheus/alerts_test.yaml").read_text()

    for alert in alerts():
        assert f"- alertname: {alert['alert']}\n" in tested, alert["alert"]
        assert set(alert["annotations"]) == {"summary", "description"}
        assert alert["labels"]["severity"] in {"critical", "warning", "info"}
        assert f"| `{alert['alert']}` |" in README


@pytest.mark.parametrize("pod", pods())
def test_pods_meet_the_restricted_standard(pod: dict[str, Any]) -> None:
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_workers_are_static_members_with_a_start_up_probe_that_covers_recovery() -> None:
    (worker,) = (one for one in manifests() if one["kind"] == "StatefulSet")
    (container,) = worker["spec"]["template"]["spec"]["containers"]
    probe = container["startupProbe"]

    assert container["env"][0]["name"] == "INTENT_GROUP_INSTANCE_ID"
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 600
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_the_configuration_of_kubernetes_and_compose_names_real_variables() -> None:
    config = next(one for one in manifests() if one["kind"] == "ConfigMap")["data"]
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["x-intent"]["environment"]

    assert set(config) | set(compose) <= variables()


def test_containers_of_compose_are_hardened_and_listen_on_loopback_only() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]

    for name in ("topics", "worker", "collector"):
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_runs_as_nobody_and_installs_by_hash_into_its_own_environment() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()

    assert "USER 10001" in dockerfile
    assert "pip install --require-hashes -r requirements.lock" in dockerfile
    assert "python -m venv" in dockerfile
    assert len(dockerfile.splitlines()) <= 60
    for path in re.findall(r"^COPY (?!--from)(\S+)", dockerfile, re.M):
        assert (ROOT / path).exists(), path


def test_the_topics_script_is_a_valid_shell_script() -> None:
    script = DEPLOY / "topics.sh"
    done = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert script.stat().st_mode & 0o111


def test_the_dashboard_is_importable_anywhere() -> None:
    dashboard = json.loads((DEPLOY / "grafana/intent.json").read_text())

    assert dashboard["id"] is None
    assert dashboard["uid"] == "intent-signals"
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            assert target["datasource"]["uid"] == "${datasource}"
    spaces = [(p["gridPos"]["y"], p["gridPos"]["x"]) for p in dashboard["panels"]]
    assert len(set(spaces)) == len(spaces), "no two panels in one place"


def test_every_variable_is_in_the_table_and_the_table_names_no_other() -> None:
    documented = set(re.findall(r"`((?:INTENT|KAFKA|REDIS|CONSUMER)_[A-Z_]+)`", README))
    read = variables()

    own = {name for name in read if name.startswith("INTENT_") and not name.endswith("_FILE")}
    short = {name.removeprefix("INTENT_") for name in own if name.startswith("INTENT_KAFKA_")}
    assert (own - documented) - {f"INTENT_{name}" for name in short & documented} == set()
    assert {name for name in documented if name not in read and not name.endswith("_FILE")} == set()
