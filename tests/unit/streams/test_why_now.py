"""Why now: one to three plain sentences, honest about who it is, naming nobody."""

from typing import Any

import pytest
from support.stories import Story, a_policy

from streams.why_now import HEADLINE


def why(story: Story, kind: str, which: int = -1) -> dict[str, Any]:
    block: dict[str, Any] = story.of(kind)[which]["data"]["why_now"]
    return block


def test_a_surge_says_how_many_came_against_what_was_expected() -> None:
    found = why(Story().buying_group().end(), "opened")

    assert found["sentences"][0] == "3 people active on 4 person-days in 7 days, almost none expected."
    assert found["headline"] == f"Northwind Labs: {found['sentences'][0][:-1]}"
    assert found["sentences"][1].startswith("What counts most: ")


def test_sentences_come_from_the_lines_they_name() -> None:
    event = Story().buying_group().end().of("opened")[0]["data"]

    ids = {line["line_id"] for line in event["explanation"]["intent"]["lines"]}
    assert event["why_now"]["line_ids"]
    assert set(event["why_now"]["line_ids"]) <= ids


def test_one_person_is_called_one_person() -> None:
    """An early notice may be about one person and says so."""
    story = Story().company().contact("ines", role="champion")
    for minute, page in enumerate(("pricing", "comparison", "security", "why_us", "demo")):
        story.page("ines", page, 0, minute)
    story.reviews("compare", 0, 20).reviews("pricing", 0, 21).end(2)

    found = why(story, "early")
    assert found["sentences"][0].startswith("1 person engaged, close to a decision")
    assert found["sentences"][-1] == "So far this is one person; nobody else of the company is engaged."


def test_a_near_miss_says_what_is_missing() -> None:
    story = Story().company().contact("ines", role="champion")
    for minute, page in enumerate(("pricing", "comparison", "security", "why_us", "demo")):
        story.page("ines", page, 0, minute)
    story.reviews("compare", 0, 20).reviews("pricing", 0, 21).end()

    assert "2nd person needed" in why(story, "near_miss")["sentences"][0]
    assert "2nd person needed" in story.of("near_miss")[0]["data"]["decision"]["missing"]


@pytest.mark.parametrize(
    ("form", "words"),
    [("demo_request", "a demo"), ("contact_sales", "contact with sales"), ("quote", "a quote")],
)
def test_a_request_says_who_by_role_and_for_what(form: str, words: str) -> None:
    story = (
        Story().company().contact("vera", seniority="vp", name="Vera Poe").asks("vera", 0, 2, form_kind=form)
    )

    found = why(story, "opened")
    assert found["sentences"][0] == f"An economic buyer asked for {words} on 2026-03-16 at 09:02 UTC."
    assert found["hypothesis"] == "Inference: somebody has a project and wants to talk now."


def test_a_chat_that_asks_is_a_request_too() -> None:
    story = Story().company().asks("vera", 0, 2, type="chat_started", form_kind=None, asks_for_sales=True)

    assert why(story, "opened")["sentences"][0].startswith("Somebody asked for sales in a chat")


def test_two_people_on_one_page_are_told_by_the_page() -> None:
    story = Story().company().page("a", "pricing").page("b", "pricing", 0, 5).end()

    assert why(story, "opened")["sentences"][0] == "2 people on the pricing page within 7 days."


def test_a_score_that_third_parties_carry_says_so() -> None:
    story = Story().company().contact("ines", role="champion")
    for minute, page in enumerate(("pricing", "comparison", "security")):
        story.page("ines", page, 0, minute)
    story.page("tomas", "comparison", 0, 30).page("tomas", "product", 0, 31).reviews("pricing", 0, 40).end()

    found = story.of("opened")[0]["data"]
    without = found["decision"]["counterfactuals"]["without_third_party"]
    assert without < 70_000 <= found["decision"]["S"]
    assert found["why_now"]["sentences"][2].startswith("Without third-party data the score would be")


def test_endings_say_how_it_ended() -> None:
    story = Story().buying_group().end(30)
    story.company(31, open_opportunity_id="o-1", lifecycle="open_opp").end()
    taken = Story().buying_group().company(2, lifecycle="customer").end()

    assert why(story, "expired")["sentences"][0] == "The alert ran out and nobody said what became of it."
    assert why(taken, "withdrawn")["sentences"][0] == "The alert is taken back: the account is a customer."


def test_a_request_of_an_unknown_company_is_held_and_says_why() -> None:
    story = Story().asks("ann", email="ann@gmail.com").end(1)

    assert why(story, "held")["sentences"][0].endswith(
        "held for review: a free-mail address without a company."
    )
    assert why(story, "held")["sentences"][-1] == "This is one person; no company is known."
    assert why(story, "not_released")["headline"].startswith("No known company: Somebody asked for a demo")


def test_no_sentence_names_a_person_and_every_one_ends() -> None:
    story = Story().buying_group().asks("ines", 2).asks("ann", 2, 5, email="ann@gmail.com").end()

    for event in story.records:
        found = event.value.get("data", {}).get("why_now")
        if found is None:
            continue
        text = " ".join([found["headline"], *found["sentences"], found["hypothesis"]])
        assert 1 <= len(found["sentences"]) <= 3
        assert all(sentence.endswith(".") for sentence in found["sentences"])
        for name in ("ines", "Ines", "Doe", "vera@", "ann", "Vera"):
            assert name not in text
        assert found["hypothesis"].startswith("Inference: ")


def test_a_long_name_is_cut_and_the_headline_fits() -> None:
    story = Story().company(name="North " * 60).asks("vera", 0, 2)

    headline = why(story, "opened")["headline"]
    assert len(headline) <= HEADLINE
    assert "asked for a demo" in headline


def test_updates_say_what_is_new() -> None:
    story = Story(a_policy()).buying_group().asks("ines", 2).end()

    assert why(story, "updated")["sentences"][0].startswith("A champion asked for a demo")
