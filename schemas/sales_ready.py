"""The sales-ready event: this account, these people, now, for these reasons (scoring.md section 10)."""

from typing import Final

import msgspec

from schemas.brief import Brief, WhyNow
from schemas.buying_group import BuyingGroup
from schemas.cloud_event import CloudEvent
from schemas.decision import Decision, PolicyRef, Surge
from schemas.explanation import Explanation
from schemas.handover import Attribution, Feedback, Privacy, Routing, SlaTerms

SALES_READY_TOPIC: Final = "intent.sales-ready.v1"


class SalesReadyData(msgspec.Struct, kw_only=True, gc=False):
    """The blocks. All are there from the start; what is not known is empty, never invented."""

    decision: Decision
    policy: PolicyRef
    surge: Surge | None = None
    buying_group: BuyingGroup = msgspec.field(default_factory=BuyingGroup)
    explanation: Explanation | None = None
    why_now: WhyNow = msgspec.field(default_factory=WhyNow)
    brief: Brief = msgspec.field(default_factory=Brief)
    routing: Routing = msgspec.field(default_factory=Routing)
    sla: SlaTerms = msgspec.field(default_factory=SlaTerms)
    attribution: Attribution = msgspec.field(default_factory=Attribution)
    feedback: Feedback = msgspec.field(default_factory=Feedback)
    privacy: Privacy = msgspec.field(default_factory=Privacy)


class SalesReady(CloudEvent, kw_only=True):
    """`type` is intent.sales_ready.{opened,updated,withdrawn,expired}.v1."""

    data: SalesReadyData
