"""The view agent between a real broker and a real Redis: it follows, waits, catches up, begins again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from support.kafka import Broker, create_topics, unique
from support.redis import redis_server
from support.services import free_port
from support.view import a_score, a_watch, an_event

from agents.view.agent import ViewAgent
from agents.view.applier import Applier, Place
from agents.view.reader import ViewReader
from agents.view.store import ChangedMeanwhile, ViewError, ViewStore, open_redis
from agents.view.writer import READY, SCORES, TOPICS, WATCH, ViewRecord

NOW = 1_773_659_220
HOMES = [f"demo/c{number}.example" for number in range(12)]


class Bench:
    """A broker with the view's topics, the agent, and a reader."""

    def __init__(self, broker: Broker, url: str) -> None:
        self.servers = broker.bootstrap_servers
        self.prefix = unique("view") + "."
        self.group = unique("app")
        self.url = url
        fast = {"session_timeout_ms": 6000, "heartbeat_interval_ms": 1000}
        self.options = fast if broker.embedded else {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[ViewAgent, ViewReader]]:
        await create_topics(self.servers, {self.prefix + topic: 2 for topic in TOPICS})
        store = ViewStore(open_redis(self.url, timeout=0.5))
        agent = ViewAgent(
            self.servers, Applier(store), app_id=self.group, topic_prefix=self.prefix, options=self.options
        )
        await agent.start()
        try:
            yield agent, ViewReader(store)
        finally:
            await agent.stop()
            await store.close()

    async def produce(self, topic: str, records: list[tuple[str, dict[str, Any] | None]]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.servers, acks="all")
        await producer.start()
        for key, value in records:
            encoded = None if value is None else orjson.dumps(value)
            await producer.send(self.prefix + topic, encoded, key=key.encode())
        await producer.stop()

    async def committed(self, topic: str) -> int:
        """What the group says is done, over both partitions."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.servers, group_id=f"{self.group}-view", enable_auto_commit=False
        )
        await consumer.start()
        try:
            parts = [TopicPartition(self.prefix + topic, number) for number in (0, 1)]
            consumer.assign(parts)
            return sum([await consumer.committed(part) or 0 for part in parts])
        finally:
            await consumer.stop()


async def eventually(true: Callable[[], Awaitable[Any]], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if await true():
                return
        except ViewError:  # away for the moment
            pass
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.1)


def accounts_are(reader: ViewReader, number: int) -> Callable[[], Awaitable[bool]]:
    async def same() -> bool:
        return len(await reader.accounts(100)) == number

    return same


async def test_what_scoring_writes_is_what_readers_see(broker: Broker, tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        bench = Bench(broker, redis.url)
        async with bench.running() as (agent, reader):
            await bench.produce(SCORES, [(home, a_score(home, I=5_000 * n)) for n, home in enumerate(HOMES)])
            await bench.produce(READY, [(HOMES[3], an_event("sr-3", subject="acc-c3"))])
            await bench.produce(WATCH, [(HOMES[1], a_watch("w-1"))])
            await eventually(accounts_are(reader, len(HOMES)), "all accounts are in the view")
            await bench.produce(SCORES, [(HOMES[0], None)])
            await eventually(accounts_are(reader, len(HOMES) - 1), "a tombstone is applied")

            async def listed() -> bool:
                return bool(await reader.sales_ready()) and bool(await reader.watched())

            await eventually(listed, "lists are filled")
            (event,) = await reader.sales_ready()
            assert event["account"]["account_id"] == "acc-c3"
            assert [card["home"] for card in await reader.accounts(2)] == [HOMES[11], HOMES[10]]
            assert agent.unreadable == 0


async def test_a_redis_that_lost_everything_is_filled_again_by_itself(
    embedded: Broker, tmp_path: Path
) -> None:
    with redis_server(tmp_path) as redis:
        bench = Bench(embedded, redis.url)
        async with bench.running() as (_, reader):
            await bench.produce(SCORES, [(home, a_score(home)) for home in HOMES])
            await eventually(accounts_are(reader, len(HOMES)), "the view is filled")
            redis.flush()
            await eventually(accounts_are(reader, len(HOMES)), "the view is filled again")


async def test_while_redis_is_away_nothing_is_skipped(embedded: Broker, tmp_path: Path) -> None:
    port = free_port()
    bench = Bench(embedded, f"redis://127.0.0.1:{port}/0")
    async with bench.running() as (agent, reader):
        await bench.produce(SCORES, [(home, a_score(home)) for home in HOMES])

        async def failing() -> bool:
            return agent.failures >= 2

        await eventually(failing, "the agent notices")
        assert await bench.committed(SCORES) == 0
        with redis_server(tmp_path, port):
            await eventually(accounts_are(reader, len(HOMES)), "the view caught up")
            assert agent.failures >= 2


async def test_a_write_that_builds_upon_what_redis_lost_is_not_done(tmp_path: Path) -> None:
    place = Place(SCORES, 0)
    records = [ViewRecord(SCORES, home, orjson.dumps(a_score(home)), n) for n, home in enumerate(HOMES)]
    with redis_server(tmp_path) as redis:
        store = ViewStore(open_redis(redis.url))
        applier, reader = Applier(store), ViewReader(store)
        await applier.apply(place, records[:5], 5, NOW, at=0)
        await applier.apply(place, records[5:8], 8, NOW, at=5)
        redis.flush()
        with pytest.raises(ChangedMeanwhile):
            await applier.apply(place, records[8:], 12, NOW, at=8)
        assert await reader.accounts(100) == []
        await applier.apply(place, records, 12, NOW, at=0)
        assert len(await reader.accounts(100)) == len(HOMES)
        with pytest.raises(ChangedMeanwhile):
            await applier.apply(place, records, 12, NOW, at=0)
        await store.close()
