"""Taking over a partition: read its changelog, claim it, restore its state as of the last marker."""

import asyncio
import gc
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from aiokafka import TopicPartition

from agents.runtime.changelog import (
    CLAIM_KEY,
    Marker,
    Replay,
    Restored,
    Tag,
    Tail,
    Untrusted,
    tag_headers,
)
from agents.runtime.copies import bring_up
from agents.runtime.fatal import RuntimeFault
from agents.runtime.local import LocalStore
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
        self._cluster = ""
        self.read = 0  # records of the changelog, at the last restore

    async def own(self, partitions: set[int]) -> None:
        """Own exactly these partitions. May be cancelled at any await; then call it again."""
        table = self._table
        for partition in table.owned.keys() - partitions:
            self._give_up(partition)
        with _without_collections():
            await self._own(partitions)

    async def _own(self, partitions: set[int]) -> None:
        table = self._table
        async with Reader(self._client, bare=True) as reader:
            await self._check_partitions(reader)
            if table.stores is not None:
                self._cluster = await reader.cluster()
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

    def _give_up(self, partition: int) -> None:
        del self._table.owned[partition]
        self._table.processor.revoke(partition)

    async def _resume(self, reader: Reader, partition: int) -> bool:
        """Go on with the state in memory if nobody else has written since we gave the partition back."""
        parked = self._table.owned.get(partition)
        if parked is None:
            return False
        if parked.local is not None:
            known = parked.local.position
            await parked.local.open()
            if parked.local.position != known:  # another process of this machine had it
                self._give_up(partition)
                return False
        replay = Replay(owner=parked.owner)
        await reader.open([TopicPartition(self._table.changelog, partition)], parked.position)
        nonce = await self._claim(reader, partition, replay)
        if replay.foreign:
            self._give_up(partition)
            return False
        position = await reader.position()
        self._table.owned[partition] = Owned(
            replay.owner,
            position,
            parked.next_offset,
            parked.marker,
            nonce,
            rewrite=parked.rewrite,
            local=parked.local,
        )
        return True

    async def _restore(self, reader: Reader, partition: int, started: float) -> None:
        stores = self._table.stores
        local = await stores.open(partition, self._cluster) if stores is not None else None
        replay = await self._read_tail(reader, partition, local) if local is not None else None
        if replay is None:
            replay = await self._read(reader, partition, Replay())
        restored, position, self.read = replay.finish(), await reader.position(), replay.read
        if local is not None:
            where = f"{self._table.changelog} partition {partition}"
            await bring_up(local, restored, isinstance(replay, Tail), where)
        await self._hand_over(partition, restored, local)
        next_offset = restored.marker.next_offset if restored.marker is not None else 0
        self._table.owned[partition] = Owned(
            replay.owner,
            position,
            next_offset,
            restored.marker,
            replay.claims[-1],  # ours: it is the last that was read
            rewrite=restored.rewrite,
            local=local,
        )
        self._report(partition, restored, replay.read, time.perf_counter() - started)

    async def _read(
        self, reader: Reader, partition: int, replay: Replay, offset: int | None = None
    ) -> Replay:
        await reader.open([TopicPartition(self._table.changelog, partition)], offset)
        async for records in reader.to_end():
            replay.feed(records)
        await self._claim(reader, partition, replay)
        return replay

    async def _read_tail(self, reader: Reader, partition: int, local: LocalStore) -> Replay | None:
        """What the changelog has behind the local store; None if it has to be read from its beginning."""
        if local.position is None:
            return None
        tail = Tail(local.position)
        try:
            await self._read(reader, partition, tail, tail.start)
            tail.complete()
        except Untrusted as reason:
            log.warning("%s partition %d: local store not used, %s", self._job.name, partition, reason)
            return None
        return tail

    async def _claim(self, reader: Reader, partition: int, replay: Replay) -> bytes:
        """Write a claim and read until it; again if another claim came between. Its nonce."""
        for _ in range(CLAIM_TRIES):
            nonce, producer = os.urandom(8), self._producer()
            claim = encode(producer, [(CLAIM_KEY, nonce, tag_headers(Tag(replay.owner + 1, 0)))])
            produced = await send(producer, self._table.changelog, partition, claim)
            while await reader.position() <= produced.first:
                replay.feed(await reader.fetch())
            if nonce in replay.claims:
                if replay.claims[-1] == nonce:
                    return nonce
                break
        raise RuntimeFault(f"{self._table.changelog} partition {partition} is claimed by another worker")

    async def _hand_over(self, partition: int, restored: Restored, local: LocalStore | None) -> None:
        processor = self._table.processor
        processor.assign(partition)
        try:
            if local is not None and self._table.on_demand is not None:
                self._table.on_demand.attach(partition, local)
            restore = processor.restore
            for chunk in local.chunks() if local is not None else _chunks(restored.values):
                for key, value in chunk:
                    restore(partition, key, value)
                await asyncio.sleep(0)
            processor.recovered(partition)
        except asyncio.CancelledError:
            processor.revoke(partition)
            raise

    def _report(self, partition: int, restored: Restored, read: int, seconds: float) -> None:
        name, keys = self._job.name, len(restored.values)
        log.info(
            "%s partition %d restored: %d keys of %d records in %.2f s, %d of a half commit dropped",
            name, partition, keys, read, seconds, restored.dropped,
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


@contextmanager
def _without_collections() -> Iterator[None]:
    """Millions of new objects and no cycle among them: looking for some takes longer than everything else."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _chunks(values: dict[bytes, bytes]) -> Iterator[list[tuple[bytes, bytes]]]:
    items = iter(values.items())
    while chunk := list(islice(items, RESTORE_STEP)):
        yield chunk


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
