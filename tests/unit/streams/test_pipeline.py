"""One record at a time: what counts once, what waits, what is late, what a policy change does, what a restart keeps."""

from typing import Any

import msgspec
import pytest
from support.stories import ACCOUNT, DOMAIN, POLICY, Story, a_policy, at

from schemas.home import domain_home
from schemas.signal import Tick
from streams.pipeline import Pipeline


def counts(story: Story, *key: str) -> int:
    return story.replay.pipeline.counts[key]


def policy_record(story: Story, day: int, minute: int = 0, name: str = "p", **changes: Any) -> Story:
    return story.say(
        "intent.policy.v1", day, minute, type="policy", event_id=name, policy={**POLICY, **changes}
    )


def restart(story: Story) -> Story:
    """Throw everything away but the stored state, and go on."""
    old = story.replay.pipeline
    for home in list(old.store.homes()):
        old.store.touch(home)
        for identity in list(old.store.ledgers(home)):
            old.store.touch(home, identity)
    old.store.touch_meta()
    fresh = Pipeline(story.policy, processor_version="test")
    for key, value in old.store.snapshot_dirty():
        fresh.store.restore(key, value)
    fresh.resume()
    story.replay.pipeline = fresh
    return story


# records ---------------------------------------------------------------------------------------------------------


def test_the_same_record_twice_counts_once() -> None:
    story = (
        Story().company().page("ines", "pricing", event_id="e").page("ines", "pricing", 0, 5, event_id="e")
    )

    assert counts(story, "duplicate") == 1


def test_only_so_many_event_ids_are_remembered_and_the_forgotten_ones_counted() -> None:
    story = Story(a_policy(limits={"dedupe_ids": 2})).company()
    for number in range(4):
        story.page("ines", "docs", 0, number, event_id=f"e{number}")

    ledger = story.replay.pipeline.store.ledgers(domain_home("default", DOMAIN))["contact:ines"]
    assert len(ledger.ids) == 2
    assert counts(story, "ids_dropped") == 2


def test_a_bot_scores_nothing_and_is_counted() -> None:
    story = Story().company().page("ines", "pricing", is_bot=True, bot_reason="agent").end()

    assert story.assessment(0).I == 0
    assert counts(story, "bot", "agent") == 1


def test_a_bot_click_takes_back_the_burst_around_it() -> None:
    story = Story().company().contact("ines").page("ines", "docs", 0, 1)
    click = {
        "type": "click",
        "contact_id": "ines",
        "email": f"ines@{DOMAIN}",
        "email_id": "m",
        "seconds_after_delivery": 60,
    }
    for number in (1, 2):
        story.say("intent.email.v1", 0, 0, link_id=f"l{number}", **click)
    before = story.end(0, 5).assessment(0).I
    story.say(
        "intent.email.v1", 0, 0, link_id="l3", is_bot_click=True, received_at="2026-03-16T09:06:00Z", **click
    )

    assert story.replay.pipeline.pending  # what counted is judged anew
    assert before > story.end(0, 10).assessment(0).I


