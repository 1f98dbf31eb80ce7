"""`intent.thirdparty.v1`: what providers and review sites saw of a company elsewhere."""

from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from schemas.inputs.envelope import Envelope
from schemas.inputs.fields import Count, OptionalId, OptionalText, OptionalTime, Score

TOPIC_CLASSES: Final = frozenset("brand competitor category problem unknown".split())
ReviewAction = Literal["category", "alternatives", "compare", "profile", "pricing", ""]


class ThirdPartyEvent(Envelope, kw_only=True, gc=False):
    """What both types share. An unlisted topic_class is `unknown`."""

    provider: OptionalText = None
    methodology_version: OptionalText = None
    topic_id: OptionalId = None
    topic_name: OptionalText = None
    topic_class: Annotated[str, Meta(max_length=1024, examples=sorted(TOPIC_CLASSES))] | None = None
    score: Score = None
    score_scale: OptionalText = None
    period_start: OptionalTime = None
    period_end: OptionalTime = None
    unique_users: Count = None
    provider_baseline_days: Count = None
    review_action: ReviewAction | None = None
    location: Any = None


class TopicSurge(ThirdPartyEvent, tag="topic_surge", kw_only=True, gc=False):
    """A company reads more than usual about a topic."""


class ReviewSite(ThirdPartyEvent, tag="review_site", kw_only=True, gc=False):
    """Somebody of a company looked at us, or at our alternatives, on a review site."""


ThirdPartyRecord = TopicSurge | ReviewSite
