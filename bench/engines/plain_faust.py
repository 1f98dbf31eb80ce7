"""The same core in an ordinary Faust agent with an ordinary table.

Each event: decode, read the home's value from the table, apply, write back every value that changed. The values are
the store's own (one an account, one a contact), encoded; decoded ones stay in memory, so a read costs a look-up.
"""

from __future__ import annotations

import asyncio
from typing import Any

import faust
from yarl import URL

from bench.core import Core, digest, said
from bench.meter import Stopwatch
from bench.spec import Spec, told


class RawTable(faust.Table):
    """A table of bytes; its changelog topic takes its serializers from here alone."""

    def _serializer_from_type(self, typ: Any) -> str:
        return "raw"


def build(spec: Spec, core: Core, watch: Stopwatch, done: asyncio.Event) -> faust.App:
    """An app as its documentation shows one; only sessions and the commit interval are set as ours are."""
    app = faust.App(
        spec.run,
        broker=URL(f"kafka://{spec.servers}"),
        datadir=spec.directory,
        store="memory://",
        topic_partitions=len(spec.ends),
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=spec.commit_seconds,
        broker_session_timeout=6.0 if spec.embedded else 10.0,
        broker_heartbeat_interval=1.0,
        producer_compression_type="lz4",
    )
    log = app.topic(
        spec.signals, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )
    table: Any = app.tables.add(RawTable(app, name="state", key_type=bytes, value_type=bytes))
    outputs: dict[str, Any] = {}
    left = [spec.events]

    async def score(events: Any) -> None:
        async for event in events.events():
            watch.start()
            message = event.message
            table.get(message.key)
            pipeline = core.take(message.partition, message.key, message.value)
            for key, value in pipeline.store.snapshot_dirty():
                if value is not None:
                    table[key] = value
                elif key in table:
                    del table[key]
            for topic, key, value in said(pipeline):
                if topic not in outputs:
                    outputs[topic] = app.topic(
                        spec.prefix + topic, key_serializer="raw", value_serializer="raw"
                    )
                await outputs[topic].send(key=key, value=value)
            left[0] -= 1
            if left[0] == 0:
                done.set()

    app.agent(log, name="score", concurrency=1)(score)
    return app


async def work(spec: Spec, core: Core, watch: Stopwatch) -> None:
    """Run the app until the last offset is committed."""
    done = asyncio.Event()
    app = build(spec, core, watch, done)
    await app.start()
    try:
        await done.wait()
        consumer: Any = app.consumer
        while not _committed(consumer, spec):
            await asyncio.sleep(0.02)
            await consumer.commit()
        watch.stop()
    finally:
        await app.stop()


def _committed(consumer: Any, spec: Spec) -> bool:
    offsets = {
        tp.partition: offset for tp, offset in consumer._committed_offset.items() if tp.topic == spec.signals
    }
    return all((offsets.get(partition) or 0) >= end for partition, end in spec.ends.items())


def main() -> None:
    """One run."""
    spec, core, watch = told(), Core(), Stopwatch()
    asyncio.run(work(spec, core, watch))
    print(watch.report(spec.engine, spec.events, digest(core.pipelines, spec.at)))


if __name__ == "__main__":
    main()
