"""The parts of the policy page on fit, interest, people and the score."""

from collections.abc import Iterable, Iterator

from streams import policy_words as words
from streams.policy import Policy
from streams.policy_lint import said


def listed(items: Iterable[str], none: str = "none") -> str:
    """Words in a sentence."""
    return ", ".join(words.plain(item) for item in items) or none


def score(policy: Policy) -> Iterator[str]:
    """What it takes, in one list."""
    t, w, p = policy.thresholds, policy.weights, policy.people
    yield "## When an account is handed to sales"
    yield ""
    yield "All of these hold at the same time; none makes up for another:"
    yield ""
    known = percent(policy.fit.confidence_gate)
    yield f"1. **Fit**: at least {said(t.fit)} of 100, with at least {known} of it known."
    yield f"2. **Interest**: at least {said(t.intent_gate)} of 100 points from what its people do."
    yield f"3. **People**: {_minimum(policy)} are engaged; one reader is never enough."
    yield "4. **Decision**: one of them did something that only people close to a decision do."
    own = percent(p.self_directed_gate)
    yield f"5. **On their own**: at least {own} of what they did was not prompted by our e-mail."
    shares = f"{percent(w.fit)} fit, {percent(w.intent)} interest and {percent(w.readiness)} readiness"
    yield f"6. **Score**: at least {said(t.ready)}; the score is {shares}."
    yield ""
    yield "Or somebody asks for sales: then it goes out at once. Filling in any other form is not asking."


def percent(thousandths: int) -> str:
    """A share as people say it."""
    return said(thousandths * 100) + " %"


def _minimum(policy: Policy) -> str:
    parts, since, last = [], 0, 0
    for upto, people in policy.people.minimum:
        if people != last:
            parts.append(f"{people} from {since:,} employees on" if since else str(people))
        since, last = upto or 0, people
    return f"{', '.join(parts)} ({policy.people.unknown_minimum} where the size is unknown)"


def profile(policy: Policy) -> Iterator[str]:
    """The ideal customer profile and its weights."""
    icp, fit = policy.icp, policy.fit
    size = _range(icp.employees_min, icp.employees_max)
    yield "## Who we want"
    yield ""
    yield "| What | Wanted | Weight |"
    yield "|---|---|---|"
    yield f"| Employees | {size} | {fit.employees} |"
    yield f"| Industry | {listed(sorted(icp.industries), 'any')} | {fit.industry} |"
    yield f"| Adjacent industry, half | {listed(sorted(icp.adjacent_industries))} | |"
    yield f"| Named account | on the list of sales | {fit.named_account} |"
    yield f"| Country | {listed(sorted(icp.countries), 'any')} | {fit.country} |"
    yield f"| Revenue | {_range(icp.revenue_min, None)} | {fit.revenue} |"
    yield f"| Technology, one of | {listed(sorted(icp.technologies), 'any')} | {fit.technology} |"
    yield ""
    yield "A row where anything is wanted does not count; the other weights are scaled up to 100."
    yield f"A near miss, and what we do not know, counts {percent(fit.partial)}."


def _range(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return "any"
    if high is None:
        return f"{low:,} or more"
    return f"up to {high:,}" if low is None else f"{low:,} to {high:,}"


def interest(policy: Policy) -> Iterator[str]:
    """The catalogue of signals."""
    yield "## What counts as interest"
    yield ""
    yield "| What a person does | Points | Times a day | At most | Halves in | Forgotten after | Stage |"
    yield "|---|---|---|---|---|---|---|"
    ordered = sorted(policy.signals.values(), key=lambda rule: (-rule.points, rule.name))
    for rule in ordered:
        cap = -rule.cap if rule.points < 0 else rule.cap
        stage = words.STAGES.get(rule.stage, rule.stage)
        name = words.SIGNALS.get(rule.name, rule.name)
        times = f"{rule.half_life} d | {rule.window} d"
        yield f"| {name} | {said(rule.points)} | {rule.per_day} | {said(cap)} | {times} | {stage} |"
    source = policy.multipliers.source
    direct, email = said(source["direct"]), said(source["email"])
    person, bought = said(policy.people.person_cap), said(policy.caps.third_party)
    yield ""
    yield "Opening an e-mail, skimming a page, logging in and asking for support are worth nothing."
    yield f"Coming by themselves counts x{direct}, prompted by e-mail x{email}."
    yield f"One person brings at most {person} points, all third-party sources together {bought}."
    yield "Third-party signals alone never fire."


def people(policy: Policy) -> Iterator[str]:
    """Who counts as engaged, the roles, and the surge test."""
    p, s = policy.people, policy.surge
    yield "## People and timing"
    yield ""
    act, days = said(p.engaged_base), words.count(p.recent_days, "day")
    yield f"- A person is **engaged** with {said(p.engaged_points)} points, one act worth {act} or more,"
    yield f"  and something done in the last {days}."
    yield f"- Roles that should be there: {listed(policy.required_roles)}."
    factors = sorted(p.role_factor.items(), key=lambda item: (-item[1], item[0]))
    yield "- Weight of a role: " + ", ".join(f"{words.plain(role)} x{said(f)}" for role, f in factors) + "."
    yield f"- A **surge** is at least {s.n_min} person-days in {words.count(s.window_days, 'day')}, at least"
    yield f"  {s.lift_min:g} times the account's usual, and no more likely than {s.p_max:g} to be chance."
