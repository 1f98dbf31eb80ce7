"""Stories in files: events in, explain blocks and outputs out. How they are read, run, disturbed and compared.

A folder holds story.md, events.jsonl and expected.json; scenarios/README.md says what they mean.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from agents.explain_account import Questions
from agents.replay_files import Entry, parse_line
from agents.replay_run import RawIntake
from schemas.dead_letter import DeadLetter
from schemas.signal import SignalRecord
from streams.outcome import Emit
from streams.pipeline import Pipeline
from streams.policy import Policy, parse_policy
from streams.replay import END, Recorder, Replay
from streams.store import Store
from streams.timeline import MINUTE, minute_after

COMPARED = ("intent.sales-ready.v1", "intent.watch.v1", "intent.review.v1")
_REASONED = ("updated.v1", "not_released.v1")
Event = dict[str, Any]
Routed = tuple[str, SignalRecord]


def ms(text: str) -> int:
    """A time of the files in ms UTC."""
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


@dataclass(frozen=True)
class Scenario:
    """One folder."""

    folder: Path
    policy_file: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @cached_property
    def policy(self) -> Policy:
        """What the stories beside it assume."""
        return parse_policy(self.policy_file.read_bytes())

    @cached_property
    def events(self) -> list[Event]:
        """The input lines."""
        return [
            msgspec.json.decode(line) for line in (self.folder / "events.jsonl").read_bytes().splitlines()
        ]

    @cached_property
    def expected(self) -> dict[str, Any]:
        """expected.json."""
        found: dict[str, Any] = msgspec.json.decode((self.folder / "expected.json").read_bytes())
        return found

    def ask(self) -> dict[str, list[dict[str, Any]]]:
        """The explain entries by the account they are about."""
        asked: dict[str, list[dict[str, Any]]] = {}
        for entry in self.expected["explain"]:
            asked.setdefault(entry.get("account", self.expected["account"]), []).append(entry)
        return asked


def scenarios(folder: Path) -> list[Scenario]:
    """Every story under a folder that holds policy.json; a story may bring its own."""
    found = []
    for path in sorted(child for child in folder.iterdir() if child.is_dir()):
        own = path / "policy.json"
        found.append(Scenario(path, own if own.exists() else folder / "policy.json"))
    return found


def brief(output: dict[str, Any]) -> dict[str, Any]:
    """An output record as expected.json lists it."""
    value = output["value"]
    decision = value["data"]["decision"]
    found = {
        "topic": output["topic"], "type": value["type"], "tier": decision["tier"], "trigger": decision["trigger"],
        "subject": value["subject"], "time": value["time"],
    }  # fmt: skip
    if value["type"].endswith(_REASONED):
        found["reason"] = decision["update_reason"]
    return found


def outcomes(lines: Iterable[Event]) -> dict[str, list[Event]]:
    """The compared outputs per subject, in order."""
    found: dict[str, list[Event]] = {}
    for line in lines:
        short = line if "value" not in line else brief(line)
        found.setdefault(short["subject"], []).append(short)
    return found


def compared(lines: Iterable[Event]) -> dict[str, list[Event]]:
    """As outcomes, of full output records of any topic."""
    return outcomes(line for line in lines if line["topic"] in COMPARED)


def differences(expected: Iterable[Event], found: Iterable[Event]) -> list[tuple[str, str, Any, Any]]:
    """Where explain blocks differ from what was expected: (at, key, expected, found)."""
    return [
        (want["at"], key, value, got.get(key))
        for want, got in zip(expected, found, strict=True)
        for key, value in want.items()
        if key != "account" and got.get(key) != value
    ]


# running ---------------------------------------------------------------------------------------------------------


def routed(events: Iterable[Event], policy: Policy) -> list[Routed]:
    """The records of the log that intake makes of events; refused ones are left out."""
    intake = RawIntake(policy)
    found = []
    for number, event in enumerate(events):
        entry = parse_line(msgspec.json.encode(event), number)
        assert isinstance(entry, Entry)
        taken = intake.take(entry)
        if taken is not None and not isinstance(taken, DeadLetter):
            found.append(taken)
    return found


def plain(emit: Emit) -> Event:
    """An output record as its line."""
    return {"topic": emit.topic, "key": emit.key, "value": msgspec.to_builtins(emit.value)}


@dataclass
class Played:
    """What a run said: outputs in order, and the explain blocks by account."""

    outputs: list[Event]
    blocks: dict[str, list[Event]]
    replay: Replay


def play(
    scenario: Scenario, events: Iterable[Event] | None = None, between: Callable[[Replay], None] | None = None,
    record: Recorder | None = None,
) -> Played:  # fmt: skip
    """Run events of a scenario and ask its questions; `between` is called before each record."""
    asked = scenario.ask()
    questions = {
        account: Questions(account, [ms(entry["at"]) for entry in entries])
        for account, entries in asked.items()
    }
    replay = Replay(scenario.policy, "0", record)
    said: list[Emit] = []

    def answer(until: int) -> None:
        due = [
            (q.moments[index], account, index)
            for account, q in questions.items()
            for index in q.due(0, until)
        ]
        for at, account, index in sorted(due):
            said.extend(replay.advance(at))
            questions[account].answer(replay.pipeline, index, at)

    for home, signal in routed(scenario.events if events is None else events, scenario.policy):
        if between is not None:
            between(replay)
        answer(max(replay.now, signal.received))
        said.extend(replay.feed(home, signal))
    answer(minute_after(replay.now))
    said.extend(replay.close())
    outputs = [plain(emit) for emit in said]
    answer(END)
    return Played(outputs, {account: q.answers() for account, q in questions.items()}, replay)


# disturbing ------------------------------------------------------------------------------------------------------


def is_hand_raise(event: Event) -> bool:
    """Whether a line asks for sales: nothing may be moved across it."""
    value = event["value"]
    return value.get("form_kind") in ("demo_request", "contact_sales", "quote") or bool(
        value.get("asks_for_sales")
    )


def received(event: Event) -> int:
    """The receipt of a line, ms."""
    return ms(event["value"].get("received_at") or event["value"]["occurred_at"])


def shuffled(events: Iterable[Event], rng: random.Random, fences: Iterable[int] = ()) -> list[Event]:
    """Any order within each minute of receipt, but none across a hand-raise or a moment somebody asks about."""
    cuts = sorted(fences)
    groups: list[list[Event]] = []
    last: tuple[int, int] | None = None
    now = -1
    for event in events:
        now = max(now, received(event))
        place = (now // MINUTE, sum(cut <= now for cut in cuts))
        if is_hand_raise(event):
            groups += [[event], []]
            last = place
        elif place != last or not groups:
            groups.append([event])
            last = place
        else:
            groups[-1].append(event)
    for group in groups:
        rng.shuffle(group)
    return [event for group in groups for event in group]


def doubled(events: list[Event], rng: random.Random, share: float, within_ms: int) -> list[Event]:
    """Some records come twice: again at a place at most `within_ms` of receipt later, with the receipt of then."""
    places: list[list[Event]] = [[] for _ in events]
    times = [received(event) for event in events]
    for index, event in enumerate(events):
        if rng.random() >= share:
            continue
        later = [j for j in range(index, len(events)) if times[j] - times[index] <= within_ms]
        where = rng.choice(later)
        at = events[where]["value"].get("received_at", event["value"].get("received_at"))
        value = {**event["value"], "received_at": at} if at is not None else event["value"]
        places[where].append({**event, "value": value})
    return [line for event, copies in zip(events, places, strict=True) for line in (event, *copies)]


class Changelog:
    """What a worker keeps: the dirty state of each commit, the newest value of a key."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def commit(self, store: Store) -> None:
        """Take what changed."""
        for key, value in store.snapshot_dirty():
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value

    def restored(self, policy: Policy, version: str = "0") -> Pipeline:
        """A new pipeline with this state."""
        pipeline = Pipeline(policy, processor_version=version)
        pipeline.publishes = False
        for key, value in self.values.items():
            pipeline.store.restore(key, value)
        pipeline.resume()
        return pipeline


