"""A small compacted topic that every worker holds whole."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka import TopicPartition

from agents.runtime.fatal import or_die
from agents.runtime.processor import Record
from agents.runtime.reader import Reader


class Broadcast:
    """Gives every record of a topic to a callback: all that exist before work begins, new ones as they come.

    No group, no commits: each start reads it all. An exception from the callback ends the process.
    """

    def __init__(self, topic: str, callback: Callable[[Record], None]) -> None:
        self.topic = topic
        self._callback = callback
        self._complete = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    def start(self, client: Mapping[str, Any]) -> None:
        """Begin to read; the worker calls this."""
        self._following = asyncio.create_task(self._follow(client), name=f"broadcast {self.topic}")

    async def complete(self) -> None:
        """Return when all that existed at the start was delivered."""
        await self._complete.wait()

    async def stop(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    async def _follow(self, client: Mapping[str, Any]) -> None:
        with or_die(f"broadcast topic {self.topic} cannot be read"):
            async with Reader(client, max_wait_ms=500) as reader:
                tps = [TopicPartition(self.topic, p) for p in await reader.partitions(self.topic)]
                await reader.open(tps)
                async for records in reader.to_end():
                    self._deliver(records)
                self._complete.set()
                while True:
                    self._deliver(await reader.fetch(timeout_ms=1000))

    def _deliver(self, records: list[Any]) -> None:
        for record in records:
            self._callback(record)
