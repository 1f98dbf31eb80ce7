"""What reaches the processors: gaps, transaction markers, joins, ordinary agents, broadcast topics."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from support.counting import Counting
from support.counting_worker import Layout, Worker, configured, laid_out
from support.kafka import Broker, create_topics, unique
from support.oracle import judge, produce

from agents.runtime import App, Broadcast, Job, Record, Silent, build_app, serve


class Counted(Counting):
    """Remembers offsets, in the order they came."""

    def __init__(self, out: str) -> None:
        super().__init__(out)
        self.offsets: list[tuple[int, int]] = []

    def _one(self, partition: int, record: Record) -> None:
        super()._one(partition, record)
        self.offsets.append((partition, record.offset))


class Recoveries(Silent):
    """Remembers what was restored."""

    def __init__(self) -> None:
        self.partitions: list[int] = []

    def on_recovery(self, job: str, partition: int, keys: int, seconds: float, dropped: int) -> None:
        self.partitions.append(partition)


@asynccontextmanager
async def running(
    layout: Layout,
    counted: Counted,
    observer: Silent | None = None,
    broadcasts: tuple[Broadcast, ...] = (),
    more: Callable[[App], None] = lambda app: None,
) -> AsyncIterator[App]:
    """The counting job in this process and event loop."""
    job = Job("counting", counted, (layout.topic,), stateful=True, changelog=layout.changelog)
    app = build_app(configured(layout), [job], observer, broadcasts)
    more(app)
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(app, stop))
    try:
        await until(lambda: app.runtime.ready or serving.done())
        yield app
    finally:
        stop.set()
        assert await serving == 0
        shutil.rmtree(layout.directory, ignore_errors=True)


async def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until something holds; TimeoutError if it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # a test may poll
            await asyncio.sleep(0.02)


async def write(layout: Layout, bodies: list[dict[str, Any]], partition: int = 0, **settings: Any) -> None:
    """Produce records to one partition, in one transaction if there is a transactional id."""
    producer = AIOKafkaProducer(bootstrap_servers=layout.servers, **settings)
    await producer.start()
    try:
        if settings:
            async with producer.transaction():
                for body in bodies:
                    await producer.send(
                        layout.topic, json.dumps(body).encode(), key=b"k", partition=partition
                    )
        else:
            for body in bodies:
                await producer.send_and_wait(
                    layout.topic, json.dumps(body).encode(), key=b"k", partition=partition
                )
    finally:
        await producer.stop()


async def test_transaction_markers_in_the_log_are_neither_records_nor_lag(kafka: Broker) -> None:
    layout = dataclasses.replace(laid_out_async(kafka), ticks=False)
    await make(layout)
    for number in range(3):
        await write(layout, [{"id": number * 10 + n} for n in range(10)], transactional_id=unique("writer"))
    counted = Counted(layout.out)

    async with running(layout, counted) as app:
        await until(lambda: len(counted.offsets) == 30)
        await until(lambda: app.runtime.host.committed.get((layout.topic, 0)) == 33)
        await until(lambda: app.runtime.progress.lag.get((layout.topic, 0)) == 0)
    assert [partition for partition, _ in counted.offsets] == [0] * 30
    offsets = [offset for _, offset in counted.offsets]
    assert offsets == sorted(set(offsets))  # the broker writes the markers when it likes


async def test_a_log_whose_head_was_deleted_is_read_from_what_is_left(kafka: Broker) -> None:
    layout = laid_out_async(kafka)
    await make(layout)
    await write(layout, [{"id": n} for n in range(20)])
    admin = AIOKafkaAdminClient(bootstrap_servers=layout.servers)
    await admin.start()
    await admin.delete_records({TopicPartition(layout.topic, 0): RecordsToDelete(before_offset=15)})
    await admin.close()
    counted = Counted(layout.out)

    async with running(layout, counted):
        await until(lambda: len(counted.offsets) == 5)
    assert counted.offsets[0] == (0, 15)


async def test_a_partition_that_stays_is_not_restored_again(kafka: Broker) -> None:
    layout = laid_out_async(kafka)
    await make(layout)
    for partition in range(layout.partitions):
        await write(layout, [{"id": n} for n in range(50)], partition)
    counted, recoveries = Counted(layout.out), Recoveries()

    async with running(layout, counted, recoveries) as app:
        await until(lambda: len(counted.offsets) == 50 * layout.partitions)
        with Worker(layout) as other:
            await asyncio.to_thread(other.said, "ready")
            await until(lambda: app.runtime.ready)
            kept = {tp.partition for tp in app.runtime.host.applied}
            recoveries.partitions.clear()
            assert await asyncio.to_thread(other.terminate) == 0
        await until(lambda: app.runtime.ready and len(app.runtime.host.applied) == layout.partitions)
        await write(layout, [{"id": 99}])
        await until(lambda: (0, 50) in counted.offsets)
        restored = set(recoveries.partitions)

    assert kept
    assert not kept & restored
    assert len(counted.offsets) == len(set(counted.offsets))
    assert (await asyncio.to_thread(judge, layout)).violations == []


async def test_an_ordinary_agent_beside_the_jobs_gets_single_messages_and_commits(broker: Broker) -> None:
    layout, extra = laid_out_async(broker), unique("extra")
    await make(layout)
    await create_topics(layout.servers, {extra: 1})
    seen: list[bytes] = []

    def more(app: App) -> None:
        @app.agent(app.topic(extra, key_serializer="raw", value_serializer="raw"))
        async def ordinary(stream: Any) -> None:
            async for value in stream:
                seen.append(value)

    producer = AIOKafkaProducer(bootstrap_servers=layout.servers)
    await producer.start()
    for number in range(300):
        await producer.send(extra, b"%d" % number)
    await producer.flush()
    await producer.stop()
    async with running(layout, Counted(layout.out), more=more) as app:
        await until(lambda: len(seen) == 300)
        await until(lambda: app.runtime.host.committed.get((extra, 0)) == 300)
    assert seen == [b"%d" % number for number in range(300)]


async def test_a_broadcast_topic_is_complete_before_work_begins_and_is_followed(broker: Broker) -> None:
    layout, taxonomy = laid_out_async(broker), unique("taxonomy")
    await make(layout)
    await create_topics(layout.servers, {taxonomy: 3}, [taxonomy])
    producer = AIOKafkaProducer(bootstrap_servers=layout.servers)
    await producer.start()
    for number in range(100):
        await producer.send_and_wait(taxonomy, b"v", key=b"%d" % number)
    known: dict[bytes, bytes] = {}

    def learn(record: Record) -> None:
        known[record.key or b""] = record.value or b""

    async with running(layout, Counted(layout.out), broadcasts=(Broadcast(taxonomy, learn),)):
        assert len(known) == 100
        await producer.send_and_wait(taxonomy, b"new", key=b"7")
        await until(lambda: known[b"7"] == b"new")
    await producer.stop()


def test_a_worker_that_is_stopped_while_it_starts_exits_in_order(kafka: Broker) -> None:
    layout = laid_out(kafka)
    produce(layout, 1000)

    for wait in (1.2, 1.6, 2.0):
        with Worker(layout) as worker:
            time.sleep(wait)
            worker.process.send_signal(signal.SIGTERM)
            assert worker.process.wait(10) in (0, -signal.SIGTERM)  # the latter while Python still imports
        assert judge(layout).violations == []


def test_a_changelog_with_another_number_of_partitions_is_refused(kafka: Broker) -> None:
    layout = laid_out(kafka)
    odd = laid_out(kafka, partitions=3)

    with Worker(dataclasses.replace(layout, changelog=odd.changelog)) as worker:
        assert worker.process.wait(20) == 70


def laid_out_async(broker: Broker) -> Layout:
    """A layout whose topics are still to be made, for tests that are in an event loop."""
    return Layout(
        broker.bootstrap_servers, broker.embedded, unique("log"), unique("changelog"), unique("out"),
        unique("app"), directory=str(Path(os.environ.get("TMPDIR", "/tmp")) / unique("counting")),
    )  # fmt: skip


async def make(layout: Layout) -> None:
    """Make a layout's topics."""
    topics = {layout.topic: layout.partitions, layout.changelog: layout.partitions, layout.out: 2}
    await create_topics(layout.servers, topics, [layout.changelog])


pytestmark = [pytest.mark.integration, pytest.mark.timeout(90)]
