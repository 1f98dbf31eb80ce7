"""`python -m support.counting_worker '{json}'`: a worker with the counting job, to be killed by tests."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from support.counting import Counting
from support.kafka import Broker, unique

from agents.runtime import App, Job, Output, Record, RuntimeConfig, Silent, build_app, run_worker

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Layout:
    """Where a counting job lives, and how it is set."""

    servers: str
    embedded: bool
    topic: str
    changelog: str
    out: str
    app_id: str
    partitions: int = 2
    instance: str | None = None  # static membership
    seconds_a_record: float = 0.0
    commit_interval: float = 0.1
    ticks: bool = True
    state_directory: str = ""  # of RocksDB; none: state in memory alone
    directory: str = field(default_factory=lambda: str(Path(tempfile.gettempdir()) / unique("counting")))


def laid_out(broker: Broker, partitions: int = 2, **settings: object) -> Layout:
    """A counting job with topics of its own."""
    topic, changelog, out = unique("log"), unique("changelog"), unique("out")
    broker.create_topics({topic: partitions, changelog: partitions, out: 2}, [changelog])
    layout = Layout(
        broker.bootstrap_servers, broker.embedded, topic, changelog, out, unique("app"), partitions
    )
    return dataclasses.replace(layout, **settings)  # type: ignore[arg-type]


class Worker:
    """The counting job in a process of its own."""

    def __init__(self, layout: Layout, **environment: str) -> None:
        self._directory = layout.directory
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.counting_worker", json.dumps(dataclasses.asdict(layout))],
            env={**os.environ, "PYTHONPATH": path, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )

    def said(self, word: str) -> str:
        """Wait for the next line that begins with this word; EOFError if the worker ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(word):
                return line.strip()
        raise EOFError(f"the worker ended ({self.process.wait()}) and never said {word!r}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def terminate(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.terminate()
        return self.process.wait(20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        shutil.rmtree(self._directory, ignore_errors=True)


class Slowly(Counting):
    """Takes time over each record, so that kills land in work."""

    def __init__(self, out: str, seconds: float) -> None:
        super().__init__(out)
        self._seconds = seconds

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        super().apply(partition, records)
        time.sleep(self._seconds * len(records))


class Spoken(Silent):
    """Says on standard output what a test waits for."""

    def on_ready(self, ready: bool) -> None:
        print("ready" if ready else "not ready", flush=True)

    def on_recovery(self, job: str, partition: int, keys: int, seconds: float, dropped: int) -> None:
        print(f"recovered {partition} {keys} {seconds:.3f} {dropped}", flush=True)


def configured(layout: Layout) -> RuntimeConfig:
    """Short intervals and small batches, so that a short run has many commits."""
    return RuntimeConfig(
        app_id=layout.app_id,
        bootstrap_servers=layout.servers,
        data_dir=Path(layout.directory),
        state_dir=Path(layout.state_directory) if layout.state_directory else None,
        embedded=layout.embedded,
        commit_interval=layout.commit_interval,
        tick_interval=0.2,
        session_timeout=6.0,
        heartbeat_interval=0.5,
        group_instance_id=layout.instance,
        max_batch_records=15,
        in_flight_bytes=100_000,
    )


def main() -> int:
    """Build and run; the argument is a layout."""
    layout = Layout(**json.loads(sys.argv[1]))
    logging.basicConfig(level="WARNING", stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    ticks = iter(range(1_000_000))

    def tick(partition: int, now_ms: int) -> Output:
        body = json.dumps({"tick": f"{now_ms}.{next(ticks)}"}).encode()
        return Output(layout.topic, None, body, partition=partition)

    def make() -> App:
        job = Job(
            "counting",
            Slowly(layout.out, layout.seconds_a_record),
            topics=(layout.topic,),
            stateful=True,
            changelog=layout.changelog,
            tick=tick if layout.ticks else None,
        )
        return build_app(configured(layout), [job], Spoken())

    return run_worker(make)


if __name__ == "__main__":
    sys.exit(main())
