"""Our own stories: their folders are what their builders tell, so story, events and expectation belong together."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.scenarios import Scenario, ms, play, received, scenarios
from support.tales import FOLDER, tales

from streams.timeline import DAY, HOUR


def test_the_folders_hold_what_the_builders_tell():
    told = {f"{tale.name}/{name}": text for tale in tales() for name, text in tale.files().items()}
    found = {str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.glob("*/*") if path.is_file()}

    assert found == told


def test_there_are_more_than_ninety_and_each_names_its_sections_and_requirements():
    stories = [path for path in Path(FOLDER).iterdir() if path.is_dir()]

    assert len(stories) > 90
    for story in stories:
        assert re.search(r"^scoring\.md \d.*; R\d", (story / "story.md").read_text(), re.MULTILINE), (
            story.name
        )


SHOWING = [scenario for scenario in scenarios(FOLDER) if "shows" in scenario.expected]


def as_json(value: Any) -> Any:
    """A value as it is on the wire."""
    return json.loads(json.dumps(value))


def member(data: Any, path: str) -> Any:
    """What stands under a dotted path."""
    for name in path.split("."):
        data = data[name]
    return data


@pytest.mark.parametrize("scenario", SHOWING, ids=lambda s: s.name)
def test_records_carry_what_the_story_says(scenario: Scenario):
    outputs = play(scenario).outputs
    for wanted in scenario.expected["shows"]:
        where = {key: wanted[key] for key in ("type", "subject", "time")}
        (found,) = [
            o["value"] for o in outputs
            if o["topic"] == wanted["topic"] and where.items() <= o["value"].items()
        ]  # fmt: skip
        assert as_json({path: member(found["data"], path) for path in wanted["data"]}) == wanted["data"], (
            where
        )


def test_a_member_that_is_not_there_is_noticed():
    with pytest.raises(KeyError):
        member({"brief": {}}, "brief.visits")


def test_the_baseline_of_every_story_is_observed():
    for scenario in scenarios(FOLDER):
        asked = [ms(entry["at"]) for entry in scenario.expected["explain"]]
        assert min(asked) - received(scenario.events[0]) >= 91 * DAY, scenario.name


def test_the_four_hours_of_a_tier_two_alert_run_from_its_opening_on_a_working_morning():
    scenario = next(s for s in scenarios(FOLDER) if s.name.startswith("71-"))
    opened = next(
        o["value"]["data"] for o in play(scenario).outputs if o["value"]["type"].endswith("opened.v1")
    )
    sla = opened["sla"]

    assert opened["decision"]["tier"] == "T2"
    assert ms(sla["first_touch_due_at"]) - ms(sla["handed_off_at"]) == 4 * HOUR
