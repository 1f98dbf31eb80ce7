"""The six gates: what each asks for, what is there, how far it is, and what is missing in plain words."""

from typing import Final

from schemas.decision import Gate, GateName, Thresholds
from streams.policy import Policy
from streams.scoring import Assessment

_ORDINALS: Final = {1: "1st", 2: "2nd", 3: "3rd"}


def gate_details(assessment: Assessment, policy: Policy) -> list[Gate]:
    """Every gate in its own unit: milli-points, thousandths, of decision_stage persons."""
    marks = policy.thresholds
    asked: tuple[tuple[GateName, int, int], ...] = (
        ("fit", policy.fit.gate_milli, assessment.F),
        ("intent", marks.intent_gate, assessment.I),
        ("people", 1000 * assessment.minimum, assessment.people),
        ("decision_stage", 1, assessment.decision_people),
        ("self_directed", policy.people.self_directed_gate, assessment.self_directed_share()),
        ("score", marks.ready, assessment.S),
    )
    return [
        Gate(
            name=name,
            required=required,
            actual=actual,
            passed=assessment.gates[name],
            distance=max(0, required - actual),
        )
        for name, required, actual in asked
    ]


def thresholds(policy: Policy) -> Thresholds:
    """The lines in force."""
    marks = policy.thresholds
    return Thresholds(
        ready=marks.ready,
        early=marks.early,
        warming_enter=marks.warming_enter,
        warming_exit=marks.warming_exit,
        episode_exit=marks.episode_exit,
        near_miss=marks.near_miss,
        intent=marks.intent_gate,
        fit=policy.fit.gate_milli,
    )


def missing_words(assessment: Assessment, policy: Policy) -> list[str]:
    """What each failed gate asks for, in the words of a person; nothing where all are passed."""
    said: list[str] = []
    for gate in gate_details(assessment, policy):
        if not gate.passed:
            said += _words(gate, assessment, policy)
    return said


def _words(gate: Gate, assessment: Assessment, policy: Policy) -> list[str]:
    short = tenths_up(gate.distance)
    if gate.name == "fit":
        return _fit_words(gate, assessment, policy)
    if gate.name == "people":
        return [_people_words(gate, assessment)]
    if gate.name == "decision_stage":
        return ["somebody close to a decision needed (pricing, comparison, security, demo)"]
    if gate.name == "self_directed":
        share, need = percent(gate.actual), percent(gate.required)
        return [f"more of their own accord needed: {share} self-directed, {need} required"]
    return [f"{short} more points of {gate.name} needed"]


def _fit_words(gate: Gate, assessment: Assessment, policy: Policy) -> list[str]:
    said = []
    if gate.distance:
        said.append(f"{tenths_up(gate.distance)} more points of fit needed")
    if assessment.fit.confidence < policy.fit.confidence_gate:
        known, need = percent(assessment.fit.confidence), percent(policy.fit.confidence_gate)
        said.append(f"needs_enrichment: {known} of the company profile is known, {need} required")
    return said


def _people_words(gate: Gate, assessment: Assessment) -> str:
    more = -(-gate.distance // 1000)
    if more == 1 and assessment.minimum > 1:
        return f"{_ORDINALS.get(assessment.minimum, f'{assessment.minimum}th')} person needed"
    if gate.actual == 0:
        return f"{more} people needed"
    return f"{more} more people needed"


def tenths_up(milli: int) -> str:
    """Milli-points as points with one decimal, rounded up: what is short is never shown as nothing."""
    tenths = -(-milli // 100)
    return f"{tenths // 10}.{tenths % 10}"


def tenths(milli: int) -> str:
    """Milli-points as points with one decimal, cut: what is short of a line is never shown as on it."""
    whole, rest = divmod(abs(milli) // 100, 10)
    return f"{'-' if milli < 0 else ''}{whole}.{rest}"


def percent(thousandths: int) -> str:
    """Thousandths as a whole percentage, cut."""
    return f"{thousandths // 10} %"