def test_late_records_count_on_their_own_day_and_are_counted_as_late() -> None:
    story = Story().company().page("ines", "pricing", -5, 0, received_at="2026-03-16T09:00:00Z")

    assert counts(story, "late", "page_engagement") == 1
    assert {day for m in story.assessment(0).members for day in m.engagement.days} == {at(-5) // 86_400_000}


def test_third_parties_make_no_account() -> None:
    story = Story().topic("streaming").reviews("pricing", 0, 5).end(1)

    assert list(story.replay.pipeline.store.homes()) == []
    assert counts(story, "unknown_dropped") == 2


@pytest.mark.parametrize(("minute", "counts"), [(0, True), (9, True), (11, False)])
def test_third_parties_wait_a_while_for_their_account_to_become_known(minute: int, counts: bool) -> None:
    story = Story().topic("streaming", 0, 0).company(0, minute).end(1)

    assert (story.assessment(0).third_party > 0) is counts


def test_third_parties_do_not_wait_longer_because_more_of_them_come() -> None:
    story = Story().topic("streaming", 0, 0).topic("queues", 0, 8).end(0, 11)

    assert list(story.replay.pipeline.store.homes()) == []


def test_third_parties_do_not_wait_where_the_policy_says_so() -> None:
    story = Story(a_policy(lateness={"unknown_minutes": 0})).topic("streaming", 0, 0).company(0, 2).end(1)

    assert story.assessment(0).third_party == 0


def test_an_account_whose_people_have_moved_away_takes_its_near_miss_back() -> None:
    story = Story()
    fields = {"account_domain": "north.example"}
    for person in ("ines", "tomas"):
        for page in ("pricing", "comparison", "security", "demo"):
            story.page(person, page, 0, 0, email=f"{person}@north.example", session_id=person, **fields)
    story.end(0, 2)
    assert story.of("near_miss")
    story.company(0, 10, alt_domains=["north.example"]).end(0, 20)

    assert [e["subject"] for e in story.of("cleared")] == ["north.example"]


def test_a_job_seeker_is_left_out_for_90_days_from_the_last_day_it_was_seen_to_hold() -> None:
    story = Story().company().page("joe", "careers", 0, 0).page("joe", "careers", 0, 5, url="u2").end(0, 10)
    story.page("joe", "docs", 88, 0).end(88, 10)

    assert [m.excluded for m in story.assessment(90).members] == ["job_seeker"]
    assert [m.excluded for m in story.assessment(91).members] == [""]


def test_beyond_the_limit_the_weakest_people_go_first_and_are_counted() -> None:
    story = (
        Story(a_policy(limits={"contacts": 1}))
        .company()
        .page("ines", "pricing")
        .page("tomas", "docs", 0, 0)
        .end()
    )

    assert [m.ref for m in story.assessment(0).members] == ["ines"]
    assert counts(story, "contacts_dropped") == 1


# ticks -----------------------------------------------------------------------------------------------------------


def test_a_tick_that_is_not_later_than_the_last_is_ignored() -> None:
    story = Story().company().page("ines", "docs").end(0, 5)
    story.page("tomas", "docs", 0, 6)
    pipeline = story.replay.pipeline
    last = pipeline.store.meta.last_tick
    pipeline.apply("", Tick(event_id="t", at=last, received=last))

    assert pipeline.pending


def test_nothing_is_said_between_ticks_but_a_hand_raise() -> None:
    story = Story().company().page("ines", "pricing").page("tomas", "pricing", 0, 0)
    assert story.of("opened") == []

    assert len(story.end(0, 1).of("opened")) == 1


def test_scores_are_published_at_most_once_a_minute_each() -> None:
    story = Story().company()
    pipeline = story.replay.pipeline
    for second in range(0, 120, 5):
        story.page("ines", "docs", 0, 0, url=f"u{second}", event_id=f"e{second}")
        pipeline.apply(
            "", Tick(event_id=f"t{second}", at=at(0, 1) + 1000 * second, received=at(0, 1) + 1000 * second)
        )
    published = [emit for emit in pipeline.take_emitted() if emit.topic == "intent.scores.v1"]

    assert len(published) <= 3


# policy ----------------------------------------------------------------------------------------------------------


def test_a_policy_change_holds_for_every_record_behind_it() -> None:
    story = Story().company().asks("ines")
    policy_record(story, 0, 10, policy_id="second", tiers={"FAST": {"ttl_days": 5}}).asks("tomas", 0, 20)
    first, second = story.of("opened")[0]["data"], story.of("updated")[0]["data"]

    assert (first["policy"]["policy_id"], second["policy"]["policy_id"]) == ("reference", "second")
    assert (first["sla"]["ttl_at"][:10], second["sla"]["ttl_at"][:10]) == ("2026-03-18", "2026-03-21")


def test_a_policy_sent_twice_does_not_bring_the_older_one_back() -> None:
    story = Story().company()
    policy_record(story, 0, 1, "a", policy_id="a")
    policy_record(story, 0, 2, "b", policy_id="b")
    policy_record(story, 0, 3, "a", policy_id="a")

    assert story.replay.pipeline.policy.policy_id == "b"


def test_a_policy_says_how_it_differs_from_the_reference_not_from_the_one_before() -> None:
    story = Story(a_policy(caps={"intent": 60})).company()

    assert policy_record(story, 0, 1, policy_id="b").replay.pipeline.policy.caps.intent == 100_000


def test_a_policy_that_cannot_be_read_changes_nothing_and_is_counted() -> None:
    story = Story().company()
    record = policy_record(Story(), 0, 1).inputs[0][1]
    story.replay.pipeline.apply("", msgspec.structs.replace(record, document="nonsense = "))

    assert story.replay.pipeline.policy is story.policy
    assert counts(story, "policy", "refused") == 1


def test_a_new_list_of_competitors_withdraws_at_the_next_midnight() -> None:
    story = Story().company().asks("ines")
    policy_record(story, 0, 10, competitor_domains=[DOMAIN]).end(1)

    assert story.of("withdrawn")[0]["data"]["decision"]["cause"] == "competitor"


def test_a_lower_bar_for_reverse_ip_holds_for_later_records() -> None:
    story = policy_record(Story().company(), 0, 1, people={"reverse_ip_confidence": 0.5})
    match = {"account_domain": DOMAIN, "account_match": {"method": "reverse_ip", "confidence": 0.6}}
    story.page("jo", "docs", 0, 5, contact_id="jo", email="jo@gmail.com", **match).end()

    assert story.replay.pipeline.residence.least == 500


# restarts --------------------------------------------------------------------------------------------------------


def test_after_a_restart_the_policy_in_force_is_still_the_changed_one() -> None:
    story = restart(policy_record(Story().company(), 0, 1, policy_id="second"))

    assert story.replay.pipeline.policy.policy_id == "second"


def test_after_a_restart_what_was_pending_is_still_due() -> None:
    story = Story().company().page("ines", "pricing").page("tomas", "pricing", 0, 0)

    assert len(restart(story).end(0, 2).of("opened")) == 1


def test_after_a_restart_timers_still_run() -> None:
    story = restart(Story().company().asks("ines").end(0, 30))

    assert len(story.end(3).of("expired")) == 1


def test_after_a_restart_a_review_still_ends() -> None:
    story = restart(Story().asks("jo", email="jo@gmail.com").end(0, 5))

    assert len(story.end(1).of("not_released")) == 1


@pytest.mark.parametrize("cut", range(0, 13, 3))
def test_a_restart_anywhere_changes_nothing_that_is_said(cut: int) -> None:
    whole = Story().buying_group().end(40)
    parts = Story()
    for place, (home, record) in enumerate(whole.inputs):
        if place == cut:
            restart(parts)
        parts.records += parts.replay.feed(home, record)
    parts.end(40)

    assert [e for e in parts.records if e.topic != "intent.scores.v1"] == [
        e for e in whole.records if e.topic != "intent.scores.v1"
    ]


def test_the_account_is_named_by_the_crm() -> None:
    assert Story().company().asks("ines").of("opened")[0]["subject"] == ACCOUNT


def test_accounts_are_counted_by_the_state_that_people_see() -> None:
    story = (
        Story()
        .company()
        .page("ines", "pricing")
        .company(domain="rival.example", account_id="acc-rival")
        .end()
    )
    pipeline = story.replay.pipeline

    assert pipeline.states()["suppressed"] == 1
    assert counts(story, "disqualified", "competitor") == 1
    story.end(1, 5)
    assert counts(story, "disqualified", "competitor") == 1
    assert sum(pipeline.states().values()) == 2
