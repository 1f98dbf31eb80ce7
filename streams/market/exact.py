"""The surge test without a dice: its false alarms and power summed over every baseline and every window.

Both counts of a null account are independent: n_b of the baseline, n_c of the window. Poisson traffic makes them
Poisson; bursty traffic, whose weekly rates are gamma of mean 1 and shape k, makes them negative binomial of sizes
k x weeks and k. The gate on distinct persons is left out: it can only take alarms away.
"""

import math

from streams.policy import Policy
from streams.surge import prior_rate, tail_probability

_SPREAD = 12  # standard deviations after which a count is given up: less than 1e-12 of the sum


def least_that_fires(n_baseline: int, policy: Policy) -> int:
    """The smallest n_c that is a surge after so many person-days in a whole baseline, persons apart."""
    rules = policy.surge
    rate = prior_rate(policy, None, 0) + n_baseline
    mean = rules.window_days * rate / rules.baseline_days
    count = rules.n_min
    while (
        count < rules.lift_min * mean or tail_probability(count, mean, rate, rules.delta / 1000) > rules.p_max
    ):
        count += 1
    return count


def exact_share(
    rate: float, policy: Policy, shape: float | None = None, window: float | None = None
) -> float:
    """The chance of a surge in one weekly test of an account with `rate` person-days a week.

    `shape` is that of the gamma of bursty traffic, None for Poisson; `window` another rate for the tested week, whose
    chance is then the power.
    """
    weeks = policy.surge.baseline_days / 7
    recent = (rate if window is None else window) * policy.surge.window_days / 7
    deviation = math.sqrt(rate * weeks * (1 + (rate / shape if shape else 0)))
    most = math.ceil(rate * weeks + _SPREAD * deviation + _SPREAD)
    baseline = _masses(rate * weeks, None if shape is None else shape * weeks, most)
    least = [least_that_fires(count, policy) for count in range(most)]
    current = _masses(recent, shape, max(least))
    below = [0.0]
    for mass in current:
        below.append(below[-1] + mass)
    return math.fsum(mass * (1 - below[need]) for mass, need in zip(baseline, least, strict=True))


def _masses(mean: float, size: float | None, most: int) -> list[float]:
    """P(X = 0), P(X = 1), ... of a Poisson, or of a negative binomial of that size; `most` of them."""
    chance = math.exp(-mean) if size is None else (size / (size + mean)) ** size
    masses = []
    for count in range(most):
        masses.append(chance)
        grown = mean if size is None else (count + size) * mean / (size + mean)
        chance *= grown / (count + 1)
    return masses
