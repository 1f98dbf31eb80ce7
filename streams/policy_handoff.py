"""The parts of a policy that decide what happens with a score: tiers, states, clocks, reasons, brief.

Times are as named; points are milli-points, shares thousandths. Every default is in streams/reference.toml.
"""

from typing import Annotated, Literal

from msgspec import Struct

from streams.policy_units import (
    DERIVED,
    Chance,
    Count,
    Date,
    Days,
    Factor,
    Hours,
    Keys,
    Link,
    Minutes,
    Named,
    Names,
    Plain,
    Share,
    SomeDays,
    TimeOfDay,
    Total,
    Whole,
    Word,
    Words,
    Zone,
)  # fmt: skip

Dimension = Literal["fit", "intent", "readiness", "data", "routing"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ClockKind = Literal["24x7", "business"]
TaskDue = Literal["same_day", "same_business_day", "next_business_day"]


class States(Struct, frozen=True, kw_only=True):
    """How an account moves between its states."""

    exit_hours: Hours
    update_rise: Total
    update_gap_hours: Hours
    early_rest_days: Days
    ttl_days: Annotated[dict[str, int], DERIVED]  # by tier, from tiers.*.ttl_days
    cooldown_after_ttl_days: Days
    cooldown_days: Annotated[dict[str, int], DERIVED]  # by reason, from reasons.*.cooldown_days
    default_cooldown: Annotated[Days, Named("default_cooldown_days")]
    override_p: Chance


class Early(Struct, frozen=True, kw_only=True):
    """Where early notices go and what else calls for one."""

    to: Literal["watch", "sales-ready"]
    review_site: bool
    review_recent_days: SomeDays


class FastTrack(Struct, frozen=True, kw_only=True):
    """Hand-raises: which forms, what an unknown company means, how long a review runs."""

    form_kinds: Words
    unknown_company: Literal["review", "fast"]
    review_minutes: Minutes
    confidence: Share


class ActNow(Struct, frozen=True, kw_only=True):
    """Two different people on the same decisive page within the surge window."""

    persons: Count
    pages: Words
    video_share: Share


class Tier(Struct, frozen=True, kw_only=True):
    """The clocks of one tier; without `first_touch_minutes` the first touch is due with the task."""

    first_touch_minutes: Minutes | None = None
    clock: ClockKind
    task_due: TaskDue
    ttl_days: SomeDays


class Calendar(Struct, frozen=True, kw_only=True):
    """Working hours of a territory; `start` and `end` in minutes after local midnight, half-open."""

    timezone: Zone
    days: tuple[Weekday, ...]
    start: TimeOfDay
    end: TimeOfDay
    holidays: tuple[Date, ...] = ()


class Sla(Struct, frozen=True, kw_only=True):
    """When sales is reminded, in thousandths of the time allowed, and by which calendar."""

    warn: Factor
    breach: Factor
    escalate: Factor
    followup_touches: Count
    followup_business_days: Count
    calendars: Annotated[dict[str, Calendar], Keys(closed=False)]
    territories: Annotated[dict[str, Plain], Keys(closed=False)]  # territory_key -> calendar

    def calendar_of(self, territory_key: str) -> Calendar:
        """The calendar of a territory; the one called "default" where the policy names none."""
        return self.calendars[self.territories.get(territory_key, "default")]


class Budget(Struct, frozen=True, kw_only=True):
    """How many alerts a day; 0 is no limit."""

    per_day: Whole
    segments: Annotated[dict[str, Whole], Keys(closed=False)]

    @property
    def is_on(self) -> bool:
        """Whether any segment has a limit."""
        return bool(self.per_day or any(self.segments.values()))

    def limit(self, segment: str) -> int | None:
        """Alerts a UTC day for this segment, over all partitions; None where there is no limit."""
        return self.segments.get(segment, self.per_day) or None


class ReasonRule(Struct, frozen=True, kw_only=True):
    """What a disposition's reason says about us and does to the account.

    `needs` is what besides the days must happen before the account may fire again; `effect` is what it
    switches off.
    """

    dimension: Dimension
    cooldown_days: Days | None = None  # absent: states.default_cooldown_days
    needs: Literal["", "fit_change", "different_person", "opportunity_closed", "decision_date"] = ""
    effect: Literal["", "exclude_person", "suppress_account", "email_off", "phone_off"] = ""


class Scores(Struct, frozen=True, kw_only=True):
    """How much of the published score, and how often."""

    explanation_from: Total
    interval_seconds: Whole
    contact_cards: Whole


class Brief(Struct, frozen=True, kw_only=True):
    """Keys that routing turns into a talk track; the first rule that matches the top signal wins."""

    default_angle: Plain
    angles: Annotated[dict[str, Plain], Keys(closed=False)]  # signal -> angle key
    default_action: Plain
    actions: Annotated[dict[str, Plain], Keys(closed=False)]  # trigger -> next best action key
    assets: Annotated[dict[str, Names], Keys(closed=False)]  # angle key -> content ids, at most three


class Learning(Struct, frozen=True, kw_only=True):
    """Bounds of what dispositions may propose; nothing changes by itself."""

    min_dispositions: Count
    prior: Count
    change_min: Factor
    change_max: Factor
    unchanged_dimensions: tuple[Dimension, ...]


class Quality(Struct, frozen=True, kw_only=True):
    """Limits above which the policy's own ground is too thin to stand on."""

    untagged_content_max: Share
    unknown_attributes_max: Share
    sample_min: Count


class Outcome(Struct, frozen=True, kw_only=True):
    """What sales said to the alerts of one source."""

    accepted: Whole
    rejected: Whole


class Attribution(Struct, frozen=True, kw_only=True):
    """How far each source is to be trusted, as counted from dispositions (`intent policy learn`)."""

    source_accept_rates: Annotated[dict[str, Outcome], Keys(closed=False, form="word")]


class Routing(Struct, frozen=True, kw_only=True):
    """Where the record of an account is; "" where nobody says."""

    record_url: Link


class Privacy(Struct, frozen=True, kw_only=True):
    """How long what a record says about people may be kept."""

    retention_days: SomeDays


class Approver(Struct, frozen=True, kw_only=True):
    """Who signed this policy, for which team, when."""

    name: Plain
    team: Word
    date: Date


class Approval(Struct, frozen=True, kw_only=True):
    """The signatures; no part of the policy's hash, so that a policy can be signed by its hash."""

    note: Plain
    approvers: tuple[Approver, ...]
