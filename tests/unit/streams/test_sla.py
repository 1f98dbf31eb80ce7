"""The clocks of a hand-off: what is due when, who is told, and what stops them."""

from typing import Any

import pytest
from support.stories import ACCOUNT, DOMAIN, Story


def told(story: Story, clock: str = "first_touch") -> list[tuple[str, str]]:
    found = [e.value for e in story.records if e.topic == "intent.sla.v1"]
    return [(e["type"].split(".")[2], e["time"][5:16]) for e in found if e["data"]["clock"] == clock]


def says(story: Story, status: str, day: int, minute: int, name: str = "latest", **fields: Any) -> Story:
    said = {"type": "disposition", "sales_ready_id": name, "account_id": ACCOUNT, "account_domain": DOMAIN}
    return story.say("intent.dispositions.v1", day, minute, **said, status=status, **fields)


def test_a_hand_raise_is_warned_at_80_breached_at_100_and_escalated_at_200_percent() -> None:
    story = Story().company().asks("ines").end(0, 60)

    assert told(story) == [("warn", "03-16T09:05"), ("breach", "03-16T09:06"), ("escalate", "03-16T09:11")]


def test_an_escalation_names_the_backup_owner() -> None:
    story = Story().company(owner="ana", backup_owner="ben").asks("ines").end(0, 60)

    assert story.of("escalate")[0]["data"]["backup_owner"] == "ben"


def test_hand_raises_run_around_the_clock() -> None:
    story = Story().company().asks("ines", 0, 15 * 60).end(1)  # at midnight

    assert told(story)[-1] == ("escalate", "03-17T00:11")


def test_a_surge_has_one_business_hour() -> None:
    story = Story().buying_group().end(2)
    opened = story.of("opened")[0]

    assert opened["time"][5:16] == "03-17T09:01"
    assert opened["data"]["sla"]["first_touch_due_at"][5:16] == "03-17T10:01"
    assert told(story)[0] == ("warn", "03-17T09:49")


def test_the_follow_up_sequence_has_a_clock_of_its_own() -> None:
    story = Story().company().asks("ines").end(30)

    assert [level for level, _ in told(story, "followup")] == ["warn", "breach", "escalate"]


@pytest.mark.parametrize("status", ["contacted", "meeting_set", "converted_sql"])
def test_a_touch_stops_the_first_clock(status: str) -> None:
    assert told(says(Story().company().asks("ines"), status, 0, 2).end(0, 60)) == []


@pytest.mark.parametrize("status", ["accepted", "working"])
def test_taking_it_up_is_no_touch_yet(status: str) -> None:
    assert len(told(says(Story().company().asks("ines"), status, 0, 2).end(0, 60))) == 3


def test_a_touch_that_is_reported_with_another_status_counts() -> None:
    story = Story().company().asks("ines")
    says(story, "accepted", 0, 2, first_touch_at="2026-03-16T09:01:00Z")

    assert told(story.end(0, 60)) == []


def test_three_touches_are_the_follow_up() -> None:
    story = Story().company().asks("ines")
    for minute in (2, 60, 120):
        says(story, "contacted", 0, minute)

    assert told(story.end(30), "followup") == []


def test_a_rejection_ends_both_clocks() -> None:
    story = says(Story().company().asks("ines"), "rejected", 0, 2, reason="no_need").end(30)

    assert told(story) == told(story, "followup") == []


def test_a_hand_raise_in_an_open_episode_has_its_own_clock() -> None:
    story = says(Story().company().asks("ines"), "contacted", 0, 2).asks("tomas", 0, 60).end(0, 120)

    assert [at for _, at in told(story)] == ["03-16T10:05", "03-16T10:06", "03-16T10:11"]


def test_a_touch_names_its_alert() -> None:
    story = Story().company().asks("ines").asks("tomas", 0, 1)
    first = story.of("opened")[0]["id"]
    says(story, "contacted", 0, 2, first).end(0, 60)

    assert {e["data"]["sales_ready_id"] for e in story.of("breach")} == {story.of("updated")[0]["id"]}


def test_a_touch_under_the_id_of_a_mere_update_stops_the_clock_of_the_alert() -> None:
    story = Story().buying_group().end(1, 15)
    story.contact("ceo", 1, 16, role="economic_buyer").page("ceo", "pricing", 1, 17)
    story.page("ceo", "comparison", 1, 17).end(1, 20)
    update = story.of("updated")[-1]
    assert update["data"]["decision"]["update_reason"] in ("new_role", "score_rise")

    assert told(says(story, "contacted", 1, 21, update["id"]).end(2)) == []


def test_a_touch_that_is_overtaken_by_a_later_word_still_counts() -> None:
    story = Story().company().asks("ines")
    says(story, "working", 0, 3)
    says(story, "contacted", 0, 2, received_at="2026-03-16T09:03:30Z")

    assert told(story.end(0, 60)) == []


def test_a_withdrawn_alert_has_no_clock() -> None:
    story = Story().company().asks("ines").company(0, 1, lifecycle="customer").end(0, 60)

    assert len(story.of("withdrawn")) == 1
    assert told(story) == []


def test_first_touches_are_counted_once_with_how_long_they_took() -> None:
    story = Story().company().asks("ines")
    for minute in (3, 4):
        says(story, "contacted", 0, minute)

    kinds = {key: number for key, number in story.replay.pipeline.counts.items() if key[0] == "first_touch"}
    assert kinds == {
        ("first_touch", "FAST", "in_time", "178"): 1
    }  # from the receipt, two seconds after the act


def test_a_touch_after_the_term_is_late() -> None:
    story = says(Story().company().asks("ines"), "contacted", 0, 7)

    assert [key[2] for key in story.replay.pipeline.counts if key[0] == "first_touch"] == ["late"]
