"""What was decided, under which policy, past which gates."""

from typing import Literal

import msgspec

GateName = Literal["fit", "intent", "people", "decision_stage", "self_directed", "score"]
State = Literal["idle", "warming", "open", "cooling", "held", "suppressed", "redirected"]


class Gate(msgspec.Struct, kw_only=True):
    """One gate: what it asks for and what is there; milli-points, thousandths, or a count of persons."""

    name: GateName
    required: int
    actual: int
    passed: bool


class Thresholds(msgspec.Struct, kw_only=True):
    """The lines that S was compared with, milli-points."""

    ready: int
    early: int
    warming_enter: int
    warming_exit: int
    episode_exit: int


class Counterfactuals(msgspec.Struct, kw_only=True):
    """S as it would be without one kind of evidence, milli-points; None where it was not computed."""

    without_third_party: int | None = None
    without_email_prompted: int | None = None
    without_top_person: int | None = None


class Decision(msgspec.Struct, kw_only=True):
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
    state_from: str = ""
    state_to: str = ""
    thresholds: Thresholds | None = None
    gates: list[Gate] = []
    disqualifiers_checked: list[str] = []
    fit_confidence: int | None = None
    counterfactuals: Counterfactuals = msgspec.field(default_factory=Counterfactuals)


class PolicyRef(msgspec.Struct, kw_only=True):
    """The policy that decided. `hash` is the hex SHA-256 of its canonical form."""

    policy_id: str
    version: int
    hash: str
    processor_version: str = ""
    shadow: bool = False


class Surge(msgspec.Struct, kw_only=True):
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