def cut_and_resume(rng: random.Random, share: float) -> Callable[[Replay], None]:
    """Before some records: commit, throw the pipeline away, and go on with a restored one."""
    changelog = Changelog()

    def between(replay: Replay) -> None:
        if rng.random() < share:
            changelog.commit(replay.pipeline.store)
            replay.pipeline = changelog.restored(replay.pipeline.base_policy)

    return between


def full_state(pipeline: Pipeline) -> dict[bytes, bytes]:
    """Everything a pipeline knows, as it would be stored."""
    store = pipeline.store
    for home in list(store.homes()):
        store.touch(home)
        for identity in list(store.ledgers(home)):
            store.touch(home, identity)
    store.touch_meta()
    return {key: value for key, value in store.snapshot_dirty() if value is not None}


def knowledge(pipeline: Pipeline) -> dict[str, Any]:
    """What a pipeline knows, without the marks of what it has still to look at."""
    store, known = pipeline.store, dict[str, Any]()
    for home in list(store.homes()):
        account = store.account(home)
        assert account is not None
        known[home] = msgspec.to_builtins(msgspec.structs.replace(account, pending=False, fresh=False))
        known |= {
            f"{home} {name}": msgspec.to_builtins(ledger) for name, ledger in store.ledgers(home).items()
        }
    return known | {"meta": msgspec.to_builtins(store.meta)}


def recorded(scenario: Scenario) -> tuple[list[Routed], list[Event]]:
    """The log that a raw run writes (input, ticks, what scoring wrote), and its outputs with the last scores."""
    log: list[Routed] = []
    replay = Replay(scenario.policy, "0", lambda home, record: log.append((home, record)))
    said = [
        plain(e)
        for home, signal in routed(scenario.events, scenario.policy)
        for e in replay.feed(home, signal)
    ]
    return log, [*said, *(plain(emit) for emit in replay.finish())]


def minutes(events: Iterable[Event]) -> Iterator[int]:
    """The minutes of receipt."""
    for event in events:
        yield received(event) // MINUTE
