"""What must hold of the counting job at any moment, read from the broker by a client of its own."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from support.counting import recompute
from support.counting_worker import Layout

from agents.runtime.changelog import Replay
from agents.runtime.reader import Reader


@dataclass
class Verdict:
    """What was found: violations in words, and how far the job is."""

    violations: list[str] = field(default_factory=list)
    processed: int = 0
    records: int = 0
    outputs: int = 0
    repeats: int = 0

    @property
    def done(self) -> bool:
        """The state has taken in the whole log."""
        return self.processed == self.records


def judge(layout: Layout) -> Verdict:
    """Compare offsets, changelog and outputs with a pure recomputation of the log."""
    return asyncio.run(_judge(layout))


def drained(layout: Layout, seconds: float = 60.0) -> Verdict:
    """The verdict once a worker without ticks has processed everything."""
    deadline = time.monotonic() + seconds
    while True:
        time.sleep(0.3)
        verdict = judge(layout)
        if verdict.done or time.monotonic() > deadline:
            return verdict


async def _judge(layout: Layout) -> Verdict:
    committed = await _committed(layout)
    changelog = await _read(layout.servers, layout.changelog)
    log = await _read(layout.servers, layout.topic)
    sent = await _read(layout.servers, layout.out)
    verdict = Verdict()
    bodies = _bodies([record for records in sent.values() for record in records], verdict)
    for partition, records in log.items():
        verdict.records += len(records)
        _judge_partition(partition, records, changelog[partition], committed[partition], bodies, verdict)
    return verdict


def _judge_partition(
    partition: int, log: list[Any], changelog: list[Any], committed: int,
    bodies: dict[str, bytes], verdict: Verdict,
) -> None:  # fmt: skip
    replay = Replay()
    replay.feed(changelog)
    restored = replay.finish()
    reached = restored.marker.next_offset if restored.marker is not None else 0
    verdict.processed += sum(record.offset < reached for record in log)
    if committed > reached:
        verdict.violations.append(f"partition {partition}: committed {committed}, state at {reached}")
    state, outputs = recompute(partition, [record for record in log if record.offset < reached])
    durable = restored.values
    wrong = {key for key in state.keys() | durable.keys() if state.get(key) != durable.get(key)}
    if wrong:
        verdict.violations.append(f"partition {partition}: {len(wrong)} keys differ at {reached}")
    absent = outputs.keys() - bodies.keys()
    if absent:
        verdict.violations.append(f"partition {partition}: {len(absent)} outputs were never sent")
    _, possible = recompute(partition, log)
    other = {name for name, body in possible.items() if bodies.get(name, body) != body}
    if other:
        verdict.violations.append(f"partition {partition}: {len(other)} outputs differ from a pure run")


def _bodies(sent: list[Any], verdict: Verdict) -> dict[str, bytes]:
    bodies: dict[str, bytes] = {}
    for record in sent:
        name = record.key.decode()
        if bodies.setdefault(name, record.value) != record.value:
            verdict.violations.append(f"output {name} has two bodies")
    verdict.outputs, verdict.repeats = len(bodies), len(sent) - len(bodies)
    return bodies


async def _committed(layout: Layout) -> dict[int, int]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=layout.servers, group_id=layout.app_id, enable_auto_commit=False
    )
    await consumer.start()
    try:
        tps = [TopicPartition(layout.topic, partition) for partition in range(layout.partitions)]
        consumer.assign(tps)
        return {tp.partition: await consumer.committed(tp) or 0 for tp in tps}
    finally:
        await consumer.stop()


async def _read(servers: str, topic: str) -> dict[int, list[Any]]:
    async with Reader({"bootstrap_servers": servers}) as reader:
        found: dict[int, list[Any]] = {partition: [] for partition in await reader.partitions(topic)}
        await reader.open([TopicPartition(topic, partition) for partition in found])
        async for records in reader.to_end():
            for record in records:
                found[record.partition].append(record)
    return found


def produce(layout: Layout, count: int, first: int = 0, keys: int = 97) -> None:
    """Write records for the job: ids from `first`, spread over keys, every 50th a deletion."""
    asyncio.run(_produce(layout, count, first, keys))


async def _produce(layout: Layout, count: int, first: int, keys: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=layout.servers, linger_ms=5)
    await producer.start()
    try:
        sends = []
        for number in range(first, first + count):
            body: dict[str, Any] = {"id": number} if number % 50 else {"id": number, "drop": True}
            key = f"k{number * 7 % keys}".encode()
            sends.append(await producer.send(layout.topic, json.dumps(body).encode(), key=key))
        await asyncio.gather(*sends)
    finally:
        await producer.stop()
