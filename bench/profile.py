"""`python -m bench profile [RECORDS]`: where the CPU time of the scoring hop goes.

Two runs of our worker in this process: one plain, for the shares of core, state and frame; one under cProfile, which
sees the main thread (agent, core, barrier, producer) and not the consumer's own thread.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import sys
import tempfile

from bench import tables
from bench.broker import Running, make_topics, started
from bench.data import Recorder, Tape, preload_signals
from bench.engines.ours import committed, make, run_until, shares
from bench.meter import Stopwatch
from bench.spec import Spec

PREFIX = "profile."
TOP = 25


def main(arguments: list[str]) -> int:
    """Print shares and the profile."""
    records = int(arguments[0]) if arguments else 40_000
    tape = Recorder().extend(records)
    with started() as broker:
        make_topics(broker, PREFIX, "profile-plain")
        make_topics(broker, PREFIX, "profile-traced")
        preload_signals(broker.servers, PREFIX, tape, records)
        watch, parts = _run(broker, "profile-plain", tape, records)
        per_event = watch.cpu / records * 1e6
        tables.show(
            f"scoring hop, {records:,} records, {per_event:.1f} us of CPU an event",
            ("", "us/event", "%"),
            [(name.split("_")[0], value, round(100 * value / per_event)) for name, value in parts.items()],
        )
        profiler = cProfile.Profile()
        profiler.enable()
        _run(broker, "profile-traced", tape, records)
        profiler.disable()
    for order in ("tottime", "cumtime"):
        pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats(order).print_stats(TOP)
    return 0


def _run(broker: Running, run: str, tape: Tape, records: int) -> tuple[Stopwatch, dict[str, float]]:
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as directory:
        ends, at = tape.ends(records), tape.times[records - 1]
        spec = Spec(
            "ours-scoring", run, broker.servers, broker.embedded, PREFIX, records, ends, at, directory
        )

        async def work() -> dict[str, float]:
            worker = make(spec)
            worker.instrument(["scoring"], watch, None)
            worker.redirect_log()
            await run_until(worker, watch, lambda app: committed(app, spec.signals, spec.ends))
            return shares(worker, watch, records)

        return watch, asyncio.run(work())
