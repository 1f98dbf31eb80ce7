"""Reading a topic partition to its end, with no group: for changelogs and broadcast topics."""

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition


class Reader:
    """A group-less consumer of one partition set. Ends are taken from fetch responses.

    A broker's ListOffsets may trail what its fetches deliver, so it is never asked for an end.
    """

    def __init__(self, client: Mapping[str, Any], max_wait_ms: int = 50) -> None:
        self._consumer = AIOKafkaConsumer(
            **client,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=max_wait_ms,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        self._tps: list[TopicPartition] = []

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def partitions(self, topic: str) -> list[int]:
        """The topic's partition numbers; LookupError if there is no such topic."""
        cluster = await self._consumer._client.fetch_all_metadata()
        found = cluster.partitions_for_topic(topic)
        if not found:
            raise LookupError(f"topic {topic} does not exist")
        return sorted(found)

    async def open(self, tps: list[TopicPartition], offset: int | None = None) -> None:
        """Read these partitions from an offset, or from their beginning."""
        self._tps = tps
        self._consumer.assign(tps)
        if offset is None:
            await self._consumer.seek_to_beginning(*tps)
        else:
            for tp in tps:
                self._consumer.seek(tp, offset)

    async def fetch(self, timeout_ms: int = 500) -> list[Any]:
        """The next records (none if there are none yet), in offset order per partition."""
        fetched = await self._consumer.getmany(timeout_ms=timeout_ms)
        return [record for records in fetched.values() for record in records]

    async def position(self) -> int:
        """Offset of the next record of the first partition, as far as `fetch` has delivered."""
        return int(await self._consumer.position(self._tps[0]))

    async def to_end(self) -> AsyncIterator[list[Any]]:
        """Records up to the high watermark of the latest fetch response."""
        while True:
            yield await self.fetch(timeout_ms=100)
            if await self._at_end():
                return

    async def _at_end(self) -> bool:
        for tp in self._tps:
            end = self._consumer.highwater(tp)
            if end is None or await self._consumer.position(tp) < end:
                return False
        return True
