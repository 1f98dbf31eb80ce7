"""The parts of the policy page on tiers, promises, exclusions and dispositions."""

from collections.abc import Iterator

from streams import policy_words as words
from streams.acceptance import accept_rate, whole_percent
from streams.policy import Policy
from streams.policy_lint import said
from streams.policy_page_scoring import listed, percent


def tiers(policy: Policy) -> Iterator[str]:
    """What goes out, and by when somebody has to react."""
    yield "## What goes out, and by when we react"
    yield ""
    yield "| Tier | When | First touch | Task | Valid |"
    yield "|---|---|---|---|---|"
    for name, tier in policy.tiers.items():
        first = tier.first_touch_minutes
        touch = words.TASKS[tier.task_due] if first is None else words.minutes(first)
        clock = "round the clock" if tier.clock == "24x7" else "business hours"
        yield (
            f"| {name} | {words.TIERS.get(name, '')} | {touch}, {clock} | {words.TASKS[tier.task_due]} "
            f"| {words.count(tier.ttl_days, 'day')} |"
        )
    to = "sales as tier EARLY" if policy.early.to == "sales-ready" else "the watch list of marketing"
    yield ""
    yield f"Early notices (score {said(policy.thresholds.early)}, one person close to a decision) go to {to}."
    unknown = "is reviewed first" if policy.fast_track.unknown_company == "review" else "goes out at once"
    yield f"A request from a company we do not know {unknown}."
    yield from _budget(policy)


def _budget(policy: Policy) -> Iterator[str]:
    limits = [f"{name} {limit}" for name, limit in sorted(policy.budget.segments.items())]
    if policy.budget.per_day:
        limits.append(f"any other segment {policy.budget.per_day}")
    yield f"Most alerts a day: {', '.join(limits) or 'no limit'}. What is over it waits, the best first."


def never(policy: Policy) -> Iterator[str]:
    """Whom no score helps."""
    d = policy.disqualify
    yield "## Who is never handed over"
    yield ""
    yield f"- Competitors: {listed(sorted(policy.competitor_domains), 'none listed')}."
    yield f"- Our own people: {listed(sorted(policy.own_domains), 'none listed')}."
    yield "- Customers, open opportunities and partners are redirected to their owner."
    yield f"- Partners: {listed(sorted(policy.partner_domains), 'none listed')}."
    yield f"- Students ({listed(d.student_domains)}), unless universities are customers."
    yield "- Freelancers, and who looks for a job rather than a product."
    yield f"- Countries: {listed(sorted(d.embargoed_countries), 'none excluded')}."
    if d.served_countries:
        yield f"- Any country but {listed(sorted(d.served_countries))}."
    yield "- Who cannot be reached by any channel, or does not want to be."


def promises(policy: Policy) -> Iterator[str]:
    """The clocks of sales."""
    s = policy.sla
    yield "## What sales promises"
    yield ""
    reminder, breach, backup = percent(s.warn), percent(s.breach), percent(s.escalate)
    yield f"- A reminder at {reminder} of the time, a breach at {breach}, the backup owner at {backup}."
    yield f"- Touches within {words.count(s.followup_business_days, 'business day')}: {s.followup_touches}."
    yield "- One disposition for every event, with a reason where it is turned down."
    low, hours = said(policy.thresholds.episode_exit), words.count(policy.states.exit_hours, "hour")
    yield ""
    yield f"An episode ends when the score stays below {low} for {hours}; a quiet time follows."


def dispositions(policy: Policy) -> Iterator[str]:
    """What each reason does."""
    yield "## What a reason does"
    yield ""
    yield "| Reason | Says we were wrong about | Quiet for | Besides |"
    yield "|---|---|---|---|"
    for name, rule in policy.reasons.items():
        days = words.count(policy.states.cooldown_days[name], "day")
        besides = "; ".join(text for text in (words.NEEDS[rule.needs], words.EFFECTS[rule.effect]) if text)
        yield f"| {words.plain(name)} | {rule.dimension} | {days} | {besides} |"
    yield ""
    quiet = words.count(policy.states.cooldown_after_ttl_days, "day")
    yield f"No answer: quiet until {quiet} after the event expired."


def sources(policy: Policy) -> Iterator[str]:
    """How far each source is to be trusted, and the way to the record."""
    yield "## What sales made of it so far"
    yield ""
    rates = policy.attribution.source_accept_rates
    if rates:
        yield "| Alerts whose last act came from | Accepted | Likely between |"
        yield "|---|---|---|"
    for name, counted in sorted(rates.items()):
        rate = accept_rate(counted.accepted, counted.rejected)
        low, high = map(whole_percent, rate.interval or (0, 1000))
        share = f"{counted.accepted} of {rate.n} ({whole_percent(rate.value)} %)"
        yield f"| {words.SOURCES.get(name, words.plain(name))} | {share} | {low} and {high} % |"
    if rates:
        yield ""
        yield "Every alert shows the rate of its source. It is information: it decides nothing."
    else:
        yield "Nothing is counted yet: alerts show no acceptance rate."
    if policy.routing.record_url:
        yield f"Every alert leads to the account's record: `{policy.routing.record_url}`."
