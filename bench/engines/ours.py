"""Our worker, as `intent worker` runs it, measured from outside: which jobs, when it began, when all is committed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from faust.types import TP

import agents.worker
from agents.outputs import OutputEncoder
from agents.runtime import App, Job, Output, Record, RuntimeConfig, build_app
from agents.settings import KafkaSettings, Settings
from agents.worker import Worker
from bench.core import WRITTEN, policy
from bench.meter import Stopwatch
from bench.spec import Spec
from schemas.signal import SIGNALS_TOPIC

NEVER = 1e6  # seconds


def settings(spec: Spec) -> Settings:
    """The worker's settings for one run."""
    kafka = KafkaSettings(bootstrap_servers=tuple(spec.servers.split(",")), idempotent=not spec.embedded)
    return Settings(
        kafka=kafka,
        app_id=spec.run,
        topic_prefix=spec.prefix,
        partitions=len(spec.ends),
        commit_seconds=spec.commit_seconds,
        ops_port=0,
        log_level="warning",
    )


class SideEncoder(OutputEncoder):
    """Puts what scoring writes to its own log elsewhere, so that a run ends."""

    def physical(self, topic: str) -> str:
        """The deployment's name of a topic."""
        return super().physical(WRITTEN if topic == SIGNALS_TOPIC else topic)


class Probe:
    """A processor as it is, with the records that pass it counted."""

    def __init__(self, inner: Any, watch: Stopwatch, log: str) -> None:
        self._inner = inner
        self._watch = watch
        self._log = log
        self.taken = 0
        self.logged = 0  # outputs to the signal log
        self.core_seconds = 0.0  # CPU of this thread: decode, apply, encode what was said
        self.state_seconds = 0.0  # CPU of this thread: encode what changed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        """The inner apply."""
        self._watch.start()
        began = time.thread_time()
        self._inner.apply(partition, records)
        self.core_seconds += time.thread_time() - began
        self.taken += len(records)

    def take_dirty(self, partition: int) -> list[tuple[bytes, bytes | None]]:
        """The inner encoding."""
        began = time.thread_time()
        changed: list[tuple[bytes, bytes | None]] = self._inner.take_dirty(partition)
        self.state_seconds += time.thread_time() - began
        return changed

    def take_outputs(self) -> list[Output]:
        """The inner outputs."""
        outputs: list[Output] = self._inner.take_outputs()
        self.logged += sum(1 for output in outputs if output.topic == self._log)
        return outputs


class Measured(Worker):
    """The worker with probes around its processors."""

    def instrument(
        self, names: Sequence[str], watch: Stopwatch, tick: Callable[[int, int], Output] | None
    ) -> None:
        """Run only these jobs, with these ticks in the log's place."""
        log = self.settings.topic_prefix + SIGNALS_TOPIC
        jobs = [job for job in super().jobs() if job.name in names]
        self.probes = {job.name: Probe(job.processor, watch, log) for job in jobs}
        self._measured = [
            replace(job, processor=self.probes[job.name], tick=tick if job.tick is not None else None)
            for job in jobs
        ]

    def jobs(self) -> list[Job]:
        """Those that are measured."""
        return self._measured

    def redirect_log(self) -> None:
        """Keep the log as it was preloaded."""
        self.scoring._encoder = SideEncoder(self.settings.app_id, self.settings.topic_prefix)

    def runtime_config(self, data_dir: Any) -> RuntimeConfig:
        """As the worker has it; ticks as the log has them."""
        config = super().runtime_config(data_dir)
        return config if self.probes.get("intake") else replace(config, tick_interval=NEVER)


def make(spec: Spec) -> Measured:
    """A worker that is not started."""
    return Measured(settings(spec), policy(), embedded=spec.embedded, exit_when_stalled=False)


async def run_until(
    worker: Measured,
    watch: Stopwatch,
    done: Callable[[App], bool],
    watched: Callable[[App], None] | None = None,
) -> dict[int, Any]:
    """Run the worker until `done` says so of its app; the pipelines as they were then."""
    apps: list[App] = []

    def captured(*arguments: Any) -> App:
        apps.append(build_app(*arguments))
        return apps[0]

    agents.worker.build_app = captured
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    while not running.done() and not (apps and done(apps[0])):
        await asyncio.sleep(0.01)
    watch.stop()
    if apps and watched is not None:
        watched(apps[0])
    pipelines = dict(worker.scoring.pipelines)
    stop.set()
    code = await running
    if code != 0:
        raise SystemExit(code)
    return pipelines


def shares(worker: Measured, watch: Stopwatch, events: int) -> dict[str, float]:
    """CPU microseconds an event: the core, the encoding of its state, and the frame (all the rest)."""
    core = sum(probe.core_seconds for probe in worker.probes.values())
    state = sum(probe.state_seconds for probe in worker.probes.values())
    parts = {"core": core, "state": state, "frame": watch.cpu - core - state}
    return {f"{name}_us_per_event": round(seconds / events * 1e6, 2) for name, seconds in parts.items()}


def committed(app: App, topic: str, ends: dict[int, int]) -> bool:
    """Whether the group's offsets have reached these ends."""
    offsets = app.runtime.host.committed
    return all(offsets.get(TP(topic, partition), 0) >= end for partition, end in ends.items())
