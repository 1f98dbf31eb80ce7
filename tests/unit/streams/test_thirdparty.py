"""Points that nobody at the account earned: the best of a topic and week, one act a day, and what they corroborate."""

import itertools

import pytest
from support.raw import THIRD_PARTY, signal
from support.stories import Story, a_policy

from streams.account import Account
from streams.thirdparty import (
    ThirdPartyRows,
    add_third_party,
    corroborated,
    merge_third_party,
    review_site_act,
    third_party_rows,
)  # fmt: skip

POLICY = a_policy()
DAY = 20_528  # 2026-03-16


def topic(score: float, day: int = 16, id: str = "t", **fields: object) -> object:
    week = {"period_end": f"2026-03-{day:02d}T00:00:00Z", "occurred_at": f"2026-03-{day:02d}T06:00:00Z"}
    named = {"topic_id": id, "topic_name": id, "topic_class": "category", "account_domain": "acme.example"}
    return signal(THIRD_PARTY, **{"event_id": f"{id}{score}{day}", "score": score, **week, **named, **fields})


def review(action: str, day: int = 16, number: int = 1) -> object:
    who = {"type": "review_site", "review_action": action, "account_domain": "acme.example", "provider": "r"}
    return signal(
        THIRD_PARTY,
        event_id=f"r{action}{day}{number}",
        occurred_at=f"2026-03-{day:02d}T0{number}:00:00Z",
        **who,
    )


def account(*acts: object) -> Account:
    found = Account("default/acme.example")
    for act in acts:
        add_third_party(found, act, POLICY)  # type: ignore[arg-type]
    return found


def points(found: Account, day: int = DAY) -> list[int]:
    return [row.value for row in third_party_rows(found, day, POLICY)]


@pytest.mark.parametrize(("score", "worth"), [(59.9, []), (60, [1875]), (80, [5625]), (100, [9375])])
def test_a_topic_counts_from_60_by_its_height_over_50(score: float, worth: list[int]) -> None:
    assert points(account(topic(score))) == worth


@pytest.mark.parametrize(
    ("kind", "worth"), [("brand", 6750), ("competitor", 6750), ("problem", 4500), ("unknown", 4500)]
)
def test_a_topic_weighs_by_its_class(kind: str, worth: int) -> None:
    assert points(account(topic(80, topic_class=kind))) == [worth]


def test_of_a_topic_and_iso_week_the_highest_counts_and_of_equal_ones_the_later() -> None:
    rows = third_party_rows(
        account(topic(80, 16), topic(80, 18), topic(70, 19), topic(60, 23)), DAY + 9, POLICY
    )

    assert [(row.points, row.id) for row in rows] == [(5625, "t8018"), (1875, "t6023")]


def test_one_act_of_an_action_counts_a_day() -> None:
    assert points(account(review("compare"), review("compare", 16, 2), review("pricing"))) == [8000, 12000]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_neither_order_nor_the_way_over_another_home_matters(order: tuple[int, ...]) -> None:
    acts = [topic(80), topic(70, 17), review("compare"), review("compare", 16, 2)]
    straight = account(*acts)
    first, second = account(*(acts[n] for n in order[:2])), account(*(acts[n] for n in order[2:]))
    merge_third_party(second, ThirdPartyRows(first.topics, first.review_acts), POLICY)

    assert (second.topics, second.review_acts) == (straight.topics, straight.review_acts)


def test_third_parties_are_capped_at_25() -> None:
    story = Story().company()
    for name in ("a", "b", "c", "d", "e", "f"):
        story.topic(name, score=100)

    assert story.assessment(0).third_party == 25_000


def test_two_topics_or_one_comparing_act_corroborate_and_one_topic_does_not() -> None:
    assert not corroborated(account(topic(80, id="a")), DAY, POLICY)
    assert corroborated(account(topic(80, id="a"), topic(80, id="b")), DAY, POLICY)
    assert corroborated(account(review("compare")), DAY, POLICY)
    assert not corroborated(account(review("category")), DAY, POLICY)


def test_topics_must_be_a_quarter_of_those_that_are_watched() -> None:
    watched = {name: {"class": "category"} for name in "abcdefghi"}
    found = account(topic(80, id="a"), topic(80, id="b"))

    assert not corroborated(found, DAY, a_policy(third_party={"topics": watched}))


def test_what_corroborates_is_policy() -> None:
    classes = a_policy(third_party={"corroboration_classes": ["problem"]})
    actions = a_policy(third_party={"corroboration_actions": ["pricing"]})

    assert not corroborated(account(topic(80, id="a"), topic(80, id="b")), DAY, classes)
    assert not corroborated(account(review("compare")), DAY, actions)


def test_what_is_older_than_14_days_corroborates_nothing() -> None:
    assert corroborated(account(review("compare")), DAY + 14, POLICY)
    assert not corroborated(account(review("compare")), DAY + 15, POLICY)


def test_a_comparing_act_stands_for_its_window() -> None:
    assert review_site_act(account(review("profile")), DAY + 30, POLICY)
    assert not review_site_act(account(review("profile")), DAY + 31, POLICY)
    assert not review_site_act(account(review("category")), DAY, POLICY)


def test_a_watched_topic_has_a_weight_and_a_class_where_the_record_names_none() -> None:
    policy = a_policy(third_party={"topics": {"t": {"class": "brand", "weight": 0.5}}})
    found = account(topic(80, topic_class="unknown"))

    assert [row.value for row in third_party_rows(found, DAY, policy)] == [3375]
