"""Recorded sales-ready records and dispositions on their way to the learner: from files, or from the topics."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from agents.replay_files import Entry
from agents.replay_run import RawIntake
from schemas.codec import Refusal
from schemas.dead_letter import DeadLetter
from schemas.sales_ready import SALES_READY_TOPIC
from schemas.signal import SIGNALS_TOPIC, Disposition, PolicyChange, decode_signal
from schemas.watch import WATCH_TOPIC
from streams.learning import Learner
from streams.normalise import optional_time_ms
from streams.policy import Policy, PolicyErrors, parse_policy

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

    from agents.settings import Settings

DISPOSITIONS_TOPIC: Final = "intent.dispositions.v1"
POLICY_TOPIC: Final = "intent.policy.v1"


class Classroom:
    """Gives every record that teaches something to one learner and counts those that cannot be read."""

    def __init__(self, policy: Policy, keep_records: bool = False) -> None:
        self.learner = Learner()
        self.records: dict[str, dict[str, Any]] = {}  # sales-ready and watch records by id, if kept
        self.keep = keep_records
        self.policy = (
            policy  # in force after what was read: the policy record received last, else that of the start
        )
        self.refused: Counter[str] = Counter()  # by reason
        self._intake = RawIntake(policy)
        self._received = (-1, "")

    def take(self, entries: Iterable[Entry | DeadLetter]) -> None:
        """Dispositions and policies, as input or in the signal log, sales-ready and watch records; no other topic."""
        for entry in entries:
            if isinstance(entry, DeadLetter):
                self.refused[entry.reason.value] += 1
            elif entry.value is not None:
                self._one(entry, entry.value)

    def _one(self, entry: Entry, value: bytes) -> None:
        try:
            if entry.topic in (SALES_READY_TOPIC, WATCH_TOPIC):
                self._said(entry.topic, msgspec.json.decode(value))
            elif entry.topic == SIGNALS_TOPIC:
                self._record(decode_signal(value))
            elif entry.topic in (DISPOSITIONS_TOPIC, POLICY_TOPIC):
                taken = self._intake.take(entry)
                if isinstance(taken, DeadLetter):
                    self.refused[taken.reason.value] += 1
                elif taken is not None:
                    self._record(taken[1])
        except (
            msgspec.DecodeError, RecursionError, PolicyErrors, Refusal, LookupError, TypeError, AttributeError,
        ):  # fmt: skip
            self.refused["unreadable"] += 1

    def _said(self, topic: str, record: dict[str, Any]) -> None:
        if self.keep:
            kind = record["type"].split(".")[-2]
            optional_time_ms(record["time"], "time")
            # of all but the opened ones only the count is of interest
            self.records[record["id"]] = (
                record if kind == "opened" else {n: record[n] for n in ("type", "time")}
            )
        if topic == SALES_READY_TOPIC:
            self.learner.event(record)

    def _record(self, record: object) -> None:
        if isinstance(record, Disposition):
            self.learner.disposition(record)
        elif isinstance(record, PolicyChange):
            received = (record.received, record.event_id)
            if received > self._received:  # partitions of the topic are read one behind the other
                self.policy, self._received = parse_policy(record.document), received


def read_topics(settings: Settings, classroom: Classroom) -> None:
    """All that the topics hold now. Raises KafkaError, and LookupError for a topic that is not there."""
    asyncio.run(_read(settings, classroom))


async def _read(settings: Settings, classroom: Classroom) -> None:
    from aiokafka import TopicPartition

    from agents.runtime.reader import Reader

    async with Reader(settings.kafka.client_kwargs()) as reader:
        watched = [WATCH_TOPIC] if classroom.keep else []
        for topic in (SALES_READY_TOPIC, *watched, DISPOSITIONS_TOPIC, POLICY_TOPIC):
            name = settings.topic_prefix + topic
            await reader.open([TopicPartition(name, number) for number in await reader.partitions(name)])
            async for records in reader.to_end():
                classroom.take(_entry(topic, record) for record in records)


def _entry(topic: str, record: ConsumerRecord) -> Entry:
    return Entry(topic, record.key, record.value, record.partition, record.offset, record.timestamp)


async def publish(settings: Settings, value: bytes) -> None:
    """One policy record to its topic, acknowledged by all replicas. Raises KafkaError."""
    from aiokafka import AIOKafkaProducer

    producer = AIOKafkaProducer(acks="all", **settings.kafka.client_kwargs())
    try:
        await producer.start()
        await producer.send_and_wait(settings.topic_prefix + POLICY_TOPIC, value, key=b"policy")
    finally:
        await producer.stop()
