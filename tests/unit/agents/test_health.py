"""Liveness is about this process, readiness about its work; stalls count only while Kafka answers."""

from __future__ import annotations

import asyncio

import aiohttp

from agents import ops
from agents.health import Health
from agents.meter import Meter
from agents.settings import KafkaSettings


def working() -> Health:
    health = Health()
    health.kafka(True)
    health.restored(True)
    return health


def test_a_new_process_is_alive_and_not_ready() -> None:
    health = Health()

    assert health.live().ok
    assert health.ready().checks["kafka"] == "not reachable"
    assert not health.ready().ok


def test_it_is_ready_when_kafka_answers_and_the_tables_are_restored() -> None:
    assert working().ready().ok


def test_it_is_not_ready_while_a_rebalance_restores_tables() -> None:
    health = working()
    health.restored(False)

    assert not health.ready().ok
    assert health.live().ok


def test_without_kafka_it_is_alive_and_not_ready() -> None:
    health = working()
    health.stalled("intent.signals.v1", 0, True)
    health.kafka(False)
    health.stalled("intent.signals.v1", 1, True)

    assert not health.ready().ok
    assert health.live().ok, "a restart does not bring Kafka back"


def test_a_stalled_partition_is_named_and_ends_the_liveness() -> None:
    health = working()
    health.stalled("intent.signals.v1", 3, True)

    assert health.live().checks["progress"] == "stalled: intent.signals.v1/3"

    health.stalled("intent.signals.v1", 3, False)
    assert health.live().ok


def test_a_stopping_process_takes_no_more_work() -> None:
    health = working()
    health.stopping()

    assert not health.ready().ok
    assert health.live().ok


def test_a_collector_owns_no_tables() -> None:
    health = Health(joins_group=False)
    health.kafka(True)

    assert health.ready().ok


async def test_the_ops_server_answers_probes_metrics_and_version() -> None:
    health, refreshed = working(), []
    server = await ops.serve(health, Meter("worker"), "127.0.0.1", 0, lambda: refreshed.append(1))
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client:
            assert (await client.get("/livez")).status == 200
            assert (await client.get("/readyz")).status == 200
            assert (await (await client.get("/version")).json())["version"]
            metrics = await client.get("/metrics")
            assert "intent_build_info" in await metrics.text()
            assert metrics.headers["Content-Type"].startswith("text/plain")
            health.restored(False)
            answer = await client.get("/readyz")
            assert answer.status == 503
            assert "tables" in (await answer.json())["checks"]
    finally:
        await server.close()
    assert refreshed == [1]


async def test_a_cluster_that_does_not_answer_is_noticed() -> None:
    health = working()
    nobody = KafkaSettings(bootstrap_servers=("127.0.0.1:1",))
    watch = asyncio.create_task(ops.watch_kafka(nobody, health, every=0.05))

    for _ in range(100):
        if not health.ready().ok:
            break
        await asyncio.sleep(0.05)
    watch.cancel()

    assert health.ready().checks["kafka"] == "not reachable"
