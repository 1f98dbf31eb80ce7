"""A sales-ready event that waits: warned, breached, escalated."""

from typing import Literal

import msgspec

from schemas.cloud_event import CloudEvent
from schemas.decision import PolicyRef


class SlaData(msgspec.Struct, kw_only=True, gc=False):
    """Which clock, how much of it is used (percent), and who is told."""

    sales_ready_id: str
    clock: Literal["first_touch", "followup"]
    tier: str
    due_at: str
    used_pct: int
    policy: PolicyRef
    owner: str | None = None
    backup_owner: str | None = None
    touches: int | None = None


class Sla(CloudEvent, kw_only=True):
    """`type` is intent.sla.{warn,breach,escalate}.v1."""

    data: SlaData
