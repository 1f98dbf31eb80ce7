"""Somebody asks for sales: who is answered at once, who is looked at, who is only counted."""

from typing import Any

import pytest
from support.stories import ACCOUNT, DOMAIN, Story, a_policy

UNKNOWN = "juniper.example"


def counts(story: Story) -> dict[str, int]:
    return {key[1]: n for key, n in story.replay.pipeline.counts.items() if key[0] == "hand_raise"}


def stranger(
    story: Story | None = None, day: int = 0, minute: int = 0, name: str = "jo", **fields: Any
) -> Story:
    """A demo request under the address of a company that no profile knows."""
    return (story or Story()).asks(name, day, minute, email=f"{name}@{UNKNOWN}", **fields)


def profile(story: Story, day: int = 0, minute: int = 12, **fields: Any) -> Story:
    return story.company(day, minute, domain=UNKNOWN, account_id="acc-juniper", **fields)


def reviews(story: Story) -> list[tuple[str, str | None]]:
    found = [e.value for e in story.records if e.topic == "intent.review.v1"]
    return [(e["type"].split(".")[2], e["data"]["reason"]) for e in found]


# answered --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [
    {"form_kind": "contact_sales"}, {"form_kind": "quote"}, {"type": "chat_started", "asks_for_sales": True},
])  # fmt: skip
def test_every_way_to_ask_is_answered_at_its_own_time(fields: dict[str, Any]) -> None:
    events = Story().company().asks("ines", **fields).of("opened")

    assert [(e["data"]["decision"]["tier"], e["time"]) for e in events] == [
        ("FAST", "2026-03-16T09:00:02.000Z")
    ]


def test_what_asks_is_policy() -> None:
    policy = a_policy(fast_track={"form_kinds": ["quote"]})

    assert Story(policy).company().asks("ines").end().of("opened") == []
    assert Story(policy).company().asks("ines", form_kind="quote").of("opened")


def test_a_chat_that_does_not_ask_is_none() -> None:
    assert Story().company().asks("ines", type="chat_started").end().of("opened") == []


def test_fit_is_shown_and_does_not_gate() -> None:
    story = Story().company(
        employees=5000, industry="farming", country="BR", technologies=[], named_account=False
    )

    assert story.asks("ines").of("opened")[0]["data"]["decision"]["F"] < 50_000


def test_a_crm_match_is_known_without_a_profile() -> None:
    match = {"account_id": "acc-juniper", "account_domain": UNKNOWN, "account_match": {"method": "crm"}}

    assert stranger(**match).of("opened")


def test_a_contact_record_is_known_without_a_profile() -> None:
    story = Story().contact("jo", -1, email=f"jo@{UNKNOWN}", account_domain=UNKNOWN)

    assert stranger(story).of("opened")


@pytest.mark.parametrize(("confidence", "answer"), [(0.8, "opened"), (0.79, "held")])
def test_a_visitor_of_a_known_company_needs_a_sure_match(confidence: float, answer: str) -> None:
    match = {"account_domain": DOMAIN, "account_match": {"method": "reverse_ip", "confidence": confidence}}
    story = (
        Story().company().contact("ines").asks("v", contact_id=None, email=None, anonymous_id="v", **match)
    )

    assert len(story.of(answer)) == 1


def test_however_late_it_is_a_hand_raise() -> None:
    story = Story().company().asks("ines", -20, 0, received_at="2026-03-16T09:00:00Z")

    assert story.of("opened")


# counted ---------------------------------------------------------------------------------------------------------


def test_the_same_person_on_the_same_day_is_a_duplicate() -> None:
    story = Story().company().asks("ines").asks("ines", 0, 60, form_kind="quote")

    assert len(story.of("opened")) == 1
    assert story.of("updated") == []
    assert counts(story) == {"opened": 1, "duplicate": 1}


def test_another_person_or_another_day_is_an_update() -> None:
    story = Story().company().asks("ines").asks("tomas", 0, 60).asks("ines", 1)

    assert [e["data"]["decision"]["update_reason"] for e in story.of("updated")] == ["hand_raise"] * 2


def test_shared_mailboxes_are_one_person_whichever_asks() -> None:
    story = Story().company().page("info", "docs").asks("sales", 0, 5).asks("info", 0, 10)

    assert len(story.of("opened")) == 1
    assert counts(story) == {"opened": 1, "duplicate": 1}


@pytest.mark.parametrize(
    ("code", "person"),
    [
        ("student", {"title": "Student"}), ("freelancer", {"title": "Freelance designer"}),
        ("opted_out", {"consent": {"state": "denied"}}),
    ],
)  # fmt: skip
def test_who_does_not_count_is_counted_and_no_more(code: str, person: dict[str, Any]) -> None:
    story = Story().company().contact("ines", **person).asks("ines").end()

    assert [e for e in story.records if e.topic != "intent.scores.v1"] == []
    assert counts(story) == {code: 1}


def test_own_staff_are_only_counted() -> None:
    story = (
        Story()
        .company()
        .asks("eva", email="eva@signalworks.example", account_domain=DOMAIN, account_id=ACCOUNT)
    )

    assert counts(story) == {"internal": 1}


# reviews ---------------------------------------------------------------------------------------------------------


