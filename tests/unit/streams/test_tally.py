"""A person's rows kept up with each new fact, instead of made anew."""

from collections.abc import Mapping
from typing import Any

from support.facts import TODAY, a_fact, a_visit

from streams.engagement import total
from streams.ledger import Fact, Visit
from streams.policy import parse_policy, reference_policy
from streams.tally import Tally

POLICY = reference_policy()


def tally(visits: dict[str, Visit], facts: Mapping[Any, Fact] | None = None, reset_at: int = -1) -> Tally:
    return Tally(visits, {} if facts is None else facts, reset_at, "unknown", POLICY)


def test_a_new_visit_changes_its_row_only() -> None:
    visits = {"a": a_visit("docs", age=1), "b": a_visit("pricing")}
    kept = tally(visits)
    kept.refresh()
    before = kept.rows["web.docs"][TODAY - 1]
    visits["c"] = a_visit("pricing", minute=5, dwell=300)
    kept.follow("c", 2)
    kept.refresh()

    assert kept.rows["web.docs"][TODAY - 1] is before
    assert kept.rows["web.pricing"][TODAY].best == 15_000


def test_a_visit_that_turns_out_a_skim_of_another_page_moves_its_contribution() -> None:
    visits = {"a": a_visit("pricing")}
    kept = tally(visits)
    assert total(kept, TODAY).points == 10_000

    visits["a"] = a_visit("docs", dwell=120)
    kept.follow("a", 2)
    assert total(kept, TODAY).points == 2500


def test_a_page_makes_an_earlier_click_count() -> None:
    visits: dict[str, Visit] = {}
    kept = tally(visits, {1: a_fact("click", email_id="m", link_id="l")})
    assert total(kept, TODAY).points == 0

    visits["a"] = a_visit("login", minute=10)
    kept.follow("a", 2)
    assert total(kept, TODAY).points == 1200


def test_an_earlier_day_makes_a_direct_visit_a_return() -> None:
    visits = {"a": a_visit("docs", source="direct")}
    kept = tally(visits)
    alone = total(kept, TODAY).points
    visits["b"] = a_visit("blog", age=2)
    kept.follow("b", 2)

    assert total(kept, TODAY).points > alone + 2000


def test_a_change_that_concerns_no_fact_only_takes_the_new_version() -> None:
    kept = tally({"a": a_visit("docs")})
    kept.refresh()
    kept.follow("", 7)

    assert kept.version == 7
    assert total(kept, TODAY).points == 2000


def test_the_same_rows_serve_every_day() -> None:
    kept = tally({"a": a_visit("pricing")})

    assert [total(kept, TODAY + age).points for age in (0, 14, 28, 0)] == [10_000, 5000, 2500, 10_000]


def test_how_much_of_a_demo_video_is_decisive_is_policy() -> None:
    policy = parse_policy("[act_now]\nvideo_share = 0.8")
    video = {"content_type": "demo_video", "content_id": "tour"}
    facts = {1: a_fact("video_played", completion_milli=60_000, **video)}
    decisive = [total(Tally({}, facts, -1, "unknown", rules), TODAY).decisive for rules in (POLICY, policy)]

    assert [list(found) for found in decisive] == [["video:tour"], []]
