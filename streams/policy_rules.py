"""The parts of a policy that decide a score: frozen records, integers in all sums, caps and gates.

Points are milli-points, shares and factors thousandths, days UTC days. Every default is in
streams/reference.toml, with its reason.
"""

from collections.abc import Collection
from typing import Annotated, Literal

from msgspec import Struct

from streams.policy_units import (
    DERIVED,
    Band,
    Chance,
    Count,
    Countries,
    Day,
    Days,
    Factor,
    Keys,
    MinutesAsMs,
    Named,
    Names,
    Plain,
    Points,
    Rate,
    Ratio,
    Seconds,
    SecondsAsMs,
    Share,
    SomeDays,
    Total,
    Weight,
    Whole,
    Word,
    Words,
)  # fmt: skip

Stage = Literal["awareness", "consideration", "decision"]
SignalStage = Literal["", "awareness", "consideration", "decision", "by_content"]
TopicClass = Literal["brand", "competitor", "category", "problem", "unknown"]


class Icp(Struct, frozen=True, kw_only=True):
    """The ideal customer profile; what is empty or absent is no criterion."""

    employees_min: Whole | None
    employees_max: Whole | None
    industries: Words
    adjacent_industries: Words
    countries: Countries
    revenue_min: Whole | None
    technologies: Words
    education: bool

    @property
    def serves_education(self) -> bool:
        """Whether universities are customers: the flag says so, or an industry that is sold to."""
        return self.education or "education" in self.industries or "education" in self.adjacent_industries


class FitRules(Struct, frozen=True, kw_only=True):
    """Weights of the fit criteria in whole points and the two fit gates."""

    employees: Weight
    industry: Weight
    named_account: Weight
    country: Weight
    revenue: Weight
    technology: Weight
    partial: Share  # what a near miss or an unknown value counts
    band_stretch: Count  # near: from min / stretch to stretch x max
    revenue_near: Share  # near: from this share of the minimum
    gate_milli: Annotated[Total, Named("gate")]
    confidence_gate: Share


class SignalRule(Struct, frozen=True, kw_only=True):
    """What one signal is worth: milli-points, best N of a UTC day and person, window cap (its size), days."""

    name: Annotated[str, DERIVED]
    points: Points = 0
    per_day: Count
    cap: Points = 0  # size of the cap; of the floor where the points are negative
    half_life: SomeDays
    window: SomeDays
    stage: SignalStage
    min_dwell: Seconds  # 0: no minimum and no dwell multiplier


class Multipliers(Struct, frozen=True, kw_only=True):
    """Factors on one contribution, in thousandths."""

    dwell_steps: tuple[tuple[Seconds, Factor], ...]
    source: Annotated[dict[str, Factor], Keys(closed=True)]
    prompted_by: Annotated[dict[str, Factor], Keys(closed=True)]
    stage: Annotated[dict[str, Factor], Keys(closed=True)]
    persona_match: Factor
    persona_mismatch: Factor
    clamp_min: Factor
    clamp_max: Factor
    email_reply: Factor
    email_forward: Factor


class Storyline(Struct, frozen=True, kw_only=True):
    """A series read through: milli-points by pace, the share of pieces, the days they may lie apart."""

    one_day: Points
    over_days: Points
    email_factor: Factor
    ratio: Share
    window: SomeDays


class ContentRules(Struct, frozen=True, kw_only=True):
    """From where on a webinar counts as attended and a video as seen."""

    webinar_minutes: Whole
    webinar_share: Share
    on_demand_minutes: Whole
    video_share: Share
    video_type: Word


class TopicRule(Struct, frozen=True, kw_only=True):
    """A third-party topic the provider watches for us: its class and its relevance in thousandths."""

    topic_class: Annotated[TopicClass, Named("class")]
    weight: Factor = 1000


class ThirdParty(Struct, frozen=True, kw_only=True):
    """Points of bought and shared signals, and what counts as corroboration."""

    surge_min: Whole
    baseline: Whole
    per_ten: Points
    class_factor: Annotated[dict[str, Factor], Keys(closed=True)]
    review_points: Annotated[dict[str, Points], Keys(closed=True)]
    corroboration_days: SomeDays
    corroboration_min_topics: Count
    corroboration_share: Share
    corroboration_classes: Words
    corroboration_actions: Words
    configured_topics: Annotated[dict[str, TopicRule], Named("topics"), Keys(closed=False)]

    def topic_count(self, classes: Collection[str]) -> int:
        """How many configured topics are of one of these classes."""
        return sum(topic.topic_class in classes for topic in self.configured_topics.values())


