"""The parts of one worker, held together."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any, cast

import faust

from agents.runtime.barrier import Barrier
from agents.runtime.broadcast import Broadcast
from agents.runtime.config import RuntimeConfig
from agents.runtime.failpoints import Failpoints
from agents.runtime.host import Host
from agents.runtime.local import LocalStores
from agents.runtime.observer import Observer
from agents.runtime.outbox import Outbox
from agents.runtime.processor import Job
from agents.runtime.progress import Progress
from agents.runtime.recovery import Takeover


class App(faust.App):
    """A Faust app that knows its runtime."""

    runtime: "Runtime"

    async def on_start(self) -> None:
        """Broadcast topics are read beside everything else that starts."""
        await super().on_start()
        for broadcast in self.runtime.broadcasts:
            broadcast.start(self.runtime.config.client())

    async def on_stop(self) -> None:
        """Faust drains and commits."""
        await super().on_stop()
        for broadcast in self.runtime.broadcasts:
            await broadcast.stop()


class Runtime:
    """Everything that a worker has besides Faust."""

    def __init__(
        self,
        app: App,
        config: RuntimeConfig,
        jobs: Sequence[Job],
        observer: Observer,
        broadcasts: Sequence[Broadcast],
    ) -> None:
        def producer() -> Any:
            return cast(Any, app.producer)._ensure_producer()

        self.config = config
        self.broadcasts = list(broadcasts)
        failpoints = Failpoints(os.environ)
        self.outbox = Outbox(producer, config.unacked_outputs, failpoints)
        self.host = Host(jobs, self.outbox, observer, failpoints, config.in_flight_bytes, self._stores)
        self.barrier = Barrier(self.host, producer, config.session)
        self.progress = Progress(self.host, config.stall_seconds, config.exit_when_stalled)
        self.takeovers = {
            job.topics[0]: Takeover(job, self.host.tables[job.topics[0]], config.client(), producer, observer)
            for job in jobs
            if job.stateful
        }
        self.recovering: asyncio.Task[None] | None = None

    def _stores(self, job: Job) -> LocalStores | None:
        config = self.config
        if config.state_dir is None:
            return None
        belongs = f"{config.app_id}\n{job.topics[0]}\n{job.changelog}"
        return LocalStores(config.state_dir / config.app_id / job.changelog, belongs)

    @property
    def ready(self) -> bool:
        """All assigned partitions are restored and processed."""
        return self.host.ready

    async def abort_recovery(self) -> None:
        """Stop restoring; return when it has stopped."""
        if self.recovering is not None and not self.recovering.done():
            self.recovering.cancel()
            await asyncio.wait([self.recovering])


def runtime_of(app: Any) -> Runtime:
    """The runtime that `build_app` gave to this app."""
    return cast(App, app).runtime
