"""The HTTP edge as one thing to start and stop: the collector's application on a port of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web
from prometheus_client import CollectorRegistry

from agents.collector.app import build_collector
from agents.collector.producer import KafkaProducer
from agents.view.reader import ViewReader
from agents.view.store import ViewStore

if TYPE_CHECKING:
    from agents.settings import Settings


class Edge:
    """The collector, the query API and the page."""

    def __init__(self, settings: Settings, redis: Any) -> None:
        options = settings.kafka.client_kwargs()
        servers = ",".join(options.pop("bootstrap_servers"))
        options["client_id"] += "-collector"
        self._settings = settings
        self.registry = CollectorRegistry()
        options["compression_type"] = settings.kafka.codec
        self.producer = KafkaProducer(servers, options=options)
        app = build_collector(
            settings.collector, self.producer, ViewReader(ViewStore(redis)), registry=self.registry
        )
        self._runner = web.AppRunner(app, access_log=None)
        self.port = settings.collector.port

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self._settings.collector.host}:{self.port}"

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.collector.host, self.port).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Answer what is under way, then stop."""
        await self._runner.cleanup()
