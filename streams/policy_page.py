"""The policy as a plain-language page (Markdown) that marketing and sales sign."""

from collections.abc import Iterable
from typing import Final

from streams.policy import Policy, reference_policy
from streams.policy_diff import Change, changes
from streams.policy_page_sales import dispositions, never, promises, sources, tiers
from streams.policy_page_scoring import interest, people, profile, score
from streams.policy_reader import join
from streams.policy_words import SIGNALS

_MEASURED: Final = "attribution."


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
    decided = [change for change in found if not change.path.startswith(_MEASURED)]
    if not found:
        yield "Nothing."
    for change in decided:
        yield f"- {_spoken(change)}"
    if len(decided) < len(found):
        yield "- The acceptance rates above were counted anew."


def _spoken(change: Change) -> str:
    """A change with the plain name of the signal it is about; the key stays, so that it can be found in the file."""
    for name, said in SIGNALS.items():
        if change.path.startswith(join("signals", name) + "."):
            return f"{said}: {change}"
    return str(change)


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
