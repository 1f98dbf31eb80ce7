"""How long a hand-raise takes under load: from its acceptance (acknowledged on its input topic) to the FAST record.

The worker runs both hops as in production, in a process of its own; this one sends traffic at a steady rate, and
hand-raises of known companies among it, and reads `intent.sales-ready.v1`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import quantiles
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench import tables
from bench.broker import Running, make_topics
from bench.data import PARTITIONS
from bench.market import Traffic
from bench.spec import ROOT, Spec
from streams.market.acts import form
from streams.market.cast import CHAMPION, Names
from streams.market.record import Raw
from streams.market.teller import Teller
from streams.timeline import iso_text

PREFIX = "latency."
RUN = "latency"
SECONDS = 15.0
RAISES_A_SECOND = 20
SLICE = 0.01  # seconds between two sends
SETTLE_SECONDS = 4.0  # for the last records, and between two loads


class Load:
    """Sends traffic and hand-raises, and notes when each raise was accepted and answered."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._traffic: Iterator[Raw] = iter(Traffic(seed=11))
        self._raisers = iter(range(1_000_000))
        self._tellers: list[Teller] = []
        self.accepted: dict[str, float] = {}  # by company domain
        self.answered: dict[str, float] = {}

    async def run(self, rates: list[tuple[int, float]]) -> list[dict[str, Any]]:
        """One row for each (percent of the throughput, records a second)."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._servers, linger_ms=2, compression_type="lz4"
        )
        consumer = AIOKafkaConsumer(
            PREFIX + "intent.sales-ready.v1", bootstrap_servers=self._servers, fetch_max_wait_ms=20
        )
        await self._producer.start()
        await consumer.start()
        reading = asyncio.create_task(self._read(consumer))
        rows = []
        try:
            await self._introduce(round(SECONDS * RAISES_A_SECOND * len(rates)) + 50)
            for percent, rate in rates:
                rows.append(await self._level(percent, rate))
        finally:
            reading.cancel()
            await consumer.stop()
            await self._producer.stop()
        return rows

    async def _introduce(self, count: int) -> None:
        """The CRM knows the companies that will ask."""
        for number in range(count):
            names = Names("raisers", number + 2)
            teller = Teller(names.company("good", named=True), names.people(CHAMPION), "default", "l")
            self._tellers.append(teller)
            await self._send(teller.profile(0))
            await self._send(next(teller.contacts(0)))
        await self._producer.flush()
        await asyncio.sleep(SETTLE_SECONDS)

    async def _level(self, percent: int, rate: float) -> dict[str, Any]:
        begun, sent, raised, asked = time.perf_counter(), 0, 0, set()
        while (now := time.perf_counter() - begun) < SECONDS:
            while sent < now * rate:
                await self._send(next(self._traffic))
                sent += 1
            while raised < now * RAISES_A_SECOND:
                asked.add(await self._raise())
                raised += 1
            await asyncio.sleep(SLICE)
        took = time.perf_counter() - begun
        await self._producer.flush()
        await asyncio.sleep(SETTLE_SECONDS)
        ended = time.perf_counter()  # who has no answer by now has waited for so long at least
        waits = sorted((self.answered.get(d, ended) - self.accepted[d]) * 1000 for d in asked)
        cuts = quantiles(waits, n=100) if len(waits) > 1 else [float("nan")] * 99
        return {
            "measure": "latency",
            "load_percent": percent,
            "records_per_second": round(sent / took),
            "hand_raises": raised,
            "answered": sum(d in self.answered for d in asked),
            "p50_ms": round(cuts[49], 1),
            "p99_ms": round(cuts[98], 1),
            "max_ms": round(waits[-1], 1) if waits else float("nan"),
        }

    async def _raise(self) -> str:
        teller = self._tellers[next(self._raisers)]
        domain = teller.company.domain
        ack = await self._send(next(iter(form("demo_request")(teller, 0, 0))))
        ack.add_done_callback(lambda _: self.accepted.setdefault(domain, time.perf_counter()))
        return domain

    async def _send(self, raw: Raw) -> Any:
        """As if it happened now."""
        now = iso_text(int(time.time() * 1000))
        value = {**raw.value, "occurred_at": now, "received_at": now}
        return await self._producer.send(PREFIX + raw.topic, orjson.dumps(value), raw.key.encode())

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            domain = record.key.decode().rpartition("/")[2]
            self.answered.setdefault(domain, time.perf_counter())


def measure(broker: Running, throughput: float, directory: str) -> list[dict[str, Any]]:
    """Rows for 10 %, 50 % and 90 % of a throughput (records a second)."""
    make_topics(broker, PREFIX, RUN)
    ends = dict.fromkeys(range(PARTITIONS), 0)
    spec = Spec("live", RUN, broker.servers, broker.embedded, PREFIX, 0, ends, 0, directory)
    command = [sys.executable, "-m", "bench.engines.live", spec.dump()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stdout is not None
            for line in worker.stdout:
                if line.startswith("ready"):
                    break
            tables.note(f"latency at 10, 50 and 90 % of {throughput:.0f} records/s")
            rates = [(percent, throughput * percent / 100) for percent in (10, 50, 90)]
            return asyncio.run(Load(broker.servers).run(rates))
        finally:
            worker.terminate()
