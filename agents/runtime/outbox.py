"""Outputs on their way: sent as soon as decided, in order per partition, acknowledged for a commit."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from agents.runtime.failpoints import Failpoints
from agents.runtime.fatal import RuntimeFault, or_die
from agents.runtime.processor import Output
from agents.runtime.produce import Wire, encode, send
from streams import partitioner

ROUND = 2000  # records of a partition that are encoded and sent at a time


class Share:
    """The outputs of one commit: how many are not acknowledged yet."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []  # not yet handed to a lane
        self.pending = 0
        self._changed = asyncio.Event()

    def landed(self, count: int) -> None:
        self.pending -= count
        self._changed.set()

    async def acked(self) -> None:
        """Return when every output is acknowledged; nothing may be added any more."""
        while self.pending:
            self._changed.clear()
            await self._changed.wait()


class Lane:
    """What waits for one topic partition; one send is under way at a time, as the client library has it anyway."""

    def __init__(self) -> None:
        self.queue: deque[tuple[Share, list[Wire]]] = deque()
        self.task: asyncio.Task[None] | None = None

    def take(self, limit: int) -> tuple[list[tuple[Share, int]], list[Wire]]:
        """The next records, whole pieces until there are `limit` of them, and how many are whose."""
        pieces: list[tuple[Share, int]] = []
        records: list[Wire] = []
        while self.queue and len(records) < limit:
            share, piece = self.queue.popleft()
            pieces.append((share, len(piece)))
            records += piece
        return pieces, records


class Outbox:
    """Takes outputs without awaiting and sends them from tasks of its own.

    A send that fails ends the process: no commit may follow it. Who adds awaits `room` between batches.
    """

    def __init__(self, producer: Callable[[], Any], limit: int, failpoints: Failpoints) -> None:
        self._producer = producer
        self._failpoints = failpoints
        self._limit = limit
        self._share = Share()
        self._waiting: deque[Share] = deque()
        self._lanes: dict[tuple[str, int], Lane] = defaultdict(Lane)
        self._unacked = 0
        self._changed = asyncio.Event()
        self._sorting: asyncio.Task[None] | None = None

    def add(self, outputs: list[Output]) -> None:
        """Queue outputs; they leave in this order per partition."""
        if not outputs:
            return
        share = self._share
        if not share.outputs:
            self._waiting.append(share)
        share.outputs.extend(outputs)
        share.pending += len(outputs)
        self._unacked += len(outputs)
        if self._sorting is None or self._sorting.done():
            self._sorting = asyncio.create_task(self._sort(), name="outbox")

    def seal(self) -> Share:
        """Everything added so far; await its `acked`. What is added later belongs to the next commit."""
        sealed, self._share = self._share, Share()
        return sealed

    async def room(self) -> None:
        """Return when fewer than `limit` outputs are unacknowledged."""
        while self._unacked > self._limit:
            self._changed.clear()
            await self._changed.wait()

    async def _sort(self) -> None:
        """Put waiting outputs into the lanes of their partitions."""
        with or_die("outputs cannot be sent"):
            while self._waiting:
                share = self._waiting.popleft()
                await self._failpoints.reach("before_send")
                outputs, share.outputs = share.outputs, []
                for (topic, partition), records in (await self._by_partition(outputs)).items():
                    lane = self._lanes[topic, partition]
                    lane.queue.append((share, records))
                    if lane.task is None or lane.task.done():
                        lane.task = asyncio.create_task(self._drive(lane, topic, partition))

    async def _drive(self, lane: Lane, topic: str, partition: int) -> None:
        """Send what waits, all of it at once: what comes meanwhile is the next batch, however small its pieces are."""
        with or_die(f"outputs to {topic} partition {partition} were refused"):
            while lane.queue:
                pieces, records = lane.take(ROUND)
                producer = self._producer()
                await send(producer, topic, partition, encode(producer, records))
                self._unacked -= len(records)
                for share, count in pieces:
                    share.landed(count)
                self._changed.set()

    async def _by_partition(self, outputs: list[Output]) -> dict[tuple[str, int], list[Wire]]:
        topics: dict[str, list[list[Wire]]] = {}
        for output in outputs:
            topic, key, partition = output.topic, output.key, output.partition
            lists = topics.get(topic)
            if lists is None:
                lists = topics[topic] = [[] for _ in await self._producer().partitions_for(topic)]
            if partition is None:
                partition = partition_of(key, len(lists))
            elif not 0 <= partition < len(lists):
                raise RuntimeFault(f"{topic} has no partition {partition}")
            headers = output.headers
            lists[partition].append((key, output.value, list(headers) if headers else _NO_HEADERS))
        return {
            (topic, partition): records
            for topic, lists in topics.items()
            for partition, records in enumerate(lists)
            if records
        }


_NO_HEADERS: list[tuple[str, bytes]] = []  # the client library wants a list, and leaves it as it is


@lru_cache(maxsize=65_536)  # the same homes come again and again, and hashing one takes as long as sending it
def partition_of(key: bytes | None, count: int) -> int:
    """The partition that Kafka's default partitioner gives a key (0 without a key)."""
    return partitioner.partition_of(key, count) if key is not None else 0
