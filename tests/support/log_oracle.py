"""What must hold of a deployment at any moment: everything in Kafka against the pure functions of the same log.

Reads with a client of its own and recomputes with `streams/` alone: raw input by Intake, each partition of the signal
log by a Pipeline. It goes on where it stopped, so judging after every kill costs one pass over the log in all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import msgspec
from support.system import System

from agents.outputs import OutputEncoder
from agents.runtime.changelog import Replay
from agents.worker import load_policy
from schemas.signal import SIGNALS_TOPIC, Tick, decode_signal, encode_signal
from schemas.topics import INPUTS
from streams.domains import shipped_lists
from streams.intake import Intake, Refused
from streams.pipeline import Pipeline

SALES_READY = "intent.sales-ready.v1"
WITH_ID = (SALES_READY, "intent.watch.v1", "intent.review.v1", "intent.recycled.v1", "intent.sla.v1")
SENT = (*WITH_ID, "intent.scores.v1")
DEAD_LETTERS = "intent.dlq.v1"
Wire = tuple[str, bytes | None, bytes | None]  # physical topic, key, value


@dataclass
class Verdict:
    """Violations in words, and how much there was to judge."""

    violations: list[str] = field(default_factory=list)
    processed: int = 0  # records of the log below the markers
    records: int = 0  # of the log
    keys: int = 0
    outputs: int = 0  # different ones
    repeats: int = 0
    sales_ready: int = 0  # different ids


class _Partition:
    """One partition of the log, replayed up to a marker that only moves on."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.changelog = Replay()
        self.fed = 0  # changelog records
        self.next = 0  # log offset
        self.state: dict[bytes, bytes] = {}
        self.failures: list[str] = []


