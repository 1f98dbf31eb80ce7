"""The log that every engine reads: made once, in memory, and written to the broker as our intake writes it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import orjson
from aiokafka import AIOKafkaProducer

from bench.market import START, Traffic
from schemas.signal import SIGNALS_TOPIC, Tick, encode_signal
from streams.domains import shipped_lists
from streams.intake import Intake, Routed
from streams.partitioner import partition_of

PARTITIONS = 4
TICK_RECORDS = 5_000  # from one tick to the next, in each partition: 5 s at 1,000 records a second
BATCH_BYTES = 400_000
Keyed = tuple[bytes | None, bytes]


@dataclass
class Tape:
    """A log of the scoring hop, and the raw records that it was made of, in one order."""

    signals: list[tuple[int, bytes, bytes]] = field(default_factory=list)  # partition, key, value
    times: list[int] = field(default_factory=list)  # received, ms, of each signal
    raw: list[tuple[str, bytes, bytes]] = field(default_factory=list)  # topic, key, value

    def ends(self, count: int) -> dict[int, int]:
        """How many of the first `count` signals are in each partition."""
        ends = dict.fromkeys(range(PARTITIONS), 0)
        for partition, _, _ in self.signals[:count]:
            ends[partition] += 1
        return ends

    def raw_count(self, signals: int) -> int:
        """How many raw records the first `signals` records were made of: all but the ticks."""
        return sum(1 for _, key, _ in self.signals[:signals] if key != b"tick")


class Recorder:
    """Extends a tape by as many records as are asked for."""

    def __init__(self, tick_records: int = TICK_RECORDS, seed: int = 7) -> None:
        self.tape = Tape()
        self._traffic = iter(Traffic(seed=seed))
        self._intake = Intake(shipped_lists())
        self._partitions: dict[str, int] = {}
        self._tick_records = tick_records
        self._tick(START - 1)  # every partition's log begins at the same moment

    def extend(self, count: int) -> Tape:
        """The tape with at least `count` signals."""
        tape = self.tape
        for raw in islice(self._traffic, max(count - len(tape.signals), 0)):
            key, value = raw.key.encode(), orjson.dumps(raw.value)
            routed = self._intake.take(raw.topic, key, value, 0, len(tape.raw), raw.at, {})
            if not isinstance(routed, Routed):
                raise ValueError(f"the bench made a record that intake refuses: {routed}")
            tape.raw.append((raw.topic, key, value))
            self._write(
                self._partition(routed.home), routed.home.encode(), encode_signal(routed.record), raw.at
            )
            if len(tape.raw) % self._tick_records == 0:
                self._tick(raw.at)
        return tape

    def _partition(self, home: str) -> int:
        partition = self._partitions.get(home)
        if partition is None:
            partition = self._partitions[home] = partition_of(home.encode(), PARTITIONS)
        return partition

    def _tick(self, at: int) -> None:
        for partition in range(PARTITIONS):
            tick = Tick(
                event_id=f"tick:{partition}:{at}",
                at=at,
                received=at,
                partition=partition,
                partitions=PARTITIONS,
            )
            self._write(partition, b"tick", encode_signal(tick), at)

    def _write(self, partition: int, key: bytes, value: bytes, at: int) -> None:
        self.tape.signals.append((partition, key, value))
        self.tape.times.append(at)


def preload_signals(servers: str, prefix: str, tape: Tape, count: int) -> None:
    """Write the first `count` signals to this prefix's log."""
    lanes: dict[tuple[str, int], list[Keyed]] = defaultdict(list)
    for partition, key, value in islice(tape.signals, count):
        lanes[prefix + SIGNALS_TOPIC, partition].append((key, value))
    asyncio.run(_produce(servers, lanes))


def preload_raw(servers: str, prefix: str, tape: Tape, count: int) -> None:
    """Write the first `count` raw records to this prefix's input topics, and the first ticks to its log."""
    lanes: dict[tuple[str, int], list[Keyed]] = defaultdict(list)
    for topic, key, value in islice(tape.raw, count):
        lanes[prefix + topic, partition_of(key, PARTITIONS)].append((key, value))
    for partition, key, value in tape.signals[:PARTITIONS]:
        lanes[prefix + SIGNALS_TOPIC, partition].append((key, value))
    asyncio.run(_produce(servers, lanes))


async def _produce(servers: str, lanes: dict[tuple[str, int], list[Keyed]]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, compression_type="lz4", max_batch_size=BATCH_BYTES, acks="all"
    )
    await producer.start()
    try:
        for (topic, partition), records in lanes.items():
            await asyncio.gather(
                *[
                    await producer.send_batch(batch, topic, partition=partition)
                    for batch in _batches(producer, records)
                ]
            )
    finally:
        await producer.stop()


def _batches(producer: AIOKafkaProducer, records: Iterable[Keyed]) -> Iterator[object]:
    batch = producer.create_batch()
    for key, value in records:
        if batch.append(key=key, value=value, timestamp=None) is None:
            batch.close()
            yield batch
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    batch.close()
    yield batch
