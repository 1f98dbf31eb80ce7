"""The state machine of one account: what opens, rises, expires, cools and is noticed, and when nothing is said."""

import pytest
from support.desk import Desk, a_member, moment
from support.stories import Story, a_policy, at

from streams.account import Machine
from streams.states import FOREVER, TRANSITIONS, move

NEW_ROLE = {"roles": ("champion", "economic_buyer")}


def opened(tier: str = "T1", **scores: object) -> Desk:
    desk = Desk()
    assert desk.tick(0, 600, S=75, tier=tier, roles=("champion",), **scores)[0].startswith(f"opened {tier}")
    return desk


def asked() -> Desk:
    desk = Desk()
    assert desk.hand(0, 600) == ["opened FAST"]
    return desk


def cooling(days: int = 9) -> Desk:
    """An episode of T1 whose interest has gone; the TTL ended on day 7."""
    desk = opened()
    desk.nights(1, days, S=40)
    assert desk.state == "cooling"
    return desk


# the table -------------------------------------------------------------------------------------------------------


def test_a_move_that_is_no_row_of_the_table_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        move(Machine(state="idle"), "exit")
    with pytest.raises(AssertionError):
        move(Machine(side=""), "release")


def test_every_state_is_entered_and_left_by_some_row() -> None:
    entered = {row.target for row in TRANSITIONS}
    left = {source for row in TRANSITIONS for source in row.sources}

    assert entered == left == {"idle", "warming", "open", "cooling", "", "held", "suppressed", "redirected"}


# opening ---------------------------------------------------------------------------------------------------------


def test_all_gates_with_a_surge_open_as_t1_and_without_as_t2() -> None:
    assert Desk().tick(0, S=75, tier="T1") == ["opened T1"]
    assert Desk().tick(0, S=75, tier="T2") == ["opened T2"]


def test_records_that_are_all_late_open_nothing_but_are_a_near_miss() -> None:
    desk = Desk()

    assert desk.tick(0, fresh=False, S=75, tier="T1") == ["near_miss"]
    assert desk.tick(1, S=75, tier="T1") == ["opened T1", "cleared"]


def test_an_episode_says_opened_once() -> None:
    desk = opened()

    assert desk.nights(1, 6, S=76, tier="T1", roles=("champion",)) == []


def test_the_near_miss_is_cleared_right_after_opened() -> None:
    desk = Desk()
    desk.tick(0, S=60)

    assert desk.tick(0, 5, S=75, tier="T2") == ["opened T2", "cleared"]


# rises and updates -----------------------------------------------------------------------------------------------


def test_t2_rises_to_t1_at_once_and_never_back() -> None:
    desk = opened("T2")

    assert desk.tick(0, 601, S=75, tier="T1", roles=("champion",)) == ["updated T1 tier_rise"]
    assert desk.tick(0, 602, S=75, tier="T2", roles=("champion",)) == []
    assert desk.decisions[-1].tier_previous == "T2"


def test_a_qualification_inside_a_hand_raise_episode_is_never_silent() -> None:
    desk = asked()

    assert desk.tick(0, 601, S=75, tier="T2") == ["updated T2 qualified"]
    assert desk.decisions[-1].tier_previous == "FAST"


def test_late_records_alone_may_update() -> None:
    assert opened("T2").tick(0, 700, fresh=False, S=75, tier="T1") == ["updated T1 tier_rise"]


def test_a_new_required_role_is_an_update() -> None:
    assert opened().tick(0, 601, S=75, tier="T1", **NEW_ROLE) == ["updated T1 new_role"]


def test_ten_points_more_than_the_last_event_are_an_update() -> None:
    desk = opened()

    assert desk.tick(0, 601, S=84, tier="T1", roles=("champion",)) == []
    assert desk.tick(0, 602, S=85, tier="T1", roles=("champion",)) == ["updated T1 score_rise"]


def test_such_updates_come_at_most_once_in_a_day() -> None:
    desk = opened()
    desk.tick(1, 60, S=75, tier="T1", **NEW_ROLE)

    assert desk.tick(2, 59, S=95, tier="T1", **NEW_ROLE) == []
    assert desk.tick(2, 60, S=95, tier="T1", **NEW_ROLE) == ["updated T1 score_rise"]


def test_a_rise_does_not_wait_for_such_an_update() -> None:
    desk = opened("T2")
    desk.tick(1, 60, S=75, tier="T2", **NEW_ROLE)

    assert desk.tick(1, 61, S=75, tier="T1", **NEW_ROLE) == ["updated T1 tier_rise"]


