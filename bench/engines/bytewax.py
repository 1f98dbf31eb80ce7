"""The same core in Bytewax with recovery on: state in SQLite files of this machine, one snapshot an epoch.

Keys of a Bytewax step cannot see each other, but a tick evaluates every changed account of a partition. So a first
step applies whole batches to the core and hands on each value that changed, encoded once a batch; a second, stateful
one keeps the latest value of each key, which is what recovery writes. It is the fastest arrangement we found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import run_main

from bench.core import Core, digest, said
from bench.meter import Stopwatch
from bench.spec import Spec, told


class Latest(StatefulBatchLogic):
    """Remembers the last value of its key; a key without a value is discarded."""

    def __init__(self, state: bytes | None) -> None:
        self._state = state

    def on_batch(self, values: list[bytes | None]) -> tuple[list[Any], bool]:
        """Nothing goes on from here."""
        self._state = values[-1]
        return [], self._state is None

    def snapshot(self) -> bytes | None:
        """What recovery keeps."""
        return self._state


def build(spec: Spec, core: Core, watch: Stopwatch) -> Dataflow:
    """Source, core, state and sink."""

    def apply(batch: list[Any]) -> Iterator[tuple[str, Any]]:
        watch.start()
        touched = {}
        for message in batch:
            touched[message.partition] = core.take(message.partition, message.key, message.value)
        for pipeline in touched.values():
            for key, value in pipeline.store.snapshot_dirty():
                yield key.decode(), value
            for topic, key, value in said(pipeline):
                yield "", KafkaSinkMessage(key, value, spec.prefix + topic)

    flow = Dataflow("bench")
    source = KafkaSource([spec.servers], [spec.signals], tail=False, batch_size=1000)
    changed = op.flat_map_batch("score", op.input("log", flow, source), apply)
    split = op.branch("split", changed, lambda item: item[0] == "")
    op.stateful_batch("state", split.falses, Latest)
    outputs = op.map("message", split.trues, lambda item: item[1])
    op.output("out", outputs, KafkaSink([spec.servers], None, {"compression.type": "lz4"}))
    return flow


def main() -> None:
    """One run."""
    spec, core, watch = told(), Core(), Stopwatch()
    directory = Path(spec.directory) / "recovery"
    directory.mkdir()
    init_db_dir(directory, 1)
    run_main(
        build(spec, core, watch),
        epoch_interval=timedelta(seconds=spec.commit_seconds),
        recovery_config=RecoveryConfig(str(directory)),
    )
    watch.stop()
    print(watch.report(spec.engine, spec.events, digest(core.pipelines, spec.at)))


if __name__ == "__main__":
    main()
