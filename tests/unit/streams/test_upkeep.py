"""What is kept, and for how long: as far back as any rule of the policy looks."""

from support.facts import TODAY, a_fact, a_visit

from streams.ledger import Ledger, expire, recount
from streams.policy import parse_policy, reference_policy
from streams.timeline import DAY
from streams.upkeep import kept_days


def test_the_default_policy_looks_back_over_the_baseline_and_over_two_storyline_windows() -> None:
    assert kept_days(reference_policy()) == (121, 91, 121)


def test_visits_are_kept_for_as_long_as_a_job_seeker_is_left_out() -> None:
    longer = parse_policy({"disqualify": {"job_seeker_exclude_days": 180}})

    assert kept_days(longer) == (211, 91, 121)


def test_a_longer_window_or_baseline_keeps_facts_longer() -> None:
    pricing = parse_policy({"signals": {"web.pricing": {"window": 180}}})
    baseline = parse_policy({"surge": {"baseline_days": 120}})

    assert kept_days(pricing) == (181, 181, 181)
    assert kept_days(baseline) == (127, 127, 127)


def test_pieces_of_a_storyline_are_kept_for_as_long_as_it_counts() -> None:
    keep = kept_days(reference_policy())
    piece, other = a_fact("download_consumed", 120, storyline_id="s"), a_fact("download_consumed", 91)
    ledger = Ledger("contact:c", {"v": a_visit("docs", 120)}, {1: piece, 2: other})

    recount(ledger)

    assert expire(ledger, TODAY, 7, keep)
    assert (list(ledger.visits), list(ledger.facts)) == (["v"], [1])
    assert expire(ledger, TODAY + 1, 7, keep)
    assert ledger.size() == 0
    assert piece.at // DAY == TODAY - 120


def test_rows_that_are_kept_stay_where_they_are() -> None:
    """Whoever sums them up holds on to these very dictionaries, and is told of changes only."""
    piece = a_fact("download_consumed", 120, storyline_id="s")
    ledger = Ledger("contact:c", {"v": a_visit("docs", 1)}, {1: piece})
    visits, facts = ledger.visits, ledger.facts
    recount(ledger)

    assert not expire(ledger, TODAY, 7, kept_days(reference_policy()))
    assert ledger.visits is visits
    assert ledger.facts is facts
