"""The broker of a bench: embedded, or Apache Kafka for BENCH_BROKER=kafka; and the topics of a run."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from agents import topic_admin
from agents.embedded import EmbeddedBroker
from agents.settings import KafkaSettings, Settings
from bench.core import WRITTEN
from bench.data import PARTITIONS
from bench.spec import ROOT


@dataclass(frozen=True)
class Running:
    """A broker that listens."""

    kind: str  # "embedded" or "kafka"
    servers: str

    @property
    def embedded(self) -> bool:
        """Without producer ids."""
        return self.kind == "embedded"


@contextmanager
def started() -> Iterator[Running]:
    """The broker that BENCH_BROKER names, until the block ends."""
    kind = os.environ.get("BENCH_BROKER", "embedded")
    if kind == "kafka":
        sys.path.append(str(ROOT / "tests"))
        from support import kafka

        kafka._JVM = tuple(
            flag for flag in kafka._JVM if "TieredStopAtLevel" not in flag
        )  # warm code matters here
        with kafka.apache_kafka() as broker:
            yield Running(kind, broker.bootstrap_servers)
    elif kind == "embedded":
        with EmbeddedBroker() as broker:
            yield Running(kind, broker.bootstrap_servers)
    else:
        raise SystemExit(f"BENCH_BROKER is {kind!r}: embedded or kafka")


def make_topics(broker: Running, prefix: str, app_id: str) -> None:
    """Every topic of a deployment with this prefix, the changelog of this application, and the bench's own."""
    kafka = KafkaSettings(bootstrap_servers=(broker.servers,), idempotent=not broker.embedded)
    settings = Settings(
        kafka=kafka, app_id=app_id, topic_prefix=prefix, partitions=PARTITIONS, replication_factor=1
    )
    asyncio.run(_make(settings, prefix + WRITTEN))


async def _make(settings: Settings, written: str) -> None:
    await topic_admin.create(settings)
    admin = AIOKafkaAdminClient(**settings.kafka.client_kwargs())
    await admin.start()
    try:
        await admin.create_topics([NewTopic(written, PARTITIONS, 1)])
    finally:
        await admin.close()
