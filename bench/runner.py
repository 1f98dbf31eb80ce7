"""`python -m bench`: every engine in a process of its own, in turn, and what came of it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from agents import accelerate
from bench import peers, tables
from bench.broker import Running, make_topics, started
from bench.check import Verdict, check
from bench.data import PARTITIONS, Recorder, Tape, preload_raw, preload_signals
from bench.spec import ROOT, Spec
from streams.partitioner import partition_of

ENGINES = (
    "ours-scoring", "ours-scoring-compiled", "ours-both", "ours-both-compiled", "plain-faust", "aiokafka-ceiling",
    "quix", "bytewax",
)  # fmt: skip
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
RUN_SECONDS = float(os.environ.get("BENCH_RUN_SECONDS", "8"))
BUDGET_SECONDS = float(os.environ.get("BENCH_BUDGET_SECONDS", "570"))
SHARED = 4_000  # signals of the run that compares all engines with each other, and sizes the others
SHARED_TICKS = 1_000  # records between its ticks: short as it is, it has to have some
MOST = 400_000
IDLE_SECONDS = 1.5  # of a short run: first fetch, last commit
SETTLED = 20_000  # records; by then accounts have come to the timers of their episodes
SETTLING = 1.3  # and a record costs the core about so many times what the first ones did
RUN_LIMIT = 180.0


class EngineError(Exception):
    """A run ended badly; the message is the end of what it said."""


@dataclass
class Lane:
    """One engine through the whole bench."""

    name: str
    python: str = sys.executable
    skipped: str = ""  # why, where it cannot run here
    signals: int = SHARED  # of the tape
    shared: dict[str, Any] = field(default_factory=dict)  # its run over the same records as all others
    results: list[dict[str, Any]] = field(default_factory=list)
    specs: list[Spec] = field(default_factory=list)

    @property
    def raw(self) -> bool:
        """Whether it begins with raw records."""
        return self.name.startswith("ours-both")

    @property
    def compiled(self) -> bool:
        """Whether it needs a build of the core."""
        return self.name.endswith("-compiled")

    @property
    def ours(self) -> bool:
        """Whether the barrier can be checked."""
        return self.name.startswith("ours")

    @property
    def module(self) -> str:
        """Its module's name."""
        return self.name.replace("-", "_")


class Bench:
    """One broker, one tape, all lanes."""

    def __init__(self, broker: Running, names: tuple[str, ...], directory: Path) -> None:
        self.broker = broker
        self.directory = directory
        self.recorder = Recorder()
        self.lanes = [Lane(name) for name in names]
        self.runs = 0
        for lane in self.lanes:
            try:
                if lane.name in peers.PINNED:
                    lane.python = str(peers.python_of(lane.name))
                elif lane.compiled:
                    tables.note(f"{lane.name}: {accelerate.build()}")
            except (peers.Missing, accelerate.CannotBuild) as error:
                lane.skipped = str(error)

    @property
    def tape(self) -> Tape:
        """What is recorded so far."""
        return self.recorder.tape

    def running(self) -> list[Lane]:
        """The lanes that are not skipped."""
        return [lane for lane in self.lanes if not lane.skipped]

    def preload(self, lane: Lane, prefix: str, signals: int, tape: Tape | None = None) -> None:
        """The lane's own copy of the beginning of a tape."""
        tape = tape or self.tape
        make_topics(self.broker, prefix, "bench")
        if lane.raw:
            preload_raw(self.broker.servers, prefix, tape, tape.raw_count(signals))
        else:
            preload_signals(self.broker.servers, prefix, tape, signals)

    def run(
        self, lane: Lane, prefix: str, signals: int, tape: Tape | None = None
    ) -> tuple[Spec, dict[str, Any]]:
        """One run of one engine in a process of its own. Raises EngineError."""
        tape = tape or self.tape
        self.runs += 1
        run = f"{lane.module}-{self.runs}"
        make_topics(self.broker, prefix, run)
        directory = self.directory / run
        directory.mkdir()
        events = tape.raw_count(signals) if lane.raw else signals
        spec = Spec(
            lane.name, run, self.broker.servers, self.broker.embedded, prefix, events, tape.ends(signals),
            tape.times[signals - 1], str(directory),
        )  # fmt: skip
        command = [lane.python, "-m", f"bench.engines.{lane.module}", spec.dump()]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=RUN_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"no end within {RUN_LIMIT:.0f} s") from error
        if done.returncode != 0:
            raise EngineError(f"exit code {done.returncode}: {done.stderr.strip()[-1500:]}")
        return spec, json.loads(done.stdout.strip().splitlines()[-1])

    def share(self) -> None:
        """All engines over the same records: the digests must agree; and each is told how much it gets."""
        tape = Recorder(SHARED_TICKS).extend(SHARED)
        for lane in self.running():
            tables.note(f"{lane.name}: {SHARED} records for comparison")
            prefix = f"shared-{lane.module}." if lane.raw else "shared."
            if lane.raw or not any(other.shared for other in self.lanes if not other.raw):
                self.preload(lane, prefix, SHARED, tape)
            try:
                _, result = self.run(lane, prefix, SHARED, tape)
            except EngineError as error:
                if lane.ours:
                    raise
                lane.skipped = str(error)
                tables.note(f"{lane.name} skipped: {error}")
                continue
            lane.shared = result
            lane.signals = _affordable(result, lane.ours)

    def prepare(self) -> None:
        """Each lane's own log; that of a compiled core is as long as the plain one's, so that both end alike."""
        length = {lane.name: lane.signals for lane in self.running()}
        for lane in self.running():
            if lane.compiled:
                lane.signals = length.get(lane.name.removesuffix("-compiled"), lane.signals)
        longest = max(lane.signals for lane in self.running())
        tables.note(f"recording {longest} records")
        self.recorder.extend(longest)
        for lane in self.running():
            if not lane.raw:
                self.preload(lane, f"{lane.module}.", lane.signals)

    def round(self) -> None:
        """One run of each engine."""
        for lane in self.running():
            prefix = f"{lane.module}."
            if lane.raw:  # a run of both hops writes to the log that it reads
                prefix = f"{lane.module}-{len(lane.results)}."
                self.preload(lane, prefix, lane.signals)
            try:
                spec, result = self.run(lane, prefix, lane.signals)
            except EngineError as error:
                if lane.ours:
                    raise
                lane.skipped = str(error)
                continue
            tables.note(
                f"{lane.name}: {result['events_per_cpu_second']} events per CPU-second, {result['seconds']} s"
            )
            lane.results.append(result)
            lane.specs.append(spec)

    def verdicts(self) -> dict[str, Verdict]:
        """The barrier's own check, of the last run of each of ours."""
        found = {}
        for lane in self.running():
            if lane.ours and lane.specs:
                inputs = self._input_ends(lane) if lane.raw else {}
                found[lane.name] = asyncio.run(check(lane.specs[-1], inputs))
        return found

    def _input_ends(self, lane: Lane) -> dict[tuple[str, int], int]:
        raw = self.tape.raw[: self.tape.raw_count(lane.signals)]
        prefix = lane.specs[-1].prefix
        return dict(Counter((prefix + topic, partition_of(key, PARTITIONS)) for topic, key, _ in raw))


