"""Control records to the log: what sales did, who is to be forgotten, a new policy."""

from typing import Final

import msgspec

from schemas.codec import Refusal
from schemas.dead_letter import Reason
from schemas.disposition import NEEDS_NOTE, NEEDS_REASON
from schemas.inputs.control import DispositionRecord, EraseRecord, PolicyRecord
from schemas.signal import Disposition, Erase, PolicyChange
from streams.identity import Identity
from streams.intake_moment import Moment
from streams.normalise import optional_thousandths, optional_time_ms
from streams.policy import PolicyErrors, parse_policy

_DETAIL_CHARS: Final = 2000


def disposition(record: DispositionRecord, who: Identity, moment: Moment) -> Disposition:
    """What sales did. Refused: a rejection without a reason, `other` without a note, no account."""
    if not who.account_id:
        raise Refusal(Reason.MISSING_FIELD, "$.account_id")
    reason = record.reason or ""
    if not reason and record.status in NEEDS_REASON:
        raise Refusal(Reason.MISSING_REASON, f"$.reason of {record.status}")
    if reason in NEEDS_NOTE and not (record.note or "").strip():
        raise Refusal(Reason.MISSING_NOTE, f"$.note of {reason}")
    return Disposition(
        event_id=record.event_id,
        source=record.source,
        tenant=moment.tenant,
        at=moment.at,
        received=moment.received,
        trace=moment.trace,
        sales_ready_id=record.sales_ready_id,
        account_id=who.account_id,
        account_domain=who.account_domain,
        status=record.status,
        reason=reason,
        actor_id=record.actor_id or "",
        first_touch_at=optional_time_ms(record.first_touch_at, "$.first_touch_at"),
        contact_id=who.contact_id,
        referred_contact=record.referred_contact or "",
        decision_by=optional_time_ms(record.decision_by, "$.decision_by"),
        opportunity_id=record.opportunity_id or "",
        amount_milli=optional_thousandths(record.amount),
        currency=record.currency or "",
        note=record.note or "",
    )


def erasure(record: EraseRecord, who: Identity, moment: Moment) -> Erase:
    """Who is to be forgotten. Raises Refusal where the record names no person."""
    if not who.contact_id and not who.mailbox.address and not who.anonymous_id:
        raise Refusal(Reason.MISSING_IDENTITY, "$.contact_id, $.email or $.anonymous_id")
    return Erase(
        event_id=record.event_id,
        source=record.source,
        tenant=moment.tenant,
        at=moment.at,
        received=moment.received,
        trace=moment.trace,
        contact_id=who.contact_id,
        email=who.mailbox.address,
        email_domain=who.mailbox.domain,
        email_kind=who.mailbox.kind,
        anonymous_id=who.anonymous_id,
    )


def policy_change(record: PolicyRecord, moment: Moment) -> PolicyChange:
    """A new policy as text. Refused: no document, and one with faults, which the detail lists."""
    document = record.document or ""
    if isinstance(record.policy, dict):
        document = msgspec.json.encode(record.policy).decode()
    if not document.strip():
        raise Refusal(Reason.MISSING_FIELD, "$.policy")
    try:
        parse_policy(document)
    except PolicyErrors as errors:
        raise Refusal(Reason.BAD_POLICY, str(errors)[:_DETAIL_CHARS]) from None
    return PolicyChange(
        event_id=record.event_id,
        source=record.source,
        tenant=moment.tenant,
        at=moment.at,
        received=moment.received,
        trace=moment.trace,
        document=document,
    )
