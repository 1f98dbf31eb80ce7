"""A Faust transport that delivers our topics in record batches instead of one message a record.

Faust's own consumer makes four tasks for each message. Here a message is everything that one fetch brought
of one partition; other topics keep Faust's path, without those tasks. Where Faust may drop what was
fetched (a rebalance, a queue cleared on resume), the fetch position shows it and we seek back.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple, cast

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from agents.runtime.assignor import SpreadAssignor
from agents.runtime.fatal import or_die
from agents.runtime.processor import Batch
from agents.runtime.worker import runtime_of

_VALUE_SIZE = attrgetter("serialized_value_size")  # -1 without a value


class Fetched(NamedTuple):
    """What one fetch delivered of a partition: records out of offsets [start, next)."""

    start: int
    next: int
    records: list[Any]


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The client library's consumer, in its own thread; adds where each fetch began and ended."""

    FETCH_WAIT_MS = 200

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # a seek waits for the fetch that is under way, 1.5 s by default
        consumer._fetch_max_wait_ms = self.FETCH_WAIT_MS
        # partitions that stay where they are need no recovery
        consumer._partition_assignment_strategy = [SpreadAssignor]
        return consumer

    async def _fetch_records(
        self, consumer: Any, active_partitions: Any, timeout: Any = None, max_records: Any = None
    ) -> Any:
        before = _positions(consumer, active_partitions)
        records = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        after = _positions(consumer, active_partitions)  # no await since the fetch: they belong together
        return {
            tp: Fetched(before.get(tp, position), position, records.get(tp, []))
            for tp, position in after.items()
            if tp in records or position != before.get(tp, position)
        }


def _positions(consumer: Any, tps: Any) -> dict[Any, int]:
    """Where the consumer stands, for the partitions where it knows."""
    subscription = consumer._subscription.subscription
    assignment = subscription.assignment if subscription is not None else None
    if assignment is None:
        return {}
    states = ((tp, assignment.state_value(tp)) for tp in tps)
    return {tp: state._position for tp, state in states if state is not None and state._position is not None}


class Consumer(driver.Consumer):
    """Faust's consumer with batch delivery and the commit barrier."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runtime = runtime_of(self.app)
        self.host = self.runtime.host
        self._sought: dict[TP, int] = {}
        self._singles: dict[TP, deque[ConsumerMessage]] = defaultdict(deque)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # -- delivery ---------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Any) -> None:
        with or_die("fetching failed"):
            try:
                while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                    await self._drain_once()
            except (asyncio.CancelledError, *self.consumer_stopped_errors):
                if not self.app.should_stop:
                    raise

    async def _drain_once(self) -> None:
        if not self.flow_active:
            await self.wait(cast(Any, self.can_resume_flow))
        if self.host.full:
            await self.wait_first(self.host.room(), cast(Any, self.suspend_flow))
        active = set() if self.app.rebalancing else set(self._get_active_partitions())
        if not active:
            await self.sleep(0.05)
            return
        fetched = cast("Mapping[TP, Fetched]", await self._getmany(active, timeout=1.0))
        if not self.flow_active:
            # A fetch may wait through a whole rebalance and bring what belongs to the new assignment: keep
            # it. Offsets are facts; whether they are the next ones is decided by position alone.
            await self.wait(cast(Any, self.can_resume_flow))
        for tp, fetch in fetched.items():
            if not self._flowing():
                return  # a rebalance begins: the seek at its end brings the rest again
            await self._deliver(TP(*tp), fetch)

    def _flowing(self) -> bool:
        return self.flow_active and not self.app.rebalancing

    async def _deliver(self, tp: TP, fetch: Fetched) -> None:
        position = self.host.position.get(tp)
        if position is None:
            return
        if fetch.start > position and not await self._is_lost(tp, position):
            return
        if tp.topic not in self.host.jobs:
            await self._deliver_singly(tp, position, fetch)
            return
        for batch in self._batches(tp, position, fetch):
            if self.host.take(batch):
                await self.callback(cast(Any, _message(tp, batch, self.app.consumer_generation_id)))
            if not self._flowing():
                return

    async def _is_lost(self, tp: TP, position: int) -> bool:
        """Records before this fetch did not come: seek back once; if they stay away they are gone."""
        real = self._sought.get(tp) == position
        self.host.observer.on_gap(tp.topic, tp.partition, real)
        if not real:
            self._sought[tp] = position
            await self.seek_wait({tp: position})
        return real

    def _batches(self, tp: TP, position: int, fetch: Fetched) -> Iterator[Batch]:
        """The fetch in pieces of bounded size; the last one ends where the fetch position stands."""
        if fetch.next <= position:
            return
        config = self.runtime.config
        records, size = fetch.records, 0
        if records and records[0].offset < position:
            records = [record for record in records if record.offset >= position]
        sizes = [100 + n for n in map(_VALUE_SIZE, records)]
        first = 0
        for place, n in enumerate(sizes):
            if place - first >= config.max_batch_records or size > config.max_batch_bytes:
                end = records[place].offset
                yield Batch(tp.topic, tp.partition, position, end, records[first:place], size)
                position, first, size = end, place, 0
            size += n
        yield Batch(tp.topic, tp.partition, position, fetch.next, records[first:], size)

    async def _deliver_singly(self, tp: TP, position: int, fetch: Fetched) -> None:
        """The topics of ordinary Faust agents."""
        for record in fetch.records:
            if record.offset >= position:
                message = self._to_message(tp, record)
                self._singles[tp].append(message)
                self.host.position[tp] = record.offset + 1
                await self.callback(cast(Any, message))
                if not self._flowing():
                    return
        self.host.position[tp] = max(position, fetch.next)

    # -- commits ----------------------------------------------------------------------------------

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """The barrier; each caller gets one of its own."""
        self._acked.clear()  # Faust's own record of what is done; ours is in the host
        self._acked_index.clear()
        for tp, messages in self._singles.items():
            while messages and messages[0].acked:  # the only sign that an ordinary agent is done
                self.host.applied[tp] = messages.popleft().offset + 1
        return await self.runtime.barrier.commit(self._commit_offsets_now)

    async def _commit_offsets_now(self, offsets: Mapping[TP, int]) -> bool:
        # Faust's _committed_offset stays empty: it would make acknowledgements of committed batches pass
        # unnoticed, and every revocation wait a second for them
        return offsets.keys() <= self.assignment() and bool(await self._commit(offsets))

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit, then give everything back: the client's assignors are all eager."""
        self.host.set_ready(False)
        await self.runtime.abort_recovery()
        if self.app.should_stop:
            await self.commit()
        await super().on_partitions_revoked(revoked)
        if not self.app.should_stop:
            await self.commit()
        with or_die("partitions cannot be given back"):
            self.host.stop()
            await self.host.close_locals()
        self._sought.clear()
        self._singles.clear()


def _message(tp: TP, batch: Batch, generation: int) -> ConsumerMessage:
    return ConsumerMessage(
        topic=tp.topic,
        partition=tp.partition,
        offset=batch.next - 1,
        timestamp=0.0,
        timestamp_type=0,
        headers=[],
        key=None,
        value=cast(Any, batch),
        checksum=None,
        tp=tp,
        generation_id=generation,
    )


class Producer(driver.Producer):
    """Faust's producer, with ids against the broker's own repeats where the broker knows them."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"enable_idempotence": runtime_of(self.app).config.with_idempotence}


class Transport(driver.Transport):
    """Set as `app.transport`."""

    Consumer = Consumer
    Producer = Producer