def test_nothing_small_is_said_while_cooling() -> None:
    assert cooling().tick(9, 60, S=90, tier="T1", **NEW_ROLE, p=0.5) == []


# time to live ----------------------------------------------------------------------------------------------------


def test_the_ttl_expires_once_and_the_episode_stays_until_its_exit() -> None:
    desk = opened()

    assert desk.tick(7, 599, S=75) == []
    assert desk.tick(7, 600, S=75) == ["expired T1"]
    assert desk.nights(8, 12, S=75) == []
    assert desk.state == "open"


def test_a_fresh_ttl_never_shortens_the_running_one() -> None:
    desk = opened("T2")
    desk.hand(1, S=75)

    assert desk.machine.ttl_at == moment(14, 600)
    assert desk.nights(2, 14, S=75) == []
    assert desk.tick(14, 600, S=75) == ["expired FAST"]


def test_a_fresh_ttl_expires_again() -> None:
    desk = opened()
    desk.tick(7, 600, S=75)
    assert desk.hand(8, S=75) == ["updated FAST hand_raise"]

    assert desk.tick(10, 0, S=75) == ["expired FAST"]


def test_a_disposition_stops_the_expiry() -> None:
    desk = opened()
    desk.disposed("accepted", 1)

    assert desk.nights(2, 20, S=75) == []


def test_an_episode_expires_in_its_cooling_too() -> None:
    desk = opened()

    assert desk.nights(1, 7, S=40) == []
    assert desk.state == "cooling"
    assert desk.tick(7, 600, S=40) == ["expired T1"]


# exit ------------------------------------------------------------------------------------------------------------


def test_an_episode_ends_after_48_hours_below_55() -> None:
    desk = opened()
    desk.tick(1, 0, S=54)
    desk.tick(2, 1439, S=54)
    assert desk.state == "open"

    desk.tick(3, 0, S=54)
    assert desk.state == "cooling"


def test_one_evaluation_of_55_clears_the_clock() -> None:
    desk = opened()
    desk.tick(1, 0, S=54)
    desk.tick(2, 0, S=55)
    desk.tick(3, 0, S=54)
    desk.tick(4, 0, S=54)

    assert desk.state == "open"


def test_a_hand_raise_alone_ends_at_its_ttl_whatever_the_score() -> None:
    desk = asked()
    desk.tick(1, 0, S=65)
    desk.tick(2, 600, S=65)

    assert desk.state == "cooling"


def test_once_qualified_a_hand_raise_episode_ends_by_the_score() -> None:
    desk = asked()
    desk.tick(0, 700, S=75, tier="T1")

    assert desk.tick(7, 700, S=75) == ["expired T1"]
    assert desk.state == "open"


# hand-raises in all states ---------------------------------------------------------------------------------------


def test_a_hand_raise_takes_a_cooling_episode_back_to_open() -> None:
    desk = cooling()

    assert desk.hand(9, 60, S=40) == ["updated FAST hand_raise"]
    assert desk.state == "open"
    desk.nights(10, 12, S=40)
    assert desk.state == "cooling"


def test_a_hand_raise_is_answered_while_a_rejection_rests() -> None:
    desk = opened()
    desk.disposed("rejected", 1, reason="no_budget")

    assert desk.tick(1, 1, S=95, tier="T1", **NEW_ROLE) == ["rejected no_budget"]
    assert desk.hand(2, S=95) == ["updated FAST hand_raise"]


def test_a_hand_raise_of_a_warming_account_clears_its_near_miss() -> None:
    desk = Desk()
    desk.tick(0, S=60)

    assert desk.hand(0, 5, S=60) == ["opened FAST", "cleared"]


def test_a_suppressed_account_answers_nothing_and_a_redirected_one_its_owner() -> None:
    suppressed, redirected = Desk(a_policy(disqualify={"embargoed_countries": ["KP"]})), Desk()
    suppressed.profile(0, country="KP")
    redirected.profile(0, lifecycle="customer")

    assert suppressed.hand(1) == []
    assert redirected.hand(1) == ["redirected existing_customer"]


# re-arm ----------------------------------------------------------------------------------------------------------


def test_without_a_disposition_the_account_rests_14_days_after_its_ttl() -> None:
    desk = cooling()
    desk.nights(10, 20, S=40)
    assert desk.tick(21, 599, S=80, tier="T1", roles=("champion",)) == []

    assert desk.tick(21, 600, S=80, tier="T1", roles=("champion",)) == ["opened T1"]
    assert desk.machine.episode == 2


