"""What the runtime hosts: jobs made of pure, synchronous processors."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import msgspec

#: Every broker with default limits takes a record of this size (bytes of key, value and headers). A larger
#: one may be refused, depending on how well it compresses, and a refusal ends the process.
MAX_RECORD_BYTES = 1_000_000


class Output(msgspec.Struct, frozen=True, gc=False):
    """One record to produce; its partition is the murmur2 hash of the key unless one is named."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int | None = None


class Record(Protocol):
    """A consumed record, as the client library delivers it. `timestamp` is in ms UTC."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Processor(Protocol):
    """Pure work on record batches. Every method is synchronous and runs on the event loop.

    A stateless job is only asked to `apply` and `take_outputs`. An exception from any method ends the
    process (exit code 70): what is bad in a record must become an output, not an exception.
    """

    def assign(self, partition: int) -> None:
        """The partition starts empty; `restore` and `recovered` follow."""

    def restore(self, partition: int, key: bytes, value: bytes | None) -> None:
        """One key's committed value; each key comes once."""

    def recovered(self, partition: int) -> None:
        """All keys are restored; `apply` follows."""

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        """Take in records of one topic partition, in offset order, none twice while assigned."""

    def take_outputs(self) -> list[Output]:
        """Hand over (and forget) what was decided since the last call."""

    def take_dirty(self, partition: int) -> list[tuple[bytes, bytes | None]]:
        """Hand over the encoded keys that changed since the last call; None deletes the key.

        Keys may not begin with a zero byte.
        """

    def revoke(self, partition: int) -> None:
        """Forget the partition's state."""


class Held(Protocol):
    """The durable state of a partition on this machine, as of its last commit."""

    def load(self, prefix: bytes) -> list[bytes]:
        """The values of all keys that begin so, in key order."""

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Every key with its value, in key order."""


@runtime_checkable
class OnDemand(Protocol):
    """What a stateful processor also has if its state may be larger than memory."""

    def attach(self, partition: int, held: Held) -> None:
        """Between `assign` and `restore`: keys can be read from here at any time; `restore` need keep none."""

    def settled(self, partition: int) -> None:
        """Everything that `take_dirty` handed over is held, and may be forgotten."""


@dataclass(frozen=True)
class Job:
    """A processor and the topics it reads.

    A stateful job reads one topic; its changelog has the same number of partitions. `tick` is asked
    every few seconds for each partition that is owned and restored, with the wall clock in ms UTC.
    """

    name: str
    processor: Processor
    topics: tuple[str, ...]
    stateful: bool = False
    changelog: str = ""
    tick: Callable[[int, int], Output | None] | None = None

    def __post_init__(self) -> None:
        if self.stateful and (len(self.topics) != 1 or not self.changelog):
            raise ValueError(f"job {self.name}: a stateful job has one topic and one changelog")


class Batch:
    """Records of one partition that the consumer fetched together: offsets [start, next)."""

    __slots__ = ("next", "partition", "records", "size", "start", "topic")

    def __init__(self, topic: str, partition: int, start: int, next_: int, records: list[Any], size: int):
        self.topic = topic
        self.partition = partition
        self.start = start
        self.next = next_
        self.records = records
        self.size = size
