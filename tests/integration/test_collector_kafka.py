"""The collector on real brokers: what is answered 200 is in Kafka, and an absent Kafka is said quickly."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiokafka import AIOKafkaConsumer
from prometheus_client import CollectorRegistry
from support.clients import CAPTURES, records_of, replay
from support.collector import KEY, SETTINGS, MemoryView
from support.kafka import Broker, create_topics, unique
from support.services import free_port

from agents.collector.app import build_collector
from agents.collector.producer import KafkaProducer
from agents.embedded import EmbeddedBroker

CLIENTS = ("posthog-python", "rudder-sdk-node", "snowplow-browser-tracker", "snowplow-node-tracker")
TOPICS = ("intent.web.v1", "intent.contacts.v1", "intent.accounts.v1", "intent.dlq.v1")
HEADERS = {"X-Write-Key": KEY}


@asynccontextmanager
async def collector_on(
    bootstrap: str, prefix: str = "", **options: Any
) -> AsyncIterator[TestClient[Any, Any]]:
    producer = KafkaProducer(bootstrap, **options)
    settings = replace(SETTINGS, topic_prefix=prefix)
    app = build_collector(settings, producer, MemoryView(), registry=CollectorRegistry())
    async with TestClient(TestServer(app)) as client:
        yield client


async def until_ready(client: TestClient[Any, Any], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while (await client.get("/readyz")).status != 200:
        assert time.monotonic() < deadline, "the collector never became ready"
        await asyncio.sleep(0.05)


async def read(
    bootstrap: str, topic: str, count: int, seconds: float = 15, holding: bytes = b""
) -> list[Any]:
    """At least `count` records, one of them with `holding` in it, as far as they come in time."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        found: list[Any] = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not (
            len(found) >= count and any(holding in record.value for record in found)
        ):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
        return found
    finally:
        await consumer.stop()


def page(number: int) -> dict[str, Any]:
    return {"type": "page", "messageId": f"m-{number}", "anonymousId": f"a-{number % 7}"}


async def test_what_was_answered_200_is_in_kafka_under_its_key(broker: Broker) -> None:
    prefix = unique("edge") + "."
    await create_topics(broker.bootstrap_servers, {prefix + topic: 2 for topic in TOPICS})
    async with collector_on(broker.bootstrap_servers, prefix) as client:
        await until_ready(client)
        bodies = [
            {"batch": [page(10 * n + k) for k in range(10)] + [{"type": "nonsense"}]} for n in range(20)
        ]
        answers = await asyncio.gather(
            *(client.post("/v1/batch", data=json.dumps(body), headers=HEADERS) for body in bodies)
        )
    records = await read(broker.bootstrap_servers, prefix + "intent.web.v1", 200)
    letters = await read(broker.bootstrap_servers, prefix + "intent.dlq.v1", 20)

    assert [answer.status for answer in answers] == [200] * 20
    assert {json.loads(record.value)["event_id"] for record in records} == {f"m-{n}" for n in range(200)}
    assert all(record.key.decode() == json.loads(record.value)["anonymous_id"] for record in records)
    assert {record.value for record in letters} == {b'{"type": "nonsense"}'}
    assert dict(letters[0].headers)["intent.error.code"] == b"unknown_type"


@pytest.mark.parametrize("client_name", CLIENTS)
async def test_what_a_published_client_sent_is_in_kafka(broker: Broker, client_name: str) -> None:
    prefix = unique("clients") + "."
    await create_topics(
        broker.bootstrap_servers, {prefix + topic: 1 for topic in (*TOPICS, "intent.content.v1")}
    )
    expected = [record for record in await records_of(client_name) if "value" in record]
    async with collector_on(broker.bootstrap_servers, prefix) as client:
        await until_ready(client)
        for row in CAPTURES[client_name]:
            answer = await replay(client, row)
            assert answer.status in (200, 400)  # 400: a tracker path that is not configured here
            await answer.read()
    found: set[str] = set()
    for topic in {record["topic"] for record in expected}:
        told = [record for record in expected if record["topic"] == topic]
        records = await read(broker.bootstrap_servers, prefix + topic, len(told), seconds=3)
        found |= {json.loads(record.value)["event_id"] for record in records}
    wanted = {record["value"]["event_id"] for record in expected}
    unconfigured = {
        event["eid"]
        for row in CAPTURES[client_name]
        if row["path"] == "/com.acme/track" and isinstance(row["body"], dict)
        for event in row["body"]["data"]
    }

    assert found == wanted - unconfigured


async def test_without_kafka_the_collector_starts_and_says_503_within_two_seconds() -> None:
    async with collector_on(f"127.0.0.1:{free_port()}") as client:
        begun = time.monotonic()
        answer = await client.post("/v1/batch", data=json.dumps({"batch": [page(1)]}), headers=HEADERS)
        taken = time.monotonic() - begun

        assert (answer.status, int(answer.headers["Retry-After"]) >= 1) == (503, True)
        assert taken <= 2
        assert (await client.get("/livez")).status == 200
        assert (await client.get("/readyz")).status == 503


async def test_a_broker_that_goes_and_comes_back_costs_503s_and_no_accepted_record() -> None:
    first = EmbeddedBroker().start()
    port = int(first.bootstrap_servers.rpartition(":")[2])
    await create_topics(first.bootstrap_servers, dict.fromkeys(TOPICS, 1))
    async with collector_on(first.bootstrap_servers, in_flight_bytes=200_000) as client:
        await until_ready(client)
        before = await client.post("/v1/batch", data=json.dumps({"batch": [page(1)]}), headers=HEADERS)
        first.stop()

        async def send(number: int) -> tuple[int, float]:
            begun = time.monotonic()
            body = json.dumps({"batch": [page(number)]})
            answer = await client.post("/v1/batch", data=body, headers=HEADERS)
            return answer.status, time.monotonic() - begun

        away = await asyncio.gather(*(send(number) for number in range(100, 190)))
        second = EmbeddedBroker(port=port).start()
        try:
            await create_topics(second.bootstrap_servers, dict.fromkeys(TOPICS, 1))
            returned = time.monotonic()
            while (await send(500))[0] != 200:
                assert time.monotonic() - returned < 15, "no 200 after the broker came back"
                await asyncio.sleep(0.2)
            back = time.monotonic() - returned
            records = await read(second.bootstrap_servers, "intent.web.v1", 1, holding=b"m-500")
        finally:
            second.stop()

    assert before.status == 200
    assert {status for status, _ in away} == {503}
    assert max(taken for _, taken in away) <= 3  # the bound of a send, and a busy machine
    assert back <= 5
    assert "m-500" in {json.loads(record.value)["event_id"] for record in records}
