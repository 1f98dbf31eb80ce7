"""What was decided, under which policy, past which gates."""

from typing import Literal

import msgspec

GateName = Literal["fit", "intent", "people", "decision_stage", "self_directed", "score"]
State = Literal["idle", "warming", "open", "cooling", "held", "suppressed", "redirected"]


class Gate(msgspec.Struct, kw_only=True, gc=False):
    """One gate: what it asks for, what is there, what it lacks; milli-points, thousandths, or persons."""

    name: GateName
    required: int
    actual: int
    passed: bool
    distance: int = 0  # in the gate's own unit; 0 where there is enough


class Thresholds(msgspec.Struct, kw_only=True, gc=False):
    """The lines that S, and for the last two I and F, were compared with; milli-points."""

    ready: int
    early: int
    warming_enter: int
    warming_exit: int
    episode_exit: int
    near_miss: int = 0
    intent: int = 0
    fit: int = 0


class Counterfactuals(msgspec.Struct, kw_only=True, gc=False):
    """S as it would be without one kind of evidence, milli-points; None where it was not computed."""

    without_third_party: int | None = None
    without_email_prompted: int | None = None
    without_top_person: int | None = None


class Disqualifier(msgspec.Struct, kw_only=True, gc=False):
    """A rule that found something: what it found, on whom, and what that does."""

    code: str
    scope: Literal["event", "person", "account"]
    effect: Literal["drop", "exclude", "suppress", "redirect", "hold"]
    evidence: str = ""  # what the rule saw; of persons how many
    expires_at: str | None = None
    source: Literal["rule", "disposition", "manual"] = "rule"


class Decision(msgspec.Struct, kw_only=True, gc=False):
    """The decision block. Scores in integer milli-points, fit_confidence in thousandths."""

    kind: str
    S: int
    F: int
    I: int  # noqa: E741  the specification's name
    R: int
    tier: str | None = None
    tier_previous: str | None = None
    trigger: str | None = None
    update_reason: str | None = None
    cause: str | None = None  # the code behind a withdrawal, an expiry or a review
    state_from: str = ""
    state_to: str = ""
    thresholds: Thresholds | None = None
    gates: list[Gate] = []
    missing: list[str] = []  # what the failed gates ask for, in words
    disqualifiers_checked: list[str] = []
    disqualified: list[Disqualifier] = []
    fit_confidence: int | None = None
    counterfactuals: Counterfactuals = msgspec.field(default_factory=Counterfactuals)


class PolicyRef(msgspec.Struct, kw_only=True, gc=False):
    """The policy that decided. `hash` is the hex SHA-256 of its canonical form."""

    policy_id: str
    version: int
    hash: str
    processor_version: str = ""
    shadow: bool = False


class Surge(msgspec.Struct, kw_only=True, gc=False):
    """The surge test: person-days of the window against the account's own baseline. Reals rounded to 1e-9."""

    window_start: str
    window_end: str
    n_current: int
    baseline_days_observed: int
    n_baseline: int
    expected: float
    lift: float
    p: float
    surge_score: float
    delta: float
    surge: bool = False
    cohort: str = ""
