"""The figures of the surge test: exact sums at or below what is published, and a small measurement of the same.

The whole measurement is `intent properties`.
"""

import pytest

from streams.market.exact import exact_share, least_that_fires
from streams.market.properties import FalseAlarms, Power, false_alarms, power, wilson, without_delta
from streams.policy import reference_policy
from streams.surge import surge_test

ACCOUNTS = 120  # 3,120 weekly tests
TODAY = 1000
PRINTED = {  # scoring.md section 5 as it is printed, in per cent: Poisson and bursty, without delta and with
    0.25: ("0.05", "0.05", "0.02", "0.06"),
    1.0: ("0.55", "1.26", "0.22", "0.82"),
    2.0: ("0.58", "2.51", "0.13", "0.98"),
    4.0: ("0.68", "4.67", "0.04", "1.29"),
}
BURSTY = 4.0  # shape of a gamma of variance 0.25


@pytest.mark.parametrize("rate", PRINTED)
def test_exact_false_alarms_are_at_or_below_the_table_in_the_places_in_which_it_is_printed(
    rate: float,
) -> None:
    policy, plain = reference_policy(), without_delta(reference_policy())
    exact = [exact_share(rate, rules, shape) for rules in (plain, policy) for shape in (None, BURSTY)]

    for share, printed in zip(exact, PRINTED[rate], strict=True):
        assert round(100 * share, 2) <= float(printed), (share, printed)


@pytest.mark.parametrize(("rate", "per_million"), [(0.25, 129), (1.0, 2242), (2.0, 1317), (4.0, 383)])
def test_the_exact_poisson_figures_are_those_of_an_independent_sum(rate: float, per_million: int) -> None:
    """Summed once outside this repository from the formulas of section 5."""
    assert round(1e6 * exact_share(rate, reference_policy())) == per_million


@pytest.mark.parametrize(("window", "low", "high"), [(6, 0.55, 0.58), (8, 0.805, 0.815), (12, 0.975, 0.985)])
def test_exact_power_is_what_the_text_says(window: int, low: float, high: float) -> None:
    assert low <= exact_share(1.0, reference_policy(), window=window) <= high


@pytest.mark.parametrize("baseline", [0, 1, 6, 12, 24, 48, 84])
def test_the_sum_asks_for_as_many_person_days_as_the_test_does(baseline: int) -> None:
    policy = reference_policy()

    def fires(count: int) -> bool:
        week = [frozenset({TODAY - day}) for day in (number % 7 for number in range(count))]
        return surge_test(
            [*week, frozenset(range(TODAY - 7 - baseline + 1, TODAY - 6))], TODAY, 0, 400, 2, policy
        ).surge

    need = least_that_fires(baseline, policy)

    assert fires(need)
    assert not fires(need - 1)


@pytest.mark.parametrize("rate", PRINTED)
@pytest.mark.parametrize("traffic", ["poisson", "bursty"])
def test_simulated_accounts_ring_as_often_as_the_sum_says(rate: float, traffic: str) -> None:
    cell = false_alarms(rate, traffic, reference_policy(), seed=1, accounts=ACCOUNTS)

    assert cell.tests == ACCOUNTS * 26
    assert cell.kept
    assert cell.agrees, (cell.share, cell.exact, cell.interval)
    assert cell.share <= 3 * cell.exact + 0.001


@pytest.mark.parametrize("window", [6, 8, 12])
def test_a_busier_window_is_found_as_often_as_is_published(window: int) -> None:
    one = power(window, reference_policy(), seed=1, trials=600)

    assert one.published is not None
    assert one.kept
    assert one.agrees, (one.share, one.exact, one.interval)


def test_without_over_dispersion_bursts_would_ring_far_more_often() -> None:
    with_delta = false_alarms(4.0, "bursty", reference_policy(), seed=1, accounts=ACCOUNTS)
    without = false_alarms(4.0, "bursty", without_delta(reference_policy()), seed=1, accounts=ACCOUNTS)

    assert without.alarms > 2 * with_delta.alarms


def test_the_measure_sees_a_test_that_rings_too_often() -> None:
    """A guard that cannot fail guards nothing."""
    cell = FalseAlarms(1.0, "bursty", True, 0.0083, 13_000, 260, 1.0, published=0.0082)

    assert not cell.kept
    assert not cell.agrees
    assert not Power(8, 0.79, 4_000, 2_800, published=0.81).kept
    assert not Power(8, 0.81, 4_000, 2_800, published=0.81).agrees


def test_the_same_seed_measures_the_same() -> None:
    again = [false_alarms(2.0, "bursty", reference_policy(), seed=5, accounts=20) for _ in range(2)]

    assert again[0] == again[1]


def test_the_interval_holds_the_share_and_stays_between_none_and_all() -> None:
    assert wilson(0, 100)[0] == 0.0
    assert wilson(100, 100)[1] == pytest.approx(1.0)
    low, high = wilson(10, 100)

    assert low < 0.1 < high
