"""A real Prometheus scrapes a working worker and collector, and promtool finds nothing wrong with their metrics."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from support.kafka import Broker
from support.services import Prometheus, require, wait_until
from support.system import WRITE_KEY, Process, System
from support.traffic import Traffic, iso

from agents.metrics import ANY, FAMILIES, Family


def stored_as(family: Family) -> str:
    """A name under which Prometheus keeps some of the family."""
    return family.name + ("_count" if family.kind == "histogram" else "")


def always_there(family: Family) -> bool:
    """Whether the family has series before anything has happened: no label of open values."""
    return ANY not in family.values.values()


@pytest.mark.timeout(120)
def test_prometheus_sees_the_families_of_worker_and_collector(
    embedded: Broker, tmp_path: Path, prometheus: Callable[..., Prometheus]
) -> None:
    system = System(embedded, tmp_path).create_topics()
    with system.worker() as worker, system.collector() as collector:
        worker.until_ready()
        collector.until_ready()
        now = int(time.time() * 1000)
        page = {"type": "page", "messageId": "m-1", "anonymousId": "v-1", "timestamp": iso(now)}
        url = f"{collector.url}/v1/batch"
        assert requests.post(url, json={"batch": [page]}, auth=(WRITE_KEY, ""), timeout=30).ok
        system.produce(Traffic(2, now).take(500))
        wait_until(lambda: worker.counted("intent_outputs_total"), seconds=60, what="outputs")

        server = prometheus(worker.port, collector.port)
        assert len(server.wait_for("up == 1")) >= 1
        server.wait_for("count(up == 1) == 2")
        wait_until(
            lambda: server.query("intent_events_received_total"), seconds=30, what="the page is counted"
        )
        wanted = {stored_as(family) for family in FAMILIES if always_there(family)}
        assert wanted <= server.names()
        assert server.query("sum(intent_signals_total) > 0")
        assert server.query('sum(intent_accounts{state="open"}) >= 0')
        for process in (worker, collector):
            _is_well_formed(process)


def _is_well_formed(process: Process) -> None:
    command = [require("promtool"), "check", "metrics"]
    done = subprocess.run(
        command, input=process.metrics(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
