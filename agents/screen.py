"""What `intent up` shows: where things are, cards of sales-ready events, a running line of counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer

from agents.console import Console

if TYPE_CHECKING:
    from agents.settings import Settings
    from streams.market import Truth

TOPICS = (
    "intent.sales-ready.v1", "intent.watch.v1", "intent.review.v1", "intent.recycled.v1", "intent.sla.v1",
    "intent.scores.v1", "intent.dlq.v1",
)  # fmt: skip


class Screen:
    """The console of one run, fed from the output topics."""

    def __init__(self, settings: Settings, output: str) -> None:
        self._settings = settings
        self._console = Console(output)
        self._events = 0
        self.sent: asyncio.Queue[int] = asyncio.Queue()

    def opened(self, url: str, token: str) -> None:
        """Remember where the page and the API are."""
        self._url, self._token = url, token

    def ready(self, ops_port: int) -> None:
        """Say where everything is."""
        self._console.places(
            page=f"{self._url}/",
            api=f"{self._url}/accounts (bearer token {self._token})",
            collector=f"{self._url}/events",
            metrics=f"http://{self._settings.ops_host}:{ops_port}/metrics",
            kafka=",".join(self._settings.kafka.bootstrap_servers),
        )

    def closed(self) -> None:
        """Last words: the counts as they ended."""
        self._console.show_counts(self._events_in())

    def history(self, records: int) -> None:
        """Say that the past is there."""
        self._events += records
        self._console.say(f"{records:,} records of 90 days of history are scored; from here on it is live")

    async def follow(self, truths: Sequence[Truth] = ()) -> None:
        """Show what comes out until cancelled."""
        await self._console.follow(self.records(), truths, self._events_in)

    def _events_in(self) -> int:
        while not self.sent.empty():
            self._events += self.sent.get_nowait()
        return self._events

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
        reason, detail = (
            headers.get("intent.error.code", b""),
            headers.get("__connect.errors.exception.message", b""),
        )
        return {"type": reason.decode(), "subject": detail.decode()}
    return json.loads(record.value) if record.value else None
