"""The sample of `intent up`: every story ends as its truth says, and the pace is one that a person can follow."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from support.sample_stage import Stage, by_archetype, play

from streams.market import SampleMarket, Truth
from streams.market.bad_leads import ALL as BAD_LEADS
from streams.market.stories import WITH_A_PAST

START = int(datetime(2026, 3, 19, 14, 30, tzinfo=UTC).timestamp() * 1000)
LATE = int(datetime(2026, 3, 19, 23, 59, 30, tzinfo=UTC).timestamp() * 1000)
EARLY = int(datetime(2026, 3, 19, 0, 0, 1, tzinfo=UTC).timestamp() * 1000)
SECONDS = 300
OPENED = "intent.sales_ready.opened.v1"


@pytest.fixture(scope="module")
def played() -> tuple[SampleMarket, Stage]:
    return play(START, SECONDS)


def test_the_history_is_modest_and_over_before_the_start() -> None:
    history = SampleMarket(7, START).history()

    assert 1_000 < len(history) <= 5_000
    assert all(raw.at < START for raw in history)
    assert [raw.at for raw in history] == sorted(raw.at for raw in history)
    assert START - history[0].at > 91 * 86_400_000


def test_the_same_seed_and_start_tell_the_same() -> None:
    first, second = SampleMarket(3, START), SampleMarket(3, START)

    assert first.history() == second.history()
    assert first.live(START + 200_000) == [
        raw for at in range(START, START + 200_001, 250) for raw in second.live(at)
    ]
    assert first.truths == second.truths


def test_event_ids_never_repeat() -> None:
    market = SampleMarket(7, START)
    ids = [raw.value["event_id"] for raw in [*market.history(), *market.live(START + 900_000)]]

    assert len(ids) == len(set(ids))


def test_live_records_are_stamped_with_the_time_they_are_told() -> None:
    market = SampleMarket(7, START)
    market.history()

    for at in range(START, START + 60_000, 1_000):
        assert all(at - 1_000 < raw.at <= at for raw in market.live(at))


def test_the_cast_is_some_forty_to_sixty_accounts_with_every_stream(
    played: tuple[SampleMarket, Stage],
) -> None:
    market = SampleMarket(7, START)
    topics = {raw.topic for raw in [*market.history(), *market.live(START + 120_000)]}

    assert 40 <= len(SampleMarket(7, START).truths) <= 60
    assert {"intent.web.v1", "intent.email.v1", "intent.content.v1", "intent.thirdparty.v1"} <= topics
    assert {"intent.accounts.v1", "intent.contacts.v1", "intent.dispositions.v1"} <= topics


def test_every_kind_of_story_is_played(played: tuple[SampleMarket, Stage]) -> None:
    archetypes = by_archetype(played[0].truths)
    firing = {name for name, truths in archetypes.items() if truths[0].expected == "fires"}
    held = {name for name, truths in archetypes.items() if truths[0].expected != "fires"} - {"quiet"}

    assert len(firing) >= len(WITH_A_PAST)
    assert len(held) == len(BAD_LEADS)
    assert {tier for truths in archetypes.values() for truth in truths for tier in truth.tiers} == {
        "FAST",
        "T1",
        "T2",
    }


def test_who_is_ready_fires_with_the_tiers_of_its_story(played: tuple[SampleMarket, Stage]) -> None:
    market, stage = played
    ended = [truth for truth in _told_to_the_end(market) if truth.expected == "fires"]

    assert len(ended) >= 2 * len(WITH_A_PAST)
    assert {truth.name: stage.tiers(truth) for truth in ended} == {
        truth.name: list(truth.tiers) for truth in ended
    }


@pytest.mark.parametrize("start", [START, LATE, EARLY])
def test_a_bad_lead_never_fires_and_its_gate_holds_it(start: int) -> None:
    market, stage = play(start, 120)

    for truth in market.truths:
        if truth.expected != "fires":
            assert stage.tiers(truth) == [], truth
            if truth.archetype != "quiet":
                assert _is_held_by_its_gate(stage, truth), (truth, stage.score(truth))


@pytest.mark.parametrize("start", [LATE, EARLY])
def test_midnight_changes_no_outcome(start: int) -> None:
    market, stage = play(start, SECONDS)
    ended = [truth for truth in _told_to_the_end(market) if truth.expected == "fires"]

    assert {truth.name: stage.tiers(truth)[:1] for truth in ended} == {
        t.name: list(t.tiers[:1]) for t in ended
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_tell_the_same_stories(seed: int) -> None:
    market, stage = play(START, SECONDS, seed)
    wrong = [
        (truth.archetype, truth.tiers, stage.tiers(truth))
        for truth in _told_to_the_end(market)
        if stage.tiers(truth) != list(truth.tiers)
    ]

    assert wrong == []


def test_the_first_sales_ready_events_come_within_fifteen_seconds_and_go_on(
    played: tuple[SampleMarket, Stage],
) -> None:
    _, stage = played
    seconds = [
        (datetime.fromisoformat(emit.value["time"]).timestamp() * 1000 - START) / 1000
        for emit in stage.heard
        if emit.value.get("type") == OPENED
    ]

    assert min(seconds) <= 5
    assert sum(second <= 15 for second in seconds) >= 3
    assert max(later - sooner for sooner, later in pairwise(seconds)) <= 60
    assert not any(second <= 0 for second in seconds), "the history alone fires nothing"


def test_the_market_goes_on_for_ever_with_new_companies() -> None:
    market = SampleMarket(7, START)
    market.history()
    market.live(START + 3_600_000)
    known = len(market.truths)
    market.live(START + 2 * 3_600_000)

    assert len(market.truths) - known > 100
    assert len({truth.account for truth in market.truths}) == len(market.truths)


def _told_to_the_end(market: SampleMarket) -> list[Truth]:
    """The truths of the cast that was there from the start; newcomers may be in the middle of their story."""
    return market.truths[: len(SampleMarket(7, START).truths)]


def _is_held_by_its_gate(stage: Stage, truth: Truth) -> bool:
    if truth.expected == "review":
        kinds = [event["type"] for event in stage.events("intent.review.v1", truth)]
        return kinds == ["intent.review.held.v1"]
    score = stage.score(truth)
    assert score is not None
    if truth.expected == "redirected":
        return score["state"] == "redirected" and len(stage.events("intent.review.v1", truth)) == 1
    if truth.gate in score["gates"]:
        return not score["gates"][truth.gate]
    excluded = {card["excluded"] for card in score["people_list"]}
    return score["state"] == "suppressed" or truth.gate in excluded
