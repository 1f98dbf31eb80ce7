"""What the broker holds after a run of ours: all that was counted is committed, and all of the state is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.runtime.changelog import Replay
from agents.runtime.reader import Reader
from agents.topic_admin import changelog_name
from bench.core import digest, policy
from bench.spec import Spec
from streams.pipeline import Pipeline


@dataclass(frozen=True)
class Verdict:
    """What an independent client found."""

    problems: tuple[str, ...]
    digest: str  # of the state as the changelog alone gives it
    keys: int


async def check(spec: Spec, inputs: dict[tuple[str, int], int]) -> Verdict:
    """Read offsets, changelog and log ends of a finished run. `inputs` are the ends of its input topics."""
    client = {"bootstrap_servers": spec.servers}
    problems: list[str] = []
    consumer = AIOKafkaConsumer(**client, group_id=spec.run, enable_auto_commit=False)
    await consumer.start()
    pipelines: dict[int, Pipeline] = {}
    keys = 0
    try:
        async with Reader(client) as reader:
            for (topic, partition), end in inputs.items():
                found = await _committed(consumer, topic, partition)
                if found != end:
                    problems.append(f"{topic} {partition}: committed {found}, its end is {end}")
            for partition in spec.ends:
                end = await _end(reader, spec.signals, partition)
                found = await _committed(consumer, spec.signals, partition)
                if found != end:
                    problems.append(f"{spec.signals} {partition}: committed {found}, its end is {end}")
                restored = await _state(reader, spec.prefix + changelog_name(spec.run), partition)
                problems += _faults(restored, partition, found)
                keys += len(restored.values)
                pipelines[partition] = _pipeline(restored.values)
    finally:
        await consumer.stop()
    return Verdict(tuple(problems), digest(pipelines, spec.at), keys)


def _faults(restored: Any, partition: int, committed: int) -> list[str]:
    marker = restored.marker.next_offset if restored.marker is not None else None
    found = []
    if marker != committed:
        found.append(f"partition {partition}: the last marker says {marker}, the group {committed}")
    if restored.dropped:
        found.append(f"partition {partition}: {restored.dropped} records behind the last marker")
    if restored.rewrite:
        found.append(f"partition {partition}: {len(restored.rewrite)} keys to be repaired")
    return found


async def _committed(consumer: AIOKafkaConsumer, topic: str, partition: int) -> int:
    return await consumer.committed(TopicPartition(topic, partition)) or 0


async def _end(reader: Reader, topic: str, partition: int) -> int:
    """The end as fetches see it: ListOffsets of the embedded broker trails."""
    await reader.open([TopicPartition(topic, partition)])
    async for _ in reader.to_end():
        pass
    return await reader.position()


async def _state(reader: Reader, changelog: str, partition: int) -> Any:
    replay = Replay()
    await reader.open([TopicPartition(changelog, partition)])
    async for records in reader.to_end():
        replay.feed(records)
    return replay.finish()


def _pipeline(values: dict[bytes, bytes]) -> Pipeline:
    pipeline = Pipeline(policy(), processor_version="bench")
    for key, value in values.items():
        pipeline.store.restore(key, value)
    pipeline.resume()
    return pipeline
