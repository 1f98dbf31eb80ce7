"""What a seller reads before the call: why now, and what the account has been doing."""

import msgspec


class WhyNow(msgspec.Struct, kw_only=True, gc=False):
    """One to three plain sentences made from the top lines; `hypothesis` is inference and says so."""

    sentences: list[str] = []  # they name no person: roles only
    line_ids: list[str] = []  # the lines of the explanation that they were made from
    headline: str = ""  # at most 160 characters
    hypothesis: str = ""


class Activity(msgspec.Struct, kw_only=True, gc=False):
    """One thing somebody did."""

    at: str
    signal: str
    person_ref: str = ""
    what: str = ""  # the page without its query, or the content
    type: str = ""
    source: str = ""  # of the session, or what prompted the act
    points: int = 0  # milli-points before decay and caps; 0 for what was skimmed
    dwell_seconds: int | None = None


class Visits(msgspec.Struct, kw_only=True, gc=False):
    """How often the account came."""

    sessions: int = 0
    days: int = 0


class StorylineRead(msgspec.Struct, kw_only=True, gc=False):
    """How far one person read a storyline. `mode` is single_session or over_time."""

    id: str
    read: int
    length: int
    mode: str = ""
    person_ref: str = ""
    email_share: int = 0  # thousandths of the pieces that e-mail led to


class TopicRead(msgspec.Struct, kw_only=True, gc=False):
    """What a provider saw of the company. The score in milli-points of 0-100."""

    provider: str
    topic: str
    score: int
    period_end: str | None = None
    topic_class: str = msgspec.field(name="class", default="unknown")


class Trend(msgspec.Struct, kw_only=True, gc=False):
    """This week against the week before: rising, falling, steady or none, and whether both sides agree."""

    first_party: str = "none"
    third_party: str = "none"
    concordant: bool = False


class Brief(msgspec.Struct, kw_only=True, gc=False):
    """The brief block: at most 20 activities, 5 pages, 10 pieces of content, 3 assets."""

    recent_activity: list[Activity] = []
    visits: Visits = msgspec.field(default_factory=Visits)
    top_pages: list[str] = []
    content: list[str] = []
    storylines: list[StorylineRead] = []
    campaigns: list[str] = []
    sources: list[str] = []
    third_party: list[TopicRead] = []
    corroborated: bool = False  # third parties see the same interest of late
    trend: Trend = msgspec.field(default_factory=Trend)
    topic_overlap: int | None = None  # thousandths of the provider's topics that were read about here too
    distinct_assets: int = 0
    angle_key: str = ""
    next_best_action_key: str = ""
    relevant_assets: list[str] = []
