"""`intent replay`: entries of a file through the same spine; what comes out, in order, dead letters too.

The first record decides whether the file is raw input (ticks are made where replay time says) or the signal log
(its own ticks are used, and what scoring wrote to it is not applied twice).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final, Protocol

import msgspec

from agents.defects import note_defect
from agents.outputs import encode_value
from agents.replay_files import RAW_TOPICS, Entry, Mixture
from schemas.dead_letter import DEAD_LETTER_TOPIC, DeadLetter, Reason, Step
from schemas.signal import SIGNALS_TOPIC, SignalRecord, Tick, decode_signal
from streams.domains import shipped_lists
from streams.intake import TAXONOMY_TOPIC, Intake, Learned, Refused
from streams.outcome import Emit
from streams.policy import Policy
from streams.replay import LogReplay, Recorder, Replay, Watcher, unobserved
from streams.taxonomy import TaxonomyEntry
from streams.timeline import MINUTE

Printed = Emit | DeadLetter
_SHOWN: Final = frozenset(
    {"reason", "step", "topic", "partition", "offset", "original", "original_base64"}
)  # the contract; `detail` goes to stderr


class Run(Protocol):
    """One replay: `take` each entry, then `finish`."""

    def take(self, entry: Entry) -> Iterator[Printed]:
        """Apply one record; what it led to."""

    def finish(self) -> Iterator[Printed]:
        """What the end of the input leads to."""


class RawIntake:
    """Raw records to records of the log, with the taxonomy read so far."""

    def __init__(self, policy: Policy) -> None:
        self._intake = Intake(shipped_lists(), policy.lateness.future_minutes * MINUTE)
        self._taxonomy: dict[str, TaxonomyEntry] = {}

    def take(self, entry: Entry) -> tuple[str, SignalRecord] | DeadLetter | None:
        """The home and record of an entry; None for one of the taxonomy."""
        partition = entry.partition or 0
        if entry.topic == TAXONOMY_TOPIC:
            learned = self._intake.learn(entry.key, entry.value, partition, entry.offset, entry.timestamp_ms)
            if isinstance(learned, Refused):
                return learned.letter
            self._learn(learned)
            return None
        taken = self._intake.take(
            entry.topic, entry.key, entry.value, partition, entry.offset, entry.timestamp_ms, self._taxonomy
        )
        return taken.letter if isinstance(taken, Refused) else (taken.home, taken.record)

    def _learn(self, learned: Learned) -> None:
        if learned.entry is None:
            self._taxonomy.pop(learned.content_id, None)
        else:
            self._taxonomy[learned.content_id] = learned.entry


class RawRun:
    """Raw input: intake, then the spine, with ticks by replay time."""

    def __init__(self, policy: Policy, record: Recorder | None = None) -> None:
        self._intake = RawIntake(policy)
        self.replay = Replay(policy, processor_version(), record)

    def take(self, entry: Entry) -> Iterator[Printed]:
        """See Run."""
        if entry.topic == SIGNALS_TOPIC:
            raise Mixture
        taken = self._intake.take(entry)
        if isinstance(taken, DeadLetter):
            yield taken
        elif taken is not None:
            yield from _guarded(entry, self.replay.feed(*taken))

    def finish(self) -> Iterator[Printed]:
        """See Run."""
        return self.replay.finish()


class LogRun:
    """The signal log itself."""

    def __init__(self, policy: Policy, watch: Watcher = unobserved) -> None:
        self.replay = LogReplay(policy, processor_version(), watch)

    def take(self, entry: Entry) -> Iterator[Printed]:
        """See Run."""
        if entry.topic in RAW_TOPICS:
            raise Mixture
        taken = _of_log(entry)
        if isinstance(taken, DeadLetter):
            yield taken
        else:
            yield from _guarded(entry, self.replay.feed(*taken, entry.partition))

    def finish(self) -> Iterator[Printed]:
        """See Run."""
        return self.replay.finish()


def start(first: Entry, policy: Policy) -> Run:
    """The run that the first record asks for."""
    return LogRun(policy) if first.topic == SIGNALS_TOPIC else RawRun(policy)


def replayed(entries: Iterator[Entry | DeadLetter], policy: Policy) -> Iterator[Printed]:
    """Everything that comes out of a file. Raises Mixture."""
    run: Run | None = None
    for entry in entries:
        if isinstance(entry, DeadLetter):
            yield entry
            continue
        if run is None:
            run = start(entry, policy)
        yield from run.take(entry)
    if run is not None:
        yield from run.finish()


def _of_log(entry: Entry) -> tuple[str, SignalRecord] | DeadLetter:
    if entry.topic != SIGNALS_TOPIC:
        return _letter(entry, Reason.UNKNOWN_TOPIC, Step.DECODE, "")
    try:
        record = decode_signal(entry.value or b"")
        home = (entry.key or b"").decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _letter(entry, Reason.BAD_SIGNAL, Step.SCORE, "")
    if not home and not isinstance(record, Tick):
        return _letter(entry, Reason.BAD_SIGNAL, Step.SCORE, "no home")
    return home, record


def _guarded(entry: Entry, outputs: Iterator[Emit]) -> Iterator[Printed]:
    """As the worker does: a defect of ours sets the record aside and the run goes on."""
    try:
        yield from outputs
    except (
        ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, msgspec.MsgspecError,
    ) as error:  # fmt: skip
        yield _letter(entry, Reason.FAILED, Step.SCORE, note_defect("replay", error))


def _letter(entry: Entry, reason: Reason, step: Step, detail: str) -> DeadLetter:
    return DeadLetter(
        reason=reason, step=step, topic=entry.topic, partition=entry.partition or 0, offset=entry.offset,
        key=entry.key, value=entry.value, detail=detail,
    )  # fmt: skip


def processor_version() -> str:
    """The version that the records of a worker of this build carry."""
    return version("intent-signals")


class _Record(msgspec.Struct):
    topic: str
    key: str | None
    value: msgspec.Raw


def line_of(printed: Printed) -> bytes:
    """One output record as a line; the same record gives the same bytes."""
    if isinstance(printed, DeadLetter):
        record = msgspec.to_builtins(printed.record())
        value = encode_value({name: member for name, member in record.items() if name in _SHOWN})
        key = None if printed.key is None else printed.key.decode(errors="replace")
        return msgspec.json.encode(_Record(DEAD_LETTER_TOPIC, key, msgspec.Raw(value))) + b"\n"
    value = encode_value(printed.record)
    return msgspec.json.encode(_Record(printed.topic, printed.key, msgspec.Raw(value))) + b"\n"


class Tally:
    """What a run printed, for the last line on stderr."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.first: list[str] = []

    def add(self, printed: Printed) -> None:
        """Count one record."""
        if not isinstance(printed, DeadLetter):
            self.kinds[printed.topic] += 1
            return
        self.reasons[printed.reason.value] += 1
        if len(self.first) < 5:
            where = f"{printed.topic} {printed.offset}" if printed.topic else f"line {printed.offset + 1}"
            self.first.append(
                f"{where}: {printed.reason.value}{f' ({printed.detail})' if printed.detail else ''}"
            )

    @property
    def rejected(self) -> int:
        """How many records were refused."""
        return self.reasons.total()

    def rejection(self) -> str:
        """What was refused and why."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.reasons.most_common())
        more = ["..."] if self.rejected > len(self.first) else []
        return "\n  ".join([f"{self.rejected} records rejected: {reasons}", *self.first, *more])


def subject_line(emit: Emit) -> str:
    """One output record for people: when, what, who, how strong."""
    value: dict[str, Any] = msgspec.to_builtins(emit.value) if emit.value is not None else {}
    decision = value.get("data", {}).get("decision", {})
    if not decision:
        score = f"S {value['S'] / 1000:.3f}" if "S" in value else str(value.get("type", ""))
        return f"{value.get('time', ''):24}  {emit.topic}  {emit.key}  {score}".rstrip()
    words = (decision.get("tier"), decision.get("trigger"), decision.get("update_reason"))
    said = " ".join(str(word) for word in words if word)
    return f"{value['time']}  {value['type']}  {value['subject']}  {said}".rstrip()