def test_an_open_account_is_not_armed_by_time_alone() -> None:
    desk = opened()

    assert desk.nights(1, 60, S=60) == ["expired T1"]
    assert desk.state == "open"


def test_a_new_role_and_an_unlikely_surge_open_a_new_episode_in_the_cooldown() -> None:
    desk = cooling()

    assert desk.tick(9, 60, S=80, tier="T1", p=0.001, **NEW_ROLE) == ["opened T1"]
    assert desk.machine.episode == 2


@pytest.mark.parametrize(
    "scores",
    [
        {"p": 0.002, **NEW_ROLE},
        {"p": 0.001, "roles": ("champion",)},
    ],
)
def test_the_override_needs_both(scores: dict[str, object]) -> None:
    assert cooling().tick(9, 60, S=80, tier="T1", **scores) == []


def test_the_override_comes_before_a_rise_of_tier() -> None:
    desk = opened("T2")
    desk.nights(1, 9, S=40)

    assert desk.tick(9, 60, S=80, tier="T1", p=0.001, **NEW_ROLE) == ["opened T1"]


def test_a_rise_of_tier_in_the_cooldown_goes_back_to_open() -> None:
    desk = opened("T2")
    desk.nights(1, 9, S=40)

    assert desk.tick(9, 60, S=80, tier="T1", roles=("champion",)) == ["updated T1 tier_rise"]
    assert desk.state == "open"


def test_late_records_alone_do_not_override() -> None:
    assert cooling().tick(9, 60, fresh=False, S=80, tier="T1", p=0.001, **NEW_ROLE) == []


def test_a_resting_rejection_is_not_overridden() -> None:
    desk = opened()
    desk.disposed("rejected", 1, reason="no_budget")
    desk.nights(1, 9, S=40)

    assert desk.tick(9, 60, S=80, tier="T1", p=0.001, **NEW_ROLE) == []


# side states -----------------------------------------------------------------------------------------------------


def test_an_open_account_that_becomes_a_customer_is_withdrawn_and_redirected() -> None:
    desk = opened()
    desk.profile(1, lifecycle="customer")

    assert desk.tick(1, S=90, tier="T1") == ["withdrawn T1 existing_customer"]
    assert desk.state == "cooling redirected"


def test_what_was_withdrawn_does_not_expire() -> None:
    desk = opened()
    desk.profile(1, lifecycle="open_opp")
    desk.tick(1, S=90)
    desk.profile(3, lifecycle="prospect")

    assert desk.nights(3, 9, S=40) == []


def test_back_from_a_side_state_the_cooldown_goes_on_and_then_ends() -> None:
    desk = opened()
    desk.profile(1, lifecycle="open_opp")
    desk.tick(1, S=90)
    desk.profile(3, lifecycle="prospect")
    assert desk.tick(3, S=90, tier="T1") == []
    assert desk.state == "cooling"

    assert desk.tick(21, 600, S=90, tier="T1") == ["opened T1"]


def test_back_from_a_side_state_after_the_cooldown_the_account_is_armed() -> None:
    desk = opened()
    desk.profile(1, lifecycle="open_opp")
    desk.tick(1, S=90)
    desk.profile(60, lifecycle="prospect")

    assert desk.tick(60, S=30, failed=("people", "score")) == []
    assert desk.state == "idle"


def test_a_hand_raise_after_a_withdrawal_runs_and_expires_like_any_other() -> None:
    desk = opened()
    desk.profile(1, lifecycle="open_opp")
    desk.tick(1, S=90)
    desk.profile(2, lifecycle="prospect")
    desk.tick(2, S=40)

    assert desk.hand(2, 5, S=40) == ["updated FAST hand_raise"]
    assert desk.tick(7, 600, S=40) == ["expired FAST"]


def test_a_side_state_clears_the_near_miss_and_is_left_as_idle() -> None:
    desk = Desk()
    desk.tick(0, S=60)
    desk.profile(1, lifecycle="customer")
    assert desk.tick(1, S=60) == ["cleared"]

    desk.profile(2, lifecycle="prospect")
    assert (
        desk.tick(2, S=47, failed=("people", "score")) == []
    )  # 47 keeps an account warm, but makes none warm
    assert desk.state == "idle"


