"""The intake agent: raw records of every input topic in, records of the signal log out, bad ones aside."""

from collections import Counter
from collections.abc import Sequence

from agents.defects import note_defect
from agents.outputs import OutputEncoder
from agents.runtime.processor import Output, Record
from schemas.dead_letter import DeadLetter, Reason, Step
from schemas.signal import SIGNALS_TOPIC, SignalRecord, encode_signal
from streams.intake import BROADCAST, Intake, Learned, Refused
from streams.taxonomy import TaxonomyEntry

_EVERYWHERE = f"/{BROADCAST}".encode()


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
        if not records:
            return
        topic, taxonomy = records[0].topic[self._prefix :], self.taxonomy
        take, outputs, log = self._intake.take, self._outputs, self._log
        kinds: dict[type[SignalRecord], int] = {}
        for record in records:
            try:
                result = take(
                    topic, record.key, record.value, partition, record.offset, record.timestamp, taxonomy
                )
            except Exception as error:  # noqa: BLE001  a defect of ours must not stop the line: it is set aside
                result = Refused(_failed(topic, record, error))
            if isinstance(result, Refused):
                self._set_aside(topic, record, result.letter)
                continue
            kind = type(result.record)
            kinds[kind] = kinds.get(kind, 0) + 1
            key, value = result.home.encode(), encode_signal(result.record)
            if result.future:
                self.counts["future", topic] += 1
            if key.endswith(_EVERYWHERE):
                outputs += [Output(log, key, value, partition=p) for p in range(self._partitions)]
            else:
                outputs.append(Output(log, key, value))
        for kind, number in kinds.items():
            self.counts["routed", topic, str(kind.__struct_config__.tag)] += number
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

    def _set_aside(self, topic: str, record: Record, letter: DeadLetter) -> None:
        self.counts["refused", topic, letter.reason.value, letter.step.value] += 1
        self._outputs.append(self._encoder.dead_letter(letter, record.headers))


def _failed(topic: str, record: Record, error: Exception) -> DeadLetter:
    return DeadLetter(
        reason=Reason.FAILED, step=Step.VALIDATE, topic=topic, partition=record.partition, offset=record.offset,
        key=record.key, value=record.value, timestamp_ms=record.timestamp, detail=note_defect("intake", error),
    )  # fmt: skip
