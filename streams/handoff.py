"""What the receiving side needs: where it goes, by when, where it came from, how to answer, what to keep."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from schemas.disposition import STATUSES
from schemas.handover import Attribution, Feedback, Privacy, Routing, SlaTerms
from schemas.home import split_home
from streams.acceptance import source_accept_rate
from streams.account import Account, Alert, field
from streams.brief import Deed, source_of
from streams.people import consent_of
from streams.policy import Policy
from streams.qualification import Decision
from streams.scoring import Assessment
from streams.sla import deadlines, starts_clock, tier_of
from streams.timeline import DAY, iso_text

_QUEUES: Final = {"FAST": "fast", "T1": "sales", "T2": "sales", "EARLY": "early", "early": "early"}


def routing(account: Account, decision: Decision, policy: Policy) -> Routing:
    """Hints for whoever assigns; the owner of the account's last alert is carried: nobody new is drawn."""
    owner, previous = _text(account, "owner"), account.machine.owner or None
    territory = _text(account, "territory_key")
    return Routing(
        owner_hint=owner,
        backup_owner_hint=_text(account, "backup_owner"),
        previous_owner=previous,
        territory_key=territory,
        segment=_text(account, "segment"),
        queue=_queue(decision),
        round_robin_key=blake2b(account.home.encode(), digest_size=8).hexdigest(),
        record_url=_record_url(account, policy),
        reason=_why_there(owner, previous, territory),
    )


def _record_url(account: Account, policy: Policy) -> str | None:
    """The account's page by the policy's template; None where there is none, or it asks for what is not known."""
    template = policy.routing.record_url
    home = split_home(account.home)
    domain = _text(account, "account_domain") or (home.value if home.kind == "domain" else None)
    for name, value in (("account_id", _text(account, "account_id")), ("account_domain", domain)):
        place = f"{{{name}}}"
        if place not in template:
            continue
        if value is None or value in (".", ".."):  # those two would climb in a path
            return None
        template = template.replace(place, quote(value, safe=""))
    return template or None


def _queue(decision: Decision) -> str | None:
    if decision.topic == "review":
        return "account_owner" if decision.kind == "redirected" else "review"
    return _QUEUES.get(decision.tier or "")


def _why_there(owner: str | None, previous: str | None, territory: str | None) -> str:
    if owner:
        return "owner"
    if previous:
        return "previous_owner"
    return "territory" if territory else "round_robin"


def _text(account: Account, name: str) -> str | None:
    value = field(account, name)
    return None if value in (None, "") else str(value)


def sla_terms(account: Account, decision: Decision, policy: Policy) -> SlaTerms:
    """The clocks this decision starts, else those of the alert it speaks of; empty where nobody must act."""
    alert = _alert(account, decision, policy)
    if alert is None:
        return SlaTerms()
    return SlaTerms(
        clock=tier_of(alert.tier, policy).clock,
        handed_off_at=iso_text(alert.handed_off_at),
        first_touch_due_at=iso_text(alert.first_touch_due),
        task_due_at=iso_text(alert.task_due),
        followup_due_at=iso_text(alert.followup_due),
        ttl_at=iso_text(_ttl_at(account, decision, alert, policy)),
    )


def _alert(account: Account, decision: Decision, policy: Policy) -> Alert | None:
    if decision.topic == "sales_ready":
        if decision.tier and starts_clock(decision.kind, decision.reason):
            return deadlines(account, "", decision.tier, decision.time, policy)
        return account.machine.alerts[-1] if account.machine.alerts else None
    if decision.topic == "review":  # a request of a customer waits no longer than any other
        redirected = decision.kind == "redirected"
        return deadlines(account, "", "FAST", decision.time, policy) if redirected else None
    return deadlines(account, "", decision.tier, decision.time, policy) if decision.tier else None


def _ttl_at(account: Account, decision: Decision, alert: Alert, policy: Policy) -> int:
    if decision.topic == "sales_ready" and account.machine.ttl_at > 0:
        return account.machine.ttl_at
    return alert.handed_off_at + tier_of(alert.tier, policy).ttl_days * DAY


def attribution(done: Sequence[Deed], policy: Policy) -> Attribution:
    """Where the account came from: its first and last act of known source and campaign. `done` by time.

    The acceptance rate is that of the last source: it is what brought the account here now.
    """
    sources = [name for deed in done if (name := source_of(deed.fact))]
    campaigns = [deed.fact.campaign_id for deed in done if deed.fact.campaign_id]
    return Attribution(
        first_source=sources[0] if sources else None,
        last_source=sources[-1] if sources else None,
        first_campaign=campaigns[0] if campaigns else None,
        last_campaign=campaigns[-1] if campaigns else None,
        source_accept_rate=source_accept_rate(sources[-1], policy) if sources else None,
    )


def feedback(policy: Policy) -> Feedback:
    """How sales answers; a rejection, a recycling and a lost deal need a reason, `other` a note."""
    return Feedback(allowed_status=list(STATUSES), allowed_reasons=sorted(policy.reasons))


def privacy(assessment: Assessment, time: int, policy: Policy) -> Privacy:
    """What may be done with the record: consent as the weakest of those it speaks of."""
    named = [member for member in assessment.counted if member.engagement.signals]
    states = {consent_of(person) for member in named for person in member.boxes or [member.person]}
    level = "personal" if named else "pseudonymous" if assessment.visitors else "none"
    return Privacy(
        consent_state="granted" if states == {"granted"} else "unknown",
        pii_level=level,
        retention_until=iso_text(time + policy.privacy.retention_days * DAY),
    )
