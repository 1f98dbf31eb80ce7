"""What sales says and what it does: cooldowns by reason, what else must happen, and whom it takes out."""

import pytest
from support.desk import Desk, a_member, moment
from support.stories import ACCOUNT, Story, a_policy

from streams.states import FOREVER


def opened() -> Desk:
    desk = Desk()
    desk.tick(0, 600, S=75, tier="T1", roles=("champion",))
    return desk


def rejected(reason: str, **fields: object) -> Desk:
    """An episode that sales gave back on day 1, and that has left open by day 4."""
    desk = opened()
    desk.disposed("rejected", 1, reason=reason, **fields)
    desk.nights(1, 4, S=35)
    return desk


def disposition(story: Story, status: str, day: int, minute: int = 0, **fields: object) -> Story:
    said = {"type": "disposition", "sales_ready_id": "latest", "account_id": ACCOUNT, "status": status}
    where = {"account_domain": "northwind.example"}
    return story.say("intent.dispositions.v1", day, minute, **said, **where, **fields)


@pytest.mark.parametrize(
    ("reason", "days"),
    [
        ("no_response", 30), ("no_contact", 30), ("no_budget", 90), ("researching_future", 90), ("bad_timing", 60),
        ("wrong_department", 14), ("duplicate", 0), ("no_need", 30), ("other", 30),
    ],
)  # fmt: skip
def test_each_reason_has_its_cooldown_from_when_it_was_said(reason: str, days: int) -> None:
    desk = rejected(reason)
    if days > 4:
        assert desk.tick(days, 1439, S=80, tier="T1") == []

    assert desk.tick(max(days + 1, 5), S=80, tier="T1") == ["opened T1"]


def test_bad_timing_rests_until_the_day_they_named() -> None:
    desk = rejected("bad_timing", decision_by=moment(20))

    assert desk.tick(19, 1439, S=80, tier="T1") == []
    assert desk.tick(20, S=80, tier="T1") == ["opened T1"]


def test_no_icp_fit_needs_a_change_of_fit_besides_the_days() -> None:
    desk = rejected("no_icp_fit")

    assert desk.tick(182, S=80, tier="T1") == []
    assert desk.tick(182, 1, S=80, tier="T1", F=85) == ["opened T1"]


def test_a_changed_fit_does_not_shorten_the_days() -> None:
    assert rejected("no_icp_fit").tick(180, S=80, tier="T1", F=85) == []


def test_wrong_person_needs_somebody_else() -> None:
    desk = rejected("wrong_person")
    assert desk.tick(9, S=80, tier="T1", p=0.0001, roles=("champion", "economic_buyer")) == []

    assert desk.tick(9, 1, S=80, tier="T1", people=[a_member(), a_member("vera")]) == ["opened T1"]


def test_the_wrong_person_under_another_name_is_nobody_else() -> None:
    desk = rejected("wrong_person")
    renamed = a_member("c-77")
    renamed.person.ledgers = [*a_member().person.ledgers, *renamed.person.ledgers]

    assert desk.tick(9, S=80, tier="T1", people=[renamed]) == []


def test_while_a_need_is_unmet_nothing_is_updated_either() -> None:
    desk = opened()
    desk.disposed("rejected", 1, reason="wrong_person")

    assert desk.nights(1, 3, S=95) == ["rejected wrong_person"]
    assert desk.tick(3, 1, S=95, people=[a_member(), a_member("vera")]) == ["updated T1 score_rise"]


def test_an_existing_opportunity_rests_until_the_crm_says_that_none_is_open() -> None:
    desk = rejected("existing_opp")
    assert desk.tick(40, S=80, tier="T1") == []
    desk.profile(41, lifecycle="prospect")

    assert desk.tick(41, S=80, tier="T1") == ["opened T1"]


def test_what_the_crm_said_before_does_not_close_the_opportunity() -> None:
    desk = opened()
    desk.profile(0, lifecycle="prospect")
    desk.disposed("rejected", 1, reason="existing_opp")
    desk.nights(1, 4, S=35)

    assert desk.tick(40, S=80, tier="T1") == []