class EmailRules(Struct, frozen=True, kw_only=True):
    """Which e-mail clicks are human."""

    page_within_ms: Annotated[MinutesAsMs, Named("page_within_minutes")]
    scanner_seconds: Seconds
    burst_ms: Annotated[SecondsAsMs, Named("burst_seconds")]
    burst_links: Count


class People(Struct, frozen=True, kw_only=True):
    """Who counts as a person, how much one can carry, and which role they have."""

    person_cap: Total
    engaged_points: Total
    engaged_base: Total
    recent_base: Total
    recent_days: Days
    anonymous_cap: Total
    anonymous_confidence: Share
    anonymous_weight: Factor
    anonymous_max: Factor
    reverse_ip_confidence: Share
    minimum: tuple[tuple[Band, Count], ...]
    unknown_minimum: Count
    self_directed_gate: Share
    role_factor: Annotated[dict[str, Factor], Keys(closed=False, form="word")]
    other_role: Factor
    seniority_roles: Annotated[dict[str, Word], Keys(closed=False, form="word")]
    function_roles: Annotated[dict[str, Word], Keys(closed=False, form="word")]
    known_function_role: Word
    shared_mailboxes: Words

    def minimum_people(self, employees: int | None) -> int:
        """How many people an account of this size needs."""
        if employees is None:
            return self.unknown_minimum
        return next(people for upto, people in self.minimum if upto is None or employees < upto)


class Caps(Struct, frozen=True, kw_only=True):
    """Caps of a whole account in milli-points."""

    third_party: Total
    intent: Total


class Surge(Struct, frozen=True, kw_only=True):
    """The test of a window against the account's own baseline."""

    window_days: SomeDays
    baseline_days: SomeDays
    prior_milli: Annotated[Rate, Named("prior")]
    delta: Factor
    p_max: Chance
    lift_min: Ratio
    n_min: Count
    person_day_base: Total  # base points from which an act makes a person-day
    lambda_default: Rate  # person-days per missing day, thousandths
    lambda_milli: Annotated[dict[str, Rate], Named("lambda"), Keys(closed=False)]
    bands: tuple[tuple[Band, Plain], ...]
    gaps: tuple[tuple[Day, Day], ...]  # first and last day of each gap, both inside it

    def cohort(self, employees: int | None) -> tuple[str, int]:
        """The employee band and its rate for a missing day in thousandths of a person-day."""
        if employees is None:
            return "unknown", self.lambda_milli.get("unknown", self.lambda_default)
        band = next(name for upto, name in self.bands if upto is None or employees < upto)
        return band, self.lambda_milli.get(band, self.lambda_default)


class Readiness(Struct, frozen=True, kw_only=True):
    """The steps of readiness in milli-points."""

    people_points: tuple[Total, ...]  # by whole people; the last one for more
    decision_two: Total
    decision_one: Total
    consideration: Total
    role_points: Total
    role_cap: Total
    surge_points: Total


class Weights(Struct, frozen=True, kw_only=True):
    """What each dimension is of the score, in thousandths; they sum to 1000."""

    fit: Share
    intent: Share
    readiness: Share


class Thresholds(Struct, frozen=True, kw_only=True):
    """Lines a score crosses, in milli-points."""

    ready: Total
    early: Total
    warming_enter: Total
    warming_exit: Total
    episode_exit: Total
    near_miss: Total
    intent_gate: Total
    fit: Annotated[Total, DERIVED]  # fit.gate


class Disqualify(Struct, frozen=True, kw_only=True):
    """Whom no score helps."""

    embargoed_countries: Countries
    served_countries: Countries
    student_domains: Names  # ".edu" is a suffix, ".ac.*" any country under .ac
    student_titles: Words
    freelancer_employees: Whole
    freelancer_titles: Words
    job_seeker_category: Word
    job_seeker_visits: Count
    job_seeker_share: Share
    job_seeker_days: SomeDays
    job_seeker_exclude_days: SomeDays


class Lateness(Struct, frozen=True, kw_only=True):
    """From when on a record is late, or too far ahead."""

    first_party_hours: Whole
    third_party_days: Days
    future_minutes: Whole
    unknown_minutes: Whole


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds of the state of one account."""

    contacts: Count
    contributions: Count
    row: Count
    dedupe_days: SomeDays
    dedupe_ids: Count
