"""`intent.content.v1`: papers, webinars, events, videos, questions."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from schemas.inputs.envelope import Envelope
from schemas.inputs.fields import Count, Flag, Number, OptionalId, OptionalText, Percent

PROMPTS: Final = frozenset("email self ad unknown".split())
Stage = Literal["awareness", "consideration", "decision", ""]


class ContentEvent(Envelope, kw_only=True, gc=False):
    """What all types share. content_type and persona are open; an unlisted prompted_by is `unknown`."""

    content_id: OptionalId = None
    content_type: OptionalText = None
    persona: OptionalText = None
    stage: Stage | None = None
    cycle: OptionalText = None
    topic: OptionalText = None
    storyline_id: OptionalId = None
    storyline_position: Count = None
    storyline_length: Count = None
    expected_read_seconds: Number = None
    dwell_seconds: Number = None
    minutes: Number = None
    completion_pct: Percent = None
    gated: Flag = None
    prompted_by: Annotated[str, Meta(max_length=1024, examples=sorted(PROMPTS))] | None = None
    campaign_id: OptionalText = None


class DownloadClicked(ContentEvent, tag="download_clicked", kw_only=True, gc=False):
    """A download was asked for."""


class DownloadConsumed(ContentEvent, tag="download_consumed", kw_only=True, gc=False):
    """A download was read, for dwell_seconds."""


class WebinarRegistered(ContentEvent, tag="webinar_registered", kw_only=True, gc=False):
    """A seat in a webinar was taken."""


class WebinarAttended(ContentEvent, tag="webinar_attended", kw_only=True, gc=False):
    """The person was there, for minutes or completion_pct."""


class WebinarOnDemand(ContentEvent, tag="webinar_on_demand", kw_only=True, gc=False):
    """A recording was watched, for minutes."""


class EventRegistered(ContentEvent, tag="event_registered", kw_only=True, gc=False):
    """A place at an event was taken."""


class EventAttended(ContentEvent, tag="event_attended", kw_only=True, gc=False):
    """The person came to an event."""


class VideoPlayed(ContentEvent, tag="video_played", kw_only=True, gc=False):
    """A video ran, to completion_pct."""


class QuestionAsked(ContentEvent, tag="question_asked", kw_only=True, gc=False):
    """The person asked something at a webinar or event."""


class SyndicatedLead(ContentEvent, tag="syndicated_lead", kw_only=True, gc=False):
    """A publisher sold us a download of our paper on their site."""


ContentRecord = (
    DownloadClicked
    | DownloadConsumed
    | WebinarRegistered
    | WebinarAttended
    | WebinarOnDemand
    | EventRegistered
    | EventAttended
    | VideoPlayed
    | QuestionAsked
    | SyndicatedLead
)
