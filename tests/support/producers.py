"""A producer without a broker: real batches, acknowledged when the test says so."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch


@dataclass(frozen=True)
class Ack:
    """What the broker answers."""

    offset: int


@dataclass
class Producer:
    """Keeps what was sent, per (topic, partition); acknowledges at once unless `held`."""

    partitions: int = 2
    batch_size: int = 10_000
    held: bool = False
    refuse: Exception | None = None
    sent: dict[tuple[str, int], list[tuple[bytes | None, bytes | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    order: list[str] = field(default_factory=list)
    _waiting: list[tuple[asyncio.Future[Ack], Ack]] = field(default_factory=list)

    def create_batch(self) -> Any:
        """A builder of the client library."""
        return BatchBuilder(self.batch_size, 0)

    async def partitions_for(self, topic: str) -> set[int]:
        """Every topic has as many."""
        return set(range(self.partitions))

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> asyncio.Future[Ack]:
        """Take the batch's records."""
        records = self.sent[topic, partition]
        ack = Ack(len(records))
        self.order.append(f"{topic}-{partition}")
        records += [(record.key, record.value) for record in DefaultRecordBatch(bytes(batch._build()))]
        answer: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._waiting.append((answer, ack))
        if not self.held:
            self.release()
        return answer

    def release(self) -> None:
        """Acknowledge everything that waits."""
        for answer, ack in self._waiting:
            if self.refuse is not None:
                answer.set_exception(self.refuse)
            else:
                answer.set_result(ack)
        self._waiting.clear()
