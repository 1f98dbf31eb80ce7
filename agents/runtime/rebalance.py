"""What happens between an assignment and the first record: take over, seek, resume, in this order."""

import asyncio
from typing import Any, cast

from aiokafka.errors import IllegalStateError
from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain
from faust.tables.recovery import Recovery as FaustRecovery
from faust.types import TP

from agents.runtime.fatal import or_die
from agents.runtime.recovery import start_offset
from agents.runtime.worker import Runtime, runtime_of


class Recovery(FaustRecovery):
    """Faust's service that runs once a rebalance. It restores by record; ours by partition and marker."""

    @property
    def runtime(self) -> Runtime:
        return runtime_of(self.app)

    async def _resume_streams(self, generation_id: int = 0) -> None:
        runtime = self.runtime
        await runtime.abort_recovery()
        given_back = runtime.host.given_back
        recovering = runtime.recovering = asyncio.create_task(self._take_over_and_seek(), name="recovery")
        try:
            await self._wait(asyncio.wait([recovering]))  # raises when the next rebalance begins
        finally:
            recovering.cancel()
        if recovering.cancelled() or isinstance(recovering.exception(), IllegalStateError):
            raise RebalanceAgain  # the partitions went away meanwhile: Faust waits for the next assignment
        with or_die("partitions cannot be taken over"):
            recovering.result()
        await cast(Any, self.app).on_rebalance_complete.send()
        if given_back == runtime.host.given_back and self.app.consumer_generation_id == generation_id:
            await self._resume()

    async def _take_over_and_seek(self) -> None:
        assignment = {TP(*tp) for tp in self.app.consumer.assignment()}
        for broadcast in self.runtime.broadcasts:
            await broadcast.complete()
        for topic, takeover in self.runtime.takeovers.items():
            await takeover.own({tp.partition for tp in assignment if tp.topic == topic})
        if assignment:
            await self._seek(assignment)

    async def _seek(self, assignment: set[TP]) -> None:
        consumer = cast(Any, self.app.consumer)
        committed = {TP(*tp): offset for tp, offset in (await consumer.seek_to_committed()).items()}
        earliest = {TP(*tp): first for tp, first in (await consumer.earliest_offsets(*assignment)).items()}
        starts = {tp: self._start(tp, committed.get(tp), earliest.get(tp) or 0) for tp in assignment}
        await consumer.seek_wait(starts)
        for tp, offset in starts.items():
            self.runtime.host.start(tp, offset, committed.get(tp))

    def _start(self, tp: TP, committed: int | None, first: int) -> int:
        table = self.runtime.host.tables.get(tp.topic)
        if table is None:
            return max(committed or 0, first)
        owned = table.owned[tp.partition]
        return start_offset(tp.topic, tp.partition, owned.marker, committed, first)

    async def _resume(self) -> None:
        """No await before the flow is resumed, and the queues are cleared before anything is fetched."""
        app, consumer = cast(Any, self.app), cast(Any, self.app.consumer)
        app.flow_control.resume()
        consumer.resume_partitions(consumer.assignment())
        self.completed.set()
        self.tables.on_actives_ready()
        self.tables.on_standbys_ready()
        app.on_rebalance_end()
        consumer.resume_flow()
        self.runtime.host.set_ready(True)
        await app._fetcher.maybe_start()


class Rebalances(TableManager):
    """Faust's owner of the recovery service; it has no tables of Faust's to look after."""

    _recovery: FaustRecovery | None

    @property
    def recovery(self) -> FaustRecovery:
        """Our recovery service in the place of Faust's."""
        if self._recovery is None:
            self._recovery = Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        """Faust waits one second here for tables to be declared; ours are known from the start."""
        await self._update_channels()
        await self.recovery.start()
