"""The same core in Quix Streams with its State: RocksDB and a changelog topic, committed with the offsets.

State is kept per record key. A tick changes accounts under many keys, so values are written through the partition's
store transaction, which State itself is a thin face of. Decoded values stay in memory: nothing is read back.
"""

from __future__ import annotations

from typing import Any

from quixstreams import Application, message_context
from quixstreams.models import Serializer, TopicConfig

from bench.core import WRITTEN, Core, Said, digest, said
from bench.meter import Stopwatch
from bench.spec import Spec, told

OUTPUTS = ("sales-ready", "watch", "review", "recycled", "sla", "scores", "trace", "dlq")
PREFIX = b"state"


class Encoded(Serializer):
    """The value of an output is the last member of what the step said."""

    def __call__(self, value: Said, ctx: Any) -> bytes | None:
        return value[2]


class Measured(Application):
    """Stops the watch when the last checkpoint is committed, before stores and clients are closed."""

    watch: Stopwatch

    def _run_dataframe(self, sink: Any = None) -> None:
        super()._run_dataframe(sink)
        self.watch.stop()


def build(spec: Spec, core: Core, watch: Stopwatch) -> Application:
    """An application with one stateful step."""
    app = Measured(
        broker_address=spec.servers,
        consumer_group=spec.run,
        auto_offset_reset="earliest",
        commit_interval=spec.commit_seconds,
        state_dir=spec.directory,
        loglevel="ERROR",
        producer_extra_config={"enable.idempotence": not spec.embedded, "compression.type": "lz4"},
        consumer_extra_config={"session.timeout.ms": 6000, "heartbeat.interval.ms": 1000},
    )
    app.watch = watch
    config = TopicConfig(num_partitions=len(spec.ends), replication_factor=1)
    log = app.topic(spec.signals, config=config, value_deserializer="bytes", key_deserializer="bytes")
    names = [WRITTEN, *(f"intent.{name}.v1" for name in OUTPUTS)]
    topics = {
        name: app.topic(spec.prefix + name, config=config, value_serializer=Encoded(), key_serializer="bytes")
        for name in names
    }
    left = [spec.events]

    def step(value: bytes, key: bytes, _timestamp: int, _headers: Any, state: Any) -> list[Said]:
        watch.start()
        pipeline = core.take(message_context().partition, key, value)
        transaction = state._transaction
        for name, encoded in pipeline.store.snapshot_dirty():
            if encoded is not None:
                transaction.set_bytes(name.decode(), encoded, PREFIX)
            else:
                transaction.delete(name.decode(), PREFIX)
        left[0] -= 1
        if left[0] == 0:
            app.stop()
        return said(pipeline)

    frame = app.dataframe(log).apply(step, stateful=True, metadata=True, expand=True)
    frame.to_topic(lambda row, _key, _timestamp, _headers: topics[row[0]], key=lambda row: row[1])
    return app


def main() -> None:
    """One run."""
    spec, core, watch = told(), Core(), Stopwatch()
    build(spec, core, watch).run()
    print(watch.report(spec.engine, spec.events, digest(core.pipelines, spec.at)))


if __name__ == "__main__":
    main()
