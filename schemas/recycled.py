"""An account that sales gave back: it may fire again after its cooldown."""

import msgspec

from schemas.cloud_event import CloudEvent
from schemas.decision import PolicyRef


class RecycledData(msgspec.Struct, kw_only=True, gc=False):
    """What sales said, and until when the account rests."""

    sales_ready_id: str
    status: str
    reason: str
    policy: PolicyRef
    cooldown_until: str | None = None
    decision_by: str | None = None
    previous_owner: str | None = None


class Recycled(CloudEvent, kw_only=True):
    """`type` is intent.recycled.KIND.v1."""

    data: RecycledData
