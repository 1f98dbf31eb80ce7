"""The last seven days against the account's own twelve weeks."""

import pytest
from support.stories import a_policy

from streams.surge import SurgeResult, surge_test, tail_probability

POLICY = a_policy()
TODAY = 1000
Days = list[frozenset[int]]


def result(people: Days, first_day: int = 0, employees: int | None = 400, minimum: int = 2) -> SurgeResult:
    return surge_test(people, TODAY, first_day, employees, minimum, POLICY)


def person(*ages: int) -> frozenset[int]:
    return frozenset(TODAY - age for age in ages)


def baseline(days: int) -> frozenset[int]:
    return frozenset(TODAY - 7 - n for n in range(days))


@pytest.mark.parametrize(("seen", "needed"), [(0, 4), (6, 4), (12, 6), (24, 9), (48, 14), (84, 22)])
def test_the_published_counts_are_the_least_that_fire(seen: int, needed: int) -> None:
    def fires(count: int) -> bool:
        people = [person(*range(min(7, count - start))) for start in range(0, count, 7)]
        return result([*people, baseline(seen)], minimum=1).surge

    assert fires(needed)
    assert not fires(needed - 1)


def test_person_days_count_not_acts_and_not_people() -> None:
    found = result([person(0, 1), person(0)])

    assert (found.n_current, found.persons) == (3, 2)


def test_the_window_is_today_and_six_days() -> None:
    assert result([person(6, 7)]).n_current == 1
    assert result([person(6, 7)]).n_baseline == 1
    assert result([person(90, 91)]).n_baseline == 1


def test_one_person_is_no_surge_however_often_they_come() -> None:
    assert not result([person(*range(7))]).surge


def test_days_before_the_first_record_are_missing_and_expected_by_size() -> None:
    late = result([person(0)], first_day=TODAY - 6)

    assert late.observed == 0
    assert late.expected == pytest.approx(7 * (0.5 + 0.02 * 84) / 84)


def test_days_before_an_accounts_first_signal_are_observed_zeros() -> None:
    assert result([person(0)]).observed == 84


def test_gaps_that_the_policy_lists_are_missing_and_what_fell_into_them_does_not_count() -> None:
    policy = a_policy(surge={"gaps": [["1972-08-20", "1972-08-29"]]})
    gap = range(*policy.surge.gaps[0])
    found = surge_test([frozenset({gap[0]})], TODAY, 0, 400, 2, policy)

    assert found.observed == 74
    assert found.n_baseline == 0


@pytest.mark.parametrize(("employees", "band"), [(10, 0.0), (400, 1.68), (None, 2.52)])
def test_the_expected_rate_of_missing_days_goes_by_employees(employees: int | None, band: float) -> None:
    policy = a_policy(surge={"lambda": {"small": 0, "unknown": 0.03}})
    found = surge_test([], TODAY, TODAY, employees, 2, policy)

    assert found.expected == pytest.approx(7 * (0.5 + band) / 84)


def test_nothing_is_certain_and_everything_is_possible() -> None:
    assert tail_probability(0, 1.0, 2.0, 0.25) == 1.0
    assert tail_probability(10_000, 0.01, 0.5, 0.25) == 1e-9


def test_the_score_is_50_unless_more_came_than_expected() -> None:
    assert result([]).surge_score == 50.0
    assert result([person(0), person(0, 1), person(0)]).surge_score > 50


def test_probabilities_are_rounded_so_that_noise_cannot_decide() -> None:
    p = result([person(0, 1), person(0, 1)]).p

    assert p == round(p, 9)