def test_a_redirected_account_says_nothing_more() -> None:
    desk = Desk()
    desk.profile(0, lifecycle="customer")

    assert desk.nights(1, 9, S=90, tier="T1") == []


def test_a_cooling_account_enters_a_side_state_silently() -> None:
    desk = cooling()
    desk.profile(9, lifecycle="customer")

    assert desk.tick(9, 60, S=90) == []
    assert desk.state == "cooling redirected"


def test_one_side_state_follows_another() -> None:
    desk = Desk(a_policy(disqualify={"embargoed_countries": ["KP"]}))
    desk.profile(0, lifecycle="customer")
    desk.tick(0)
    desk.profile(1, country="KP")
    desk.tick(1)
    assert desk.machine.side == "suppressed"

    desk.profile(2, country="DE")
    desk.tick(2)
    assert desk.machine.side == "redirected"


def test_no_clock_runs_on_in_a_side_state() -> None:
    story = Story().company().asks("ines").end(3)  # cooling: the hand-raise's TTL is over
    story.company(3, 5, lifecycle="customer").end(3, 10)
    before = len(story.of("breach"))

    assert len(story.end(30).of("breach")) == before


# holds -----------------------------------------------------------------------------------------------------------


def unreachable() -> dict[str, object]:
    member = a_member()
    member.person.profile["channels"] = ()
    return {"people": [member]}


def test_an_opening_is_held_while_nobody_can_be_reached_and_not_dropped() -> None:
    desk = Desk()

    assert desk.tick(0, S=80, tier="T1", **unreachable()) == []
    assert desk.state == "warming held"
    assert desk.tick(1, S=80, tier="T1") == ["opened T1"]
    assert desk.state == "open"


def test_what_is_held_and_no_longer_qualifies_is_released_in_silence() -> None:
    desk = Desk()
    desk.tick(0, S=80, tier="T1", **unreachable())

    assert desk.tick(9, S=30, failed=("people", "score")) == []
    assert desk.state == "idle"


def test_a_held_hand_raise_comes_out_as_a_hand_raise_and_the_surge_after_it() -> None:
    desk = Desk()
    assert desk.hand(0, **unreachable()) == []

    assert desk.tick(0, 5, S=80, tier="T1") == ["opened FAST"]
    assert desk.tick(0, 6, S=80, tier="T1") == ["updated T1 qualified"]


def test_a_held_hand_raise_of_a_new_customer_goes_to_the_owner() -> None:
    desk = Desk()
    desk.hand(0, **unreachable())
    desk.profile(1, lifecycle="customer")

    assert desk.tick(1) == ["redirected existing_customer"]


def test_updates_wait_for_a_channel_too() -> None:
    desk = opened("T2")
    assert desk.tick(0, 700, S=80, tier="T1", **unreachable()) == []
    assert desk.hand(0, 701, **unreachable()) == []

    assert desk.tick(0, 702, S=80, tier="T1") == ["updated FAST hand_raise", "updated T1 tier_rise"]


def test_a_near_miss_is_cleared_when_its_opening_is_held() -> None:
    desk = Desk()
    desk.tick(0, S=60)

    assert desk.tick(1, S=80, tier="T1", **unreachable()) == ["cleared"]


def test_an_override_that_was_held_ends_with_its_reason() -> None:
    desk = cooling()
    desk.tick(9, 60, S=80, tier="T1", p=0.001, **NEW_ROLE, **unreachable())
    assert desk.state == "cooling held"

    desk.tick(10, S=40)
    assert desk.state == "cooling"


@pytest.mark.parametrize(
    ("name", "person"),
    [("phone", {"channels": ("email", "phone")}), ("title", {"title": "CTO"}), ("email", {})],
)
def test_a_required_field_of_a_person_may_be_any_engaged_persons(
    name: str, person: dict[str, object]
) -> None:
    lacking = a_member("tomas")
    lacking.person.email = ""
    having = a_member("ines")
    having.person.profile.update(person)
    desk = Desk(a_policy(required_fields=[name]))

    assert desk.tick(0, S=80, tier="T1", people=[lacking, having]) == ["opened T1"]


def test_a_required_field_of_the_company_is_its_profiles() -> None:
    desk = Desk(a_policy(required_fields=["owner"]))
    assert desk.tick(0, S=80, tier="T1") == []
    desk.profile(1, owner="ana")

    assert desk.tick(1, S=80, tier="T1") == ["opened T1"]


# near misses -----------------------------------------------------------------------------------------------------


