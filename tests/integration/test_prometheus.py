"""A real Prometheus scrapes the ops server: every family arrives under its name, and the rules load."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import requests
from support.services import Prometheus
from support.tree import ROOT

from agents import metrics, ops
from agents.health import Health
from agents.measure import MeteredRuntime
from agents.meter import Meter

pytestmark = pytest.mark.integration


def exported(family: metrics.Family) -> str:
    """A series name that Prometheus stores for the family."""
    return f"{family.name}_count" if family.kind == "histogram" else family.name


async def test_prometheus_scrapes_every_family_and_loads_the_alerts(
    prometheus: Callable[..., Prometheus],
) -> None:
    meter, health = Meter("worker", "collector", "view"), Health()
    for family in metrics.FAMILIES:  # open labels have no series until something happened
        labels = [values[0] if values else "x" for values in family.values.values()]
        if family.kind == "counter":
            meter.add(family, *labels)
        elif family.kind == "histogram":
            meter.observe(family, 0.1, *labels)
        else:
            meter.set(family, 1, *labels)
    MeteredRuntime(meter, health).on_lag("intent.signals.v1", 0, 12, stalled=False)
    server = await ops.serve(health, meter, "127.0.0.1", 0)
    try:
        scraper = await asyncio.to_thread(
            prometheus, server.port, rules=ROOT / "deploy/prometheus/alerts.yaml"
        )
        found = await asyncio.to_thread(scraper.wait_for, 'intent_consumer_lag_messages{partition="0"}')
        names = await asyncio.to_thread(scraper.names)
        groups = (await asyncio.to_thread(requests.get, f"{scraper.url}/api/v1/rules", timeout=5)).json()
    finally:
        await server.close()

    assert found[0]["value"][1] == "12"
    assert {exported(family) for family in metrics.FAMILIES} - names == set()
    assert len(groups["data"]["groups"]) == 3
