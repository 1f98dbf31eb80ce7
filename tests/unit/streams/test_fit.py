"""How well a company matches the profile: halves, unknowns, weights, the gate."""

import pytest
from support.stories import a_policy

from streams.fit import Firmographics, fit

ICP = {
    "employees_min": 100, "employees_max": 1000, "industries": ["software"], "adjacent_industries": ["fintech"],
    "countries": ["DE"], "revenue_min": 1000, "technologies": ["kafka"],
}  # fmt: skip
POLICY = a_policy(icp=ICP)
WHOLE = {
    "known": True, "employees": 400, "industry": "software", "country": "DE", "revenue": 1000,
    "technologies": ("kafka",), "named_account": True,
}  # fmt: skip


def company(**changes: object) -> Firmographics:
    return Firmographics(**{**WHOLE, **changes})  # type: ignore[arg-type]


def total(**changes: object) -> int:
    return fit(company(**changes), POLICY).total


def test_a_perfect_match_is_100() -> None:
    assert total() == 100_000


@pytest.mark.parametrize(
    ("employees", "points"), [(99, 15), (50, 15), (49, 0), (1000, 30), (2000, 15), (2001, 0)]
)
def test_the_band_counts_half_from_half_its_minimum_to_twice_its_maximum(employees: int, points: int) -> None:
    assert total(employees=employees) == 70_000 + 1000 * points


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"industry": "fintech"}, 12_500), ({"industry": "farming"}, 25_000), ({"country": "BR"}, 10_000),
        ({"revenue": 500}, 5_000), ({"revenue": 499}, 10_000), ({"technologies": ("cobol",)}, 10_000),
        ({"technologies": ()}, 10_000), ({"named_account": None}, 15_000),
    ],
)  # fmt: skip
def test_each_criterion_loses_what_it_weighs(change: dict[str, object], lost: int) -> None:
    assert total(**change) == 100_000 - lost


@pytest.mark.parametrize("name", ["employees", "industry", "country", "revenue", "technologies"])
def test_an_unknown_value_counts_half_and_lowers_the_confidence(name: str) -> None:
    known, unknown = fit(company(), POLICY), fit(company(**{name: None}), POLICY)

    assert known.total - unknown.total == 1000 * (1000 - unknown.confidence) // 20
    assert unknown.confidence < known.confidence == 1000


def test_without_any_profile_nothing_is_known() -> None:
    nothing = fit(Firmographics(), POLICY)

    assert (nothing.total, nothing.confidence, nothing.passed) == (50_000, 0, False)


def test_the_gate_needs_points_and_confidence() -> None:
    unsure = {"employees": None, "industry": None, "country": None}

    assert fit(company(employees=10, industry="farming"), POLICY).passed is False
    assert fit(company(**unsure), POLICY).confidence == 350
    assert fit(company(**unsure), POLICY).total >= 50_000
    assert fit(company(**unsure), POLICY).passed is False
    assert fit(company(**{**unsure, "country": "DE"}), POLICY).passed is True


def test_a_criterion_without_a_rule_is_left_out_and_the_rest_weighs_100() -> None:
    policy = a_policy(icp={"countries": ["DE"], "employees_min": None, "employees_max": None, "industries": [],
        "technologies": []})  # fmt: skip
    found = fit(Firmographics(known=True, country="DE"), policy)

    assert [c.name for c in found.criteria] == ["named_account", "country"]
    assert found.total == 40_000


def test_how_much_a_near_miss_counts_and_how_near_it_is_are_policy() -> None:
    policy = a_policy(icp=ICP, fit={"partial": 0.2, "band_stretch": 4, "revenue_near": 0.9})

    assert fit(company(employees=25), policy).total == 76_000
    assert fit(company(revenue=899), policy).total == 90_000
    assert fit(company(revenue=900), policy).total == 92_000
    assert fit(company(industry=None), policy).total == 80_000


def test_the_criteria_add_up_to_the_total_whatever_the_rounding() -> None:
    policy = a_policy(icp=ICP, fit={"employees": 7, "industry": 11, "named_account": 13, "country": 17})
    found = fit(company(employees=60, industry="fintech"), policy)

    assert sum(c.points for c in found.criteria) == found.total
