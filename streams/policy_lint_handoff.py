"""Which tiers, clocks, reasons and keys of a policy are refused, and which are warned of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from streams.policy_reader import Problem, join

if TYPE_CHECKING:
    from streams.policy import Policy

Rule = Callable[["Policy"], Iterator[Problem]]
TRIGGERS: Final = ("surge", "score", "hand_raise", "act_now", "review_site")
FIELDS: Final = (
    "channel",
    "email",
    "phone",
    "owner",
    "territory_key",
    "segment",
    "name",
    "industry",
    "employees",
    "country",
    "title",
    "role",
)
CEILING: Final = 240  # minutes: beyond four hours a hand-over is cold


def _tiers(policy: Policy) -> Iterator[Problem]:
    if policy.tiers["FAST"].clock != "24x7":
        yield Problem("tiers.FAST.clock", "must be 24x7: who asked on Friday night is not kept until Monday")
    for name, tier in policy.tiers.items():
        if tier.first_touch_minutes is not None and tier.first_touch_minutes > tier.ttl_days * 1440:
            yield Problem(
                join("tiers", name) + ".ttl_days",
                f"{tier.ttl_days} d end before the first touch is due: the event would expire in time",
            )


def _sla(policy: Policy) -> Iterator[Problem]:
    sla = policy.sla
    if not sla.warn < sla.breach < sla.escalate:
        yield Problem(
            "sla.warn", "warn, breach and escalate must rise: a warning after the breach warns of nothing"
        )
    if "default" not in sla.calendars:
        yield Problem(
            "sla.calendars", "there is no calendar called default: unlisted territories have no hours"
        )
    for territory, name in sla.territories.items():
        if name not in sla.calendars:
            known = ", ".join(sorted(sla.calendars))
            yield Problem(join("sla.territories", territory), f"{name!r} is no calendar: there are {known}")
    for name, calendar in sla.calendars.items():
        path = join("sla.calendars", name)
        if calendar.start >= calendar.end:
            yield Problem(f"{path}.start", "is not before end: the working day would have no hours")
        if not calendar.days or len(set(calendar.days)) != len(calendar.days):
            yield Problem(f"{path}.days", "must name each working day once, and one at least")


def _keys(policy: Policy) -> Iterator[Problem]:
    for name in policy.required_fields:
        if name not in FIELDS:
            yield Problem(
                "required_fields", f"{name!r} is no field that can be required: {', '.join(FIELDS)}"
            )
    for category in sorted(policy.act_now.pages - policy.page_signals.keys()):
        yield Problem("act_now.pages", f"{category!r} is no page category: nobody would ever visit it")


def _brief(policy: Policy) -> Iterator[Problem]:
    brief = policy.brief
    for signal in brief.angles:
        if signal not in policy.signals:
            yield Problem(join("brief.angles", signal), "is no signal: the angle would never be chosen")
    for trigger in brief.actions:
        if trigger not in TRIGGERS:
            yield Problem(join("brief.actions", trigger), f"is no trigger: there are {', '.join(TRIGGERS)}")
    angles = {brief.default_angle, *brief.angles.values()}
    for angle, assets in brief.assets.items():
        if angle not in angles:
            yield Problem(
                join("brief.assets", angle), "is no angle of this policy: nobody would see the assets"
            )
        if len(assets) > 3:
            yield Problem(join("brief.assets", angle), f"lists {len(assets)} assets: a brief shows three")


def _bounds(policy: Policy) -> Iterator[Problem]:
    learning = policy.learning
    if not learning.change_min <= 1000 <= learning.change_max:
        yield Problem(
            "learning.change_min",
            "change_min to change_max must hold 1: no proposal could say that a weight is right",
        )
    if policy.act_now.persons < 2:
        yield Problem(
            "act_now.persons", "must be 2 or more: one visit to the pricing page is no buying group"
        )


def _sources(policy: Policy) -> Iterator[Problem]:
    known = (policy.multipliers.source.keys() | policy.multipliers.prompted_by.keys()) - {"unknown"}
    for source, outcome in policy.attribution.source_accept_rates.items():
        path = join("attribution.source_accept_rates", source)
        if source not in known:
            yield Problem(path, f"is no source: there are {', '.join(sorted(known))}")
        if outcome.accepted + outcome.rejected == 0:
            yield Problem(path, "counts nothing: a rate of no alerts says nothing, leave the source out")


HANDOFF_REFUSALS: Final[tuple[Rule, ...]] = (_tiers, _sla, _keys, _brief, _bounds, _sources)


def _first_touch(policy: Policy) -> Iterator[Problem]:
    for name, tier in policy.tiers.items():
        minutes = tier.first_touch_minutes
        if minutes is not None and minutes > CEILING:
            yield Problem(
                join("tiers", name) + ".first_touch_minutes",
                f"{minutes} is above four hours: what is handed over hot is called cold",
            )


def _signatures(policy: Policy) -> Iterator[Problem]:
    signed = policy.approval.approvers
    if not signed and _is_ours(policy):
        yield Problem(
            "approval.approvers",
            "nobody has signed: who is wanted and when they are ready is agreed by marketing and sales",
        )
    elif signed and len({approver.team for approver in signed}) < 2:
        yield Problem(
            "approval.approvers",
            "one team has signed: the definition is shared when marketing and sales both have",
        )
    elif signed and len({approver.name for approver in signed}) < 2:
        yield Problem("approval.approvers", "one person has signed for both teams: two people agree, not one")


def _is_ours(policy: Policy) -> bool:
    """Whether somebody has filled in a profile: the bare reference is nobody's definition yet."""
    icp = policy.icp
    sized = icp.employees_min is not None or icp.employees_max is not None or icp.revenue_min is not None
    return bool(sized or icp.industries or icp.countries or icp.technologies)


HANDOFF_WARNINGS: Final[tuple[Rule, ...]] = (_first_touch, _signatures)
