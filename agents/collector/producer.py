"""Hands records to Kafka: yes only when all replicas have them, otherwise no within a bounded time."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents.collector.records import Outgoing
from agents.compression import quick_lz4

_log = logging.getLogger(__name__)
_RECORD_OVERHEAD: Final = 1024  # bytes that a record in flight costs beside its key and value
_RECONNECT_SECONDS: Final = 1.0
_PROBE_SECONDS: Final = 1.0


class Unavailable(Exception):
    """Kafka did not take all records in time. Some may still arrive: the sender must send all again."""


class Producer(Protocol):
    """What the collector needs of Kafka; tests have one in memory."""

    async def start(self) -> None:
        """Begin to connect; does not wait for Kafka."""

    async def stop(self) -> None:
        """Flush what is in flight and disconnect."""

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Return when every record is acknowledged by all in-sync replicas. Raises Unavailable."""

    async def reachable(self) -> bool:
        """Whether Kafka answers just now."""


def _cost(record: Outgoing) -> int:
    return len(record.value) + len(record.key or b"") + _RECORD_OVERHEAD


class KafkaProducer:
    """The real one, on aiokafka with acks=all.

    `wait` seconds bound each `send`; `in_flight_bytes` bounds the memory of what is not acknowledged yet,
    so that an outage costs refusals and not memory. `options` go to the client as they are (security,
    idempotence).
    """

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        wait: float = 1.8,
        in_flight_bytes: int = 32 * 1024 * 1024,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._config: dict[str, Any] = {
            "bootstrap_servers": bootstrap_servers,
            "acks": "all",
            "linger_ms": 5,
            "max_batch_size": 131_072,
            "request_timeout_ms": 5_000,
            "retry_backoff_ms": 100,
            "compression_type": "lz4",
            **(options or {}),
        }
        self._wait = wait
        self._limit = in_flight_bytes
        self._in_flight = 0
        self._client: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect in the background; a second call changes nothing."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect(), name="collector-producer")

    async def _connect(self) -> None:
        quick_lz4()
        while True:
            client = AIOKafkaProducer(**self._config)
            try:
                await client.start()
            except KafkaError as error:
                _log.warning("kafka is not reachable", extra={"error": type(error).__name__})
                await client.stop()
                await asyncio.sleep(_RECONNECT_SECONDS)
            else:
                self._client = client
                return

    async def stop(self) -> None:
        """Flush, at most for the time of one send, and disconnect."""
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await connecting
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(client.flush(), self._wait)
            await client.stop()

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Send all records; see Producer."""
        size = sum(map(_cost, records))
        if self._client is None or self._in_flight + size > self._limit:
            raise Unavailable
        try:
            async with asyncio.timeout(self._wait):
                sent = [await self._enqueue(self._client, record) for record in records]
                if sent:
                    await asyncio.wait(sent)
        except (TimeoutError, KafkaError) as error:
            raise Unavailable from error
        if any(future.exception() is not None for future in sent):
            raise Unavailable

    async def _enqueue(self, client: AIOKafkaProducer, record: Outgoing) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = await client.send(
            record.topic, record.value, key=record.key, headers=list(record.headers)
        )
        size = _cost(record)
        self._in_flight += size

        def settle(done: asyncio.Future[Any]) -> None:
            self._in_flight -= size
            if not done.cancelled():
                done.exception()  # taken, so that an abandoned record is not reported as an unseen error

        future.add_done_callback(settle)
        return future

    async def reachable(self) -> bool:
        """Ask for metadata once."""
        if self._client is None:
            return False
        try:
            return bool(await asyncio.wait_for(self._client.client.force_metadata_update(), _PROBE_SECONDS))
        except (TimeoutError, KafkaError):
            return False
