"""Where records meet processors: batches in flight, what is done, what is owned."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

from faust.types import TP

from agents.runtime.failpoints import Failpoints
from agents.runtime.fatal import RuntimeFault
from agents.runtime.local import LocalStores
from agents.runtime.observer import Observer
from agents.runtime.outbox import Outbox
from agents.runtime.processor import Batch, Job
from agents.runtime.table import StateTable


def _in_memory(job: Job) -> None:
    """A job without a copy of its state on this machine."""


class Host:
    """The jobs of one worker.

    `apply` is one step without an await: state, outputs and offset move together.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        outbox: Outbox,
        observer: Observer,
        failpoints: Failpoints,
        in_flight_bytes: int,
        stores_of: Callable[[Job], LocalStores | None] = _in_memory,
    ) -> None:
        self.jobs = {topic: job for job in jobs for topic in job.topics}
        if len(self.jobs) != sum(len(job.topics) for job in jobs):
            raise ValueError("two jobs read the same topic")
        self.tables = {
            job.topics[0]: StateTable(job.topics[0], job.changelog, job.processor, stores_of(job))
            for job in jobs
            if job.stateful
        }
        self.outbox = outbox
        self.observer = observer
        self.failpoints = failpoints
        self.position: dict[TP, int] = {}  # next offset to take from the consumer
        self.applied: dict[TP, int] = {}  # next offset to process
        self.committed: dict[TP, int] = {}
        self._in_flight: dict[str, deque[Batch]] = defaultdict(deque)  # by job, in the order of arrival
        self._called: set[str] = set()  # jobs whose agents have a message on the way
        self._in_flight_bytes = 0
        self._in_flight_limit = in_flight_bytes
        self._room = asyncio.Event()
        self.ready = False
        self.given_back = 0  # how often

    # -- partitions -------------------------------------------------------------------------------

    def start(self, tp: TP, offset: int, committed: int | None) -> None:
        """Processing of this partition goes on at `offset`."""
        self.position[tp] = self.applied[tp] = offset
        if committed is not None:
            self.committed[tp] = committed

    def stop(self) -> None:
        """Every partition is given back; what is owned stays in memory in case it returns."""
        for topic, table in self.tables.items():
            for partition, owned in table.owned.items():
                tp = TP(topic, partition)
                if self.applied.get(tp, owned.next_offset) != owned.next_offset:
                    raise RuntimeFault(f"{topic} partition {partition} is given back before its commit")
        self.given_back += 1
        self.set_ready(False)
        self.drop_in_flight()
        self.position.clear()
        self.applied.clear()
        self.committed.clear()

    async def close_locals(self) -> None:
        """Let go of the state on this machine: whoever is next here may open it."""
        for table in self.tables.values():
            if table.stores is not None:
                await table.stores.close()

    def set_ready(self, ready: bool) -> None:
        """True while every assigned partition is restored and processed."""
        if ready != self.ready:
            self.ready = ready
            self.observer.on_ready(ready)

    def drop_in_flight(self) -> None:
        """Forget batches that were fetched and not processed; they are fetched again."""
        self._in_flight.clear()
        self._called.clear()
        self._in_flight_bytes = 0
        self._room.set()

    # -- batches ----------------------------------------------------------------------------------

    def take(self, batch: Batch) -> bool:
        """A batch for the job's agent; True if the agent has to be called: no message to it is on the way."""
        name = self.jobs[batch.topic].name
        self._in_flight[name].append(batch)
        self._in_flight_bytes += batch.size
        self.position[TP(batch.topic, batch.partition)] = batch.next
        call = name not in self._called
        self._called.add(name)
        return call

    def answer(self, job: Job) -> None:
        """The agent begins to work: what is taken from now on calls it again."""
        self._called.discard(job.name)

    def waiting(self, job: Job) -> Batch | None:
        """The job's next batch."""
        queue = self._in_flight[job.name]
        return queue[0] if queue else None

    @property
    def full(self) -> bool:
        """True while no more batches should be fetched."""
        return self._in_flight_bytes > self._in_flight_limit

    async def room(self) -> None:
        """Return when batches may be fetched again."""
        while self.full:
            self._room.clear()
            await self._room.wait()

    def apply(self, batch: Batch) -> None:
        """Process a batch. RuntimeFault if it is not the next one of its partition."""
        tp = TP(batch.topic, batch.partition)
        job = self.jobs[batch.topic]
        if self.waiting(job) is not batch or self.applied.get(tp) != batch.start:
            where = f"{batch.topic} partition {batch.partition}"
            raise RuntimeFault(f"{where}: batch at {batch.start} out of turn")
        if batch.records:
            started = time.perf_counter()
            job.processor.apply(batch.partition, batch.records)
            self.outbox.add(job.processor.take_outputs())
            self.observer.on_batch(
                job.name, batch.partition, len(batch.records), time.perf_counter() - started
            )
        self.applied[tp] = batch.next
        self._in_flight[job.name].popleft()
        self._in_flight_bytes -= batch.size
        self._room.set()

    def tick(self, now_ms: int, turn: int, turns: int) -> None:
        """Ask every job for its tick of each partition that is being processed and has this of `turns` turns."""
        for tp in self.applied:
            job = self.jobs.get(tp.topic)
            if job is None or job.tick is None or tp.partition % turns != turn % turns:
                continue
            output = job.tick(tp.partition, now_ms)
            if output is not None:
                self.outbox.add([output])
