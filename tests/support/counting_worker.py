"""`python -m support.counting_worker '{json}'`: a worker with the counting job, to be killed by tests."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

from agents.runtime import App, Job, Output, RuntimeConfig, Silent, build_app, run_worker
from support.counting import Counting


class Slowly(Counting):
    """Takes time over each record, so that kills land in work."""

    def __init__(self, out: str, seconds: float) -> None:
        super().__init__(out)
        self._seconds = seconds

    def apply(self, partition, records):  # type: ignore[no-untyped-def]
        super().apply(partition, records)
        time.sleep(self._seconds * len(records))


class Spoken(Silent):
    """Says on standard output what a test waits for."""

    def on_ready(self, ready: bool) -> None:
        print("ready" if ready else "not ready", flush=True)

    def on_recovery(self, job: str, partition: int, keys: int, seconds: float, dropped: int) -> None:
        print(f"recovered {partition} {keys} {seconds:.3f} {dropped}", flush=True)


def main() -> int:
    """Build and run; the argument has topic, changelog, out, servers, app_id, directory and options."""
    options = json.loads(sys.argv[1])
    logging.basicConfig(level="WARNING", stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    config = RuntimeConfig(
        app_id=options["app_id"],
        bootstrap_servers=options["servers"],
        data_dir=Path(options["directory"]),
        embedded=options["embedded"],
        commit_interval=options.get("commit_interval", 0.1),
        tick_interval=options.get("tick_interval", 0.2),
        session_timeout=6.0,
        heartbeat_interval=0.5,
        max_batch_records=options.get("max_batch_records", 50),
        in_flight_bytes=options.get("in_flight_bytes", 100_000),
    )

    def make() -> App:
        ticks = iter(range(1_000_000))

        def tick(partition: int, now_ms: int) -> Output:
            body = json.dumps({"tick": f"{now_ms}.{next(ticks)}"}).encode()
            return Output(options["topic"], None, body, partition=partition)

        job = Job(
            "counting",
            Slowly(options["out"], options.get("seconds_a_record", 0.0)),
            topics=(options["topic"],),
            stateful=True,
            changelog=options["changelog"],
            tick=tick if options.get("ticks", True) else None,
        )
        return build_app(config, [job], Spoken())

    return run_worker(make)


if __name__ == "__main__":
    sys.exit(main())
