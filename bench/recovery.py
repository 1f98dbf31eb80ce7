"""How fast our worker restores its state: a changelog of many accounts, then workers that take it over.

memory: from the changelog; rocksdb: from the changelog into an empty copy on disk; copy: from that copy.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaProducer

from agents.measure import MeteredRuntime
from agents.runtime.changelog import CLAIM_KEY, MARKER_KEY, Tag, marker_value, tag_headers
from agents.runtime.produce import encode, send
from agents.topic_admin import changelog_name
from bench.broker import Running, make_topics
from bench.clones import TENANT, Account, clones
from bench.data import PARTITIONS
from bench.engines.ours import make, run_until
from bench.meter import Stopwatch
from bench.spec import Spec
from schemas.home import domain_home
from streams.partitioner import partition_of

RUN = "recovery"


class Restored(MeteredRuntime):
    """Adds up what the runtime reports of its recoveries."""

    keys = 0
    seconds = 0.0

    def on_recovery(self, job: str, partition: int, keys: int, seconds: float, dropped: int) -> None:
        """A partition was restored."""
        super().on_recovery(job, partition, keys, seconds, dropped)
        self.keys += keys
        self.seconds += seconds


async def _write(broker: Running, prefix: str, accounts: int, templates: list[Account]) -> tuple[int, int]:
    """One commit of so many accounts; how many bytes its values have, and how many keys."""
    lanes: dict[int, list[Any]] = defaultdict(list)
    size = keys = 0
    per_account = [len(template) for template in templates]
    pairs = clones(templates, accounts)
    tag = tag_headers(Tag(1, 1))
    for number in range(accounts):
        home = domain_home(TENANT, f"clone{number}.example")
        lane = lanes[partition_of(home.encode(), PARTITIONS)]
        for _ in range(per_account[number % len(templates)]):
            key, value = next(pairs)
            size, keys = size + len(value), keys + 1
            lane.append((key, value, tag))
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.servers, compression_type="lz4", max_batch_size=1_000_000
    )
    await producer.start()
    try:
        for partition in range(PARTITIONS):
            first = [(CLAIM_KEY, b"bench", tag_headers(Tag(1, 0)))]
            last = [(MARKER_KEY, marker_value(0), tag)]
            for records in (first, lanes[partition], last):
                await send(producer, prefix + changelog_name(RUN), partition, encode(producer, records))
    finally:
        await producer.stop()
    return size, keys


async def _restore(broker: Running, prefix: str, state_dir: str) -> tuple[Restored, Stopwatch]:
    watch = Stopwatch()
    ends = dict.fromkeys(range(PARTITIONS), 0)
    with tempfile.TemporaryDirectory() as directory:
        worker = make(
            Spec("ours-scoring", RUN, broker.servers, broker.embedded, prefix, 0, ends, 0, directory)
        )
        if state_dir:
            worker.settings = replace(worker.settings, state_store="rocksdb", state_dir=state_dir)
        worker.instrument(["scoring"], watch, None)
        observer = Restored(worker.meter, worker.health)
        worker._observer = observer  # type: ignore[assignment]
        watch.start()
        await run_until(worker, watch, lambda app: app.runtime.ready)
    return observer, watch


def measure(
    broker: Running, name: str, accounts: int, templates: list[Account]
) -> list[dict[str, float | str]]:
    """Keys a second, from the first read of the changelog to the last key handed over, one row a kind of store."""
    prefix = f"recovery-{name}."
    make_topics(broker, prefix, RUN)
    size, keys = asyncio.run(_write(broker, prefix, accounts, templates))
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        for store, state_dir in (("memory", ""), ("rocksdb", directory), ("copy", directory)):
            observer, watch = asyncio.run(_restore(broker, prefix, state_dir))
            row: dict[str, float | str] = {
                "measure": "recovery",
                "kind": name,
                "store": store,
                "accounts": accounts,
                "keys": keys,
                "keys_read": observer.keys,
                "value_mb": round(size / 1048576, 1),
                "seconds": round(observer.seconds, 2),
                "keys_per_second": round(keys / observer.seconds),
                "mb_per_second": round(size / 1048576 / observer.seconds, 1),
                "start_to_ready_cpu_seconds": round(watch.cpu, 2),
                "keys_per_cpu_second": round(keys / watch.cpu),
            }
            rows.append(row)
    return rows
