"""How well an account matches the ideal customer profile (scoring.md section 6)."""

from collections.abc import Callable, Collection

import msgspec

from streams.decay import div_half_even
from streams.policy import Policy


class Firmographics(msgspec.Struct, gc=False):
    """What is known of a company; None is unknown. `known` says whether there is a profile at all."""

    known: bool = False
    employees: int | None = None
    industry: str | None = None
    country: str | None = None
    revenue: int | None = None
    technologies: Collection[str] | None = None
    named_account: bool | None = None


class Criterion(msgspec.Struct, gc=False):
    """One configured criterion: weight in points of the policy, value in thousandths, and the milli-points it gave."""

    name: str
    weight: int
    value: int
    known: bool
    points: int = 0


class FitResult(msgspec.Struct, gc=False):
    """F in milli-points, the share of the configured weight that is known in thousandths, and the gate."""

    total: int
    confidence: int
    passed: bool
    criteria: list[Criterion]


def fit(company: Firmographics, policy: Policy) -> FitResult:
    """Judge a company against the policy's ICP; criteria without a rule are left out, the rest weighs 100."""
    criteria = [
        Criterion(name, weight, *judge(company, policy)) for name, weight, judge in _configured(policy)
    ]
    weight = sum(c.weight for c in criteria)
    if not weight:
        return FitResult(0, 0, policy.fit.gate_milli <= 0, criteria)
    total = div_half_even(100 * sum(c.weight * c.value for c in criteria), weight)
    rest = total
    for criterion in criteria[:-1]:
        criterion.points = div_half_even(100 * criterion.weight * criterion.value, weight)
        rest -= criterion.points
    criteria[-1].points = rest
    known = sum(c.weight for c in criteria if c.known)
    sure = known * 1000 >= policy.fit.confidence_gate * weight
    return FitResult(total, known * 1000 // weight, total >= policy.fit.gate_milli and sure, criteria)


Judge = Callable[[Firmographics, Policy], tuple[int, bool]]


def _configured(policy: Policy) -> list[tuple[str, int, Judge]]:
    icp, weights = policy.icp, policy.fit
    rows: list[tuple[str, int, Judge, bool]] = [
        (
            "employees",
            weights.employees,
            _employees,
            icp.employees_min is not None or icp.employees_max is not None,
        ),
        ("industry", weights.industry, _industry, bool(icp.industries or icp.adjacent_industries)),
        ("named_account", weights.named_account, _named, True),
        ("country", weights.country, _country, bool(icp.countries)),
        ("revenue", weights.revenue, _revenue, icp.revenue_min is not None),
        ("technology", weights.technology, _technology, bool(icp.technologies)),
    ]
    return [(name, weight, judge) for name, weight, judge, configured in rows if configured and weight]


def _employees(company: Firmographics, policy: Policy) -> tuple[int, bool]:
    count, low, high = company.employees, policy.icp.employees_min, policy.icp.employees_max
    if count is None:
        return policy.fit.partial, False
    if (low is None or count >= low) and (high is None or count <= high):
        return 1000, True
    stretch = policy.fit.band_stretch
    near = (low is None or stretch * count >= low) and (high is None or count <= stretch * high)
    return (policy.fit.partial if near else 0), True


def _industry(company: Firmographics, policy: Policy) -> tuple[int, bool]:
    if company.industry is None:
        return policy.fit.partial, False
    if company.industry in policy.icp.industries:
        return 1000, True
    return (policy.fit.partial if company.industry in policy.icp.adjacent_industries else 0), True


def _named(company: Firmographics, policy: Policy) -> tuple[int, bool]:
    if not company.known:
        return policy.fit.partial, False
    return (1000 if company.named_account else 0), True


def _country(company: Firmographics, policy: Policy) -> tuple[int, bool]:
    if company.country is None:
        return policy.fit.partial, False
    return (1000 if company.country in policy.icp.countries else 0), True


def _revenue(company: Firmographics, policy: Policy) -> tuple[int, bool]:
    least = policy.icp.revenue_min
    if company.revenue is None or least is None:
        return policy.fit.partial, False
    if company.revenue >= least:
        return 1000, True
    near = 1000 * company.revenue >= policy.fit.revenue_near * least
    return (policy.fit.partial if near else 0), True


def _technology(company: Firmographics, policy: Policy) -> tuple[int, bool]:
    if company.technologies is None:
        return policy.fit.partial, False
    return (1000 if any(t in policy.icp.technologies for t in company.technologies) else 0), True
