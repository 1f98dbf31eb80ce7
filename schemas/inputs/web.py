"""`intent.web.v1`: pages seen, forms sent, chats begun."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from schemas.inputs.envelope import Envelope
from schemas.inputs.fields import Flag, Number, OptionalId, OptionalLongText, OptionalText, Percent

PAGE_CATEGORIES: Final = frozenset(
    "pricing comparison product integrations security docs case_study why_us blog home demo contact careers "
    "investors login support legal other".split()
)
SESSION_SOURCES: Final = frozenset(
    "direct organic_search paid email social referral internal unknown".split()
)
FormKind = Literal["demo_request", "contact_sales", "quote", "other", ""]


class WebEvent(Envelope, kw_only=True, gc=False):
    """What all types share. An unlisted page_category is `other`, a session_source `unknown`."""

    session_id: OptionalId = None
    session_source: Annotated[str, Meta(max_length=1024, examples=sorted(SESSION_SOURCES))] | None = None
    utm_source: OptionalText = None
    utm_medium: OptionalText = None
    utm_campaign: OptionalText = None
    utm_term: OptionalText = None
    utm_content: OptionalText = None
    campaign_id: OptionalText = None
    url: OptionalLongText = None
    page_category: Annotated[str, Meta(max_length=1024, examples=sorted(PAGE_CATEGORIES))] | None = None
    content_id: OptionalId = None
    dwell_seconds: Number = None  # engaged time; counts on page_engagement only
    scroll_pct: Percent = None
    form_kind: FormKind | None = None
    asks_for_sales: Flag = None


class PageView(WebEvent, tag="page_view", kw_only=True, gc=False):
    """A page was opened."""


class PageEngagement(WebEvent, tag="page_engagement", kw_only=True, gc=False):
    """How long a page of a visit was really looked at, so far."""


class FormSubmit(WebEvent, tag="form_submit", kw_only=True, gc=False):
    """A form was sent; with a content_id it is the gate of that download."""


class ChatStarted(WebEvent, tag="chat_started", kw_only=True, gc=False):
    """A chat was begun; it may ask for sales."""


WebRecord = PageView | PageEngagement | FormSubmit | ChatStarted
