"""Records as a person reads them: complete ones in full, poor ones without invention."""

import pytest
from support.sample_stage import Stage, by_archetype, play

from agents.bad_leads import held_by, held_leads
from agents.cards import RECYCLED, REVIEW, SALES_READY, SLA, WATCH, card, note
from streams.market import SampleMarket, Truth

START = 1_773_930_600_000


@pytest.fixture(scope="module")
def played() -> tuple[SampleMarket, Stage]:
    return play(START, 120)


def _first(played: tuple[SampleMarket, Stage], archetype: str, topic: str, kind: str) -> tuple[dict, Truth]:
    market, stage = played
    truth = by_archetype(market.truths)[archetype][0]
    return next(e for e in stage.events(topic, truth) if e["type"].split(".")[-2] == kind), truth


def test_a_card_says_who_which_tier_why_now_whom_and_what_counts(played: tuple[SampleMarket, Stage]) -> None:
    event, truth = _first(played, "surging_group", SALES_READY, "opened")
    shown = card(event, truth.name)
    labels = [label for label, _ in shown.lines if label]

    assert shown.title.startswith(f"T1  {truth.name}  (opened, surge)  S ")
    assert labels == ["why now", "scores", "people", "reasons", "next", "source", "record"]
    assert event["data"]["buying_group"]["people"][0]["name"] in shown.text()
    assert "Director of Data Platforms (champion)" in shown.text()
    assert "the pricing page" in shown.text()
    assert "first touch by" in shown.text()
    assert "coming directly: 73 % of 80 accepted by sales (likely 62 to 81 %)" in shown.text()
    assert f"https://crm.signalworks.example/accounts/{truth.account}" in shown.text()


def test_an_update_says_from_which_tier_to_which_and_why(played: tuple[SampleMarket, Stage]) -> None:
    event, _ = _first(played, "act_now_then_group", SALES_READY, "updated")

    assert card(event, "Acme").title.startswith("T2 to T1  Acme  (updated, tier rise)")


def test_a_card_of_an_event_without_blocks_says_only_what_is_there() -> None:
    shown = card(
        {"type": "intent.sales_ready.opened.v1", "subject": "acc-1", "data": {"decision": {"tier": "T2"}}}
    )

    assert shown.title == "T2  acc-1  (opened)"
    assert shown.lines == ()
    assert card({}).text().startswith("== ?")


def test_the_reasons_are_the_strongest_signals_summed_over_people(played: tuple[SampleMarket, Stage]) -> None:
    event, _ = _first(played, "surging_group", SALES_READY, "opened")
    reasons = [said for label, said in card(event).lines if said.startswith("+")]
    points = [float(said[1:].split()[0]) for said in reasons]

    assert 1 <= len(reasons) <= 4
    assert points == sorted(points, reverse=True)


def test_a_near_miss_names_the_gate_that_holds_it(played: tuple[SampleMarket, Stage]) -> None:
    event, truth = _first(played, "busy_enterprise", WATCH, "near_miss")
    said = note(WATCH, event, truth.name)

    assert said is not None
    assert said.who == truth.name
    assert "held by decision stage" in said.said


def test_a_redirection_names_the_owner_and_a_review_its_reason(played: tuple[SampleMarket, Stage]) -> None:
    redirected = note(REVIEW, _first(played, "customer_demo", REVIEW, "redirected")[0])
    review = note(REVIEW, _first(played, "freemail_demo", REVIEW, "held")[0])

    assert redirected is not None
    assert redirected.said.endswith("because the account is a customer")
    assert review is not None
    assert "free-mail" in review.said


def test_other_records_are_one_line_and_what_is_only_counted_is_none() -> None:
    assert note(WATCH, {"type": "intent.watch.cleared.v1"}) is None
    assert note("intent.scores.v1", {"S": 1}) is None
    for topic, kind in ((RECYCLED, "intent.recycled.rejected.v1"), (SLA, "intent.sla.warn.v1")):
        said = note(topic, {"type": kind, "subject": "acc-1"})
        assert said is not None
        assert "acc-1" in said.text()


def test_every_bad_lead_is_listed_with_what_held_it(played: tuple[SampleMarket, Stage]) -> None:
    market, stage = played
    scores = {t.account: score for t in market.truths if (score := stage.score(t)) is not None}
    freemail = by_archetype(market.truths)["freemail_demo"][0]
    leads = {
        lead.archetype: lead
        for lead in held_leads(market.truths, scores, set(), {freemail.account: "freemail"})
    }

    assert leads["very active person"].held_by == "gate people 1 of 2"
    assert leads["student"].held_by == "excluded: student (2)"
    assert leads["competitor"].held_by == "suppressed: the account is a competitor"
    assert leads["customer demo"].held_by == "redirected: the account is a customer"
    assert leads["freemail demo"].held_by == "review: a free-mail address without a company"
    assert leads["email clickers"].held_by.startswith("gate self directed 0 % of 25 %")
    assert leads["third party only"].held_by == "gate intent 25.0 of 40.0"
    assert leads["poor fit"].held_by.startswith("gate fit 10.0 of 50.0")
    assert not any(lead.fired for lead in leads.values())
    assert "quiet" not in leads


def test_a_bad_lead_that_fired_is_called_so() -> None:
    truth = Truth("acc-1", "One", "one.example", "lone_researcher", "held", gate="people")
    score = {"S": 90_000, "state": "open", "gate_details": [], "people_list": []}

    assert held_leads([truth], {"acc-1": score}, {"acc-1"}, {})[0].fired
    assert held_by(score, truth) == "no gate: it may still fire"
