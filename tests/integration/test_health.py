"""Readiness follows a real broker: there, and gone."""

from __future__ import annotations

import asyncio

import pytest
from support.kafka import Broker

from agents import ops
from agents.embedded import EmbeddedBroker
from agents.health import Health
from agents.settings import KafkaSettings

pytestmark = pytest.mark.integration


async def until(health: Health, said: str, seconds: float = 15) -> None:
    """Wait until the Kafka check of readiness says this."""
    async with asyncio.timeout(seconds):
        while health.ready().checks["kafka"] != said:
            await asyncio.sleep(0.05)


async def test_a_reachable_cluster_is_seen(broker: Broker) -> None:
    health = Health(joins_group=False)
    kafka = KafkaSettings(bootstrap_servers=(broker.bootstrap_servers,))
    watch = asyncio.create_task(ops.watch_kafka(kafka, health, every=0.1))

    await until(health, "ok")
    watch.cancel()

    assert health.ready().ok


async def test_an_outage_is_seen_and_its_end_too() -> None:
    health = Health(joins_group=False)
    broker = EmbeddedBroker().start()
    kafka = KafkaSettings(bootstrap_servers=(broker.bootstrap_servers,))
    watch = asyncio.create_task(ops.watch_kafka(kafka, health, every=0.1))
    try:
        await until(health, "ok")
        broker.stop()
        await until(health, "not reachable")
        broker.start()
        await until(health, "ok")
    finally:
        watch.cancel()
        broker.stop()
