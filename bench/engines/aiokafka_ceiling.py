"""The bare client: a `getmany` loop over the same core, state in memory, nothing durable."""

from __future__ import annotations

import asyncio
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.core import Core, digest, said
from bench.meter import Stopwatch
from bench.spec import Spec, told


async def work(spec: Spec, core: Core, watch: Stopwatch) -> None:
    """Read the log to the end of this run."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=spec.servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=spec.servers, compression_type="lz4")
    await consumer.start()
    await producer.start()
    try:
        partitions = [TopicPartition(spec.signals, partition) for partition in spec.ends]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        left = spec.events
        while left > 0:
            fetched = await consumer.getmany(timeout_ms=200, max_records=5000)
            for tp, records in fetched.items():
                watch.start()
                began = time.thread_time()
                for record in records:
                    core.take(tp.partition, record.key, record.value)
                outputs = said(core.pipeline(tp.partition))
                watch.core += time.thread_time() - began
                left -= len(records)
                for topic, key, value in outputs:
                    await producer.send(spec.prefix + topic, value, key)
        watch.stop()
    finally:
        await producer.stop()
        await consumer.stop()


def main() -> None:
    """One run."""
    spec, core, watch = told(), Core(), Stopwatch()
    asyncio.run(work(spec, core, watch))
    parts = {"core": watch.core, "frame": watch.cpu - watch.core}
    more = {f"{name}_us_per_event": round(seconds / spec.events * 1e6, 2) for name, seconds in parts.items()}
    print(watch.report(spec.engine, spec.events, digest(core.pipelines, spec.at), **more))


if __name__ == "__main__":
    main()
