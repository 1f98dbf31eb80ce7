"""Decisions as records: envelope, ids, one schema each; and the score record."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.stories import ACCOUNT, DOMAIN, Story, a_policy, at

from schemas.generate import schema_of
from streams.events import explain_record, score_block
from streams.outcome import Emit

RECORDS = {
    "intent.sales-ready.v1": "sales-ready",
    "intent.watch.v1": "watch",
    "intent.review.v1": "review",
    "intent.recycled.v1": "recycled",
    "intent.sla.v1": "sla",
    "intent.scores.v1": "score",
}
EXPLAIN_KEYS = "S F I R people engaged surge n_current p gates persons anonymous third_party state".split()


def everything() -> list[Emit]:
    """A story in which every kind of record comes out."""
    story = Story().buying_group().end(3)
    said = {"sales_ready_id": "latest", "account_id": ACCOUNT, "status": "rejected", "reason": "no_budget"}
    story.say("intent.dispositions.v1", 3, 5, type="disposition", **said)
    story.asks("vera", 4).asks("ann", 4, 5, email="ann@gmail.com").end(9)
    story.company(20, lifecycle="customer").asks("ines", 21)
    return story.end().records


ALL = everything()


def validator(record: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(record))


@pytest.mark.parametrize("topic", sorted(RECORDS))
def test_every_record_is_valid_by_its_schema(topic: str) -> None:
    values = [emit.value for emit in ALL if emit.topic == topic]

    assert values
    for value in values:
        assert list(validator(RECORDS[topic]).iter_errors(value)) == []


def test_the_envelope_is_a_cloud_event_with_its_extensions() -> None:
    event = Story().buying_group().end().of("opened")[0]

    envelope = {name: value for name, value in event.items() if name not in ("data", "id", "time")}
    assert envelope == {
        "specversion": "1.0",
        "source": "intent-signals",
        "type": "intent.sales_ready.opened.v1",
        "subject": ACCOUNT,
        "datacontenttype": "application/json",
        "dataschema": "urn:intent-signals:schema:sales-ready:v1",
        "partitionkey": f"default/{DOMAIN}",
        "accountid": ACCOUNT,
        "contactid": "ines",
        "tier": "T1",
    }
    assert all(name.isalnum() and name.islower() for name in envelope)
    assert event["data"]["decision"]["S"] >= 70_000


def test_an_extension_without_a_value_is_left_out() -> None:
    near_miss = Story().buying_group().end().of("near_miss")[0]

    assert "tier" not in near_miss
    assert "contactid" not in near_miss


def test_ids_differ_for_every_record_and_repeat_on_a_replay() -> None:
    ids = [emit.value["id"] for emit in ALL if "id" in emit.value]

    assert len(set(ids)) == len(ids)
    assert ids == [emit.value["id"] for emit in everything() if "id" in emit.value]


def test_the_whole_output_repeats_on_a_replay() -> None:
    assert everything() == ALL


def test_another_policy_gives_other_ids() -> None:
    here = Story().company().asks("ines").of("opened")[0]
    there = Story(a_policy(thresholds={"ready": 71})).company().asks("ines").of("opened")[0]

    assert here["id"] != there["id"]


def test_a_sales_ready_event_has_every_block() -> None:
    data = Story().buying_group().end().of("opened")[0]["data"]

    assert list(data) == [
        "decision",
        "policy",
        "surge",
        "buying_group",
        "explanation",
        "why_now",
        "brief",
        "routing",
        "sla",
        "attribution",
        "feedback",
        "privacy",
    ]
    assert data["policy"]["processor_version"] == "test"
    assert data["policy"]["shadow"] is False
    assert data["surge"]["window_start"] == "2026-03-11"
    assert data["surge"]["cohort"] == "mid"


@pytest.mark.parametrize("kind", ["near_miss", "cleared", "held", "not_released", "redirected"])
def test_watch_and_review_records_carry_decision_explanation_and_brief(kind: str) -> None:
    event = next(e.value for e in ALL if str(e.value.get("type", "")).endswith(f".{kind}.v1"))

    assert event["data"]["decision"]["tier"] is None
    assert event["data"]["explanation"]["intent"]["residual"] == 0
    assert event["data"]["brief"]["recent_activity"]


def test_decision_says_from_where_to_where_and_what_for() -> None:
    events = [e.value["data"]["decision"] for e in ALL if e.topic == "intent.sales-ready.v1"]

    opened = events[0]
    assert (opened["state_from"], opened["state_to"]) == ("warming", "open")
    assert (opened["kind"], opened["tier"], opened["trigger"]) == ("opened", "T1", "surge")
    asked = next(one for one in events if one["update_reason"] == "hand_raise")
    assert (asked["tier"], asked["tier_previous"]) == ("FAST", "T1")


def test_an_expired_record_repeats_tier_and_trigger_and_says_no_action() -> None:
    event = Story().company().asks("ines").end(10).of("expired")[0]["data"]["decision"]

    assert (event["tier"], event["trigger"]) == ("FAST", "hand_raise")
    assert event["cause"] == "no_action"


def test_a_review_says_what_was_asked_until_when_and_why_not() -> None:
    held, closed = (
        next(e.value for e in ALL if str(e.value.get("type", "")).endswith(f".{kind}.v1"))
        for kind in ("held", "not_released")
    )

    assert held["data"]["hand_raise"]["form_kind"] == "demo_request"
    assert held["data"]["hand_raise"]["url"] == "https://us.example/demo"
    assert held["data"]["due_at"] == "2026-03-20T09:35:02.000Z"
    assert held["data"]["reason"] is None
    assert held["data"]["decision"]["cause"] == "freemail"
    assert closed["data"]["reason"] == "freemail"
    assert held["subject"] == held["contactid"] == "ann"
    assert "accountid" not in held


def test_a_recycled_account_says_until_when_it_rests() -> None:
    place = next(n for n, emit in enumerate(ALL) if emit.topic == "intent.recycled.v1")
    data = ALL[place].value["data"]
    before = [emit.value["id"] for emit in ALL[:place] if emit.topic == "intent.sales-ready.v1"]

    assert (data["status"], data["reason"]) == ("rejected", "no_budget")
    assert data["cooldown_until"] == "2026-06-17T09:05:00.000Z"
    assert data["sales_ready_id"] == before[-1]


def test_a_reminder_says_which_clock_and_how_much_is_used() -> None:
    data = next(e.value["data"] for e in ALL if e.topic == "intent.sla.v1")

    assert (data["clock"], data["tier"], data["used_pct"]) == ("first_touch", "T1", 80)


# the score record ------------------------------------------------------------------------------------


def last_score(story: Story) -> dict[str, Any]:
    return story.end().scores()[-1]


def test_the_score_record_is_what_the_view_is_made_of() -> None:
    story = Story().buying_group()
    found = last_score(story)

    assert {name: found[name] for name in ("tenant_id", "home", "account_id", "account_domain", "name")} == {
        "tenant_id": "default",
        "home": f"default/{DOMAIN}",
        "account_id": ACCOUNT,
        "account_domain": DOMAIN,
        "name": "Northwind Labs",
    }
    assert found["state"] == "open"
    assert [gate["name"] for gate in found["gate_details"]] == list(found["gates"])
    assert [card["person"] for card in found["people_list"]] == ["ines", "vera", "tomas"]
    latest = story.of("updated")[-1]
    assert found["sales_ready"] == {"id": latest["id"], "tier": "T1", "time": latest["time"]}


def test_its_lines_add_up_without_evidence() -> None:
    found = last_score(Story().buying_group())

    for dimension, name in (("fit", "F"), ("intent", "I"), ("readiness", "R"), ("score", "S")):
        assert sum(line["points"] for line in found["lines"] if line["dimension"] == dimension) == found[name]
    assert all(line["evidence"] == [] for line in found["lines"])


def test_a_low_score_has_no_lines_and_no_event() -> None:
    found = last_score(Story().company(named_account=False, employees=5, country="FR").page("ines", "blog"))

    assert found["S"] < 30_000
    assert found["lines"] == []
    assert found["sales_ready"] is None


def test_explain_is_the_score_block_and_why() -> None:
    story = Story().buying_group()
    account, found = story.account(), story.assessment()
    record = explain_record(account, found, at(1, 600), story.policy)

    assert list(score_block(account, found)) == EXPLAIN_KEYS
    assert {name: record[name] for name in EXPLAIN_KEYS} == score_block(account, found)
    assert record["at"] == "2026-03-17T19:00:00.000Z"
    assert record["account"] == ACCOUNT
    assert record["missing"] == []
    assert sum(line["points"] for line in record["lines"] if line["dimension"] == "score") == record["S"]
    assert record["people_list"][0]["person"] == "ines"


def test_explain_has_lines_however_low_the_score() -> None:
    story = Story().company().page("ines", "blog", 1)
    record = explain_record(story.account(), story.assessment(), at(1, 600), story.policy)

    assert any(line["line_id"] == "signal:web.blog:ines" for line in record["lines"])
    assert "2 people needed" in record["missing"]
