"""The insides of Faust and aiokafka that the runtime replaces or leans on, as they were when it was written.

A failure here is not a bug: the library moved. Read what changed, see that the runtime still holds (its kill
tests above all), then renew the digest: `python tests/unit/agents/runtime/test_library_internals.py`.
"""

from __future__ import annotations

import hashlib
import inspect
from importlib.metadata import version
from typing import Any

import aiokafka
import faust.app.base
import faust.tables.manager
import faust.tables.recovery
import faust.transport.conductor
import faust.transport.consumer
import faust.transport.drivers.aiokafka
import pytest
from aiokafka.consumer import fetcher, subscription_state
from aiokafka.producer import message_accumulator
from mode.utils.queues import FlowControlEvent

Driver = faust.transport.drivers.aiokafka
Consumer = faust.transport.consumer.Consumer
Accumulator = message_accumulator.MessageAccumulator

INTERNALS: dict[str, tuple[Any, str]] = {
    # replaced by ours
    "Consumer._drain_messages": (Consumer._drain_messages, "44a2500309e8"),
    "Consumer.commit": (Consumer.commit, "a354437baaa0"),
    "Consumer.on_partitions_revoked": (Consumer.on_partitions_revoked, "d04b7ae72c6f"),
    "AIOKafkaConsumerThread._fetch_records": (Driver.AIOKafkaConsumerThread._fetch_records, "39a2c6c79fc1"),
    "Recovery._resume_streams": (faust.tables.recovery.Recovery._resume_streams, "d986a6710c1a"),
    "TableManager.on_start": (faust.tables.manager.TableManager.on_start, "365dd25fbc0e"),
    "Producer._settings_extra": (Driver.Producer._settings_extra, "a4c7bc41b638"),
    # called by ours, or calling ours
    "FlowControlEvent": (FlowControlEvent, "1da8f905ab65"),
    "Consumer.wait_empty": (Consumer.wait_empty, "e4662fe24f09"),
    "Consumer.on_stop": (Consumer.on_stop, "45b1d2210ce2"),
    "Consumer._commit_handler": (Consumer._commit_handler, "4e5da5df0730"),
    "Recovery._restart_recovery": (faust.tables.recovery.Recovery._restart_recovery, "6bd8a8558a2d"),
    "Recovery._wait": (faust.tables.recovery.Recovery._wait, "ec7429b70176"),
    "AIOKafkaConsumerThread._commit": (Driver.AIOKafkaConsumerThread._commit, "932852ce7a23"),
    "AIOKafkaConsumerThread._create_worker_consumer": (
        Driver.AIOKafkaConsumerThread._create_worker_consumer,
        "c2701bfc3e6f",
    ),
    "AIOKafkaConsumerThread._seek_wait": (Driver.AIOKafkaConsumerThread._seek_wait, "9d221e816d94"),
    "App._on_partitions_revoked": (faust.app.base.App._on_partitions_revoked, "d5c895bbe57d"),
    "App._stop_consumer": (faust.app.base.App._stop_consumer, "55854a5de12c"),
    "App.on_rebalance_end": (faust.app.base.App.on_rebalance_end, "b7ff69e1e377"),
    "ConductorCompiler.build": (faust.transport.conductor.ConductorCompiler.build, "837cf521368c"),
    # aiokafka: positions, batches
    "Fetcher.fetched_records": (fetcher.Fetcher.fetched_records, "be4348896b9b"),
    "PartitionRecords": (fetcher.PartitionRecords, "94aa0da0dbec"),
    "Fetcher._proc_fetch_request": (fetcher.Fetcher._proc_fetch_request, "59bf948fff47"),
    "FetchResult.getall": (fetcher.FetchResult.getall, "3e717e30de50"),
    "TopicPartitionState": (subscription_state.TopicPartitionState, "2b83334afadf"),
    "BatchBuilder.append": (message_accumulator.BatchBuilder.append, "657d76f55157"),
    "MessageAccumulator.add_batch": (Accumulator.add_batch, "5ed1c5b1367a"),
    "MessageAccumulator.drain_by_nodes": (Accumulator.drain_by_nodes, "fc995afbfc57"),
    "AIOKafkaProducer.send_batch": (aiokafka.AIOKafkaProducer.send_batch, "bf42b0f0c5c0"),
}


def digest(thing: Any) -> str:
    """A short name for a piece of source."""
    source = inspect.getsource(getattr(thing, "fun", thing))  # mode wraps its tasks
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def test_the_versions_are_the_ones_the_runtime_was_written_for() -> None:
    assert (version("faust-streaming"), version("aiokafka")) == ("0.15.3", "0.14.0")


@pytest.mark.parametrize("name", INTERNALS)
def test_what_the_runtime_leans_on_has_not_moved(name: str) -> None:
    thing, known = INTERNALS[name]

    assert digest(thing) == known, f"{name} changed: read it, run the kill tests, renew its digest"


if __name__ == "__main__":
    for name, (thing, known) in INTERNALS.items():
        print(name, known, "->", digest(thing))
