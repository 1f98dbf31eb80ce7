"""What the surge test promises, measured: false alarms on traffic without intent, power on traffic with it.

Traffic is person-days, a distinct person on a day each. Poisson: every week draws from the same rate. Bursty: each
week's rate is drawn from a gamma of mean 1 and variance 0.25, the over-dispersion of the policy, so that people come in
waves as they do. The test is the one that scores accounts; every figure is also summed exactly (exact.py).
"""

import math
import random
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.market.exact import exact_share
from streams.policy import Policy
from streams.surge import surge_test

RATES: Final = (0.25, 1.0, 2.0, 4.0)  # person-days a week
ACCOUNTS: Final = 2_000
WEEKS: Final = 26
PLACES: Final = 4  # of a share: the published ones are printed as 0.22 %
POWER_BASELINE: Final = 1.0  # person-days a week
POWER_WINDOWS: Final = (6, 8, 12)  # true person-days of the window
POWER_TRIALS: Final = 10_000
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
_Z: Final = 2.576  # 99 %: of nineteen figures one in five runs shows one outside


class FalseAlarms(msgspec.Struct, frozen=True):
    """One cell of the table: weekly tests of accounts that want nothing, summed exactly and measured."""

    rate: float  # person-days a week
    traffic: str  # poisson or bursty
    with_delta: bool  # the policy's over-dispersion, or none for comparison
    exact: float  # chance of a false alarm in one test, without the gate on persons
    tests: int
    alarms: int
    weight: float  # tests that count as one: those of an account share their baseline
    published: float | None  # of scoring.md section 5; None for another rate

    @property
    def share(self) -> float:
        """Measured false alarms per account-week."""
        return self.alarms / self.tests

    @property
    def interval(self) -> tuple[float, float]:
        """The 99 % Wilson interval of the share, of as many tests as are independent."""
        return wilson(self.alarms / self.weight, self.tests / self.weight)

    @property
    def kept(self) -> bool:
        """Whether the exact share is at or below the published one, in the places in which it is printed."""
        return self.published is None or round(self.exact, PLACES) <= self.published

    @property
    def agrees(self) -> bool:
        """Whether the measured share is what the sum says, as far as so many tests can tell; less is no alarm."""
        return self.interval[0] <= self.exact


class Power(msgspec.Struct, frozen=True):
    """How often a window that really is busier is found."""

    true_window: int
    exact: float
    trials: int
    found: int
    published: float | None

    @property
    def share(self) -> float:
        """Windows found."""
        return self.found / self.trials

    @property
    def interval(self) -> tuple[float, float]:
        """The 99 % Wilson interval of the share."""
        return wilson(self.found, self.trials)

    @property
    def kept(self) -> bool:
        """Whether the exact power is at or above the published one, in whole per cent as it is printed."""
        return self.published is None or round(self.exact, 2) >= self.published

    @property
    def agrees(self) -> bool:
        """Whether the measured power is what the sum says, as far as so many trials can tell."""
        low, high = self.interval
        return low <= self.exact <= high


def wilson(hits: float, trials: float) -> tuple[float, float]:
    """The 99 % interval of a share (Wilson 1927)."""
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
    alarms = [_null_account(rate, traffic == "bursty", policy, rng, weeks) for _ in range(accounts)]
    return FalseAlarms(
        rate=rate,
        traffic=traffic,
        with_delta=rules.delta > 0,
        exact=exact_share(rate, policy, _BURST_SHAPE if traffic == "bursty" else None),
        tests=accounts * weeks,
        alarms=sum(alarms),
        weight=_weight(alarms, weeks),
        published=_PUBLISHED.get((rate, traffic, rules.delta > 0)),
    )


def _null_account(rate: float, bursty: bool, policy: Policy, rng: random.Random, weeks: int) -> int:
    """The alarms of one account; a week below surge.n_min is none and needs no test."""
    rules = policy.surge
    minimum = policy.people.minimum_people(_EMPLOYEES)
    burn_in = -(-rules.baseline_days // 7)
    people: list[set[int]] = [set() for _ in range(_POOL)]
    counts: list[int] = []
    alarms = 0
    for week in range(burn_in + weeks):
        busy = rng.gammavariate(_BURST_SHAPE, 1 / _BURST_SHAPE) if bursty else 1.0
        counts.append(_poisson(rng, rate * busy))
        _spread(people, 7 * week, 7, counts[-1], rng)
        tested = week >= burn_in and sum(counts[-rules.window_days // 7 :]) >= rules.n_min
        alarms += tested and _surges(people, 7 * week + 6, minimum, policy)
    return alarms


def _weight(alarms: list[int], weeks: int) -> float:
    """The design effect of testing accounts week after week: the variance of their alarms over a binomial one."""
    mean = sum(alarms) / len(alarms)
    share = mean / weeks
    if len(alarms) < 2 or not 0 < share < 1:
        return 1.0
    variance = sum((count - mean) ** 2 for count in alarms) / (len(alarms) - 1)
    return max(1.0, variance / (weeks * share * (1 - share)))


def power(true_window: int, policy: Policy, seed: int, trials: int = POWER_TRIALS) -> Power:
    """Accounts of one person-day a week whose last window draws from another rate."""
    rules = policy.surge
    rng = random.Random(f"power:{seed}:{true_window}")
    minimum = policy.people.minimum_people(_EMPLOYEES)
    found = 0
    for _ in range(trials):
        people: list[set[int]] = [set() for _ in range(_POOL)]
        first, last = rules.baseline_days, rules.baseline_days + rules.window_days
        _spread(people, 0, first, _poisson(rng, POWER_BASELINE * first / 7), rng)
        _spread(people, first, rules.window_days, _poisson(rng, true_window), rng)
        found += _surges(people, last - 1, minimum, policy)
    exact = exact_share(POWER_BASELINE, policy, window=true_window * 7 / rules.window_days)
    return Power(true_window, exact, trials, found, _PUBLISHED_POWER.get(true_window))


def without_delta(policy: Policy) -> Policy:
    """The same policy with plain Poisson-gamma prediction: why the over-dispersion is there."""
    return msgspec.structs.replace(policy, surge=msgspec.structs.replace(policy.surge, delta=0))


def _surges(people: Iterable[set[int]], day: int, minimum: int, policy: Policy) -> bool:
    days = (frozenset(found) for found in people if found)
    return surge_test(days, day, 0, _EMPLOYEES, minimum, policy).surge


def _spread(people: list[set[int]], first: int, days: int, count: int, rng: random.Random) -> None:
    """So many person-days over as many days: each on any of them, by somebody who has not come on that day."""
    for _ in range(count):
        day = first + rng.randrange(days)
        free = [days_of for days_of in people if day not in days_of]
        if free:
            free[rng.randrange(len(free))].add(day)


def _poisson(rng: random.Random, mean: float) -> int:
    """Knuth's method: fine for small means."""
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
