"""What collector tests run against: a producer that remembers, a view from memory, a free port."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from agents.collector.app import build_collector
from agents.collector.producer import Unavailable
from agents.collector.records import Outgoing
from agents.collector.settings import CollectorSettings, WriteKey

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
KEY = "test-write-key"
TOKEN = "test-token"
FIXTURES = Path(__file__).parents[1] / "fixtures"
SETTINGS = CollectorSettings(write_keys=(WriteKey(KEY, "site"),), api_token=TOKEN)


class MemoryProducer:
    """Keeps what it is sent; `away` makes it refuse as an unreachable Kafka does."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.away = False
        self.running = False

    async def start(self) -> None:
        self.running = True

    async def stop(self) -> None:
        self.running = False

    async def send(self, records: Sequence[Outgoing]) -> None:
        if self.away:
            raise Unavailable
        self.sent += records

    async def reachable(self) -> bool:
        return self.running and not self.away

    def values(self, topic: str) -> list[dict[str, Any]]:
        """The records of one topic, decoded."""
        return [json.loads(record.value) for record in self.sent if record.topic == topic]

    def dead(self) -> list[tuple[str, bytes]]:
        """(reason, original bytes) of each dead letter."""
        letters = [record for record in self.sent if record.topic == "intent.dlq.v1"]
        return [(dict(record.headers)["intent.error.code"].decode(), record.value) for record in letters]


class MemoryView:
    """A view with the accounts it is given, as the reader would return them."""

    def __init__(self, accounts: Sequence[dict[str, Any]] = (), error: Exception | None = None) -> None:
        self.cards = list(accounts)
        self.error = error

    async def accounts(
        self, limit: int = 50, *, state: str = "", min_score: int = 0, tenant: str = ""
    ) -> list[dict[str, Any]]:
        self._fail()
        kept = [card for card in self.cards if card["S"] >= min_score and state in ("", card["state"])]
        return kept[:limit]

    async def account(self, name: str, *, tenant: str = "") -> dict[str, Any] | None:
        self._fail()
        return next(
            (card for card in self.cards if name in (card["account_id"], card["account_domain"])), None
        )

    async def explain(self, name: str, *, tenant: str = "") -> dict[str, Any] | None:
        card = await self.account(name)
        return None if card is None else card | {"explanation": []}

    async def sales_ready(self, limit: int = 50) -> list[dict[str, Any]]:
        self._fail()
        return []

    async def watched(self, limit: int = 50) -> list[dict[str, Any]]:
        self._fail()
        return []

    async def counts(self) -> dict[str, Any]:
        self._fail()
        return {"accounts": len(self.cards), "sales_ready": 0, "watch": 0, "states": {}}

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


class Edge:
    """A running collector: its client, and what its producer was sent."""

    def __init__(
        self, client: TestClient[Any, Any], producer: MemoryProducer, registry: CollectorRegistry
    ) -> None:
        self.client = client
        self.producer = producer
        self.registry = registry

    async def post(self, path: str, body: Any, **options: Any) -> Any:
        """POST with the write key; a dict or list is sent as JSON."""
        data = body if isinstance(body, bytes | str) else json.dumps(body).encode()
        headers = {"X-Write-Key": KEY, **options.pop("headers", {})}
        return await self.client.post(path, data=data, headers=headers, **options)


@asynccontextmanager
async def collector(
    view: Any = None, settings: CollectorSettings = SETTINGS, **changes: Any
) -> AsyncIterator[Edge]:
    """A collector on a free port with a memory producer, its clock standing at NOW."""
    producer, registry = MemoryProducer(), CollectorRegistry()
    app = build_collector(
        replace(settings, **changes), producer, view or MemoryView(), registry=registry, clock=lambda: NOW
    )
    async with TestClient(TestServer(app)) as client:
        yield Edge(client, producer, registry)
