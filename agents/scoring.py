"""The scoring agent: the signal log in, one pipeline per partition stepped, what they decide out."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from agents.defects import note_defect
from agents.outputs import OutputEncoder
from agents.runtime.fatal import RuntimeFault
from agents.runtime.processor import Held, Output, Record
from schemas.dead_letter import DeadLetter, Reason, Step
from schemas.signal import SIGNALS_TOPIC, Tick, decode_signal, encode_signal
from streams.pipeline import Pipeline
from streams.policy import Policy

_TICK_KEY: Final = b"tick"


class ScoringProcessor:
    """Contact and account state of the partitions this worker owns."""

    def __init__(
        self,
        policy: Policy,
        encoder: OutputEncoder,
        version: str,
        partitions: int,
        cached_homes: int = 50_000,
    ) -> None:
        self._policy = policy
        self._encoder = encoder
        self._version = version
        self._partitions = partitions
        self._cached_homes = cached_homes  # a partition, where its state is held on this machine
        self._outputs: list[Output] = []
        self.pipelines: dict[int, Pipeline] = {}
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.applied = 0  # records since the start
        self.ticking = True

    def assign(self, partition: int) -> None:
        """An empty pipeline; its state follows."""
        self.pipelines[partition] = Pipeline(self._policy, processor_version=self._version)

    def attach(self, partition: int, held: Held) -> None:
        """Homes are read from here when they are needed."""
        self.pipelines[partition].store.attach(held, self._cached_homes)

    def settled(self, partition: int) -> None:
        """What changed is held: homes that were long not touched leave memory."""
        self.pipelines[partition].settle()

    def restore(self, partition: int, key: bytes, value: bytes | None) -> None:
        """One key of the restored state."""
        self.pipelines[partition].store.restore(key, value)

    def recovered(self, partition: int) -> None:
        """All state is there: find what is pending and due."""
        self.pipelines[partition].resume()

    def revoke(self, partition: int) -> None:
        """The partition belongs to somebody else now: take the pipeline apart, nothing looks for cycles in it."""
        pipeline = self.pipelines.pop(partition, None)
        if pipeline is not None:
            vars(pipeline).clear()

    def take_dirty(self, partition: int) -> list[tuple[bytes, bytes | None]]:
        """The encoded keys that changed since the last commit."""
        return self.pipelines[partition].store.snapshot_dirty()

    def take_outputs(self) -> list[Output]:
        """What was decided since the last call."""
        taken, self._outputs = self._outputs, []
        return taken

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        """Step the partition's pipeline through a batch."""
        pipeline = self.pipelines[partition]
        for record in records:
            self._step(pipeline, record)
        self.applied += len(records)
        self._outputs += self._encoder.emits(pipeline.take_emitted())
        self.counts.update(pipeline.counts)
        pipeline.counts.clear()

    def _step(self, pipeline: Pipeline, record: Record) -> None:
        try:
            signal = decode_signal(record.value or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last: nested too deep to skip
            self._set_aside(record, Reason.BAD_SIGNAL, "")
            return
        try:
            pipeline.apply((record.key or b"").decode(), signal)
        except RuntimeFault:  # the state cannot be read: the record is not at fault
            raise
        except Exception as error:  # noqa: BLE001  a defect of ours must not stop the line: it is set aside
            self._set_aside(record, Reason.FAILED, note_defect("score", error))

    def _set_aside(self, record: Record, reason: Reason, detail: str) -> None:
        self.counts["refused", SIGNALS_TOPIC, reason.value, Step.SCORE.value] += 1
        letter = DeadLetter(
            reason=reason, step=Step.SCORE, topic=SIGNALS_TOPIC, partition=record.partition, offset=record.offset,
            key=record.key, value=record.value, timestamp_ms=record.timestamp, detail=detail,
        )  # fmt: skip
        self._outputs.append(self._encoder.dead_letter(letter, record.headers))

    def tick(self, partition: int, now_ms: int) -> Output | None:
        """A tick for one partition of the log, written by its owner (the only clock scoring ever sees)."""
        if not self.ticking:
            return None
        tick = Tick(
            event_id=f"tick:{partition}:{now_ms}", at=now_ms, received=now_ms, partition=partition,
            partitions=self._partitions,
        )  # fmt: skip
        return Output(
            self._encoder.physical(SIGNALS_TOPIC), _TICK_KEY, encode_signal(tick), partition=partition
        )