def test_an_unknown_company_is_held_and_released_at_the_tick_of_its_profile() -> None:
    story = profile(stranger()).end()

    assert reviews(story) == [("held", None), ("released", None)]
    assert story.of("opened")[0]["time"] == story.of("released")[0]["time"] == "2026-03-16T09:13:00.000Z"
    assert story.of("opened")[0]["data"]["decision"]["state_from"] == "held"


def test_an_unknown_company_shows_as_held_while_it_is_in_review() -> None:
    story = stranger().end(0, 5)
    assert story.account(UNKNOWN).machine.side == "held"

    story.end(0, 31)
    assert story.account(UNKNOWN).machine.side == ""


@pytest.mark.parametrize("minutes", [29, 30])
def test_the_review_ends_after_30_minutes_at_the_first_full_minute(minutes: int) -> None:
    story = stranger().end(0, minutes)
    assert reviews(story) == [("held", None)]

    assert reviews(story.end(0, 31)) == [("held", None), ("not_released", "unknown_company")]


def test_a_profile_below_the_fit_gate_releases_nothing() -> None:
    story = profile(stranger(), employees=5, industry="farming", country="BR", named_account=False).end(1)

    assert reviews(story) == [("held", None), ("not_released", "fit")]


def test_a_later_profile_that_fits_still_releases_in_time() -> None:
    story = profile(stranger(), employees=5, industry="farming", country="BR", named_account=False)

    assert reviews(profile(story, 0, 20).end(1)) == [("held", None), ("released", None)]


def test_tenants_without_a_crm_feed_answer_unknown_companies_at_once() -> None:
    assert stranger(Story(a_policy(fast_track={"unknown_company": "fast"}))).of("opened")


@pytest.mark.parametrize(
    ("address", "reason"), [("jo@gmail.com", "freemail"), ("jo@mailinator.com", "disposable")]
)
def test_addresses_of_nobody_are_looked_at_and_not_released(address: str, reason: str) -> None:
    story = Story().asks("jo", email=address).end(1)

    assert reviews(story) == [("held", None), ("not_released", reason)]
    assert story.of("held")[0]["subject"] == "jo"


def test_a_visitor_without_a_company_is_unresolved() -> None:
    story = Story().asks("v", contact_id=None, email=None, anonymous_id="v-1").end(1)

    assert reviews(story)[1] == ("not_released", "unresolved")
    assert story.of("held")[0]["subject"] == "v-1"


def test_a_disposable_address_stays_in_review_even_where_the_company_is_known() -> None:
    story = Story().company().asks("jo", email="jo@mailinator.com", account_id=ACCOUNT, account_domain=DOMAIN)

    assert story.of("opened") == []
    assert reviews(story.end(1))[1] == ("not_released", "disposable")


def test_a_company_named_by_a_provider_only_is_unknown_not_unresolved() -> None:
    story = Story().asks("v", contact_id=None, email=None, anonymous_id="v", account_domain=UNKNOWN).end(1)

    assert reviews(story)[1] == ("not_released", "unknown_company")


def test_a_review_moves_with_its_person() -> None:
    story = Story().company().asks("jo", email="jo@gmail.com")
    story.contact("jo", 0, 10, email="jo@gmail.com", account_id=ACCOUNT, account_domain=DOMAIN).end(1)

    assert reviews(story) == [("held", None), ("released", None)]
    assert story.of("opened")[0]["subject"] == ACCOUNT


def test_a_visitors_review_follows_who_they_turn_out_to_be_once() -> None:
    story = Story().company().asks("v", contact_id=None, email=None, anonymous_id="v-1")
    story.page("ines", "docs", 0, 10, anonymous_id="v-1").end(1)

    assert reviews(story) == [("held", None), ("released", None)]
    assert len(story.of("opened")) == 1


def test_two_people_in_review_are_one_episode() -> None:
    story = profile(stranger(stranger(), 0, 5, "al")).end()

    assert [kind for kind, _ in reviews(story)] == ["held", "held", "released", "released"]
    assert len(story.of("opened")) == 1
    assert len(story.of("updated")) == 1


def test_a_redirect_comes_before_a_review() -> None:
    assert reviews(stranger(Story(a_policy(partner_domains=[UNKNOWN])))) == [("redirected", None)]


def test_a_company_that_turns_out_to_be_a_customer_is_redirected_not_released() -> None:
    story = profile(stranger(), lifecycle="customer").end(1)

    assert reviews(story) == [("held", None), ("redirected", None)]
    assert story.of("opened") == []


def test_nothing_more_is_said_of_a_company_that_turns_out_to_be_embargoed() -> None:
    policy = a_policy(disqualify={"embargoed_countries": ["KP"]})
    story = profile(stranger(Story(policy)), country="KP").end(1)

    assert reviews(story) == [("held", None)]


def test_who_says_no_during_a_review_is_not_released() -> None:
    story = stranger().contact("jo", 0, 5, email=f"jo@{UNKNOWN}", consent={"state": "denied"})

    assert reviews(profile(story).end(1)) == [("held", None)]


def test_a_shared_mailbox_of_an_unknown_company_is_reviewed_to_its_end() -> None:
    story = Story().page("info", "docs", email=f"info@{UNKNOWN}")
    stranger(story, 0, 5, "sales").end(1)

    assert reviews(story) == [("held", None), ("not_released", "unknown_company")]


def test_an_erased_person_is_reviewed_no_more() -> None:
    story = stranger().say("intent.erase.v1", 0, 5, type="erase", contact_id="jo").end(1)

    assert reviews(story) == [("held", None)]
