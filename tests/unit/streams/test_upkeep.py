"""What is kept, and for how long: as far back as any rule of the policy looks."""

from support.facts import TODAY, a_fact, a_visit

from streams.ledger import Ledger, expire, recount
from streams.policy import parse_policy, reference_policy
from streams.timeline import DAY
from streams.upkeep import kept_days


def test_the_default_policy_looks_back_over_the_baseline_and_over_two_storyline_windows() -> None:
    assert kept_days(reference_policy()) == (91, 121)


def test_a_longer_window_or_baseline_keeps_facts_longer() -> None:
    pricing = parse_policy({"signals": {"web.pricing": {"window": 180}}})
    baseline = parse_policy({"surge": {"baseline_days": 120}})

    assert kept_days(pricing) == (181, 181)
    assert kept_days(baseline) == (127, 127)


def test_pieces_of_a_storyline_are_kept_for_as_long_as_it_counts() -> None:
    keep = kept_days(reference_policy())
    piece, other = a_fact("download_consumed", 120, storyline_id="s"), a_fact("download_consumed", 91)
    ledger = Ledger("contact:c", {"v": a_visit("docs", 90)}, {1: piece, 2: other})

    recount(ledger)

    assert expire(ledger, TODAY, 7, keep)
    assert (list(ledger.visits), list(ledger.facts)) == (["v"], [1])
    assert expire(ledger, TODAY + 1, 7, keep)
    assert ledger.size() == 0
    assert piece.at // DAY == TODAY - 120
