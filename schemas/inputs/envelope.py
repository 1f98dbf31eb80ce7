"""The envelope of every input record: what happened, when, to whom, at which company."""

from datetime import datetime
from typing import Literal

import msgspec

from schemas.inputs.fields import (
    Absent,
    Confidence,
    Flag,
    Id,
    Object,
    OptionalId,
    OptionalText,
    SchemaVersion,
)

MatchMethod = Literal["crm", "email_domain", "reverse_ip", "provider", ""]
ConsentState = Literal["granted", "denied", "unknown", ""]


class AccountMatch(msgspec.Struct, kw_only=True, gc=False):
    """How the account of a record was found, and how sure the finder is."""

    method: MatchMethod | None = None
    confidence: Confidence = None


class Consent(msgspec.Struct, kw_only=True, gc=False):
    """What the person said about being tracked."""

    state: ConsentState | None = None
    basis: OptionalText = None


class Envelope(msgspec.Struct, kw_only=True, gc=False, tag_field="type"):
    """What every stream shares. At least one identity key has to be there; that is left to intake."""

    event_id: Id
    source: Id
    occurred_at: datetime  # RFC 3339; without an offset it is UTC
    schema_version: SchemaVersion = None
    received_at: datetime | None = None
    tenant_id: OptionalId = None
    anonymous_id: OptionalId = None
    contact_id: OptionalId = None
    email: OptionalId = None
    email_hash: OptionalId = None
    account_id: OptionalId = None
    account_domain: OptionalId = None
    account_match: AccountMatch | Absent | None = None
    consent: Consent | Absent | None = None
    is_bot: Flag = None
    bot_reason: OptionalText = None
    trace: Object = None