def _affordable(shared: dict[str, Any], ours: bool) -> int:
    """Signals for one run. By its CPU time; an engine that waits a lot is held to the clock."""
    cpu = shared["cpu_us_per_event"] * 1e-6
    clock = 0.0 if ours else (shared["seconds"] - IDLE_SECONDS) / shared["events"]
    count = RUN_SECONDS / max(cpu, clock)
    return int(min(max(count / SETTLING if count > SETTLED else count, SHARED), MOST))


def summary(lane: Lane) -> dict[str, Any]:
    """The medians of a lane's runs, as the JSON line says them."""
    if lane.skipped:
        return {"engine": lane.name, "skipped": lane.skipped}
    middle = {
        name: round(median(result[name] for result in lane.results), 2)
        for name in ("events_per_second", "events_per_cpu_second", "cpu_us_per_event", "peak_rss_mb")
    }
    for name in ("core_us_per_event", "state_us_per_event", "frame_us_per_event"):
        if name in lane.results[0]:
            middle[name] = round(median(result[name] for result in lane.results), 2)
    digests = {result["state_digest"] for result in lane.results}
    return {
        "engine": lane.name,
        "events": lane.results[0]["events"],
        **middle,
        "state_digest": digests.pop() if len(digests) == 1 else "differs between runs",
        "shared_events": SHARED,
        "shared_digest": lane.shared["state_digest"],
        "shared_cpu_us_per_event": lane.shared["cpu_us_per_event"],
        "runs": len(lane.results),
    }


def main(names: tuple[str, ...] = ENGINES) -> int:
    """The whole bench; 0 if every engine agrees and the barrier holds."""
    begun = time.monotonic()
    with started() as broker, tempfile.TemporaryDirectory(prefix="bench-") as directory:
        bench = Bench(broker, names, Path(directory))
        bench.share()
        bench.prepare()
        for number in range(RUNS):
            started_at = time.monotonic()
            bench.round()
            used = time.monotonic()
            if number + 1 < RUNS and used - begun + (used - started_at) * 1.1 > BUDGET_SECONDS:
                tables.note(f"{number + 1} runs of {RUNS}: another one would not end in time on this machine")
                break
        verdicts = bench.verdicts()
    lines = [summary(lane) for lane in bench.lanes]
    return tables.report(broker.kind, lines, verdicts, time.monotonic() - begun)
