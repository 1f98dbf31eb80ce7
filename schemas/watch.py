"""Early notices and near misses: no call to sales, but somebody may want to look."""

from typing import Final

import msgspec

from schemas.brief import Brief, WhyNow
from schemas.buying_group import BuyingGroup
from schemas.cloud_event import CloudEvent
from schemas.decision import Decision, PolicyRef, Surge
from schemas.explanation import Explanation
from schemas.handover import Routing, SlaTerms

WATCH_TOPIC: Final = "intent.watch.v1"


class WatchData(msgspec.Struct, kw_only=True, gc=False):
    """The blocks; each gate says its distance. Tier and trigger are null but on an early notice."""

    decision: Decision
    policy: PolicyRef
    surge: Surge | None = None
    buying_group: BuyingGroup = msgspec.field(default_factory=BuyingGroup)
    explanation: Explanation | None = None
    why_now: WhyNow = msgspec.field(default_factory=WhyNow)
    brief: Brief = msgspec.field(default_factory=Brief)
    routing: Routing = msgspec.field(default_factory=Routing)
    sla: SlaTerms = msgspec.field(default_factory=SlaTerms)


class Watch(CloudEvent, kw_only=True):
    """`type` is intent.watch.{early,near_miss,cleared}.v1."""

    data: WatchData
