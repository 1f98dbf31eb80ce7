"""The view agent: reads the output topics in a group of its own and keeps Redis equal to them.

While Redis is away it waits and tries again without moving on; nothing else in the system waits for it.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from agents import metrics
from agents.meter import Meter
from agents.view.applier import Applier, Place
from agents.view.store import ChangedMeanwhile, ViewError
from agents.view.writer import TOPICS, ViewRecord

_log = logging.getLogger(__name__)
_POLL_MS: Final = 500
_BATCH: Final = 200
_CHECK_SECONDS: Final = 5.0
_SWEEP_SECONDS: Final = 60.0
_BACKOFF: Final = (0.1, 5.0)
_RECONNECT_SECONDS: Final = 1.0
_DAY_MS: Final = 86_400_000


class ViewAgent:
    """Runs until stopped; `options` go to the Kafka client (security, session timeouts).

    Whatever fails, it logs what kind of failure it was and begins again from the position in Redis.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        applier: Applier,
        *,
        app_id: str = "intent",
        topic_prefix: str = "",
        options: Mapping[str, Any] | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._applier = applier
        self._meter = meter
        self._prefix = topic_prefix
        self._config: dict[str, Any] = {
            "bootstrap_servers": bootstrap_servers,
            "group_id": f"{app_id}-view",
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "max_poll_interval_ms": _DAY_MS,  # a Redis that is away must not cost the membership
            **(options or {}),
        }
        self._next: dict[TopicPartition, int] = {}  # what Redis holds, as far as we know
        self._task: asyncio.Task[None] | None = None
        self._checked_at = 0.0
        self._swept_at = 0.0
        self.applied = 0  # records since the start
        self.unreadable = 0
        self.failures = 0  # of Redis, since the start

    async def start(self) -> None:
        """Begin in the background; waits for neither Kafka nor Redis."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="view-agent")

    async def stop(self) -> None:
        """End, leaving the group."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def report(self, meter: Meter) -> None:
        """Count in these metrics from now on (the families of the part `view`)."""
        self._meter = meter

    async def _run(self) -> None:
        while True:
            consumer = AIOKafkaConsumer(*(self._prefix + topic for topic in TOPICS), **self._config)
            try:
                await consumer.start()
                await self._follow(consumer)
            except KafkaError as error:
                _log.warning("view lost kafka", extra={"error": type(error).__name__})
                await asyncio.sleep(_RECONNECT_SECONDS)
            except Exception as error:  # noqa: BLE001  a view that ended would stand still unseen
                _log.error("view failed and begins again", extra={"error": type(error).__name__})
                await asyncio.sleep(_RECONNECT_SECONDS)
            finally:
                self._next.clear()
                await consumer.stop()

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_BATCH)
            moved = await self._persist(self._place_all, consumer)
            for partition, records in batches.items():
                if partition not in moved and partition in self._next:
                    await self._persist(self._apply, partition, records)
            if batches:
                await self._commit(consumer)
            await self._sweep()

    async def _persist(self, step: Any, *args: Any) -> Any:
        """Try a step until Redis takes it."""
        wait, longest = _BACKOFF
        while True:
            try:
                done = await step(*args)
            except ViewError as error:
                self.failures += 1
                self._tell_up(False)
                about = {"error": type(error).__name__, "retry_seconds": wait}
                _log.warning("view cannot write", extra=about)
                await asyncio.sleep(wait)
                wait = min(wait * 2, longest)
            else:
                self._tell_up(True)
                return done

    def _tell_up(self, up: bool) -> None:
        if self._meter is not None:
            self._meter.set(metrics.VIEW_UP, int(up))
            if not up:
                self._meter.add(metrics.VIEW_ERRORS)

    async def _place_all(self, consumer: AIOKafkaConsumer) -> set[TopicPartition]:
        """Put each partition where Redis says it is; returns those that were moved."""
        assigned = consumer.assignment()
        for gone in self._next.keys() - assigned:
            del self._next[gone]
        due = time.monotonic() - self._checked_at >= _CHECK_SECONDS
        wanted = assigned if due else assigned - self._next.keys()
        if due:
            self._checked_at = time.monotonic()
        places = {Place(tp.topic, tp.partition): tp for tp in wanted}
        moved: set[TopicPartition] = set()
        for place, position in (await self._applier.positions(list(places))).items():
            partition = places[place]
            if self._next.get(partition, -1) != (position or 0):
                self._seek(consumer, partition, position or 0)
                moved.add(partition)
        return moved

    def _seek(self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> None:
        """Where the offset is gone the client falls back to the earliest one."""
        try:
            consumer.seek(partition, offset)
        except IllegalStateError:  # revoked meanwhile
            self._next.pop(partition, None)
        else:
            self._next[partition] = offset

    async def _apply(self, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        place = Place(partition.topic, partition.partition)
        logical = partition.topic.removeprefix(self._prefix)
        mapped = [
            ViewRecord(logical, (record.key or b"").decode("utf-8", "replace"), record.value, record.offset)
            for record in records
        ]
        following, stands = records[-1].offset + 1, self._next[partition]
        try:
            unreadable = await self._applier.apply(place, mapped, following, int(time.time()), at=stands)
        except ChangedMeanwhile:
            _log.warning("view changed behind us and is read again from where it stands")
            del self._next[partition]  # the next round seeks
            return
        self.unreadable += unreadable
        self._next[partition] = following
        self.applied += len(records)
        if self._meter is not None:
            self._meter.add(metrics.VIEW_WRITES, by=len(records))

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        """For those who watch the group's lag; our own position is in Redis."""
        held = consumer.assignment()
        offsets = {tp: offset for tp, offset in self._next.items() if tp in held and offset}
        try:
            if offsets:
                await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            _log.info("view position not committed", extra={"error": type(error).__name__})

    async def _sweep(self) -> None:
        if time.monotonic() - self._swept_at >= _SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            await self._persist(self._applier.sweep, int(time.time()))