@pytest.mark.parametrize(
    "status", ["accepted", "working", "contacted", "meeting_set", "converted_sql", "opportunity_created"]
)
def test_what_is_worked_on_rests_until_it_is_closed(status: str) -> None:
    desk = opened()
    desk.disposed(status, 1)
    desk.nights(1, 4, S=35)
    assert desk.tick(400, S=80, tier="T1", roles=("champion",)) == []

    desk.disposed("closed_lost", 401, reason="no_budget")
    assert desk.tick(490, 1439, S=80, tier="T1", roles=("champion",)) == []
    assert desk.machine.cooldown_until == moment(491)


def test_what_is_worked_on_may_still_be_updated() -> None:
    desk = opened()
    desk.disposed("working", 1)

    assert desk.tick(2, S=85, tier="T1", roles=("champion",)) == ["updated T1 score_rise"]


def test_a_lost_deal_is_no_rejection_and_may_rise() -> None:
    desk = Desk()
    desk.tick(0, 600, S=75, tier="T2", roles=("champion",))
    desk.disposed("closed_lost", 1, reason="no_budget")

    assert desk.tick(1, 60, S=80, tier="T1", roles=("champion",)) == ["updated T1 tier_rise"]


def test_the_latest_by_its_own_time_decides_however_they_arrive() -> None:
    desk = opened()
    assert desk.disposed("rejected", 3, reason="no_budget") == "applied"
    assert desk.disposed("accepted", 2) == "stale"

    assert desk.machine.status == "rejected"
    assert desk.machine.cooldown_until == moment(93)


def test_a_rejection_that_was_taken_back_is_not_recycled() -> None:
    desk = opened()
    desk.disposed("rejected", 2, reason="no_budget")
    desk.disposed("accepted", 2, 1)

    assert desk.tick(2, 2, S=75) == []


def test_a_rejection_is_recycled_once_with_the_end_of_its_rest() -> None:
    desk = opened()
    desk.disposed("recycled", 2, reason="no_need")

    assert desk.tick(2, 1, S=75) == ["recycled no_need"]
    assert desk.decisions[-1].until == moment(32)
    assert desk.tick(2, 2, S=75) == []


def test_a_disposition_without_an_episode_is_ignored() -> None:
    desk = Desk()

    assert desk.disposed("rejected", 0, reason="no_budget") == "no_episode"
    assert desk.tick(1, S=75, tier="T1") == ["opened T1"]


def test_a_disposition_after_the_account_is_armed_again_is_ignored() -> None:
    desk = opened()
    desk.nights(1, 22, S=35)
    assert desk.state == "idle"

    assert desk.disposed("rejected", 22, 5, reason="no_budget") == "no_episode"
    assert desk.tick(22, 6, S=75, tier="T1") == ["opened T1"]


def test_a_disposition_by_the_id_of_an_earlier_episode_leaves_the_new_one_alone() -> None:
    desk = opened()
    desk.machine.ids = ["first"]
    desk.nights(1, 9, S=35)
    desk.tick(9, 60, S=80, tier="T1", p=0.001, roles=("economic_buyer",))
    desk.machine.ids = ["second"]

    assert desk.disposed("rejected", 10, reason="no_budget", sales_ready_id="first") == "no_episode"
    assert (
        desk.disposed("rejected", 9, reason="no_budget") == "no_episode"
    )  # latest, but said before it opened
    assert desk.disposed("accepted", 10, sales_ready_id="second") == "applied"


def test_every_episode_starts_without_a_status() -> None:
    desk = opened()
    desk.disposed("contacted", 1)
    desk.nights(1, 9, S=35)
    desk.tick(9, 60, S=80, tier="T1", p=0.001, roles=("economic_buyer",))

    assert desk.disposed("accepted", 10) == "applied"


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("accepted", "working", "applied"), ("accepted", "meeting_set", "illegal"),
        ("contacted", "accepted", "illegal"), ("working", "working", "applied"),
        ("rejected", "accepted", "applied"), ("closed_won", "contacted", "illegal"),
    ],
)  # fmt: skip
def test_a_backward_or_skipping_status_is_illegal_and_still_applied(
    before: str, after: str, outcome: str
) -> None:
    desk = opened()
    reason = {"reason": "no_need"} if before == "rejected" else {}
    desk.disposed(before, 1, **reason)

    assert desk.disposed(after, 2) == outcome
    assert desk.machine.status == after


