"""Reading a topic partition to its end, with no group: for changelogs and broadcast topics."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException
from aiokafka.protocol.metadata import MetadataRequest


class Reader:
    """A group-less consumer of one partition set. Ends are taken from fetch responses.

    A broker's ListOffsets may trail what its fetches deliver, so it is never asked for an end. `bare` records have
    offset, timestamp, key, value and headers only, and cost half.
    """

    def __init__(self, client: Mapping[str, Any], max_wait_ms: int = 50, bare: bool = False) -> None:
        self._consumer = AIOKafkaConsumer(
            **client,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=max_wait_ms,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        self._bare = bare
        self._tps: list[TopicPartition] = []

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        if self._bare:
            self._consumer._fetcher._records = _BareRecords()
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

    async def cluster(self) -> str:
        """The id of the cluster, "" where the broker has none."""
        client = self._consumer._client
        answer = await client.send(client.get_random_node(), MetadataRequest([]))
        return str(answer.to_object().get("cluster_id") or "")

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
        if self._bare:
            return [record for batches in fetched.values() for batch in batches for record in batch]
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


class _BareRecords(OrderedDict[TopicPartition, Any]):
    """The fetcher's shelf of results: what is put on it is taken off by batch, without the library's record objects."""

    def __setitem__(self, tp: TopicPartition, result: Any) -> None:
        records = getattr(result, "_partition_records", None)  # none in an error
        if records is not None:
            records._records_iterator = _batches(records)
        super().__setitem__(tp, result)


def _batches(records: Any) -> Iterator[list[Any]]:
    """As PartitionRecords._unpack_records, for a reader that takes whole fetches and reads uncommitted."""
    while records._records.has_next():
        batch = records._records.next_batch()
        if records._check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"Invalid CRC - {records._tp}")
        found = [] if batch.is_control_batch else list(batch)
        if found and found[0].offset < records.next_fetch_offset:
            found = [record for record in found if record.offset >= records.next_fetch_offset]
        records.next_fetch_offset = batch.next_offset
        yield found
