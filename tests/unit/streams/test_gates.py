"""Gates with their distance, and what is missing in words."""

from typing import Any

import pytest
from support.stories import Story, a_policy

from schemas.decision import Gate
from streams.gates import gate_details, missing_words, tenths, tenths_up, thresholds


def gates_of(story: Story) -> dict[str, Gate]:
    return {gate.name: gate for gate in gate_details(story.assessment(), story.policy)}


def test_every_gate_says_what_it_asks_what_is_there_and_how_far_it_is() -> None:
    story = Story().company().contact("ines", role="champion").page("ines", "comparison", 1)

    found = gates_of(story)
    assert list(found) == ["fit", "intent", "people", "decision_stage", "self_directed", "score"]
    assert (found["fit"].required, found["fit"].actual, found["fit"].distance) == (50_000, 100_000, 0)
    assert (found["people"].required, found["people"].actual, found["people"].distance) == (2000, 1000, 1000)
    assert (found["decision_stage"].required, found["decision_stage"].actual) == (1, 1)
    assert (found["intent"].actual, found["intent"].distance) == (14_375, 25_625)
    assert [name for name, gate in found.items() if not gate.passed] == ["intent", "people", "score"]


def test_a_second_person_is_asked_for_in_words() -> None:
    story = Story().company().contact("ines", role="champion").page("ines", "comparison", 1)

    assert "2nd person needed" in missing_words(story.assessment(), story.policy)


@pytest.mark.parametrize(
    ("employees", "people", "words"),
    [
        (400, [], "2 people needed"),
        (2000, ["a"], "2 more people needed"),
        (2000, ["a", "b"], "3rd person needed"),
    ],
)
def test_larger_companies_need_more_people(employees: int, people: list[str], words: str) -> None:
    story = Story().company(employees=employees)
    for person in people:
        story.page(person, "comparison", 1)
    story.page("zoe", "blog", 1)

    assert words in missing_words(story.assessment(), story.policy)


def test_an_unknown_company_needs_enrichment() -> None:
    bare: dict[str, Any] = {"employees": None, "industry": None, "country": None, "technologies": None}
    story = Story().company(**bare, named_account=True).page("ines", "pricing", 1)

    words = missing_words(story.assessment(), story.policy)
    assert "needs_enrichment: 16 % of the company profile is known, 40 % required" in words


def test_points_short_are_rounded_up_and_points_there_cut() -> None:
    assert tenths_up(1) == "0.1"
    assert tenths_up(17_300) == "17.3"
    assert tenths(69_999) == "69.9"
    assert tenths(-1250) == "-1.2"


def test_thresholds_are_those_of_the_policy() -> None:
    found = thresholds(a_policy())

    assert (found.ready, found.early, found.near_miss, found.intent, found.fit) == (
        70_000,
        50_000,
        40_000,
        40_000,
        50_000,
    )


def test_nothing_is_missing_where_every_gate_is_passed() -> None:
    story = Story().buying_group()

    assert missing_words(story.assessment(), story.policy) == []
