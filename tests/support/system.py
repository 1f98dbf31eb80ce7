"""A whole deployment on one broker: topics of its own, `intent worker` and `intent collector` as processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from support.kafka import Broker, unique
from support.services import free_port, wait_until
from support.tails import Message, Tails, committed, produce
from support.tree import ROOT

from agents import topic_admin
from agents.settings import Settings, load

WRITE_KEY = "e2e-write-key"
TOKEN = "e2e-api-token"
NOWHERE = "redis://127.0.0.1:1/0"  # nobody listens there


class Process:
    """`intent worker` or `intent collector` under this interpreter, from this tree."""

    def __init__(self, command: str, environ: dict[str, str], port: int, log: Path) -> None:
        self.command = command
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.log = log
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "agents.cli", command],
                cwd=ROOT, env=environ, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int:
        """Its exit code once it has ended; subprocess.TimeoutExpired if it does not."""
        return self._process.wait(seconds)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def terminate(self, seconds: float = 30) -> int:
        """Ask it to stop; its exit code."""
        self._process.terminate()
        return self._process.wait(seconds)

    def until_ready(self, seconds: float = 60) -> None:
        """Return when /readyz says ok."""
        wait_until(self._ready, seconds=seconds, what=f"{self.command} is ready", every=0.1)

    def metrics(self) -> str:
        """The text of /metrics."""
        return requests.get(f"{self.url}/metrics", timeout=10).text

    def counted(self, family: str) -> float:
        """The sum of a counter over all its labels; 0 while it does not answer."""
        try:
            text = self.metrics()
        except requests.RequestException:
            return 0.0
        lines = [line for line in text.splitlines() if line.split("{")[0].split(" ")[0] == family]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def tail(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-3000:]

    def _ready(self) -> bool:
        assert self.exit_code is None, f"{self.command} ended ({self.exit_code}):\n{self.tail()}"
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False


class System:
    """Names, settings and topics of one deployment; processes are started in it."""

    def __init__(self, broker: Broker, directory: Path, redis_url: str = NOWHERE, **environ: str) -> None:
        name = unique("e2e")
        self.broker = broker
        self.servers = broker.bootstrap_servers
        self.directory = directory
        self.environ = {
            "INTENT_KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "INTENT_KAFKA_IDEMPOTENT_PRODUCER": "false" if broker.embedded else "true",
            "INTENT_KAFKA_SESSION_TIMEOUT_SECONDS": "6",
            "INTENT_KAFKA_HEARTBEAT_SECONDS": "1",
            "INTENT_TOPIC_PREFIX": f"{name}.",
            "INTENT_APP_ID": name,
            "INTENT_REDIS_URL": redis_url,
            "INTENT_POLICY": str(ROOT / "deploy/policy/example.toml"),
            "INTENT_COMMIT_SECONDS": "0.2",
            "INTENT_TICK_SECONDS": "0.5",
            "INTENT_WRITE_KEYS": f"site:{WRITE_KEY}",
            "INTENT_API_TOKEN": TOKEN,
            **environ,
        }
        self._logs = 0

    @property
    def settings(self) -> Settings:
        """The settings that its processes read."""
        return load(self.environ)

    def topic(self, name: str) -> str:
        """The physical name of a topic."""
        return self.settings.topic_prefix + name

    @property
    def changelog(self) -> str:
        """The physical name of the state changelog."""
        return self.topic(topic_admin.changelog_name(self.settings.app_id))

    def create_topics(self) -> System:
        """Make every topic of the registry."""
        asyncio.run(topic_admin.create(self.settings))
        return self

    def partitions(self, *names: str) -> dict[str, int]:
        """Physical names of these topics and their partition counts."""
        counts = {topic.name: topic.partitions for topic in topic_admin.wanted(self.settings)}
        return {self.topic(name): counts[name] for name in names}

    def tails(self, *names: str) -> Tails:
        """A reader of these topics."""
        return Tails(self.servers, *(self.topic(name) for name in names))

    def read(self, name: str) -> list[Any]:
        """Every record of one topic, now."""
        tails = self.tails(name)
        tails.catch_up()
        return tails.all(self.topic(name))

    def committed(self, *names: str) -> dict[tuple[str, int], int]:
        """The worker group's offsets by physical topic and partition."""
        return committed(self.servers, self.settings.app_id, self.partitions(*names))

    def produce(self, messages: list[Message]) -> None:
        """Write (logical topic, key, value) in order."""
        produce(self.servers, [(self.topic(topic), key, value) for topic, key, value in messages])

    @contextmanager
    def worker(self, **environ: str) -> Iterator[Process]:
        """`intent worker` until the block ends; killed there if it is still running."""
        port = free_port()
        with self._running("worker", port, {"INTENT_METRICS_PORT": str(port), **environ}) as process:
            yield process

    @contextmanager
    def collector(self, **environ: str) -> Iterator[Process]:
        """`intent collector` until the block ends."""
        port = free_port()
        with self._running("collector", port, {"INTENT_PORT": str(port), **environ}) as process:
            yield process

    @contextmanager
    def _running(self, command: str, port: int, environ: dict[str, str]) -> Iterator[Process]:
        self._logs += 1
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("INTENT_", "KAFKA_"))
        }
        log = self.directory / f"{command}-{self._logs}.log"
        process = Process(command, {**kept, **self.environ, **environ}, port, log)
        try:
            yield process
        finally:
            if process.exit_code is None:
                process.kill()
