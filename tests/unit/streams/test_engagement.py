"""One person's points: best of the day, decay, window, caps, and when somebody is engaged."""

import pytest
from support.facts import TODAY, a_fact, a_visit, scored

from streams.engagement import add_boxes
from streams.policy import reference_policy
from streams.timeline import DAY

POLICY = reference_policy()


def signals(*facts: object, **more: object) -> dict[str, int]:
    return {total.signal: total.capped for total in scored(*facts, **more).signals}  # type: ignore[arg-type]


def test_a_page_is_worth_its_points_times_its_circumstances() -> None:
    assert scored(a_visit("pricing")).points == 10_000  # decision x 1.25
    assert (
        scored(a_visit("pricing", dwell=240, source="direct")).points == 16_000
    )  # 1.5 x 1.25 x 1.25, cut at 2
    assert scored(a_visit("blog", dwell=60, source="email")).points == 450


def test_a_skim_is_worth_nothing_and_an_unknown_time_is_none() -> None:
    assert scored(a_visit("pricing", dwell=4)).points == 0
    assert scored(a_visit("pricing", dwell=-1)).points == 10_000


def test_the_best_of_a_day_count() -> None:
    day = [a_visit("docs", minute=n, dwell=60 + 60 * n) for n in range(5)]

    assert signals(*day) == {"web.docs": 3000 + 3000 + 2500}


def test_a_row_decays_by_whole_days_and_leaves_its_window() -> None:
    assert scored(a_visit("pricing", age=14)).points == 5000
    assert scored(a_visit("pricing", age=45)).points > 0
    assert scored(a_visit("pricing", age=46)).points == 0


def test_nothing_counts_before_its_day() -> None:
    assert scored(a_visit("pricing"), day=TODAY - 1).points == 0


def test_a_signal_is_capped_over_its_window() -> None:
    assert signals(*(a_visit("pricing", age=n) for n in range(5))) == {"web.pricing": 24_000}


def test_two_categories_of_one_signal_share_its_caps() -> None:
    assert signals(a_visit("product"), a_visit("integrations", minute=1), a_visit("product", minute=2),
        a_visit("product", minute=3)) == {"web.product": 9000}  # fmt: skip


def test_a_negative_signal_takes_no_multiplier_and_nobody_falls_below_zero() -> None:
    found = scored(a_visit("careers", source="direct", dwell=300))

    assert (found.unfloored, found.points) == (-5000, 0)
    assert scored(*(a_visit("careers", age=n) for n in range(5))).unfloored == -10_000


def test_a_person_brings_at_most_30() -> None:
    acts = [a_visit("pricing", age=n) for n in range(3)] + [a_visit("comparison", age=n) for n in range(3)]

    assert scored(*acts).points == 30_000


def test_engaged_is_enough_points_a_strong_signal_and_a_recent_one() -> None:
    assert scored(a_visit("pricing")).engaged(TODAY, POLICY)
    assert not scored(a_visit("demo")).engaged(TODAY, POLICY)  # 3.75 points
    assert not scored(*(a_visit("docs", age=n) for n in range(3))).engaged(TODAY, POLICY)  # nothing strong
    assert scored(a_visit("pricing", age=14)).engaged(TODAY, POLICY)
    assert not scored(*(a_visit("pricing", age=n) for n in (15, 16))).engaged(TODAY, POLICY)


def test_an_unsubscription_takes_the_points_before_it_but_not_the_days() -> None:
    found = scored(a_visit("pricing", age=1), a_visit("docs"), reset_at=TODAY * DAY)

    assert found.points == 2000
    assert found.days == {TODAY - 1, TODAY}
    assert not found.decision


def test_person_days_are_of_acts_of_base_one_that_are_worth_something() -> None:
    assert scored(a_visit("docs")).days == {TODAY}
    assert scored(a_visit("home")).days == frozenset()
    assert scored(a_visit("docs", dwell=3)).days == frozenset()
    assert scored(a_visit("careers")).days == frozenset()


def test_coming_back_straight_pays_on_a_later_day_only() -> None:
    once = a_visit("docs", source="direct")

    assert "web.return_direct" not in signals(once)
    assert signals(once, a_visit("blog", age=3))["web.return_direct"] == 2500
    assert "web.return_direct" not in signals(once, a_visit("blog", age=31))


def test_a_click_counts_from_the_page_that_follows_within_half_an_hour() -> None:
    click = a_fact("click", email_id="m", link_id="l")

    assert "email.click" not in signals(click)
    assert "email.click" in signals(click, a_visit("docs", minute=30))
    assert "email.click" not in signals(click, a_visit("docs", minute=31))


def test_a_burst_of_links_is_a_scanner() -> None:
    burst = [a_fact("click", id=f"c{n}", email_id="m", link_id=f"l{n}") for n in range(3)]

    assert "email.click" not in signals(*burst, a_visit("docs", minute=1))
    assert "email.click" in signals(*burst[:2], a_visit("docs", minute=1))


def test_what_e_mail_prompted_is_told_apart() -> None:
    found = scored(a_visit("pricing", source="email"), a_visit("docs", age=1))

    assert (found.positive, found.emailed) == (6000 + 1903, 6000)


@pytest.mark.parametrize(
    ("length", "pieces", "paid"), [(5, 3, True), (5, 2, False), (4, 3, True), (4, 2, False)]
)
def test_a_storyline_pays_from_60_percent_of_its_pieces(length: int, pieces: int, paid: bool) -> None:
    read = [
        a_fact(
            "download_consumed",
            age=n,
            content_id=f"p{n}",
            storyline_id="s",
            storyline_length=length,
            dwell_ms=60_000,
        )
        for n in range(pieces)
    ]

    assert ("content.storyline" in signals(*read)) is paid


def test_a_role_weighs_what_was_written_for_it() -> None:
    paper = a_fact("download_consumed", content_id="p", persona="champion", dwell_ms=60_000)

    assert [scored(paper, role=role).points for role in ("champion", "user", "unknown")] == [
        10_000,
        6000,
        8000,
    ]


def test_shared_mailboxes_add_up_and_are_capped_once() -> None:
    full = scored(*(a_visit("pricing", age=n) for n in range(3)))
    both = add_boxes([full, scored(a_visit("careers")), full], POLICY)

    assert both.points == 30_000
    assert add_boxes([scored(a_visit("docs")), scored(a_visit("careers"))], POLICY).points == 2000
