"""What the surge test promises, measured: false alarms on traffic without intent, power on traffic with it.

Traffic is person-days. Poisson: every day draws from the same rate. Bursty: each week's rate is drawn from a gamma
of mean 1 and variance 0.25, so that people come in waves as they do. The test is the one that scores accounts.
"""

import math
import random
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.policy import Policy
from streams.surge import surge_test

RATES: Final = (0.25, 1.0, 2.0, 4.0)  # person-days a week
ACCOUNTS: Final = 500
WEEKS: Final = 26
POWER_BASELINE: Final = 1.0  # person-days a week
POWER_WINDOWS: Final = (6, 8, 12)  # true person-days of the window
POWER_TRIALS: Final = 4_000
_PUBLISHED: Final = {  # scoring.md section 5, shares of weekly tests; (rate, traffic, delta used)
    (0.25, "poisson", False): 0.0005, (1.0, "poisson", False): 0.0055, (2.0, "poisson", False): 0.0058,
    (4.0, "poisson", False): 0.0068, (0.25, "bursty", False): 0.0005, (1.0, "bursty", False): 0.0126,
    (2.0, "bursty", False): 0.0251, (4.0, "bursty", False): 0.0467, (0.25, "poisson", True): 0.0002,
    (1.0, "poisson", True): 0.0022, (2.0, "poisson", True): 0.0013, (4.0, "poisson", True): 0.0004,
    (0.25, "bursty", True): 0.0006, (1.0, "bursty", True): 0.0082, (2.0, "bursty", True): 0.0098,
    (4.0, "bursty", True): 0.0129,
}  # fmt: skip
_PUBLISHED_POWER: Final = {6: 0.55, 8: 0.81, 12: 0.98}
_BURST_SHAPE: Final = 4.0  # of the gamma: variance 1/4
_POOL: Final = 12  # people of an account; each person-day is another of them
_EMPLOYEES: Final = 400
_Z: Final = 1.96


class FalseAlarms(msgspec.Struct, frozen=True):
    """One cell of the table: weekly tests of accounts that want nothing."""

    rate: float  # person-days a week
    traffic: str  # poisson or bursty
    with_delta: bool  # the policy's over-dispersion, or none for comparison
    tests: int
    alarms: int
    published: float | None  # of scoring.md section 5; None for another rate

    @property
    def share(self) -> float:
        """False alarms per account-week."""
        return self.alarms / self.tests

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the share."""
        return wilson(self.alarms, self.tests)

    @property
    def kept(self) -> bool:
        """Whether it is at or below the published share, as far as so many tests can tell."""
        return self.published is None or self.interval[0] <= self.published


class Power(msgspec.Struct, frozen=True):
    """How often a window that really is busier is found."""

    true_window: int
    trials: int
    found: int
    published: float | None

    @property
    def share(self) -> float:
        """Windows found."""
        return self.found / self.trials

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the share."""
        return wilson(self.found, self.trials)

    @property
    def kept(self) -> bool:
        """Whether it is at or above the published power, as far as so many trials can tell."""
        return self.published is None or self.interval[1] >= self.published


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share = hits / trials
    spread = 1 + _Z * _Z / trials
    middle = (share + _Z * _Z / (2 * trials)) / spread
    half = _Z * math.sqrt(share * (1 - share) / trials + _Z * _Z / (4 * trials * trials)) / spread
    return max(0.0, middle - half), min(1.0, middle + half)


def false_alarms(
    rate: float, traffic: str, policy: Policy, seed: int, accounts: int = ACCOUNTS, weeks: int = WEEKS
) -> FalseAlarms:
    """Weekly tests of so many accounts over so many weeks, each after a whole baseline."""
    rules = policy.surge
    rng = random.Random(f"null:{seed}:{rate}:{traffic}")
    minimum = policy.people.minimum_people(_EMPLOYEES)
    burn_in = rules.baseline_days // 7
    alarms = 0
    for _ in range(accounts):
        people: list[set[int]] = [set() for _ in range(_POOL)]
        for week in range(burn_in + weeks):
            busy = rng.gammavariate(_BURST_SHAPE, 1 / _BURST_SHAPE) if traffic == "bursty" else 1.0
            for day in range(7 * week, 7 * week + 7):
                _add(people, day, _poisson(rng, rate * busy / 7), rng)
            if week >= burn_in:
                alarms += _surges(people, 7 * week + 6, minimum, policy)
    published = _PUBLISHED.get((rate, traffic, rules.delta > 0))
    return FalseAlarms(rate, traffic, rules.delta > 0, accounts * weeks, alarms, published)


def power(true_window: int, policy: Policy, seed: int, trials: int = POWER_TRIALS) -> Power:
    """Accounts of one person-day a week whose last window draws from another rate."""
    rules = policy.surge
    rng = random.Random(f"power:{seed}:{true_window}")
    minimum = policy.people.minimum_people(_EMPLOYEES)
    found = 0
    for _ in range(trials):
        people: list[set[int]] = [set() for _ in range(_POOL)]
        for day in range(rules.baseline_days):
            _add(people, day, _poisson(rng, POWER_BASELINE / 7), rng)
        last = rules.baseline_days + rules.window_days
        for day in range(rules.baseline_days, last):
            _add(people, day, _poisson(rng, true_window / rules.window_days), rng)
        found += _surges(people, last - 1, minimum, policy)
    return Power(true_window, trials, found, _PUBLISHED_POWER.get(true_window))


def without_delta(policy: Policy) -> Policy:
    """The same policy with plain Poisson-gamma prediction: why the over-dispersion is there."""
    return msgspec.structs.replace(policy, surge=msgspec.structs.replace(policy.surge, delta=0))


def _surges(people: Iterable[set[int]], day: int, minimum: int, policy: Policy) -> bool:
    days = (frozenset(found) for found in people if found)
    return surge_test(days, day, 0, _EMPLOYEES, minimum, policy).surge


def _add(people: list[set[int]], day: int, count: int, rng: random.Random) -> None:
    """So many different people on one day."""
    if count == 1:
        people[rng.randrange(_POOL)].add(day)
    elif count:
        for number in rng.sample(range(_POOL), min(count, _POOL)):
            people[number].add(day)


def _poisson(rng: random.Random, mean: float) -> int:
    """Knuth's method: fine for small means."""
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
