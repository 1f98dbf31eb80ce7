"""`intent explain` from recorded events: the account as of each moment, with exactly the records received before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agents.cli_options import Failed
from agents.explain_account import Questions
from agents.replay_files import Entry, Mixture
from agents.replay_run import LogRun, RawIntake, processor_version
from schemas.dead_letter import DeadLetter
from schemas.signal import SIGNALS_TOPIC, SignalRecord
from streams.pipeline import Pipeline
from streams.policy import Policy
from streams.replay import END, Replay
from streams.timeline import MINUTE, minute_after

Routed = tuple[str, SignalRecord]


def explained(
    entries: Iterator[Entry | DeadLetter],
    policy: Policy,
    name: str,
    moments: list[int],
    rejected: list[DeadLetter],
) -> list[dict[str, Any]]:
    """The account as of each moment, in the order given; without moments as of the end of the input.

    Reads no further than the last moment. Refused records are added to `rejected`. Raises Failed and Mixture.
    """
    questions = Questions(name, moments)
    first = _first(entries, rejected)
    if first is None:
        raise Failed("the input holds no records")
    if first.topic == SIGNALS_TOPIC:
        _ask_log(first, entries, policy, questions, rejected)
    else:
        _ask_raw(first, entries, policy, questions, rejected)
    return questions.answers()


def _first(entries: Iterator[Entry | DeadLetter], rejected: list[DeadLetter]) -> Entry | None:
    for entry in entries:
        if not isinstance(entry, DeadLetter):
            return entry
        rejected.append(entry)
    return None


def _ask_raw(
    first: Entry, entries: Iterator[Entry | DeadLetter], policy: Policy, questions: Questions,
    rejected: list[DeadLetter],
) -> None:  # fmt: skip
    replay = Replay(policy, processor_version())
    split = {at // MINUTE for at in questions.moments if at % MINUTE}
    for home, record in _by_moment(_routed(first, entries, policy, rejected), split):
        _answer_until(replay, questions, max(replay.now, record.received))
        if questions.all_answered(0):
            return
        _run(replay.feed(home, record))
    _answer_until(replay, questions, minute_after(replay.now))
    _run(replay.close())
    if not questions.moments:
        questions.answer(replay.pipeline, 0, minute_after(replay.now))
    _answer_until(replay, questions, END)


def _answer_until(replay: Replay, questions: Questions, until: int) -> None:
    for index in questions.due(0, until):
        at = questions.moments[index]
        _run(replay.advance(at))
        questions.answer(replay.pipeline, index, at)


def _routed(
    first: Entry, entries: Iterator[Entry | DeadLetter], policy: Policy, rejected: list[DeadLetter]
) -> Iterator[Routed]:
    intake = RawIntake(policy)
    entry: Entry | DeadLetter | None = first
    while entry is not None:
        taken = entry if isinstance(entry, DeadLetter) else _take(intake, entry)
        if isinstance(taken, DeadLetter):
            rejected.append(taken)
        elif taken is not None:
            yield taken
        entry = next(entries, None)


def _take(intake: RawIntake, entry: Entry) -> Routed | DeadLetter | None:
    if entry.topic == SIGNALS_TOPIC:
        raise Mixture
    return intake.take(entry)


def _by_moment(records: Iterator[Routed], split: set[int]) -> Iterator[Routed]:
    """In file order, but within a minute that a moment divides by receipt: a file may hold a minute in any order."""
    if not split:
        yield from records
        return
    now, held = -1, list[Routed]()
    for routed in records:
        now = max(now, routed[1].received)
        if held and now // MINUTE != held[-1][1].received // MINUTE:
            yield from sorted(held, key=lambda one: one[1].received)
            held = []
        if routed[1].received // MINUTE in split and routed[1].received // MINUTE == now // MINUTE:
            held.append(routed)
        else:
            yield routed
    yield from sorted(held, key=lambda one: one[1].received)


def _ask_log(
    first: Entry, entries: Iterator[Entry | DeadLetter], policy: Policy, questions: Questions,
    rejected: list[DeadLetter],
) -> None:  # fmt: skip
    def watch(partition: int, pipeline: Pipeline, until: int) -> None:
        for index in questions.due(partition, until):
            questions.answer(pipeline, index, questions.moments[index])
        if until == END and not questions.moments:
            questions.answer(pipeline, 0, pipeline.store.meta.last_tick)

    run = LogRun(policy, watch)
    entry: Entry | DeadLetter | None = first
    while entry is not None:
        if isinstance(entry, DeadLetter):
            rejected.append(entry)
        else:
            rejected += [said for said in run.take(entry) if isinstance(said, DeadLetter)]
        entry = next(entries, None)
    _run(run.finish())


def _run(outputs: Iterator[Any]) -> None:
    """Go through with it; what is said is not asked for here."""
    for _ in outputs:
        pass
