"""The scoring rules as stories: every explain block and every output, exact; in order, and disturbed in every way
that must not matter.
"""

import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from support.scenarios import (
    Scenario,
    compared,
    cut_and_resume,
    differences,
    doubled,
    full_state,
    knowledge,
    ms,
    outcomes,
    plain,
    play,
    received,
    recorded,
    routed,
    scenarios,
    shuffled,
)
from support.twins import Twins

from agents.cli import cli
from schemas.signal import decode_signal, encode_signal
from streams.replay import LogReplay
from streams.timeline import DAY, MINUTE

FOLDER = Path(__file__).parent
STORIES = scenarios(FOLDER / "scenarios") + (
    scenarios(FOLDER / "stories") if (FOLDER / "stories").exists() else []
)
every_scenario = pytest.mark.parametrize("scenario", STORIES, ids=lambda s: s.name)


def intent(*arguments: object) -> Result:
    """Run the command line; 3 is no failure: some stories hold a record that is refused."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code in (0, 3), result.output
    return result


def json_lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def assert_as_expected(scenario: Scenario, outputs: list[dict[str, Any]], blocks: dict[str, Any]) -> None:
    for account, wanted in scenario.ask().items():
        assert differences(wanted, blocks[account]) == []
    assert compared(outputs) == outcomes(scenario.expected["outputs"])


def test_all_scenarios_are_there():
    assert len(scenarios(FOLDER / "scenarios")) == 48


@every_scenario
def test_explain_says_what_the_story_says(scenario: Scenario):
    for account, wanted in scenario.ask().items():
        options = [option for entry in wanted for option in ("--at", entry["at"])]
        files = ("--events", scenario.folder / "events.jsonl", "--policy", scenario.policy_file)
        result = intent("explain", account, *files, *options, "--output", "json")

        assert differences(wanted, json_lines(result)) == []


@every_scenario
def test_replay_prints_what_the_story_says(scenario: Scenario):
    result = intent("replay", scenario.folder / "events.jsonl", "--policy", scenario.policy_file)

    assert compared(json_lines(result)) == outcomes(scenario.expected["outputs"])


@every_scenario
@pytest.mark.parametrize("seed", range(3))
def test_order_within_a_minute_and_repeats_change_nothing(scenario: Scenario, seed: int):
    rng = random.Random(f"{scenario.name}-{seed}")
    fences = [ms(entry["at"]) for entry in scenario.expected["explain"] if ms(entry["at"]) % MINUTE]
    events = doubled(scenario.events, rng, share=(0.1, 0.4, 1.0)[seed], within_ms=7 * DAY - MINUTE)
    events = shuffled(events, rng, fences)

    played = play(scenario, events)

    assert_as_expected(scenario, played.outputs, played.blocks)


@every_scenario
@pytest.mark.parametrize("share", [0.05, 1.0], ids=["cut at some records", "cut at every record"])
def test_a_restored_state_goes_on_as_if_nothing_had_happened(scenario: Scenario, share: float):
    whole = play(scenario)

    cut = play(scenario, between=cut_and_resume(random.Random(scenario.name), share))

    assert cut.outputs == whole.outputs
    assert cut.blocks == whole.blocks
    assert full_state(cut.replay.pipeline) == full_state(whole.replay.pipeline)


@every_scenario
def test_state_larger_than_memory_says_the_same(scenario: Scenario, tmp_path: Path):
    twins = Twins(scenario.policy, tmp_path, homes=1, seed=1)

    for home, record in routed(scenario.events, scenario.policy):
        twins.feed(home, record)
    twins.finish()

    assert dict(twins.store.items()) == full_state(twins.memory.pipeline)


@every_scenario
def test_the_recorded_log_says_the_same_again(scenario: Scenario):
    log, wanted = recorded(scenario)

    again = LogReplay(scenario.policy)
    wire = [(home, decode_signal(encode_signal(record))) for home, record in log]
    said = [plain(emit) for home, record in wire for emit in again.feed(home, record)]

    assert [*said, *map(plain, again.finish())] == wanted


@every_scenario
def test_a_suffix_of_the_log_over_newer_state_changes_nothing(scenario: Scenario):
    log, _ = recorded(scenario)
    replay = LogReplay(scenario.policy)
    for home, record in log:
        list(replay.feed(home, record))
    before = knowledge(replay.pipelines[0])
    last = replay.pipelines[0].store.meta.last_tick
    first = next(i for i, (_, record) in enumerate(log) if record.received > last - 6 * DAY)

    for home, record in log[random.Random(scenario.name).randrange(first, len(log)) :]:
        list(replay.feed(home, record))

    assert knowledge(replay.pipelines[0]) == before


def test_the_log_in_a_file_is_replayed_with_its_own_ticks(tmp_path: Path):
    scenario = next(s for s in STORIES if s.name.startswith("47"))
    log, _ = recorded(scenario)
    lines = [
        {"topic": "intent.signals.v1", "key": home, "value": msgspec.json.decode(encode_signal(record))}
        for home, record in log
    ]
    file = tmp_path / "log.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))

    of_log = intent("replay", file, "--policy", scenario.policy_file)
    of_raw = intent("replay", scenario.folder / "events.jsonl", "--policy", scenario.policy_file)

    assert of_log.stdout == of_raw.stdout
    assert received(scenario.events[-1])  # the last tick is in the log; none was made


@every_scenario
def test_the_log_explains_itself_as_the_raw_events_do(scenario: Scenario, tmp_path: Path):
    log, _ = recorded(scenario)
    file = tmp_path / "log.jsonl"
    with file.open("wb") as lines:
        for home, record in log:
            value = msgspec.Raw(encode_signal(record))
            lines.write(
                msgspec.json.encode({"topic": "intent.signals.v1", "key": home, "value": value}) + b"\n"
            )
    account, wanted = next(iter(scenario.ask().items()))
    end = max(record.received for _, record in log)
    inside = [entry for entry in wanted if ms(entry["at"]) <= end]
    options = [option for entry in inside for option in ("--at", entry["at"])]

    result = intent(
        "explain", account, "--events", file, "--policy", scenario.policy_file, *options, "--output", "json"
    )

    assert not inside or differences(inside, json_lines(result)) == []
