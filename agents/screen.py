"""What `intent up` shows: where things are, cards of sales-ready events, a running line of counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import click
from aiokafka import AIOKafkaConsumer

if TYPE_CHECKING:
    from agents.settings import Settings
    from streams.market import Truth

TOPICS = ("intent.sales-ready.v1", "intent.watch.v1", "intent.review.v1", "intent.scores.v1", "intent.dlq.v1")


class Screen:
    """The console of one run."""

    def __init__(self, settings: Settings, output: str) -> None:
        self._settings = settings
        self._output = output
        self.sent: asyncio.Queue[int] = asyncio.Queue()

    def opened(self, url: str, token: str) -> None:
        """Say where the page and the API are."""
        self._url, self._token = url, token

    def ready(self, ops_port: int) -> None:
        """Say that it works."""
        click.echo(f"page {self._url}/  metrics http://127.0.0.1:{ops_port}/metrics  token {self._token}", err=True)

    def closed(self) -> None:
        """Last words."""

    def history(self, records: int) -> None:
        """Say that the past is there."""
        click.echo(f"{records} records of history scored", err=True)

    async def follow(self, truths: Sequence[Truth] = ()) -> None:
        """Show what comes out until cancelled."""
        async for topic, _key, value in self.records():
            if topic != "intent.scores.v1":
                click.echo(json.dumps({"topic": topic, "type": value.get("type"), "subject": value.get("subject"), "time": value.get("time")}))

    async def records(self) -> AsyncIterator[tuple[str, str, Any]]:
        """Every output record from the beginning, as (logical topic, key, value)."""
        prefix = self._settings.topic_prefix
        consumer = AIOKafkaConsumer(
            *(prefix + topic for topic in TOPICS),
            bootstrap_servers=",".join(self._settings.kafka.bootstrap_servers),
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
        )
        await consumer.start()
        try:
            async for record in consumer:
                topic = record.topic.removeprefix(prefix)
                key = (record.key or b"").decode(errors="replace")
                yield topic, key, _value(topic, record)
        finally:
            await consumer.stop()


def _value(topic: str, record: Any) -> Any:
    if topic == "intent.dlq.v1":
        headers = dict(record.headers)
        return {"type": headers.get("intent.error.code", b"").decode(), "subject": headers.get("__connect.errors.exception.message", b"").decode()}
    return json.loads(record.value) if record.value else None
