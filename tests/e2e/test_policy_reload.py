"""A policy learned and published while the worker runs: worker and replay of its log switch at one record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from support.kafka import Broker
from support.services import wait_until
from support.system import System
from support.traffic import iso
from support.tree import ROOT

SALES_READY, LOG = "intent.sales-ready.v1", "intent.signals.v1"
PEOPLE = ("ada", "ben", "cleo")


def intent(system: System, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agents.cli", *map(str, arguments)]
    return subprocess.run(
        command, env=os.environ | system.environ, cwd=ROOT, capture_output=True, text=True, check=False
    )


def send(system: System, topic: str, number: int, kind: str, who: str, **fields: Any) -> None:
    """One record of a person at a company of their own, happening now."""
    now = iso(int(time.time() * 1000))
    value = {
        "event_id": f"{kind}-{who}-{number}", "source": "test", "type": kind, "occurred_at": now, "received_at": now,
        "account_id": f"acc-{who}", "account_domain": f"{who}.example", **fields,
    }  # fmt: skip
    system.produce([(topic, who.encode(), json.dumps(value).encode())])


def asks(system: System, number: int, who: str) -> None:
    send(
        system, "intent.web.v1", number, "form_submit", who, form_kind="demo_request", session_source="direct",
        contact_id=who, email=f"{who}@{who}.example",
    )  # fmt: skip


def alerts(system: System) -> dict[str, dict[str, Any]]:
    return {
        record["subject"]: record for record in map(json.loads, (r.value for r in system.read(SALES_READY)))
    }


def until_alert(system: System, who: str) -> dict[str, Any]:
    wait_until(lambda: f"acc-{who}" in alerts(system), seconds=60, what=f"an alert of {who}", every=0.3)
    return alerts(system)[f"acc-{who}"]


def test_rates_learned_from_the_topics_are_on_the_next_alert_and_in_the_replay_of_the_log(
    broker: Broker, tmp_path: Path
) -> None:
    system = System(broker, tmp_path).create_topics()
    with system.worker() as worker:
        worker.until_ready()
        for who in PEOPLE:
            send(
                system, "intent.accounts.v1", 0, "account", who, name=who, employees=400, industry="software"
            )
        wait_until(
            lambda: len({record.key for record in system.read("intent.scores.v1")}) == len(PEOPLE),
            seconds=60,
            what="the companies are known, so that alerts are told by their account ids",
            every=0.2,
        )
        asks(system, 1, "ada")
        before = until_alert(system, "ada")
        send(
            system,
            "intent.dispositions.v1",
            2,
            "disposition",
            "ada",
            sales_ready_id=before["id"],
            status="accepted",
        )
        learned = intent(system, "policy", "learn", "--topics", "--publish")
        assert learned.returncode == 0, learned.stderr
        wait_until(
            lambda: worker.counted("intent_policy_records_total") >= 1,
            seconds=60,
            what="the policy",
            every=0.2,
        )
        asks(system, 3, "ben")
        after = until_alert(system, "ben")
        assert worker.terminate() == 0

    dump = tmp_path / "log.jsonl"
    with dump.open("w") as file:
        for record in system.read(LOG):
            line = {
                "topic": LOG, "key": (record.key or b"").decode(), "value": json.loads(record.value),
                "partition": record.partition, "offset": record.offset, "timestamp": record.timestamp,
            }  # fmt: skip
            file.write(json.dumps(line) + "\n")
    replayed = intent(system, "replay", dump)

    assert before["data"]["attribution"]["source_accept_rate"]["n"] == 80  # the policy of the file
    assert (before["data"]["policy"]["version"], after["data"]["policy"]["version"]) == (1, 2)
    assert after["data"]["attribution"]["source_accept_rate"] == {
        "value": 1000,
        "n": 1,
        "interval": [206, 1000],
    }
    assert after["data"]["routing"]["record_url"] == "https://crm.signalworks.example/accounts/acc-ben"
    assert replayed.returncode == 0, replayed.stderr
    again = {
        line["value"]["subject"]: line["value"]
        for line in map(json.loads, replayed.stdout.splitlines()) if line["topic"] == SALES_READY
    }  # fmt: skip
    assert {name: again[name] for name in ("acc-ada", "acc-ben")} == {"acc-ada": before, "acc-ben": after}
