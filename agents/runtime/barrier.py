"""The commit: outputs, then state, then its markers, then the local copy, then offsets, all of one instant."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from faust.types import TP

from agents.runtime.fatal import RuntimeFault, die, or_die
from agents.runtime.host import Host
from agents.runtime.outbox import Share
from agents.runtime.table import FrozenState, StateTable, write_all

CommitOffsets = Callable[[Mapping[TP, int]], Awaitable[bool]]


@dataclass
class Frozen:
    """What one commit makes durable."""

    outputs: Share
    offsets: dict[TP, int]
    states: list[tuple[StateTable, FrozenState]]


class Barrier:
    """One commit at a time; each caller gets a whole one of its own. Any failure ends the process.

    `suspended_after` seconds without a heartbeat mean that this process was stopped: its partitions are
    somebody else's by now, and it must not write.
    """

    def __init__(self, host: Host, producer: Callable[[], Any], suspended_after: float) -> None:
        self._host = host
        self._producer = producer
        self._suspended_after = suspended_after
        self._lock = asyncio.Lock()
        self._beat: float | None = None

    def heartbeat(self) -> None:
        """The event loop is alive: called by a timer."""
        self._check_alive()
        self._beat = time.monotonic()

    def _check_alive(self) -> None:
        silent = time.monotonic() - self._beat if self._beat is not None else 0.0
        if silent > self._suspended_after:
            die(f"suspended for {silent:.1f} s: the partitions belong to others by now")

    async def commit(self, commit_offsets: CommitOffsets) -> bool:
        """Commit what is done at this instant; False if nothing moved."""
        return await asyncio.shield(asyncio.ensure_future(self._commit(commit_offsets)))

    async def _commit(self, commit_offsets: CommitOffsets) -> bool:
        with or_die("a commit failed"):
            async with self._lock:
                self._check_alive()
                return await self._write(commit_offsets)

    async def _write(self, commit_offsets: CommitOffsets) -> bool:
        host, producer, points = self._host, self._producer(), self._host.failpoints
        started = time.perf_counter()
        frozen = self._freeze(producer)
        if frozen is None:
            return False
        await points.reach("after_freeze")
        await frozen.outputs.acked()
        await points.reach("after_outputs")
        if points.mutant == "state_after_outputs":
            frozen.states = self._freeze_states(producer)
        await write_all(producer, frozen.states, markers=False)
        await points.reach("after_state")
        if points.mutant == "offsets_after_flush":
            frozen = self._with_later_offsets(producer, frozen)
        await write_all(producer, frozen.states, markers=True)
        await points.reach("after_marker")
        for table, state in frozen.states:
            table.write_local(state)
        await points.reach("after_local")
        if frozen.offsets and not await commit_offsets(frozen.offsets):
            raise RuntimeFault("the broker refused the offsets")
        await points.reach("after_commit")
        host.committed.update(frozen.offsets)
        keys = sum(len(state.values) for _, state in frozen.states)
        host.observer.on_commit(len(frozen.offsets), keys, time.perf_counter() - started)
        return True

    def _freeze(self, producer: Any) -> Frozen | None:
        """One step without an await: offsets, outputs and state of the same instant."""
        for job in {id(job): job for job in self._host.jobs.values()}.values():
            self._host.outbox.add(job.processor.take_outputs())
        mutant = self._host.failpoints.mutant
        states = [] if mutant == "state_after_outputs" else self._freeze_states(producer)
        offsets, outputs = self._moved(), self._host.outbox.seal()
        if offsets or states or outputs.pending:
            return Frozen(outputs, offsets, states)
        return None

    def _freeze_states(self, producer: Any) -> list[tuple[StateTable, FrozenState]]:
        states = []
        for topic, table in self._host.tables.items():
            for partition in table.owned:
                applied = self._host.applied.get(TP(topic, partition))
                state = table.freeze(producer, partition, applied) if applied is not None else None
                if state is not None:
                    states.append((table, state))
        return states

    def _with_later_offsets(self, producer: Any, frozen: Frozen) -> Frozen:
        """The wrong order: what was applied during the flush is committed, too."""
        for table, state in frozen.states:
            table.renew_marker(producer, state, self._host.applied[TP(table.topic, state.partition)])
        return Frozen(frozen.outputs, self._moved(), frozen.states)

    def _moved(self) -> dict[TP, int]:
        host = self._host
        return {tp: offset for tp, offset in host.applied.items() if offset != host.committed.get(tp)}
