"""Taking over a partition: read its changelog, claim it, restore its state as of the last marker."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka import TopicPartition

from agents.runtime.changelog import CLAIM_KEY, Marker, Replay, Restored, Tag, tag_headers
from agents.runtime.fatal import RuntimeFault
from agents.runtime.observer import Observer
from agents.runtime.processor import Job
from agents.runtime.produce import encode, send
from agents.runtime.reader import Reader
from agents.runtime.table import Owned, StateTable

log = logging.getLogger("agents.runtime")

#: The changelog keeps replaced values this long (min.compaction.lag.ms); an older half commit is suspect.
TAIL_WARNING_SECONDS = 3600
RESTORE_STEP = 2000  # keys restored between two turns of the event loop
CLAIM_TRIES = 20


class Takeover:
    """Claims and restores the partitions of one stateful job."""

    def __init__(
        self,
        job: Job,
        table: StateTable,
        client: Mapping[str, Any],
        producer: Callable[[], Any],
        observer: Observer,
    ) -> None:
        self._job = job
        self._table = table
        self._client = client
        self._producer = producer
        self._observer = observer

    async def own(self, partitions: set[int]) -> None:
        """Own exactly these partitions. May be cancelled at any await; then call it again."""
        table = self._table
        for partition in table.owned.keys() - partitions:
            del table.owned[partition]
            table.processor.revoke(partition)
        async with Reader(self._client) as reader:
            await self._check_partitions(reader)
            for partition in sorted(partitions):
                started = time.perf_counter()
                if not await self._resume(reader, partition):
                    await self._restore(reader, partition, started)

    async def _check_partitions(self, reader: Reader) -> None:
        table = self._table
        topic, changelog = await reader.partitions(table.topic), await reader.partitions(table.changelog)
        if topic != changelog:
            raise RuntimeFault(
                f"{table.topic} has {len(topic)} partitions and {table.changelog} {len(changelog)}: "
                "the two must have the same"
            )

    async def _resume(self, reader: Reader, partition: int) -> bool:
        """Go on with the state in memory if nobody else has written since we gave the partition back."""
        parked = self._table.owned.get(partition)
        if parked is None:
            return False
        replay = Replay(owner=parked.owner)
        await reader.open([TopicPartition(self._table.changelog, partition)], parked.position)
        await self._claim(reader, partition, replay)
        if replay.foreign:
            del self._table.owned[partition]
            self._table.processor.revoke(partition)
            return False
        position = await reader.position()
        self._table.owned[partition] = Owned(
            replay.owner, position, parked.next_offset, parked.marker, rewrite=parked.rewrite
        )
        return True

    async def _restore(self, reader: Reader, partition: int, started: float) -> None:
        replay = Replay()
        await reader.open([TopicPartition(self._table.changelog, partition)])
        async for records in reader.to_end():
            replay.feed(records)
        await self._claim(reader, partition, replay)
        restored, position = replay.finish(), await reader.position()
        await self._hand_over(partition, restored)
        next_offset = restored.marker.next_offset if restored.marker is not None else 0
        self._table.owned[partition] = Owned(
            replay.owner, position, next_offset, restored.marker, rewrite=restored.rewrite
        )
        self._report(partition, restored, time.perf_counter() - started)

    async def _claim(self, reader: Reader, partition: int, replay: Replay) -> None:
        """Write a claim and read until it; again if another claim came between."""
        for _ in range(CLAIM_TRIES):
            nonce, producer = os.urandom(8), self._producer()
            claim = encode(producer, [(CLAIM_KEY, nonce, tag_headers(Tag(replay.owner + 1, 0)))])
            produced = await send(producer, self._table.changelog, partition, claim)
            while await reader.position() <= produced.first:
                replay.feed(await reader.fetch())
            if nonce in replay.claims:
                if replay.claims[-1] == nonce:
                    return
                break
        raise RuntimeFault(f"{self._table.changelog} partition {partition} is claimed by another worker")

    async def _hand_over(self, partition: int, restored: Restored) -> None:
        processor = self._table.processor
        processor.assign(partition)
        try:
            for count, (key, value) in enumerate(restored.values.items(), 1):
                processor.restore(partition, key, value)
                if count % RESTORE_STEP == 0:
                    await asyncio.sleep(0)
            processor.recovered(partition)
        except asyncio.CancelledError:
            processor.revoke(partition)
            raise

    def _report(self, partition: int, restored: Restored, seconds: float) -> None:
        name, keys = self._job.name, len(restored.values)
        log.info(
            "%s partition %d restored: %d keys in %.2f s, %d records of a half commit dropped",
            name, partition, keys, seconds, restored.dropped,
        )  # fmt: skip
        self._observer.on_recovery(name, partition, keys, seconds, restored.dropped)
        if restored.dropped_since is not None:
            age = time.time() - restored.dropped_since / 1000
            if age > TAIL_WARNING_SECONDS:
                log.warning(
                    "%s partition %d: the dropped half commit is %.0f s old, longer than the changelog "
                    "keeps replaced values; rebuild the state from the signal log if in doubt",
                    name, partition, age,
                )  # fmt: skip
                self._observer.on_old_tail(name, partition, age)


def start_offset(topic: str, partition: int, marker: Marker | None, committed: int | None, first: int) -> int:
    """Where a stateful partition goes on. RuntimeFault where going on would lose or repeat records.

    `committed` is the group's offset, `first` the oldest record that the topic still has.
    """
    where = f"{topic} partition {partition}"
    if marker is None:
        if committed:
            raise RuntimeFault(f"{where}: the group stands at {committed}, but the changelog has no marker")
        return first
    if committed is not None and committed > marker.next_offset:
        raise RuntimeFault(
            f"{where}: the group stands at {committed}, its state at {marker.next_offset}: "
            "the changelog has lost commits"
        )
    if first > marker.next_offset:
        raise RuntimeFault(
            f"{where}: records {marker.next_offset} to {first - 1} were deleted before they were processed"
        )
    return marker.next_offset
