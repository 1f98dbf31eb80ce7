"""Reads topics to their end with a plain client of its own, going on where it stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

END_SECONDS = 60.0


class Tails:
    """Several topics read as far as they go; `records[topic][partition]` grows with each `catch_up`.

    The end is the high watermark that the fetch itself names, never an answer to ListOffsets.
    """

    def __init__(self, servers: str, *topics: str) -> None:
        self._servers = servers
        self._next: dict[TopicPartition, int] = {}
        self.records: dict[str, dict[int, list[Any]]] = {topic: {} for topic in topics}

    def catch_up(self, *groups: Sequence[str]) -> None:
        """Read groups of topics (one of all by default) to their end, one group after another."""
        asyncio.run(self._catch_up(groups or (tuple(self.records),)))

    def all(self, topic: str) -> list[Any]:
        """Every record of a topic read so far, by partition and offset."""
        return [record for _, records in sorted(self.records[topic].items()) for record in records]

    async def _catch_up(self, groups: Sequence[Sequence[str]]) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers, enable_auto_commit=False, fetch_max_wait_ms=50,
            auto_offset_reset="earliest", max_partition_fetch_bytes=4_194_304,
        )  # fmt: skip
        await consumer.start()
        try:
            for topics in groups:
                await self._read(consumer, topics)
        finally:
            await consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer, topics: Sequence[str]) -> None:
        cluster = await consumer._client.fetch_all_metadata()
        parts = [
            TopicPartition(topic, n) for topic in topics for n in cluster.partitions_for_topic(topic) or ()
        ]
        assert {tp.topic for tp in parts} == set(topics), "some topics do not exist"
        consumer.assign(parts)
        for tp in parts:
            self.records[tp.topic].setdefault(tp.partition, [])
            consumer.seek(tp, self._next.get(tp, 0))
        deadline = time.monotonic() + END_SECONDS
        while not await self._at_end(consumer, parts):
            assert time.monotonic() < deadline, f"no end of {topics}"
            for tp, found in (await consumer.getmany(timeout_ms=50)).items():
                self.records[tp.topic][tp.partition] += found
        self._next.update({tp: await consumer.position(tp) for tp in parts})

    async def _at_end(self, consumer: AIOKafkaConsumer, parts: Sequence[TopicPartition]) -> bool:
        for tp in parts:
            end = consumer.highwater(tp)
            if end is None or await consumer.position(tp) < end:
                return False
        return True


def committed(servers: str, group: str, partitions: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """The group's offsets of these topics (name to partition count); 0 where it has none."""
    return asyncio.run(_committed(servers, group, partitions))


async def _committed(servers: str, group: str, partitions: Mapping[str, int]) -> dict[tuple[str, int], int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [
            TopicPartition(topic, number) for topic, count in partitions.items() for number in range(count)
        ]
        consumer.assign(tps)
        return {(tp.topic, tp.partition): await consumer.committed(tp) or 0 for tp in tps}
    finally:
        await consumer.stop()


Message = tuple[str, bytes | None, bytes | None]  # topic, key, value


def produce(servers: str, messages: Sequence[Message]) -> None:
    """Write messages in order; returns when all are acknowledged."""
    asyncio.run(_produce(servers, messages))


async def _produce(servers: str, messages: Sequence[Message]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=5, max_request_size=4_194_304)
    await producer.start()
    try:
        acks = [await producer.send(topic, value, key=key) for topic, key, value in messages]
        await asyncio.gather(*acks)
    finally:
        await producer.stop()
