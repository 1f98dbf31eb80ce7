"""The small HTTP server beside the worker: /metrics, /livez, /readyz, /version. Loopback unless told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from aiohttp import web
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from agents import log
from agents.health import Health, Report
from agents.kafka_settings import KafkaSettings
from agents.meter import CONTENT_TYPE, Meter


@dataclass(slots=True)
class OpsServer:
    """A running server; `port` is the real one where 0 was asked for."""

    port: int
    _runner: web.AppRunner

    async def close(self) -> None:
        """Stop answering."""
        await self._runner.cleanup()


def add_routes(
    app: web.Application, health: Health, meter: Meter, refresh: Callable[[], None] = lambda: None
) -> None:
    """Serve the four paths from an application. `refresh` brings gauges up to date before a scrape."""

    async def metrics(_request: web.Request) -> web.Response:
        refresh()
        return web.Response(body=meter.text(), headers={"Content-Type": CONTENT_TYPE})

    async def livez(_request: web.Request) -> web.Response:
        return _answer(health.live())

    async def readyz(_request: web.Request) -> web.Response:
        return _answer(health.ready())

    async def say_version(_request: web.Request) -> web.Response:
        return web.json_response({"version": version("intent-signals")})

    app.router.add_get("/metrics", metrics)
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/version", say_version)


async def serve(
    health: Health, meter: Meter, host: str, port: int, refresh: Callable[[], None] = lambda: None
) -> OpsServer:
    """Start the server on this event loop. Raises OSError when the port is taken."""
    app = web.Application()
    add_routes(app, health, meter, refresh)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return OpsServer(int(runner.addresses[0][1]), runner)


def _answer(report: Report) -> web.Response:
    status = 200 if report.ok else 503
    return web.json_response({"ok": report.ok, "checks": report.checks}, status=status)


async def watch_kafka(kafka: KafkaSettings, health: Health, *, every: float = 2.0) -> None:
    """Ask the cluster for its metadata every so many seconds, for ever, and tell `health` what came of it."""
    while True:
        client = AIOKafkaClient(**kafka.client_kwargs(), request_timeout_ms=5_000)
        try:
            await client.bootstrap()
            await _keep_asking(client, health, every)
        except (KafkaError, OSError) as error:
            if health.kafka(False):
                log.get("health").warning("kafka is not reachable", reason=type(error).__name__)
        finally:
            await client.close()
        await asyncio.sleep(every)


async def _keep_asking(client: Any, health: Health, every: float) -> None:
    while await client.fetch_all_metadata():
        if health.kafka(True):
            log.get("health").info("kafka is reachable")
        await asyncio.sleep(every)
