"""The control streams: what sales did, who is to be forgotten, a new policy, the content taxonomy."""

from typing import Any, Literal

import msgspec

from schemas.disposition import DispositionReason, DispositionStatus
from schemas.inputs.content import Stage
from schemas.inputs.envelope import Envelope
from schemas.inputs.fields import (
    Absent,
    Count,
    Id,
    LongText,
    Number,
    Object,
    OptionalId,
    OptionalLongText,
    OptionalText,
    OptionalTime,
)


class DispositionRecord(Envelope, tag="disposition", kw_only=True, gc=False):
    """What sales did with one sales-ready event; the account_id has to be there (scoring.md section 9)."""

    sales_ready_id: Id
    status: DispositionStatus
    reason: DispositionReason | Absent | None = None
    actor_id: OptionalText = None
    first_touch_at: OptionalTime = None
    referred_contact: OptionalText = None
    decision_by: OptionalTime = None
    bant: Object = None
    opportunity_id: OptionalText = None
    amount: Number = None
    currency: OptionalText = None
    note: OptionalLongText = None


class EraseRecord(Envelope, tag="erase", kw_only=True, gc=False):
    """Forget this person."""


class PolicyRecord(Envelope, tag="policy", kw_only=True, gc=False):
    """A new policy, as an object or as TOML or JSON text. It concerns everybody and needs no identity."""

    policy: dict[str, Any] | Absent | None = None
    document: LongText | None = None


class Storyline(msgspec.Struct, kw_only=True, gc=False):
    """Where a piece stands in a storyline."""

    id: OptionalId = None
    position: Count = None
    length: Count = None


class TaxonomyRecord(msgspec.Struct, kw_only=True, gc=False):
    """What a piece of content is about. The key of the record is its content_id; a null value removes it.

    It needs no envelope. `type` is read as the content type where there is no content_type.
    """

    content_id: OptionalId = None
    schema_version: Literal[1, "1", ""] | None = None
    type: OptionalText = None
    content_type: OptionalText = None
    persona: OptionalText = None
    stage: Stage | None = None
    topic: OptionalText = None
    storyline: Storyline | OptionalId = None
    storyline_id: OptionalId = None
    storyline_position: Count = None
    storyline_length: Count = None
