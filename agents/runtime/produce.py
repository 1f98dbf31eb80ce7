"""Producing in batches: records to `create_batch`, batches to the broker in order, one answer for all."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from agents.runtime.fatal import RuntimeFault

#: (key, value, headers) as they go on the wire.
Wire = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


class Produced:
    """Where one send's batches landed: (base offset, record count) of each, in order."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self.spans = spans

    @property
    def first(self) -> int:
        """Offset of the first record."""
        return self.spans[0][0]

    def contiguous_from(self, offset: int) -> bool:
        """True if the records took exactly the offsets that begin there."""
        for base, count in self.spans:
            if base != offset:
                return False
            offset += count
        return True


def encode(producer: Any, records: Iterable[Wire]) -> list[Any]:
    """Records as closed batches, without awaiting; one larger than a batch gets one of its own."""
    batches: list[Any] = []
    builder = None
    for key, value, headers in records:
        if builder is None or builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
            builder = producer.create_batch()
            batches.append(builder)
            if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
                raise RuntimeFault("an empty batch refuses a record")
    for batch in batches:
        batch.close()
    return batches


async def send(producer: Any, topic: str, partition: int, batches: Sequence[Any]) -> Produced:
    """Send batches in order to one partition and wait until the broker has them all."""
    counts = [batch.record_count() for batch in batches]
    acks = [await producer.send_batch(batch, topic, partition=partition) for batch in batches]
    answers = await asyncio.gather(*acks)
    return Produced([(answer.offset, count) for answer, count in zip(answers, counts, strict=True)])
