"""Which well-formed policies are refused, and the line of thought: what each would do to scoring.

`refusals` are faults: a policy with one is not parsed. `warnings` are choices that deserve a second look. The
rules on tiers, clocks and dispositions are in streams/policy_lint_handoff.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from streams.policy_lint_handoff import HANDOFF_REFUSALS, HANDOFF_WARNINGS
from streams.policy_reader import Problem, join
from streams.policy_text import day_text

if TYPE_CHECKING:
    from streams.policy import Policy

Rule = Callable[["Policy"], Iterator[Problem]]
FULL: Final = 1000  # a whole in thousandths
SCALE: Final = 100_000  # a dimension ends at 100 points


def refusals(policy: Policy) -> list[Problem]:
    """Everything that makes a policy contradict itself or the idea of scoring."""
    return [problem for rule in (*REFUSALS, *HANDOFF_REFUSALS) for problem in rule(policy)]


def warnings(policy: Policy) -> list[Problem]:
    """What is allowed, but should be meant."""
    return [problem for rule in (*WARNINGS, *HANDOFF_WARNINGS) for problem in rule(policy)]


def said(thousandths: int) -> str:
    """Milli-points or thousandths as they are written: 0.5, 70."""
    return f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".")


def _weights(policy: Policy) -> Iterator[Problem]:
    w, ready = policy.weights, policy.thresholds.ready
    if w.fit > w.intent:
        yield Problem(
            "weights.fit",
            f"fit weight {said(w.fit)} is above behaviour weight {said(w.intent)}: "
            "scoring rewards who they are over what they do",
        )
    if w.fit + w.intent + w.readiness != FULL:
        total = said(w.fit + w.intent + w.readiness)
        yield Problem(
            "weights", f"they sum to {total}, not to 1: the score would leave its scale of 0 to 100"
        )
    if w.fit * 100 >= ready > 0:
        yield Problem(
            "weights.fit",
            f"a perfect fit alone scores {said(w.fit * 100)} of the {said(ready)} that are "
            "ready: an account that did nothing would pass the score gate",
        )


def _hysteresis(policy: Policy) -> Iterator[Problem]:
    t = policy.thresholds
    for leave, enter in (("warming_exit", "warming_enter"), ("episode_exit", "ready")):
        low, high = getattr(t, leave), getattr(t, enter)
        if low >= high:
            yield Problem(
                f"thresholds.{leave}",
                f"{said(low)} is not below {enter} {said(high)}: without hysteresis "
                "a score on the line flaps, one alert for every crossing",
            )


def _order_of_thresholds(policy: Policy) -> Iterator[Problem]:
    t = policy.thresholds
    thoughts = {
        "early": "an early notice would come after the event it announces",
        "warming_enter": "an account would be ready before it is warm",
        "near_miss": "a near miss would lie above the hit",
    }
    for name, thought in thoughts.items():
        if getattr(t, name) > t.ready:
            yield Problem(
                f"thresholds.{name}", f"{said(getattr(t, name))} is above ready {said(t.ready)}: {thought}"
            )


def _third_party(policy: Policy) -> Iterator[Problem]:
    cap, gate = policy.caps.third_party, policy.thresholds.intent_gate
    if cap >= gate:
        yield Problem(
            "caps.third_party",
            f"{said(cap)} reaches the intent gate {said(gate)}: bought topics alone "
            "would count as interest, though nobody came",
        )
    if policy.caps.intent > SCALE:
        yield Problem("caps.intent", f"{said(policy.caps.intent)} is above 100: each dimension ends at 100")
    if policy.caps.intent < gate:
        yield Problem(
            "caps.intent",
            f"{said(policy.caps.intent)} is below the intent gate {said(gate)}: nothing could ever fire",
        )


def _readiness(policy: Policy) -> Iterator[Problem]:
    r = policy.readiness
    steps = r.people_points
    if not steps or any(a > b for a, b in pairwise(steps)):
        yield Problem(
            "readiness.people_points",
            "must not fall from one step to the next: more people would make an account less ready",
        )
    if not r.consideration <= r.decision_one <= r.decision_two:
        yield Problem(
            "readiness.decision_one",
            "must lie between consideration and decision_two: a later stage, or "
            "a second person in it, would count less",
        )
    most = max(steps, default=0) + max(r.decision_two, r.decision_one) + r.role_cap + r.surge_points
    if most > SCALE:
        yield Problem(
            "readiness",
            f"its steps reach {said(most)}: each dimension ends at 100, the last ones would be worth nothing",
        )


def _signals(policy: Policy) -> Iterator[Problem]:
    for name, rule in policy.signals.items():
        if rule.cap < 0:
            yield Problem(
                join("signals", name) + ".cap",
                f"{said(rule.cap)} is below 0 on a signal that adds points: "
                "every act of it would take points away",
            )
    for category, name in policy.page_signals.items():
        if name and name not in policy.signals:
            yield Problem(
                join("pages", category), f"{name!r} is no signal: visits of this category would be lost"
            )


def _multipliers(policy: Policy) -> Iterator[Problem]:
    m = policy.multipliers
    if not m.clamp_min <= FULL <= m.clamp_max:
        yield Problem(
            "multipliers.clamp_min",
            f"clamp_min {said(m.clamp_min)} to clamp_max {said(m.clamp_max)} leaves "
            "out 1: an act without any circumstance could not count as itself",
        )
    if any(a[0] >= b[0] or a[1] > b[1] for a, b in pairwise(m.dwell_steps)):
        yield Problem(
            "multipliers.dwell_steps",
            "seconds must rise and factors not fall: longer reading would count less",
        )
    for stage, rank in (("awareness", "consideration"), ("consideration", "decision")):
        if m.stage[stage] > m.stage[rank]:
            yield Problem(
                f"multipliers.stage.{stage}",
                f"{said(m.stage[stage])} is above {rank} "
                f"{said(m.stage[rank])}: reading about the problem would beat choosing a vendor",
            )


def _bands(path: str, bands: tuple[tuple[int | None, object], ...]) -> Iterator[Problem]:
    ends = [upto for upto, _ in bands]
    inner = [upto for upto in ends[:-1] if upto is not None]
    if (
        not ends
        or ends[-1] is not None
        or len(inner) != len(ends) - 1
        or any(a >= b for a, b in pairwise(inner))
    ):
        yield Problem(
            path, 'bands must rise and end with "above": some size would fall into none, or into two'
        )


def _surge(policy: Policy) -> Iterator[Problem]:
    s = policy.surge
    yield from _bands("people.minimum", policy.people.minimum)
    yield from _bands("surge.bands", s.bands)
    names = {"unknown", *(str(name) for _, name in s.bands)}
    for band in s.lambda_milli:
        if band not in names:
            yield Problem(join("surge.lambda", band), f"is no band: there are {', '.join(sorted(names))}")
    if s.window_days >= s.baseline_days:
        yield Problem(
            "surge.window_days",
            f"{s.window_days} is not below baseline_days {s.baseline_days}: a week "
            "cannot be judged against less than itself",
        )
    for at, (first, last) in enumerate(s.gaps):
        if last < first:
            yield Problem(
                f"surge.gaps[{at}]", f"ends on {day_text(last)}, before it begins on {day_text(first)}"
            )
    if s.prior_milli == 0:
        yield Problem(
            "surge.prior",
            "0 expects nothing of a quiet account: its first visit would be infinitely surprising",
        )


def _profile(policy: Policy) -> Iterator[Problem]:
    icp = policy.icp
    low, high = icp.employees_min, icp.employees_max
    if low is not None and high is not None and low > high:
        yield Problem("icp.employees_min", f"{low} is above employees_max {high}: no company has that size")
    for word in sorted(icp.industries & icp.adjacent_industries):
        yield Problem(
            "icp.adjacent_industries", f"{word!r} is in industries too: it cannot be full and half fit"
        )
    embargoed, served = policy.embargoed_countries, policy.served_countries
    for code in sorted(icp.countries & embargoed):
        yield Problem("icp.countries", f"{code} is embargoed: the best fit would be suppressed")
    for code in sorted(served & embargoed):
        yield Problem("disqualify.served_countries", f"{code} is embargoed too: it cannot be both")
    if not _configured_weight(policy):
        yield Problem("fit", "every criterion of this ICP has weight 0: there would be no fit to compute")


def _configured_weight(policy: Policy) -> int:
    icp, fit = policy.icp, policy.fit
    weights = (
        (fit.employees, icp.employees_min is not None or icp.employees_max is not None),
        (fit.industry, icp.industries or icp.adjacent_industries),
        (fit.named_account, True),
        (fit.country, icp.countries),
        (fit.revenue, icp.revenue_min is not None),
        (fit.technology, icp.technologies),
    )
    return sum(weight for weight, configured in weights if configured)


def _domains(policy: Policy) -> Iterator[Problem]:
    lists = {
        "own": policy.own_domains,
        "competitor": policy.competitor_domains,
        "partner": policy.partner_domains,
    }
    for one, other in (("own", "competitor"), ("own", "partner"), ("competitor", "partner")):
        for domain in sorted(lists[one] & lists[other]):
            yield Problem(f"{other}_domains", f"{domain} is in {one}_domains too: its people cannot be both")


REFUSALS: Final[tuple[Rule, ...]] = (
    _weights,
    _hysteresis,
    _order_of_thresholds,
    _third_party,
    _readiness,
    _signals,
    _multipliers,
    _surge,
    _profile,
    _domains,
)


def _fit_above_a_quarter(policy: Policy) -> Iterator[Problem]:
    if policy.weights.intent >= policy.weights.fit > FULL // 4:
        yield Problem(
            "weights.fit", f"{said(policy.weights.fit)} is above 0.25: fit should order the list, not make it"
        )


def _one_person(policy: Policy) -> Iterator[Problem]:
    p, gate = policy.people, policy.thresholds.intent_gate
    best = max(p.role_factor.values(), default=FULL) * p.person_cap // FULL
    if best >= gate:
        yield Problem(
            "people.person_cap",
            f"one person can bring {said(best)} of the {said(gate)} of the intent gate: "
            "one busy reader looks like a group's interest",
        )
    if min((people for _, people in p.minimum), default=2) < 2 or p.unknown_minimum < 2:
        yield Problem(
            "people.minimum", "1 makes sales-ready events about a single person: early notices are for those"
        )


def _small_caps(policy: Policy) -> Iterator[Problem]:
    for name, rule in policy.signals.items():
        if 0 <= rule.cap < rule.points:
            yield Problem(
                join("signals", name) + ".cap",
                f"{said(rule.cap)} is below the {said(rule.points)} of one "
                "act: the points never count in full",
            )


def _prompted(policy: Policy) -> Iterator[Problem]:
    for table in ("source", "prompted_by"):
        factors = getattr(policy.multipliers, table)
        own = "direct" if table == "source" else "self"
        if factors["email"] >= factors[own]:
            yield Problem(
                f"multipliers.{table}.email",
                f"{said(factors['email'])} is not below {own}: who comes "
                "because we wrote counts like who comes by themselves",
            )


def _alarms(policy: Policy) -> Iterator[Problem]:
    if policy.surge.p_max > 0.05:
        yield Problem(
            "surge.p_max", f"{policy.surge.p_max} calls one quiet account in twenty a surge, each week"
        )
    if not policy.required_roles:
        yield Problem("required_roles", "is empty: completeness of a buying group says nothing")


WARNINGS: Final[tuple[Rule, ...]] = (_fit_above_a_quarter, _one_person, _small_caps, _prompted, _alarms)
