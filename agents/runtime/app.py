"""Builds the Faust app that hosts jobs, and runs it."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from itertools import count
from typing import Any, cast

import faust
from faust.types.tuples import Message
from yarl import URL

from agents.compression import quick_lz4
from agents.runtime.broadcast import Broadcast
from agents.runtime.config import RuntimeConfig
from agents.runtime.fatal import or_die
from agents.runtime.observer import Observer, Silent
from agents.runtime.processor import Batch, Job
from agents.runtime.rebalance import Rebalances
from agents.runtime.transport import Transport
from agents.runtime.worker import App, Runtime

HEARTBEAT_SECONDS = 0.5
PROGRESS_SECONDS = 2.0
TICK_TURNS = 8  # in an interval: all partitions that tick at once would hold up everything else
TURN_SECONDS = 0.01  # of work on many batches, until others have their turn
OTHERS_STEPS = 4  # of the event loop: a timer, a commit or a send takes several


class BatchSchema(faust.Schema):
    """The value of a message is the batch itself; the processor decodes."""

    def loads_key(self, app: Any, message: Message, **kwargs: Any) -> Any:
        """Batches have no key."""
        return None

    def loads_value(self, app: Any, message: Message, **kwargs: Any) -> Any:
        """The batch, as the transport made it."""
        return message.value


def build_app(
    config: RuntimeConfig,
    jobs: Sequence[Job],
    observer: Observer | None = None,
    broadcasts: Sequence[Broadcast] = (),
) -> App:
    """A Faust app with one agent a job. ValueError for jobs that do not fit together.

    `app.runtime` has `ready`, `progress.lag` and `progress.stalled` for health pages.
    """
    quick_lz4()
    app = App(**_settings(config))
    app.runtime = Runtime(app, config, jobs, observer or Silent(), broadcasts)
    app.transport = Transport(app.conf.broker_consumer, app)
    for job in jobs:
        _add_agent(app, job)
    _add_timers(app)
    return app


def _settings(config: RuntimeConfig) -> dict[str, Any]:
    session = config.session
    return {
        "id": config.app_id,
        "broker": [URL(f"kafka://{server}") for server in config.bootstrap_servers.split(",")],
        "broker_credentials": _credentials(config),
        "broker_client_id": config.client_id,
        "datadir": str(config.data_dir),
        "env_prefix": "INTENT_FAUST_",
        "store": "memory://",
        "web_enabled": False,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "worker_redirect_stdouts": False,
        "TableManager": Rebalances,
        "stream_wait_empty": True,
        "consumer_auto_offset_reset": "earliest",
        "consumer_group_instance_id": config.group_instance_id,
        "broker_commit_interval": config.commit_interval,
        "broker_commit_livelock_soft_timeout": 300.0,  # ours is Progress
        "broker_session_timeout": session,
        "broker_heartbeat_interval": config.heartbeat,
        "broker_request_timeout": max(config.request_timeout, session),
        "broker_max_poll_records": 5000,
        "producer_request_timeout": config.request_timeout,
        "producer_compression_type": config.compression,
        "producer_max_batch_size": 1_000_000,
        "producer_max_request_size": 1_048_576,
    }


def _credentials(config: RuntimeConfig) -> Any:
    security = config.security
    protocol = security.get("security_protocol", "PLAINTEXT")
    if protocol == "PLAINTEXT":
        return None
    if protocol == "SSL":
        return faust.SSLCredentials(context=security["ssl_context"])
    return faust.SASLCredentials(
        username=security["sasl_plain_username"],
        password=security["sasl_plain_password"],
        mechanism=security.get("sasl_mechanism", "PLAIN"),
        ssl_context=security.get("ssl_context"),
    )


def _add_agent(app: App, job: Job) -> None:
    async def agent(calls: AsyncIterator[Batch]) -> None:
        async for _ in calls:
            app.runtime.host.answer(job)
            await _work(app, job)

    topic = app.topic(*job.topics, schema=BatchSchema())
    app.agent(topic, name=f"agents.{job.name}", concurrency=1)(cast(Any, agent))


async def _work(app: App, job: Job) -> None:
    """Everything that waits for the job, also what comes meanwhile."""
    host, turn = app.runtime.host, time.perf_counter()
    while (batch := host.waiting(job)) is not None and app.flow_control.is_active():
        with or_die(f"job {job.name} failed"):  # an exception would acknowledge what is not done
            host.apply(batch)
        await app.runtime.outbox.room()
        if time.perf_counter() - turn > TURN_SECONDS:
            for _ in range(OTHERS_STEPS):
                await asyncio.sleep(0)
            turn = time.perf_counter()


def _add_timers(app: App) -> None:
    """Faust starts them when the first takeover is complete."""
    runtime, turns = app.runtime, count()

    async def heartbeat() -> None:
        runtime.barrier.heartbeat()

    async def tick() -> None:
        with or_die("a tick failed"):
            if runtime.ready:
                runtime.host.tick(int(time.time() * 1000), next(turns), TICK_TURNS)

    async def progress() -> None:
        runtime.progress.look(cast(Any, app.consumer).highwater)

    app.timer(HEARTBEAT_SECONDS, name="heartbeat")(heartbeat)
    app.timer(runtime.config.tick_interval / TICK_TURNS, name="tick")(tick)
    app.timer(PROGRESS_SECONDS, name="progress")(progress)
