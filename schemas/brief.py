"""What a seller reads before the call: why now, and what the account has been doing."""

import msgspec


class WhyNow(msgspec.Struct, kw_only=True):
    """One to three plain sentences made from the top lines; `hypothesis` is inference and says so."""

    sentences: list[str] = []
    headline: str = ""  # at most 160 characters
    hypothesis: str = ""


class Activity(msgspec.Struct, kw_only=True):
    """One thing somebody did."""

    at: str
    signal: str
    person_ref: str = ""
    what: str = ""


class Visits(msgspec.Struct, kw_only=True):
    """How often the account came."""

    sessions: int = 0
    days: int = 0


class StorylineRead(msgspec.Struct, kw_only=True):
    """How far a storyline was read. `mode` says whether in one day or over several."""

    id: str
    read: int
    length: int
    mode: str = ""


class TopicRead(msgspec.Struct, kw_only=True):
    """What a provider saw of the company. The score in milli-points of 0-100."""

    provider: str
    topic: str
    score: int
    period_end: str | None = None
    topic_class: str = msgspec.field(name="class", default="unknown")


class Brief(msgspec.Struct, kw_only=True):
    """The brief block: at most 20 activities, 5 pages, 10 pieces of content, 3 assets."""

    recent_activity: list[Activity] = []
    visits: Visits = msgspec.field(default_factory=Visits)
    top_pages: list[str] = []
    content: list[str] = []
    storylines: list[StorylineRead] = []
    campaigns: list[str] = []
    sources: list[str] = []
    third_party: list[TopicRead] = []
    distinct_assets: int = 0
    angle_key: str = ""
    next_best_action_key: str = ""
    relevant_assets: list[str] = []
