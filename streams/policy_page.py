"""The policy as a plain-language page (Markdown) that marketing and sales sign."""

from collections.abc import Iterable

from streams.policy import Policy, reference_policy
from streams.policy_diff import changes
from streams.policy_page_sales import dispositions, never, promises, sources, tiers
from streams.policy_page_scoring import interest, people, profile, score


def policy_page(policy: Policy, previous: Policy | None = None) -> str:
    """The page of a policy; what changed is said against `previous`, else against the reference policy."""
    parts = [
        _head(policy),
        score(policy),
        profile(policy),
        interest(policy),
        people(policy),
        tiers(policy),
        never(policy),
        promises(policy),
        dispositions(policy),
        sources(policy),
        _changed(policy, previous),
        _signed(policy),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(policy: Policy) -> Iterable[str]:
    signed = "; ".join(f"{a.name} ({a.team}), {a.date}" for a in policy.approval.approvers)
    yield f'# What "sales-ready" means: {policy.policy_id}, version {policy.version}'
    yield ""
    yield f"Fingerprint `{policy.hash}`. Every event that follows this page carries it."
    yield ""
    yield f"Approved by: {signed or 'nobody yet'}."
    if policy.approval.note:
        yield ""
        yield policy.approval.note


def _changed(policy: Policy, previous: Policy | None) -> Iterable[str]:
    base = previous or reference_policy()
    name = f"{base.policy_id}, version {base.version}" if previous else "the reference policy"
    found = changes(base, policy)
    yield f"## What changed since {name}"
    yield ""
    if not found:
        yield "Nothing."
    for change in found:
        yield f"- {change}"


def _signed(policy: Policy) -> Iterable[str]:
    yield "## Signatures"
    yield ""
    yield f"We work by this page, fingerprint `{policy.hash[:12]}`."
    yield ""
    yield "| Team | Name | Date | Signature |"
    yield "|---|---|---|---|"
    for approver in policy.approval.approvers:
        yield f"| {approver.team} | {approver.name} | {approver.date} | |"
    signed = {approver.team for approver in policy.approval.approvers}
    for team in ("marketing", "sales"):
        if team not in signed:
            yield f"| {team} | | | |"
