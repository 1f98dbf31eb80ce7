"""Whether live data carries a policy: how much content is untagged, how many profile attributes are unknown.

A content record is untagged where neither it nor the taxonomy says stage, topic or persona. An attribute is
unknown where the ICP asks for it and the account's latest profile lacks it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from streams.policy import Policy
from streams.policy_reader import Problem

TAGS = ("stage", "topic", "persona")


class Observed(NamedTuple):
    """Counts over raw input records."""

    content: int
    untagged: int
    profiles: int
    attributes: int  # configured ICP attributes x profiles
    unknown: int


def observe(records: Iterable[Mapping[str, Any]], policy: Policy) -> Observed:
    """The counts of raw records {"topic", "key", "value"}; others, and what is no record, are passed over."""
    tagged: set[str] = set()
    content: list[Mapping[str, Any]] = []
    profiles: dict[str, Mapping[str, Any]] = {}
    for record in records:
        value = record.get("value")
        if not isinstance(value, Mapping):
            continue
        topic = str(record.get("topic", ""))
        if topic.endswith("intent.taxonomy.v1") and any(value.get(tag) for tag in TAGS):
            tagged.add(str(record.get("key") or value.get("content_id")))
        elif topic.endswith("intent.content.v1"):
            content.append(value)
        elif topic.endswith("intent.accounts.v1"):
            profiles[str(value.get("account_id") or value.get("account_domain"))] = value
    wanted = configured(policy)
    unknown = sum(not profile.get(name) for profile in profiles.values() for name in wanted)
    untagged = sum(
        not any(v.get(t) for t in TAGS) and str(v.get("content_id")) not in tagged for v in content
    )
    return Observed(len(content), untagged, len(profiles), len(profiles) * len(wanted), unknown)


def configured(policy: Policy) -> tuple[str, ...]:
    """The profile attributes that the ICP asks for."""
    icp = policy.icp
    asked = {
        "employees": icp.employees_min is not None or icp.employees_max is not None,
        "industry": icp.industries or icp.adjacent_industries,
        "country": icp.countries,
        "revenue": icp.revenue_min is not None,
        "technologies": icp.technologies,
    }
    return tuple(name for name, wanted in asked.items() if wanted)


def thin_ground(observed: Observed, policy: Policy) -> list[Problem]:
    """What the data cannot carry; nothing is said on fewer than quality.sample_min records."""
    quality, problems = policy.quality, []
    if observed.content >= quality.sample_min:
        over = _over(observed.untagged, observed.content, quality.untagged_content_max)
        if over:
            text = f"{over} of {observed.content} content records have no stage, topic or persona: "
            thought = "what people read says nothing about where they stand"
            problems.append(Problem("quality.untagged_content_max", text + thought))
    if observed.profiles >= quality.sample_min:
        over = _over(observed.unknown, observed.attributes, quality.unknown_attributes_max)
        if over:
            text = f"{over} of the attributes the ICP asks for are unknown on {observed.profiles} profiles: "
            problems.append(Problem("quality.unknown_attributes_max", text + "fit would be guessed"))
    return problems


def _over(part: int, whole: int, limit: int) -> str:
    """The share and its limit where it is above it, else nothing."""
    if part * 1000 <= limit * whole:
        return ""
    return f"{part * 100 / whole:.1f} % (limit {limit / 10:g} %)"
