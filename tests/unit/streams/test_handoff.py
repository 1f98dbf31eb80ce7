"""Where it goes, by when, where it came from, how to answer, what may be kept."""

from typing import Any

import pytest
from support.stories import POLICY, Story, a_policy

from streams.timeline import DAY, iso_text


def handed(story: Story, block: str, kind: str = "opened", which: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = story.of(kind)[which]["data"][block]
    return found


def test_routing_carries_owner_territory_and_a_stable_key() -> None:
    facts = {"owner": "rep-1", "backup_owner": "rep-2", "territory_key": "dach", "segment": "mid"}
    found = handed(Story().company(**facts).asks("ines"), "routing")
    again = handed(Story().company(account_id="other").asks("tom", 3), "routing")

    assert found["owner_hint"] == "rep-1"
    assert found["backup_owner_hint"] == "rep-2"
    assert (found["territory_key"], found["segment"], found["queue"]) == ("dach", "mid", "fast")
    assert found["reason"] == "owner"
    assert found["previous_owner"] is None
    assert again["round_robin_key"] == found["round_robin_key"]
    assert again["reason"] == "round_robin"


def test_the_owner_of_the_last_episode_is_carried() -> None:
    story = Story().company(owner="rep-1").asks("ines").end(40).company(41, owner="rep-9").asks("ines", 50)

    assert len(story.of("opened")) == 2
    found = handed(story, "routing", which=1)
    assert (found["owner_hint"], found["previous_owner"]) == ("rep-9", "rep-1")


def test_a_request_starts_a_clock_of_five_minutes_round_the_clock() -> None:
    found = handed(Story().company().asks("ines", 5, 600), "sla")  # Saturday 2026-03-21 19:00

    assert found == {
        "clock": "24x7",
        "handed_off_at": "2026-03-21T19:00:02.000Z",
        "first_touch_due_at": "2026-03-21T19:05:02.000Z",
        "task_due_at": "2026-03-22T00:00:00.000Z",
        "followup_due_at": "2026-03-30T17:00:00.000Z",
        "ttl_at": "2026-03-23T19:00:02.000Z",
    }


def test_a_surge_has_an_hour_of_business_time() -> None:
    story = Story().buying_group().end()

    found = handed(story, "sla")
    assert (story.of("opened")[0]["tier"], found["clock"]) == ("T1", "business")
    assert found["first_touch_due_at"] == "2026-03-17T10:01:00.000Z"
    assert found["task_due_at"] == "2026-03-17T17:00:00.000Z"


def test_an_ending_repeats_the_clocks_of_its_alert() -> None:
    story = Story().company().asks("ines", 0).end(10)

    opened, expired = handed(story, "sla"), handed(story, "sla", "expired")
    assert expired["ttl_at"] == opened["ttl_at"]


def test_an_early_notice_is_due_by_the_end_of_the_next_business_day() -> None:
    story = Story().company().contact("ines", role="champion")
    for minute, page in enumerate(("pricing", "comparison", "security", "why_us", "demo")):
        story.page("ines", page, 0, minute)
    story.reviews("compare", 0, 20).reviews("pricing", 0, 21).end(2)

    found = handed(story, "sla", "early")
    assert found["first_touch_due_at"] == found["task_due_at"] == "2026-03-18T17:00:00.000Z"
    assert found["ttl_at"] == "2026-03-31T00:00:00.000Z"
    assert handed(story, "sla", "near_miss")["first_touch_due_at"] is None
    assert story.of("early")[0]["tier"] == "early"


def test_a_customers_request_goes_to_its_owner_with_the_same_clock() -> None:
    story = Story().company(lifecycle="customer", owner="csm-1").asks("ines", 0, 1)

    event = story.of("redirected")[0]
    assert event["data"]["sla"]["first_touch_due_at"] == "2026-03-16T09:06:02.000Z"
    assert event["data"]["routing"]["queue"] == "account_owner"
    assert event["data"]["routing"]["owner_hint"] == "csm-1"


def test_attribution_is_the_first_and_last_act_of_known_source() -> None:
    story = Story().company().page("ines", "blog", -9, session_source="paid", campaign_id="spring")
    story.page("tom", "docs", -5, session_source="unknown").page("ines", "docs", -2, session_source="email")
    story.content("ines", "download_clicked", -1, prompted_by="ad", campaign_id="summer").asks("ines")

    assert handed(story, "attribution") == {
        "first_source": "paid",
        "last_source": "ad",
        "first_campaign": "spring",
        "last_campaign": "summer",
        "source_accept_rate": None,
    }


def test_feedback_says_how_to_answer() -> None:
    found = handed(Story().company().asks("ines"), "feedback")

    assert found["disposition_topic"] == "intent.dispositions.v1"
    assert "meeting_set" in found["allowed_status"]
    assert "no_budget" in found["allowed_reasons"]
    assert found["required_fields"] == ["sales_ready_id", "account_id", "status", "occurred_at"]


def test_privacy_takes_the_weakest_consent_and_the_policys_retention() -> None:
    said = {"consent": {"state": "granted", "basis": "form"}}
    story = Story().company().asks("ines", 0, 0, **said)
    mixed = Story().company().page("tom", "pricing", -1).asks("ines", 0, 0, **said)

    found = handed(story, "privacy")
    assert (found["consent_state"], found["pii_level"]) == ("granted", "personal")
    opened_at = 1_773_619_200_000 + 9 * 3_600_000 + 2000
    assert found["retention_until"] == iso_text(opened_at + 400 * DAY)
    assert handed(mixed, "privacy")["consent_state"] == "unknown"


RATES = {
    "source_accept_rates": {"direct": {"accepted": 31, "rejected": 9}, "ad": {"accepted": 1, "rejected": 3}}
}


def test_the_acceptance_rate_is_that_of_the_last_source_under_the_policy_in_force() -> None:
    story = Story(a_policy(attribution=RATES)).company().page("ines", "docs", -2, session_source="direct")
    story.content("ines", "download_clicked", -1, prompted_by="ad").asks("ines")

    found = handed(story, "attribution")
    assert (found["first_source"], found["last_source"]) == ("direct", "ad")
    assert found["source_accept_rate"] == {"value": 250, "n": 4, "interval": (45, 700)}


def test_a_source_without_a_rate_has_none() -> None:
    story = Story(a_policy(attribution=RATES)).company().asks("ines", session_source="paid")

    assert handed(story, "attribution")["last_source"] == "paid"
    assert handed(story, "attribution")["source_accept_rate"] is None


def test_rates_that_come_by_record_are_shown_from_that_record_on_and_change_no_id_before_it() -> None:
    def told(measured: bool) -> Story:
        story = Story().company().page("ines", "docs", -2).asks("ines", session_source="direct")
        if measured:
            policy = {**POLICY, "version": 2, "attribution": RATES}
            story.say("intent.policy.v1", 1, 0, type="policy", policy=policy)
        return story.asks("ines", 2, session_source="direct").end(3)

    plain, rated = told(False), told(True)

    assert handed(rated, "attribution")["source_accept_rate"] is None
    assert handed(rated, "attribution", "updated")["source_accept_rate"] == {
        "value": 775, "n": 40, "interval": (624, 877),
    }  # fmt: skip
    assert rated.of("opened") == plain.of("opened")
    assert rated.of("updated")[0]["data"]["policy"]["version"] == 2
    scores = [
        [story.of(kind)[0]["data"]["decision"]["S"] for kind in ("opened", "updated")]
        for story in (plain, rated)
    ]
    assert scores[0] == scores[1]


def test_the_record_url_is_the_policys_with_the_account_in_it_safely() -> None:
    link = {"record_url": "https://crm.example/a/{account_id}?site={account_domain}#x"}
    named = Story(a_policy(routing=link)).company(account_id="a/../b?c=1&d={x}\u00e9").asks("ines")

    assert handed(named, "routing")["record_url"] == (
        "https://crm.example/a/a%2F..%2Fb%3Fc%3D1%26d%3D%7Bx%7D%C3%A9?site=northwind.example#x"
    )


@pytest.mark.parametrize("account_id", [".", "..", None])
def test_a_record_url_that_would_lead_elsewhere_is_none(account_id: str | None) -> None:
    policy = a_policy(routing={"record_url": "https://crm.example/a/{account_id}"})

    assert handed(Story(policy).company(account_id=account_id).asks("ines"), "routing")["record_url"] is None


def test_an_account_without_an_id_still_has_its_domain() -> None:
    policy = a_policy(routing={"record_url": "https://crm.example/by-domain/{account_domain}"})
    found = handed(Story(policy).company(account_id=None).asks("ines"), "routing")

    assert found["record_url"] == "https://crm.example/by-domain/northwind.example"
