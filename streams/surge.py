"""The last days against the account's own baseline: a negative-binomial test (scoring.md section 5)."""

import math
from collections.abc import Collection, Iterable
from functools import lru_cache

import msgspec

from streams.policy import Policy


class SurgeResult(msgspec.Struct, gc=False):
    """Outcome of the test; p, expected, lift and surge_score are rounded to 1e-9."""

    n_current: int  # person-days in the current window
    persons: int  # distinct persons in it
    n_baseline: int
    observed: int  # baseline days observed
    expected: float
    lift: float
    p: float
    surge_score: float
    surge: bool


def surge_test(
    person_days: Iterable[frozenset[int]],
    day: int,
    first_day: int,
    employees: int | None,
    minimum: int,
    policy: Policy,
) -> SurgeResult:
    """Test the person-days of resolved persons as of a UTC day; `first_day` is the first observed one."""
    rules = policy.surge
    start = day - rules.window_days + 1
    base_start = start - rules.baseline_days
    missing = _missing(base_start, start, first_day, rules.gaps)
    current = persons = baseline = 0
    for days in person_days:
        recent = 0
        for d in days:
            if start <= d <= day:
                recent += 1
            elif base_start <= d < start and d not in missing:
                baseline += 1
        current += recent
        persons += recent > 0
    rate = prior_rate(policy, employees, len(missing)) + baseline
    mean = rules.window_days * rate / rules.baseline_days
    p = tail_probability(current, mean, rate, rules.delta / 1000)
    lift = round(current / mean, 9) if mean > 0 else 0.0
    score = round(min(100.0, 50 - 5 * math.log10(p)), 9) if current > mean else 50.0
    surge = (
        p <= rules.p_max
        and current >= rules.lift_min * mean
        and current >= rules.n_min
        and persons >= minimum
    )
    observed = rules.baseline_days - len(missing)
    return SurgeResult(current, persons, baseline, observed, round(mean, 9), lift, p, score, surge)


def _missing(base_start: int, start: int, first_day: int, gaps: Iterable[tuple[int, int]]) -> Collection[int]:
    """The baseline days that nobody observed."""
    if first_day <= base_start and not gaps:
        return ()
    missing = set(range(base_start, min(first_day, start)))
    for low, high in gaps:
        missing.update(range(max(low, base_start), min(high + 1, start)))
    return missing


def prior_rate(policy: Policy, employees: int | None, missing: int) -> float:
    """Person-days assumed before anything is seen: the prior plus the cohort's rate for each missing day."""
    rules = policy.surge
    return rules.prior_milli / 1000 + rules.cohort(employees)[1] / 1000 * missing


@lru_cache(maxsize=1 << 14)
def tail_probability(count: int, mean: float, rate: float, delta: float) -> float:
    """P(X >= count) of a negative binomial, at least 1e-9 and rounded to 1e-9, by the pmf recurrence."""
    if count <= 0:
        return 1.0
    size = 1 / (1 / rate + delta)
    chance: float = (size / (size + mean)) ** size
    below = chance
    ratio = mean / (size + mean)
    for x in range(count - 1):
        chance *= (x + size) / (x + 1) * ratio
        below += chance
    return round(max(1.0 - below, 1e-9), 9)