class LogOracle:
    """Judges one system; call `judge` while no worker of it runs."""

    def __init__(self, system: System) -> None:
        self._system = system
        settings = system.settings
        self.policy = load_policy(settings.policy_path)
        self._encoder = OutputEncoder(settings.app_id, settings.topic_prefix)
        self._intake = Intake(shipped_lists())
        self._log = system.topic(SIGNALS_TOPIC)
        self._inputs = [topic.name for topic in INPUTS]
        names = (*self._inputs, SIGNALS_TOPIC, *SENT, DEAD_LETTERS)
        self._tails = system.tails(*names)
        self._tails.records[system.changelog] = {}
        self._partitions = {
            number: _Partition(Pipeline(self.policy, processor_version=version("intent-signals")))
            for number in range(settings.partitions)
        }
        self.expected: Counter[Wire] = Counter()  # what the logs up to their markers make, forwards included
        self._routed: dict[tuple[str, int], list[Wire]] = {}  # what each input record becomes
        self._said: dict[str, bytes] = {}  # id of an output to its body
        self._logged: set[Wire] = set()  # the log without its ticks
        self._looked: dict[int, int] = {}  # how far into each partition of the log

    def judge(self) -> Verdict:
        """Compare what is durable now with what the log says."""
        verdict = Verdict()
        committed = self._system.committed(*self._inputs, SIGNALS_TOPIC)
        sent = [self._system.topic(topic) for topic in (*SENT, DEAD_LETTERS)]
        inputs = [self._system.topic(topic) for topic in self._inputs]
        # in the order in which a record leaves its traces, backwards
        self._tails.catch_up([self._system.changelog], sent, [self._log], inputs)
        self._look()
        for number, partition in self._partitions.items():
            self._judge_partition(number, partition, committed[self._log, number], verdict)
        self._judge_intake(committed, verdict)
        self._judge_sent(verdict)
        return verdict

    def drained(self) -> bool:
        """True when a running worker had committed all that is there now: what one partition writes to another too.

        The log is read after the offsets, or a record that was written in between would be overlooked.
        """
        committed = self._system.committed(*self._inputs, SIGNALS_TOPIC)
        self._tails.catch_up([self._system.topic(topic) for topic in (*self._inputs, SIGNALS_TOPIC)])
        inputs = [self._system.topic(topic) for topic in self._inputs]
        read = all(
            committed[topic, number] >= len(records)
            for topic in inputs
            for number, records in self._tails.records[topic].items()
        )
        return read and not any(
            self._unread(number, committed[self._log, number]) for number in self._tails.records[self._log]
        )

    def finish(self) -> Verdict:
        """As `judge`, for a system at rest: and nothing is there that the whole log does not make."""
        verdict = self.judge()
        for number, partition in self._partitions.items():
            if left := self._unread(number, partition.next):
                verdict.violations.append(f"partition {number}: {left} records of the log are not processed")
        for partition in self._partitions.values():
            self._advance(partition, self._tails.records[self._log][self._partition_number(partition)], None)
        foreign = [wire for wire in self._outputs() if wire not in self.expected]
        if foreign:
            verdict.violations.append(f"{len(foreign)} outputs that no replay makes, {_topics(foreign)}")
        taken = {wire for wires in self._routed.values() for wire in wires}
        self._look()
        unknown = [wire for wire in self._logged if wire not in taken and wire not in self.expected]
        if unknown:
            verdict.violations.append(f"{len(unknown)} records of the log that nobody should have written")
        if letters := self._tails.all(self._system.topic(DEAD_LETTERS)):
            verdict.violations.append(f"{len(letters)} dead letters of good records: {letters[0].headers}")
        return verdict

    def restored(self) -> list[Pipeline]:
        """The pipelines that a takeover would have now, one a partition."""
        found = []
        for partition in self._partitions.values():
            pipeline = Pipeline(self.policy)
            for key, value in partition.changelog.finish().values.items():
                pipeline.store.restore(key, value)
            pipeline.resume()
            found.append(pipeline)
        return found

    def _unread(self, number: int, reached: int) -> int:
        """Records of the log from an offset on; the ticks do not count, of which there is always a last one."""
        rest = self._tails.records[self._log][number][reached:]
        return sum(not isinstance(decode_signal(record.value), Tick) for record in rest)

    def routed_twice(self) -> int:
        """How many records of the log intake wrote more than once, as of the last judgement."""
        taken = {wire for wires in self._routed.values() for wire in wires}
        written = Counter((self._log, r.key, r.value) for r in self._tails.all(self._log))
        return sum(written[wire] - 1 for wire in taken if wire in written and wire not in self.expected)

    def _partition_number(self, wanted: _Partition) -> int:
        return next(number for number, partition in self._partitions.items() if partition is wanted)

    # -- the scoring hop --------------------------------------------------------------------------

    def _judge_partition(self, number: int, partition: _Partition, committed: int, verdict: Verdict) -> None:
        changelog = self._tails.records[self._system.changelog][number]
        partition.changelog.feed(changelog[partition.fed :])
        partition.fed = len(changelog)
        restored = partition.changelog.finish()
        reached = restored.marker.next_offset if restored.marker is not None else 0
        log = self._tails.records[self._log][number]
        verdict.records += len(log)
        verdict.processed += reached
        where = f"partition {number}"
        if committed > reached:
            verdict.violations.append(f"{where}: committed {committed}, state at {reached}")
        if reached < partition.next or reached > len(log):
            verdict.violations.append(
                f"{where}: marker at {reached}, was {partition.next}, log ends {len(log)}"
            )
            return
        self._advance(partition, log, reached)
        verdict.violations += [f"{where}: {failure}" for failure in partition.failures]
        keys = partition.state.keys() | restored.values.keys()
        wrong = [key for key in keys if partition.state.get(key) != restored.values.get(key)]
        verdict.keys += len(keys)
        if wrong:
            shown = _difference(partition.state.get(wrong[0]), restored.values.get(wrong[0]))
            verdict.violations.append(
                f"{where}: {len(wrong)} of {len(keys)} keys differ at {reached}: {shown}"
            )

    def _advance(self, partition: _Partition, log: list[Any], until: int | None) -> None:
        """Replay records up to an offset, or all, and note what they make."""
        pipeline = partition.pipeline
        for record in log[partition.next : until]:
            try:
                pipeline.apply((record.key or b"").decode(), decode_signal(record.value))
            except Exception as error:
                partition.failures.append(f"offset {record.offset}: {type(error).__name__}: {error}")
            for output in self._encoder.emits(pipeline.take_emitted()):
                self.expected[output.topic, output.key, output.value] += 1
        partition.next = len(log) if until is None else until
        for key, value in pipeline.store.snapshot_dirty():
            if value is None:
                partition.state.pop(key, None)
            else:
                partition.state[key] = value

    # -- intake -----------------------------------------------------------------------------------

    def _judge_intake(self, committed: dict[tuple[str, int], int], verdict: Verdict) -> None:
        """What is committed of the input is in the log."""
        missing = 0
        for topic in self._inputs:
            physical = self._system.topic(topic)
            for number, records in self._tails.records[physical].items():
                wires = self._routed.setdefault((physical, number), [])
                wires += [self._route(topic, record) for record in records[len(wires) :]]
                missing += sum(wire not in self._logged for wire in wires[: committed[physical, number]])
        if missing:
            verdict.violations.append(f"{missing} committed input records are not in the log")

    def _route(self, topic: str, record: Any) -> Wire:
        taken = self._intake.take(
            topic, record.key, record.value, record.partition, record.offset, record.timestamp, {}
        )
        assert not isinstance(taken, Refused), taken.letter
        return self._log, taken.home.encode(), encode_signal(taken.record)

    def _look(self) -> None:
        """Note what is new in the log."""
        for number, records in self._tails.records[self._log].items():
            new = records[self._looked.get(number, 0) :]
            self._looked[number] = len(records)
            self._logged |= {
                (self._log, record.key, record.value)
                for record in new
                if not isinstance(decode_signal(record.value), Tick)
            }

    # -- outputs ----------------------------------------------------------------------------------

    def _outputs(self) -> list[Wire]:
        topics = [self._system.topic(name) for name in SENT]
        return [(topic, record.key, record.value) for topic in topics for record in self._tails.all(topic)]

    def _judge_sent(self, verdict: Verdict) -> None:
        outputs = self._outputs()
        different = set(outputs)
        absent = [wire for wire in self.expected if wire not in different and wire not in self._logged]
        if absent:
            verdict.violations.append(f"{len(absent)} outputs were never sent, {_topics(absent)}")
        two = set()
        for topic, _, value in outputs:
            if topic.endswith(WITH_ID) and value is not None:
                name = str(msgspec.json.decode(value)["id"])
                if self._said.setdefault(name, value) != value:
                    two.add(name)
        if two:
            verdict.violations.append(f"{len(two)} ids have two bodies")
        verdict.outputs = len(different)
        verdict.repeats = len(outputs) - sum(self._most(wire) for wire in different)
        ready = self._system.topic(SALES_READY)
        verdict.sales_ready = sum(topic == ready for topic, _, _ in different)

    def _most(self, wire: Wire) -> int:
        """How often the log itself says this."""
        return max(self.expected[wire], 1)


def _topics(wires: list[Wire]) -> str:
    return str(dict(Counter(topic.partition(".")[2] for topic, _, _ in wires)))


def _difference(pure: bytes | None, durable: bytes | None) -> str:
    """Where two encoded values part; nobody reads a thousand characters."""
    if pure is None or durable is None:
        return "only in the " + ("changelog" if pure is None else "replay")
    one, other = repr(msgspec.msgpack.decode(pure)), repr(msgspec.msgpack.decode(durable))
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    begin = max(at - 60, 0)
    return f"replay ...{one[begin : at + 60]}... changelog ...{other[begin : at + 60]}..."
