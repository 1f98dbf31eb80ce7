"""The runtime: hosts pure processors on Faust, with record batches, durable state and one commit barrier.

    config = RuntimeConfig(app_id="intent", bootstrap_servers="127.0.0.1:9092", data_dir=Path("data"))
    jobs = [
        Job("intake", Intake(), topics=("intent.web.v1", "intent.email.v1")),
        Job("scoring", Scoring(), topics=("intent.signals.v1",), stateful=True,
            changelog="intent-state-changelog", tick=scoring_tick),
    ]
    exit_code = run_worker(lambda: build_app(config, jobs, observer, [Broadcast("intent.taxonomy.v1", f)]))

- `Processor` (processor.py) is what a job implements: synchronous, no clock, no I/O. `Output` is what it
  wants produced; every broker takes MAX_RECORD_BYTES (key, value, headers), a refused record is fatal.
- A stateful job reads one topic; its changelog is a compacted topic with as many partitions, named by the
  job (`{app_id}-state-changelog`), `min.compaction.lag.ms` at least an hour. No topic is created here.
- The promise: every record is applied at least once, to the state exactly once, and what it made is sent at
  least once with the same bytes. Whatever breaks it ends the process with exit code 70; start it again.
- `Observer` (observer.py) hears of batches, commits, recoveries, lag and readiness; `app.runtime.ready`,
  `app.runtime.progress.lag` and `.stalled` are for health pages.
- In an event loop of your own: `await serve(app, stop_event)`, the app built inside that loop.
"""

from agents.runtime.app import build_app
from agents.runtime.broadcast import Broadcast
from agents.runtime.config import RuntimeConfig
from agents.runtime.fatal import EXIT_CODE
from agents.runtime.observer import Observer, Silent
from agents.runtime.processor import MAX_RECORD_BYTES, Batch, Job, Output, Processor, Record
from agents.runtime.serve import run_worker, serve
from agents.runtime.worker import App, Runtime

__all__ = [
    "EXIT_CODE",
    "MAX_RECORD_BYTES",
    "App",
    "Batch",
    "Broadcast",
    "Job",
    "Observer",
    "Output",
    "Processor",
    "Record",
    "Runtime",
    "RuntimeConfig",
    "Silent",
    "build_app",
    "run_worker",
    "serve",
]
