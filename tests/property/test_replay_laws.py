"""Laws of a whole run: what order and repetition may not change, what a restored state is, what adds up always."""

import random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from support.market import ACTS, CONTROLS, Turn, lines, turns
from support.scenarios import Changelog, Event, doubled, full_state, plain, routed, shuffled
from support.strategies import START, examples

from streams.events import score_block
from streams.explanation import explain
from streams.pipeline import Pipeline
from streams.policy import parse_policy
from streams.replay import LogReplay, Replay
from streams.scoring import Assessment
from streams.timeline import DAY, HOUR, MINUTE, SECOND, iso_text

POLICY = parse_policy(
    b'own_domains = ["us.example"]\nrequired_roles = ["champion", "economic_buyer"]\n'
    b'[icp]\nemployees_min = 50\nindustries = ["software"]\ncountries = ["DE"]\n'
)
seeds = st.integers(0, 1 << 30)
everything = turns(ACTS + CONTROLS)
FINISH = START + 25 * DAY


def run(events: list[Event]) -> tuple[list[Event], Replay]:
    replay = Replay(POLICY)
    said = [plain(emit) for home, record in routed(events, POLICY) for emit in replay.feed(home, record)]
    return [*said, *(plain(emit) for emit in replay.finish())], replay


def known(pipeline: Pipeline) -> dict[str, Any]:
    """Ledgers and scores at one late moment, without what remembers the order of receipt."""
    found: dict[str, Any] = {}
    for home in pipeline.store.homes():
        account, assessment = pipeline.store.account(home), pipeline.assessment(home, FINISH)
        assert account is not None
        assert assessment is not None
        found[home] = {**score_block(account, assessment), "state": "", "surge": assessment.surge}
        for identity, ledger in pipeline.store.ledgers(home).items():
            content = msgspec.to_builtins(msgspec.structs.replace(ledger, ids={}))
            found[f"{home} {identity}"] = content
    return found


@examples(0.4)
@given(everything, seeds)
def test_order_between_two_ticks_does_not_change_a_byte(found: list[Turn], seed: int):
    events = lines(found)

    assert run(shuffled(events, random.Random(seed)))[0] == run(events)[0]


@examples(0.4)
@given(everything, seeds)
def test_a_repeated_record_changes_nothing(found: list[Turn], seed: int):
    events = lines(found)
    again = doubled(events, random.Random(seed), share=0.5, within_ms=7 * DAY - MINUTE)
    wanted, replay = run(events)

    outputs, repeated = run(again)

    assert outputs == wanted
    assert full_state(repeated.pipeline) == full_state(replay.pipeline)


@examples(0.4)
@given(turns(days=12), seeds)
def test_order_within_the_lateness_bound_changes_no_ledger_and_no_score(found: list[Turn], seed: int):
    events, rng = lines(found), random.Random(seed)
    late = events[:3] + [_delayed(event, rng.randrange(71 * 3600)) for event in events[3:]]
    late.sort(key=lambda event: str(event["value"]["received_at"]))

    assert known(run(late)[1].pipeline) == known(run(events)[1].pipeline)


def _delayed(event: Event, seconds: int) -> Event:
    value = event["value"]
    if event["topic"] == "intent.thirdparty.v1":
        return event
    at = __import__("datetime").datetime.fromisoformat(str(value["occurred_at"]).replace("Z", "+00:00"))
    received = round(at.timestamp() * 1000) + seconds * SECOND
    return {**event, "value": {**value, "received_at": iso_text(received)}}


@examples(0.4)
@given(everything, seeds)
def test_a_snapshot_restored_is_the_state_and_goes_on_alike(found: list[Turn], seed: int):
    rng, changelog = random.Random(seed), Changelog()
    wanted, whole = run(lines(found))
    replay, said = Replay(POLICY), []

    for home, record in routed(lines(found), POLICY):
        if rng.random() < 0.3:
            changelog.commit(replay.pipeline.store)
            before = full_state(replay.pipeline)
            replay.pipeline = changelog.restored(POLICY)
            assert full_state(replay.pipeline) == before
        said += [plain(emit) for emit in replay.feed(home, record)]
    said += [plain(emit) for emit in replay.finish()]

    assert said == wanted
    assert full_state(replay.pipeline) == full_state(whole.pipeline)


@examples(0.2)
@given(everything)
def test_the_log_of_a_run_says_the_same_again(found: list[Turn]):
    log: list[Any] = []
    replay = Replay(POLICY, record=lambda home, record: log.append((home, record)))
    said = [
        plain(emit) for home, record in routed(lines(found), POLICY) for emit in replay.feed(home, record)
    ]
    said += [plain(emit) for emit in replay.finish()]
    again = LogReplay(POLICY)

    repeated = [plain(emit) for home, record in log for emit in again.feed(home, record)]

    assert [*repeated, *(plain(emit) for emit in again.finish())] == said


@examples(0.4)
@given(everything)
def test_every_explanation_adds_up_and_no_person_passes_the_cap_at_any_step(found: list[Turn]):
    replay = Replay(POLICY)
    for home, record in routed(lines(found), POLICY):
        list(replay.feed(home, record))
        for at in (replay.now, replay.now + 9 * DAY + 5 * HOUR):
            for account in ("default/acme.example", "default/bolt.example"):
                assessment = replay.pipeline.assessment(account, at)
                if assessment is not None:
                    _check(assessment)


def _check(found: Assessment) -> None:
    explanation = explain(found, POLICY)
    for part, total in zip(
        (explanation.fit, explanation.intent, explanation.readiness, explanation.score),
        (found.F, found.I, found.R, found.S),
        strict=True,
    ):
        assert part.residual == 0
        assert part.total == total == sum(line.points for line in part.lines)
        assert 0 <= total <= 100_000
    assert all(0 <= member.engagement.points <= POLICY.people.person_cap for member in found.members)
    assert found.anonymous <= POLICY.people.anonymous_cap
    assert found.third_party <= POLICY.caps.third_party
    assert _floats(found) <= {"expected", "lift", "p", "surge_score"}


def _floats(value: Any) -> set[str]:
    """Names of fields that hold a float, anywhere inside."""
    if isinstance(value, msgspec.Struct):
        names = {name for name in value.__struct_fields__ if type(getattr(value, name)) is float}
        return names.union(*(_floats(getattr(value, name)) for name in value.__struct_fields__))
    if isinstance(value, list | tuple):
        return set().union(*map(_floats, value))
    return set().union(*map(_floats, value.values())) if isinstance(value, dict) else set()