def test_a_competitor_named_by_sales_is_suppressed_for_good() -> None:
    desk = opened()
    desk.disposed("rejected", 1, reason="competitor")

    assert desk.tick(1, 1, S=75) == ["rejected competitor", "withdrawn T1 competitor"]
    assert desk.hand(2) == []
    assert desk.nights(300, 303, S=90, tier="T1") == []


def test_what_is_permanent_holds_whatever_was_said_later() -> None:
    desk = opened()
    desk.disposed("accepted", 3)

    assert desk.disposed("rejected", 2, reason="competitor") == "stale"
    desk.tick(3, 1, S=75)
    assert desk.machine.side == "suppressed"


@pytest.mark.parametrize("name", ["ines", "INES@northwind.example"])
def test_a_student_named_by_sales_counts_no_more(name: str) -> None:
    person = {"contact_id": "ines"} if name == "ines" else {"contact_id": None}
    story = Story().company().asks("ines", 0, 0, **person)
    disposition(story, "rejected", 0, 10, reason="student", contact_id=name).end(0, 30)

    assert [member.excluded for member in story.assessment(0).members] == ["student"]
    assert story.asks("ines", 1, 0, **person).end().of("updated") == []


def test_anybody_taken_out_by_sales_is_not_answered_whatever_the_reason() -> None:
    policy = a_policy(reasons={"wrong_title": {"dimension": "fit", "effect": "exclude_person"}})
    story = Story(policy).company().asks("ines")
    disposition(story, "rejected", 0, 10, reason="wrong_title", contact_id="ines")

    assert story.asks("ines", 1).end().of("updated") == []


def test_a_bad_address_named_by_sales_is_no_channel() -> None:
    story = Story().company().contact("ines").asks("ines")
    disposition(story, "rejected", 0, 10, reason="bad_email", contact_id="ines").end(0, 30)
    story.asks("ines", 1).end(1, 30)

    assert story.of("updated") == []  # nobody can be reached: held
    assert story.contact("ines", 2, 0, channels=["phone"]).end(2, 30).of("updated")


def test_a_rejection_without_a_reason_is_refused_before_it_gets_here() -> None:
    with pytest.raises(AssertionError, match="Refused"):
        disposition(Story().company().asks("ines"), "rejected", 0, 10)


def test_a_disposition_sent_twice_counts_once() -> None:
    story = disposition(Story().company().asks("ines"), "rejected", 0, 10, reason="no_budget", event_id="d")
    disposition(story, "rejected", 0, 20, reason="no_budget", event_id="d").end()

    assert len(story.of("rejected")) == 1


def test_after_a_disposition_without_end_only_a_closing_one_ends_it() -> None:
    desk = opened()
    desk.disposed("accepted", 1)
    assert desk.machine.cooldown_until == FOREVER

    desk.disposed("closed_won", 2)
    assert desk.machine.cooldown_until == moment(32)


def test_reasons_and_amounts_are_counted() -> None:
    story = Story().company().asks("ines")
    disposition(story, "opportunity_created", 0, 10, amount=1200.5, currency="EUR", opportunity_id="o")
    disposition(story, "rejected", 1, reason="no_budget")
    counts = story.replay.pipeline.counts

    assert counts["amount", "opportunity_created", "EUR"] == 1_200_500
    assert counts["reason", "no_budget", a_policy().reasons["no_budget"].dimension] == 1


def test_an_alert_is_unanswered_until_sales_says_a_word() -> None:
    story = Story().company().asks("ines").end(0, 5)
    assert list(story.replay.pipeline.unanswered()) == [story.account().machine.opened_at]

    disposition(story, "accepted", 0, 10).end(0, 15)
    assert list(story.replay.pipeline.unanswered()) == []
