"""The measurement of the surge test, small: the whole one is `intent properties`."""

import pytest

from streams.market.properties import FalseAlarms, Power, false_alarms, power, wilson, without_delta
from streams.policy import reference_policy

ACCOUNTS = 60  # 1,560 weekly tests


@pytest.mark.parametrize("rate", [0.25, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("traffic", ["poisson", "bursty"])
def test_false_alarms_are_at_or_below_what_is_published(rate: float, traffic: str) -> None:
    cell = false_alarms(rate, traffic, reference_policy(), seed=1, accounts=ACCOUNTS)

    assert cell.tests == ACCOUNTS * 26
    assert cell.published is not None
    assert cell.kept, (cell.share, cell.interval)


@pytest.mark.parametrize("window", [6, 8, 12])
def test_a_busier_window_is_found_as_often_as_is_published(window: int) -> None:
    one = power(window, reference_policy(), seed=1, trials=600)

    assert one.published is not None
    assert one.kept, (one.share, one.interval)


def test_without_over_dispersion_bursts_would_ring_far_more_often() -> None:
    with_delta = false_alarms(4.0, "bursty", reference_policy(), seed=1, accounts=ACCOUNTS)
    without = false_alarms(4.0, "bursty", without_delta(reference_policy()), seed=1, accounts=ACCOUNTS)

    assert without.alarms > 2 * with_delta.alarms


def test_the_measure_sees_a_test_that_rings_too_often() -> None:
    """A guard that cannot fail guards nothing."""
    assert not FalseAlarms(1.0, "bursty", True, 13_000, 260, published=0.0082).kept
    assert not Power(8, 4_000, 2_800, published=0.81).kept


def test_the_same_seed_measures_the_same() -> None:
    again = [false_alarms(2.0, "bursty", reference_policy(), seed=5, accounts=20) for _ in range(2)]

    assert again[0] == again[1]


def test_the_interval_holds_the_share_and_stays_between_none_and_all() -> None:
    assert wilson(0, 100)[0] == 0.0
    assert wilson(100, 100)[1] == pytest.approx(1.0)
    low, high = wilson(10, 100)

    assert low < 0.1 < high
