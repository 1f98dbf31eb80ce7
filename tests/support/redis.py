"""A real Redis on a free port for the length of a block."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from support.services import free_port, require, running, wait_until


class RedisServer:
    """Where a running Redis listens."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"

    def flush(self) -> None:
        """Lose everything, as a restart without persistence does."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@contextmanager
def redis_server(directory: Path, port: int | None = None) -> Iterator[RedisServer]:
    """Debian's redis-server, nothing written to disk; skipped where it is missing, failed there in CI."""
    server = RedisServer(port or free_port())
    command = [require("redis-server"), "--port", str(server.port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(directory)]
    with running(command, log=directory / "redis.log"):
        wait_until(lambda: _answers(server.url), seconds=10, what="redis answers", every=0.05)
        yield server


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
