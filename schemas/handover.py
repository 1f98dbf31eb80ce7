"""What the receiving side needs: where it goes, by when, what came before, how to answer, what to keep."""

import msgspec

from schemas.disposition import REASONS, STATUSES


class Routing(msgspec.Struct, kw_only=True, gc=False):
    """Hints for whoever routes. round_robin_key is a stable hash of the account."""

    owner_hint: str | None = None
    backup_owner_hint: str | None = None
    previous_owner: str | None = None
    territory_key: str | None = None
    segment: str | None = None
    queue: str | None = None
    round_robin_key: str = ""
    record_url: str | None = None
    reason: str = ""


class SlaTerms(msgspec.Struct, kw_only=True, gc=False):
    """Until when. Times RFC 3339 UTC; None where this decision sets no such term."""

    clock: str = ""  # 24x7 or business
    handed_off_at: str | None = None
    first_touch_due_at: str | None = None
    task_due_at: str | None = None
    followup_due_at: str | None = None
    ttl_at: str | None = None


class AcceptRate(msgspec.Struct, kw_only=True, gc=False):
    """How often sales accepted what this source brought; thousandths, n dispositions, their interval."""

    value: int
    n: int
    interval: tuple[int, int] | None = None


class Attribution(msgspec.Struct, kw_only=True, gc=False):
    """Where the account came from."""

    first_source: str | None = None
    last_source: str | None = None
    first_campaign: str | None = None
    last_campaign: str | None = None
    source_accept_rate: AcceptRate | None = None


def _statuses() -> list[str]:
    return list(STATUSES)


def _reasons() -> list[str]:
    return list(REASONS)


def _required() -> list[str]:
    return ["sales_ready_id", "account_id", "status", "occurred_at"]


class Feedback(msgspec.Struct, kw_only=True, gc=False):
    """How sales answers."""

    disposition_topic: str = "intent.dispositions.v1"
    allowed_status: list[str] = msgspec.field(default_factory=_statuses)
    allowed_reasons: list[str] = msgspec.field(default_factory=_reasons)
    required_fields: list[str] = msgspec.field(default_factory=_required)


class Privacy(msgspec.Struct, kw_only=True, gc=False):
    """What may be done with the record."""

    consent_state: str = "unknown"
    pii_level: str = "personal"
    retention_until: str | None = None
