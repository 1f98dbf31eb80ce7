"""Hand-raises that a person has to look at first: of unknown companies, of customers and partners."""

import msgspec

from schemas.brief import Brief, WhyNow
from schemas.buying_group import BuyingGroup
from schemas.cloud_event import CloudEvent
from schemas.decision import Decision, PolicyRef
from schemas.explanation import Explanation
from schemas.handover import Routing, SlaTerms


class HandRaise(msgspec.Struct, kw_only=True, gc=False):
    """Who asked for what, where."""

    event_id: str
    at: str
    person_ref: str
    form_kind: str = ""  # demo_request, contact_sales, quote, or chat
    url: str = ""


class ReviewData(msgspec.Struct, kw_only=True, gc=False):
    """The blocks; `reason` says why a hand-raise was not released."""

    decision: Decision
    policy: PolicyRef
    reason: str | None = None  # unknown_company, fit, freemail, disposable, unresolved
    hand_raise: HandRaise | None = None
    due_at: str | None = None  # when a held one is given up
    buying_group: BuyingGroup = msgspec.field(default_factory=BuyingGroup)
    explanation: Explanation | None = None
    why_now: WhyNow = msgspec.field(default_factory=WhyNow)
    brief: Brief = msgspec.field(default_factory=Brief)
    routing: Routing = msgspec.field(default_factory=Routing)
    sla: SlaTerms = msgspec.field(default_factory=SlaTerms)


class Review(CloudEvent, kw_only=True):
    """`type` is intent.review.{held,released,not_released,redirected}.v1."""

    data: ReviewData
