"""The write-behind table of a stateful job: who owns which partition, and what a commit writes of it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agents.runtime.changelog import MARKER_KEY, Marker, Position, Tag, marker_value, tag_headers
from agents.runtime.fatal import RuntimeFault
from agents.runtime.local import LocalStore, LocalStores
from agents.runtime.processor import OnDemand, Processor
from agents.runtime.produce import Wire, encode, send


@dataclass
class Owned:
    """A partition that this worker has claimed and restored."""

    owner: int  # epoch of our claim
    position: int  # changelog offset behind our last record
    next_offset: int  # source offset of the last marker
    marker: Marker | None = None
    nonce: bytes = b""  # of our claim
    commit: int = 0
    rewrite: dict[bytes, bytes | None] = field(default_factory=dict)
    confirmed: bool = False  # our first marker is written
    local: LocalStore | None = None  # its copy on this machine


@dataclass
class FrozenState:
    """One partition's share of a commit, encoded at one instant."""

    partition: int
    values: dict[bytes, bytes | None]
    next_offset: int
    tag: Tag
    state: list[Any]
    marker: list[Any]


class StateTable:
    """Holds no values: they live in the job's processor. One commit a partition at a time."""

    def __init__(
        self, topic: str, changelog: str, processor: Processor, stores: LocalStores | None = None
    ) -> None:
        self.topic = topic
        self.changelog = changelog
        self.processor = processor
        self.on_demand = processor if isinstance(processor, OnDemand) else None
        self.stores = stores
        self.owned: dict[int, Owned] = {}

    def freeze(self, producer: Any, partition: int, next_offset: int) -> FrozenState | None:
        """Encode what changed and its marker, without awaiting; None if nothing moved or changed."""
        owned = self.owned[partition]
        changed = dict(self.processor.take_dirty(partition))
        if owned.confirmed and not changed and next_offset == owned.next_offset:
            return None
        keys, owned.rewrite = {**owned.rewrite, **changed}, {}
        owned.commit += 1
        owned.confirmed = True
        tag = Tag(owned.owner, owned.commit)
        state = encode(producer, _records(keys, tag))
        frozen = FrozenState(partition, keys, next_offset, tag, state, [])
        self.renew_marker(producer, frozen, next_offset)
        return frozen

    def renew_marker(self, producer: Any, frozen: FrozenState, next_offset: int) -> None:
        """Encode the marker that ends this commit."""
        owned = self.owned[frozen.partition]
        owned.next_offset = frozen.next_offset = next_offset
        marker = [(MARKER_KEY, marker_value(next_offset, owned.nonce), tag_headers(frozen.tag))]
        frozen.marker = encode(producer, marker)

    async def write_state(self, producer: Any, frozen: FrozenState) -> None:
        """Send the changed keys and wait until they are acknowledged."""
        if frozen.state:
            await self._write(producer, frozen.partition, frozen.state)

    async def write_marker(self, producer: Any, frozen: FrozenState) -> None:
        """Send the marker behind the acknowledged keys."""
        await self._write(producer, frozen.partition, frozen.marker)
        self.owned[frozen.partition].marker = Marker(frozen.tag, frozen.next_offset)

    def write_local(self, frozen: FrozenState) -> None:
        """Copy a commit whose marker is acknowledged to this machine, and let the processor forget."""
        owned = self.owned[frozen.partition]
        if owned.local is None or owned.marker is None:
            return
        owned.local.write(frozen.values, Position(owned.position, owned.marker, owned.nonce))
        owned.local.sweep_if_due()
        if self.on_demand is not None:
            self.on_demand.settled(frozen.partition)

    async def _write(self, producer: Any, partition: int, batches: list[Any]) -> None:
        """RuntimeFault if anybody else wrote to the changelog since our claim.

        Compaction knows no owners: it would keep a foreign record as the last of its key. Recovery sees
        such records and has their keys written again, so ending here is the repair.
        """
        owned = self.owned[partition]
        produced = await send(producer, self.changelog, partition, batches)
        if not produced.contiguous_from(owned.position):
            raise RuntimeFault(
                f"{self.changelog} partition {partition}: expected to write at offset {owned.position}, "
                f"wrote at {produced.first}: somebody else wrote to it"
            )
        owned.position += sum(count for _, count in produced.spans)


def _records(keys: dict[bytes, bytes | None], tag: Tag) -> Iterator[Wire]:
    headers = tag_headers(tag)
    for key, value in keys.items():
        if key[:1] in (b"", b"\0"):
            raise RuntimeFault(f"state key {key!r} is empty or begins with a zero byte")
        yield key, value, headers


async def write_all(producer: Any, frozen: "list[tuple[StateTable, FrozenState]]", markers: bool) -> None:
    """Write every partition's keys, or every partition's marker, side by side."""
    async with asyncio.TaskGroup() as group:
        for table, state in frozen:
            write = table.write_marker if markers else table.write_state
            group.create_task(write(producer, state))
