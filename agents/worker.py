"""Puts one worker together: settings to jobs, runtime, view agent and the ops server."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents import accelerator, log, ops
from agents.health import Health
from agents.intake import IntakeProcessor
from agents.measure import MeteredProcessor, MeteredRuntime, show_accounts, show_unanswered
from agents.meter import Meter
from agents.outputs import OutputEncoder
from agents.runtime import Broadcast, Job, RuntimeConfig, build_app, serve
from agents.scoring import ScoringProcessor
from agents.topic_admin import changelog_name
from schemas.signal import SIGNALS_TOPIC
from schemas.topics import INPUTS, TAXONOMY
from streams.domains import shipped_lists
from streams.intake import Intake
from streams.policy import Policy, parse_policy, reference_policy

if TYPE_CHECKING:
    from agents.settings import Settings
    from agents.view.agent import ViewAgent


def load_policy(path: str) -> Policy:
    """The policy of a file, the reference where none is named. Raises OSError or PolicyErrors."""
    return parse_policy(Path(path).read_bytes()) if path else reference_policy()


@dataclass
class Worker:
    """One scoring worker in this event loop; `run` until told to stop."""

    settings: Settings
    policy: Policy
    embedded: bool = False
    exit_when_stalled: bool = True
    meter: Meter = field(default_factory=lambda: Meter("worker", "view"))
    health: Health = field(default_factory=Health)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ops_port: int = 0

    def __post_init__(self) -> None:
        prefix, partitions = self.settings.topic_prefix, self.settings.partitions
        encoder = OutputEncoder(self.settings.app_id, prefix, self.settings.shadow)
        build = version("intent-signals")
        self.intake = IntakeProcessor(Intake(shipped_lists()), encoder, prefix, partitions)
        self.scoring = ScoringProcessor(
            self.policy, encoder, build, partitions, self.settings.state_cache_homes
        )
        self.scoring.ticking = not self.settings.shadow  # the log's own ticks are enough
        self._observer = _ReadyObserver(self.meter, self.health, self.ready)

    def jobs(self) -> list[Job]:
        """The two hops: every input topic, and the signal log. A shadow worker has only the second."""
        prefix = self.settings.topic_prefix
        inputs = tuple(topic.physical(prefix) for topic in INPUTS)
        intake = Job("intake", MeteredProcessor(self.intake, self.meter, prefix), inputs)
        scoring = Job(
            "scoring",
            MeteredProcessor(self.scoring, self.meter, prefix),
            (prefix + SIGNALS_TOPIC,),
            stateful=True,
            changelog=prefix + changelog_name(self.settings.app_id),
            tick=self.scoring.tick,
        )
        return [scoring] if self.settings.shadow else [intake, scoring]

    def runtime_config(self, data_dir: Path) -> RuntimeConfig:
        """What the runtime is told of the settings."""
        kafka = self.settings.kafka
        security = {
            k: v for k, v in kafka.client_kwargs().items() if k not in ("bootstrap_servers", "client_id")
        }
        return RuntimeConfig(
            app_id=self.settings.app_id,
            bootstrap_servers=",".join(kafka.bootstrap_servers),
            data_dir=data_dir,
            client_id=kafka.client_id,
            state_dir=Path(self.settings.state_dir) if self.settings.state_store == "rocksdb" else None,
            security=security,
            embedded=self.embedded,
            commit_interval=self.settings.commit_seconds,
            tick_interval=self.settings.tick_seconds,
            group_instance_id=kafka.group_instance_id or None,
            idempotence=None if kafka.idempotent else False,
            compression=kafka.codec,
            session_timeout=None if self.embedded else kafka.session_timeout,
            heartbeat_interval=None if self.embedded else kafka.heartbeat_interval,
            request_timeout=kafka.request_timeout,
            stall_seconds=self.settings.stall_seconds,
            exit_when_stalled=self.exit_when_stalled,
        )

    async def run(self, stop: asyncio.Event, view: ViewAgent | None = None) -> int:
        """Work until `stop` is set; the exit code: 0, or 70 after a crash."""
        server = await ops.serve(
            self.health, self.meter, self.settings.ops_host, self.settings.ops_port, self.refresh
        )
        self.ops_port = server.port
        watch = asyncio.create_task(ops.watch_kafka(self.settings.kafka, self.health))
        if view is not None:
            view.report(self.meter)
            await view.start()
        try:
            with tempfile.TemporaryDirectory(prefix="intent-") as data_dir:
                config = self.runtime_config(Path(data_dir))
                taxonomy = Broadcast(TAXONOMY.physical(self.settings.topic_prefix), self.intake.learn)
                app = build_app(config, self.jobs(), self._observer, [taxonomy])
                log.get("worker").info(
                    "worker starts",
                    app_id=self.settings.app_id,
                    policy=self.policy.policy_id,
                    core=accelerator.core(),
                )
                return await serve(app, stop)
        finally:
            self.health.stopping()
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            if view is not None:
                await view.stop()
            await server.close()

    def refresh(self) -> None:
        """Bring the gauges up to date before a scrape."""
        states: Counter[str] = Counter()
        for pipeline in self.scoring.pipelines.values():
            states.update(pipeline.states())
        show_accounts(self.meter, states)
        waiting = [at for pipeline in self.scoring.pipelines.values() for at in pipeline.unanswered()]
        show_unanswered(self.meter, waiting, time.time())


class _ReadyObserver(MeteredRuntime):
    """Also tells whoever waits that the worker has begun to work."""

    def __init__(self, meter: Meter, health: Health, ready: asyncio.Event) -> None:
        super().__init__(meter, health)
        self._event = ready

    def on_ready(self, ready: bool) -> None:
        """All assigned partitions are restored, or a rebalance is under way."""
        super().on_ready(ready)
        if ready:
            self._event.set()


def view_agent(settings: Settings, redis: Any, embedded: bool) -> ViewAgent:
    """The agent that keeps Redis equal to the output topics."""
    from agents.view.agent import ViewAgent
    from agents.view.applier import Applier
    from agents.view.store import ViewStore

    options = settings.kafka.client_kwargs()
    servers = ",".join(options.pop("bootstrap_servers"))
    options["client_id"] += "-view"
    if embedded:
        options |= {"session_timeout_ms": 6000, "heartbeat_interval_ms": 1000}
    return ViewAgent(
        servers,
        Applier(ViewStore(redis)),
        app_id=settings.app_id,
        topic_prefix=settings.topic_prefix,
        options=options,
    )
