"""Our worker with both hops: raw records of every input topic, the signal log between, scores at the end.

Its events are raw records; the log carries them and what scoring writes to it on top. Ticks come every five seconds
as always, but say the log's time instead of the wall clock's, since the traffic is recorded.
"""

from __future__ import annotations

import asyncio

from agents.runtime import App, Output
from bench.core import digest
from bench.engines.ours import Measured, make, run_until, shares
from bench.market import START
from bench.meter import Stopwatch
from bench.spec import Spec, told
from streams.pipeline import Pipeline


class Clock:
    """Ticks at the time of the log: as far into its span as records have been scored."""

    def __init__(self, worker: Measured, spec: Spec) -> None:
        self._worker = worker
        self._events = spec.events
        self._span = spec.at - START
        self.ticks = 0

    def tick(self, partition: int, _now_ms: int) -> Output | None:
        """What the worker writes instead of a tick of the wall clock."""
        self.ticks += 1
        scored = min(self._worker.probes["scoring"].taken, self._events)
        return self._worker.scoring.tick(partition, START + self._span * scored // self._events)


def finished(worker: Measured, clock: Clock, events: int, preloaded: int) -> bool:
    """Whether every raw record went through both hops, and everything scoring wrote to the log was read."""
    intake, scoring = worker.probes["intake"], worker.probes["scoring"]
    written = preloaded + intake.logged + scoring.logged + clock.ticks
    return intake.taken >= events and scoring.taken == written


def settled(app: App) -> bool:
    """Whether all that was applied is committed, and nothing is on its way."""
    host = app.runtime.host
    return host.outbox._unacked == 0 and host.applied == {**host.committed} and host.position == host.applied


async def work(spec: Spec, watch: Stopwatch) -> tuple[str, dict[str, float]]:
    """One run; the digest of what it ended with, and how many records the log carried; where its time went."""
    worker = make(spec)
    clock = Clock(worker, spec)
    worker.instrument(["intake", "scoring"], watch, clock.tick)

    def done(app: App) -> bool:
        return finished(worker, clock, spec.events, len(spec.ends)) and settled(app)

    pipelines: dict[int, Pipeline] = await run_until(worker, watch, done)
    parts = {"log_records": worker.probes["scoring"].taken, **shares(worker, watch, spec.events)}
    return digest(pipelines, spec.at), parts


def main() -> None:
    """One run."""
    spec, watch = told(), Stopwatch()
    found, parts = asyncio.run(work(spec, watch))
    print(watch.report(spec.engine, spec.events, found, **parts))


if __name__ == "__main__":
    main()
