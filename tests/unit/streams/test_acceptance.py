"""Acceptance rates of sources: the share and its interval, in integers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.stories import a_policy

from streams.acceptance import accept_rate, source_accept_rate

counts = st.integers(0, 5_000)


def wilson(accepted: int, rejected: int) -> tuple[float, float]:
    """The textbook formula in floats."""
    n, z = accepted + rejected, 1.96
    share = accepted / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


@given(counts, counts.filter(bool))
def test_the_interval_is_wilsons_rounded_outwards_to_thousandths(accepted: int, rejected: int) -> None:
    rate = accept_rate(accepted, rejected)
    low, high = wilson(accepted, rejected)

    assert rate.interval is not None
    assert 0 <= low * 1000 - rate.interval[0] + 1e-6 < 1.02
    assert 0 <= rate.interval[1] - high * 1000 + 1e-6 < 1.02


@given(counts, counts.filter(bool))
def test_the_value_is_the_share_and_lies_in_its_interval(accepted: int, rejected: int) -> None:
    rate = accept_rate(accepted, rejected)

    assert rate.n == accepted + rejected
    assert abs(rate.value - 1000 * accepted / rate.n) <= 0.5
    assert rate.interval is not None
    assert 0 <= rate.interval[0] <= rate.value <= rate.interval[1] <= 1000


@given(counts.filter(bool), counts.filter(bool))
def test_rates_of_acceptance_and_rejection_mirror_each_other(accepted: int, rejected: int) -> None:
    one, other = accept_rate(accepted, rejected), accept_rate(rejected, accepted)

    assert one.interval is not None
    assert other.interval is not None
    assert abs(one.interval[0] + other.interval[1] - 1000) <= 1


@pytest.mark.parametrize(
    ("accepted", "rejected", "interval"), [(31, 9, (624, 877)), (0, 5, (0, 435)), (5, 0, (565, 1000))]
)
def test_known_intervals(accepted: int, rejected: int, interval: tuple[int, int]) -> None:
    """The ends of the scale stay on it: no alert turned down is not a rate of one."""
    assert accept_rate(accepted, rejected).interval == interval


def test_a_source_that_nobody_counted_has_no_rate() -> None:
    policy = a_policy(attribution={"source_accept_rates": {"Direct": {"accepted": 1, "rejected": 1}}})

    assert source_accept_rate("paid", policy) is None
    rate = source_accept_rate("direct", policy)
    assert rate is not None
    assert (rate.value, rate.n) == (500, 2)
