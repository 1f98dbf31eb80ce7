"""The intake agent: raw records of every input topic in, records of the signal log out, bad ones aside."""

from collections import Counter
from collections.abc import Sequence

from agents.defects import note_defect
from agents.outputs import OutputEncoder
from agents.runtime.processor import Output, Record
from schemas.dead_letter import DeadLetter, Reason, Step
from schemas.signal import SIGNALS_TOPIC, encode_signal
from streams.intake import BROADCAST, Intake, Learned, Refused
from streams.taxonomy import TaxonomyEntry


class IntakeProcessor:
    """Stateless but for the content taxonomy, which a broadcast reader keeps current through `learn`."""

    def __init__(self, intake: Intake, encoder: OutputEncoder, topic_prefix: str, partitions: int) -> None:
        self._intake = intake
        self._encoder = encoder
        self._prefix = len(topic_prefix)
        self._partitions = partitions
        self._log = encoder.physical(SIGNALS_TOPIC)
        self._outputs: list[Output] = []
        self.taxonomy: dict[str, TaxonomyEntry] = {}
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.applied = 0  # records since the start

    def assign(self, partition: int) -> None:
        """Nothing to prepare."""

    def restore(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Nothing is stored."""

    def recovered(self, partition: int) -> None:
        """Nothing to resume."""

    def revoke(self, partition: int) -> None:
        """Nothing to forget."""

    def take_dirty(self, partition: int) -> list[tuple[bytes, bytes | None]]:
        """Nothing changes."""
        return []

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        """Route each record, or set it aside."""
        for record in records:
            self._take(record)
        self.applied += len(records)

    def take_outputs(self) -> list[Output]:
        """What was routed since the last call."""
        taken, self._outputs = self._outputs, []
        return taken

    def learn(self, record: Record) -> None:
        """One record of the taxonomy topic."""
        learned = self._intake.learn(
            record.key, record.value, record.partition, record.offset, record.timestamp
        )
        if isinstance(learned, Learned):
            if learned.entry is None:
                self.taxonomy.pop(learned.content_id, None)
            else:
                self.taxonomy[learned.content_id] = learned.entry

    def _take(self, record: Record) -> None:
        topic = record.topic[self._prefix :]
        try:
            result = self._intake.take(
                topic,
                record.key,
                record.value,
                record.partition,
                record.offset,
                record.timestamp,
                self.taxonomy,
            )
        except Exception as error:  # noqa: BLE001  a defect of ours must not stop the line: it is set aside
            result = Refused(_failed(topic, record, error))
        if isinstance(result, Refused):
            self.counts["refused", topic, result.letter.reason.value, result.letter.step.value] += 1
            self._outputs.append(self._encoder.dead_letter(result.letter, record.headers))
            return
        value = encode_signal(result.record)
        self.counts["routed", topic, result.record.__struct_config__.tag] += 1  # type: ignore[index]
        if result.future:
            self.counts["future", topic] += 1
        if result.home.endswith(f"/{BROADCAST}"):
            key = result.home.encode()
            self._outputs += [Output(self._log, key, value, partition=p) for p in range(self._partitions)]
        else:
            self._outputs.append(Output(self._log, result.home.encode(), value))


def _failed(topic: str, record: Record, error: Exception) -> DeadLetter:
    return DeadLetter(
        reason=Reason.FAILED, step=Step.VALIDATE, topic=topic, partition=record.partition, offset=record.offset,
        key=record.key, value=record.value, timestamp_ms=record.timestamp, detail=note_defect("intake", error),
    )  # fmt: skip
