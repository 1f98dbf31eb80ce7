"""`intent policy learn` and `intent report` with `--topics` on real brokers: answers in, rates and the week out."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from support.kafka import Broker
from support.tails import Tails, produce
from support.tree import ROOT

from agents import topic_admin
from agents.replay_files import Entry
from agents.replay_run import RawIntake
from agents.settings import load
from schemas.signal import PolicyChange
from streams.policy import parse_policy, reference_policy

pytestmark = pytest.mark.integration
EXAMPLE = ROOT / "schemas" / "examples" / "sales-ready" / "v1" / "opened-by-a-surge.json"
POLICY = ROOT / "deploy" / "policy" / "example.toml"


def intent(environ: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agents.cli", *map(str, arguments), "--policy", str(POLICY)]
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)


def answered(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One alert and what sales said to it."""
    event = json.loads(EXAMPLE.read_text())
    event |= {"id": f"sr-{number}", "subject": f"acc-{number}", "partitionkey": f"default/{number}.example"}
    answer = {
        "event_id": f"d-{number}", "source": "crm", "type": "disposition", "occurred_at": "2026-04-01T09:00:00Z",
        "account_id": f"acc-{number}", "sales_ready_id": f"sr-{number}",
        **({"status": "accepted"} if number % 4 else {"status": "rejected", "reason": "no_need"}),
    }  # fmt: skip
    return event, answer


def test_what_the_topics_hold_is_counted_and_the_rates_come_back_as_a_policy(
    broker: Broker, tmp_path: Path
) -> None:
    prefix = f"t{uuid.uuid4().hex[:8]}."
    environ = os.environ | {
        "INTENT_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers, "INTENT_TOPIC_PREFIX": prefix,
    }  # fmt: skip
    missing = intent(environ, "policy", "learn", "--topics")
    asyncio.run(topic_admin.create(load(environ)))
    empty = intent(environ, "policy", "learn", "--topics", "--publish")
    pairs = [answered(number) for number in range(24)]
    topics = (f"{prefix}intent.sales-ready.v1", f"{prefix}intent.dispositions.v1")
    produce(broker.bootstrap_servers, [
        (topic, str(number).encode(), json.dumps(value).encode())
        for number, pair in enumerate(pairs) for topic, value in zip(topics, pair, strict=True)
    ])  # fmt: skip

    done = intent(environ, "policy", "learn", "--topics", "--publish", "--rates", tmp_path / "rates.jsonl")
    week = intent(environ, "report", "--topics", "--days", "60")

    assert missing.returncode == 1
    assert "does not exist" in missing.stderr
    assert (empty.returncode, "no rate to write" in empty.stderr) == (1, True)
    assert done.returncode == 0, done.stderr
    assert "24 alerts, 24 answered" in done.stdout
    assert week.returncode == 0, week.stderr
    assert "acceptance             75.0 % (18 of 24" in week.stdout
    tail = Tails(broker.bootstrap_servers, f"{prefix}intent.policy.v1")
    tail.catch_up()
    (sent,) = tail.all(f"{prefix}intent.policy.v1")
    taken = RawIntake(reference_policy()).take(
        Entry("intent.policy.v1", sent.key, sent.value, 0, 0, sent.timestamp)
    )
    assert isinstance(taken, tuple)
    assert isinstance(taken[1], PolicyChange)
    found = parse_policy(taken[1].document)
    rate = found.attribution.source_accept_rates["direct"]
    assert (rate.accepted, rate.rejected) == (18, 6)
    assert found.version == parse_policy(POLICY.read_bytes()).version + 1
    assert found.signals == parse_policy(POLICY.read_bytes()).signals
