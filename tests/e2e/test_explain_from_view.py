"""`intent explain` without a log asks the view: the same totals and lines as the published score."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from support.kafka import Broker
from support.redis import redis_server
from support.services import free_port, wait_until
from support.system import System

from streams.timeline import iso_text

WEB, ACCOUNTS = "intent.web.v1", "intent.accounts.v1"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_explain_answers_from_redis(embedded: Broker, tmp_path: Path) -> None:
    port, now = free_port(), int(time.time() * 1000)
    system = System(embedded, tmp_path, f"redis://127.0.0.1:{port}/0").create_topics()
    with redis_server(tmp_path, port), system.worker() as worker:
        worker.until_ready()
        system.produce([_profile(now), _visit(now)])
        wait_until(lambda: _explain(system).returncode == 0, seconds=60, what="the account is in the view")

        shown = json.loads(_explain(system).stdout)
        score = msgspec.json.decode(system.read("intent.scores.v1")[-1].value)

        assert {key: shown[key] for key in ("S", "F", "I", "R", "persons")} == {
            key: score[key] for key in ("S", "F", "I", "R", "persons")
        }
        assert _explain(system, "nobody.example").returncode == 1


def _explain(system: System, account: str = "acme.example") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agents.cli", "explain", account, "--output", "json"]
    return subprocess.run(
        command, env=system.environ, capture_output=True, text=True, check=False, timeout=30
    )


def _profile(at: int) -> tuple[str, bytes | None, bytes | None]:
    value = {
        "event_id": "p",
        "source": "t",
        "type": "account",
        "occurred_at": iso_text(at),
        "account_id": "acc",
        "account_domain": "acme.example",
        "employees": 200,
    }
    return ACCOUNTS, b"k", msgspec.json.encode(value)


def _visit(at: int) -> tuple[str, bytes | None, bytes | None]:
    value = {
        "event_id": "v",
        "source": "t",
        "type": "page_view",
        "occurred_at": iso_text(at),
        "session_id": "s",
        "email": "ann@acme.example",
        "url": "https://www.example.com/pricing",
        "page_category": "pricing",
    }
    return WEB, b"k", msgspec.json.encode(value)