def test_one_gate_missing_from_40_on_is_a_near_miss_and_two_are_none() -> None:
    assert Desk().tick(0, S=40, failed=("people",)) == ["near_miss"]
    assert Desk().tick(0, S=39, failed=("people",)) == []
    assert Desk().tick(0, S=45, failed=("people", "score")) == []


def test_a_warming_account_stays_a_near_miss_down_to_45() -> None:
    desk = Desk()
    failed = ("people", "intent", "score")

    assert desk.tick(0, S=50, failed=failed) == ["near_miss"]
    assert desk.tick(1, S=45, failed=failed) == []
    assert desk.tick(2, S=44, failed=failed) == ["cleared"]


def test_there_is_no_near_miss_inside_an_episode() -> None:
    desk = cooling()

    assert desk.nights(10, 20, S=60, failed=("people",)) == []


# early notices ---------------------------------------------------------------------------------------------------


def test_an_early_notice_goes_out_at_the_next_midnight() -> None:
    desk = Desk()

    assert desk.tick(0, 600, S=55) == ["near_miss"]
    assert desk.machine.early_due == moment(1)
    assert desk.tick(1, S=55) == ["early early"]


def test_an_early_notice_whose_rule_no_longer_holds_is_not_sent() -> None:
    desk = Desk()
    desk.tick(0, 600, S=55)

    assert desk.tick(1, S=49) == []


def test_no_early_notice_where_an_episode_has_opened() -> None:
    desk = Desk()
    desk.tick(0, 600, S=55)
    desk.tick(0, 700, S=75, tier="T2")

    assert desk.tick(1, S=75, tier="T2") == []


def test_late_records_alone_call_for_no_early_notice() -> None:
    desk = Desk()
    desk.tick(0, 600, fresh=False, S=55)

    assert desk.machine.early_due == -1


def test_early_notices_rest_60_days_after_any_notice() -> None:
    desk = Desk()
    desk.tick(0, 600, S=55)
    desk.tick(1, S=55)
    desk.tick(60, 1439, S=55)
    assert desk.machine.early_due == -1

    desk.tick(61, 0, S=55)
    assert desk.tick(62, S=55) == ["early early"]


def test_an_early_notice_is_no_longer_due_in_a_side_state() -> None:
    desk = Desk()
    desk.tick(0, 600, S=55)
    desk.profile(0, lifecycle="customer")
    desk.tick(0, 700, S=55)
    desk.profile(0, lifecycle="prospect")

    assert desk.tick(1, S=55) == ["near_miss"]


def test_early_notices_can_go_to_sales_as_a_tier_of_their_own() -> None:
    desk = Desk(a_policy(early={"to": "sales-ready"}))
    desk.tick(0, 600, S=55)

    assert desk.tick(1, S=55, **unreachable()) == []
    assert desk.tick(2, S=55) == ["opened EARLY"]
    assert desk.state == "warming"


def test_a_review_site_act_calls_for_an_early_notice_where_somebody_was_here_lately() -> None:
    story = Story().company().contact("ines").page("ines", "docs", 0, 0).reviews("compare", 0, 10).end(2)

    assert [event["data"]["decision"]["trigger"] for event in story.of("early")] == ["review_site"]


def test_looking_at_the_category_alone_does_not() -> None:
    story = Story().company().contact("ines").page("ines", "docs", 0, 0).reviews("category", 0, 10).end(2)

    assert story.of("early") == []


# timers ----------------------------------------------------------------------------------------------------------


def test_the_next_deadline_of_an_open_account_is_midnight_or_sooner() -> None:
    desk = opened()
    assert desk.account.due == moment(1)
    desk.tick(7, 0, S=75)

    assert desk.account.due == moment(7, 600)


def test_an_idle_account_is_woken_by_nothing() -> None:
    desk = Desk()
    desk.tick(0, S=20, failed=("people", "score"))

    assert desk.account.due == -1


def test_a_cooldown_without_end_has_no_timer() -> None:
    desk = opened()
    desk.disposed("accepted", 1)
    desk.nights(1, 9, S=40)

    assert desk.machine.cooldown_until == FOREVER
    assert desk.account.due == moment(10)


def test_timers_fire_at_the_first_full_minute() -> None:
    story = Story().company().asks("ines", 0, 0).end(5)
    expired = story.of("expired")[0]

    assert story.of("opened")[0]["time"] == "2026-03-16T09:00:02.000Z"
    assert expired["time"] == "2026-03-18T09:01:00.000Z"
    assert at(2, 1) == moment(2, 541)
