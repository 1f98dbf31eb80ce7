"""Health, metrics, version, and the documents that machines ask for."""

import asyncio
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from agents.collector.answers import json_answer
from agents.collector.openapi import document
from agents.collector.producer import Producer

_ROBOTS: Final = "User-agent: *\nDisallow: /\n"
_DISTRIBUTION: Final = "intent-signals"


def package_version() -> str:
    """The installed version, or `unknown` in a bare checkout."""
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


class OpsRoutes:
    """Handlers that tell how the collector is."""

    def __init__(self, producer: Producer, registry: CollectorRegistry, draining: asyncio.Event) -> None:
        self._producer = producer
        self._registry = registry
        self._draining = draining

    def register(self, app: web.Application) -> None:
        """Add every path."""
        for path in ("/livez", "/healthz", "/health"):
            app.router.add_get(path, self.live)
        app.router.add_get("/readyz", self.ready)
        app.router.add_get("/sink-health", self.ready)
        app.router.add_get("/metrics", self.metrics)
        app.router.add_get("/version", self.version)
        app.router.add_get("/openapi.json", self.openapi)
        app.router.add_get("/robots.txt", self.robots)

    async def live(self, request: web.Request) -> web.Response:
        """The process answers. Says nothing about Kafka, or a restart would be the cure for its outage."""
        return web.Response(text="ok\n")

    async def ready(self, request: web.Request) -> web.Response:
        """Whether a record would be taken now: 200 or 503."""
        checks = {"kafka": await self._producer.reachable(), "accepting": not self._draining.is_set()}
        return json_answer(
            {"ready": all(checks.values()), "checks": checks}, 200 if all(checks.values()) else 503
        )

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text."""
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def version(self, request: web.Request) -> web.Response:
        """Name and version."""
        return json_answer({"name": _DISTRIBUTION, "version": package_version()})

    async def openapi(self, request: web.Request) -> web.Response:
        """This interface as OpenAPI 3.1."""
        described: dict[str, Any] = document(package_version())
        return json_answer(described)

    async def robots(self, request: web.Request) -> web.Response:
        """Nothing here is for a search engine."""
        return web.Response(text=_ROBOTS)
