"""The bad leads of the sample market: what held each of them, read from their score records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from streams.gates import percent, tenths
from streams.market import Truth
from streams.words import REASONS, listed, plain

_SIDES: Final = ("suppressed", "redirected", "held")
_QUIET: Final = "quiet"  # the archetype of the crowd: nothing to tell


@dataclass(frozen=True, slots=True)
class HeldLead:
    """One bad lead: who it is, what it scored, what held it. `fired` should never be true."""

    account: str
    name: str
    archetype: str
    score: int | None  # milli-points; None where it has no account
    held_by: str
    why: str
    fired: bool = False

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def held_leads(
    truths: Iterable[Truth],
    scores: Mapping[str, Mapping[str, Any]],
    fired: set[str],
    reviews: Mapping[str, str],
) -> list[HeldLead]:
    """Every bad lead that something is known of. `scores` and `reviews` (reason codes) are by subject."""
    leads = []
    for truth in truths:
        if truth.expected == "fires" or truth.archetype == _QUIET:
            continue
        score, review = scores.get(truth.account), reviews.get(truth.account)
        if score is None and review is None:
            continue
        leads.append(
            HeldLead(
                account=truth.account,
                name=truth.name,
                archetype=plain(truth.archetype),
                score=None if score is None else score.get("S"),
                held_by=held_by(score or {}, truth, review),
                why=truth.why,
                fired=truth.account in fired,
            )
        )
    return leads


def held_by(score: Mapping[str, Any], truth: Truth, review: str | None = None) -> str:
    """The gate or disqualifier that holds an account, with what it asked for and what was there."""
    state = score.get("state")
    if state in _SIDES:
        return f"{state}: {REASONS.get(truth.gate, plain(truth.gate))}"
    if review is not None:
        return f"review: {REASONS.get(review, plain(review))}"
    excluded = [card["excluded"] for card in score.get("people_list") or () if card.get("excluded")]
    failed = [gate for gate in score.get("gate_details") or () if not gate.get("passed")]
    if excluded:
        codes = [f"{plain(code)} ({excluded.count(code)})" for code in sorted(set(excluded))]
        return f"excluded: {listed(codes)}" + ("" if len(failed) != 1 else f"; {_gate(failed[0])}")
    own = [gate for gate in failed if gate["name"] == truth.gate]
    return (
        "gate " + ", ".join(_gate(gate) for gate in own or failed) if failed else "no gate: it may still fire"
    )


def _gate(gate: Mapping[str, Any]) -> str:
    name, actual, required = str(gate["name"]), int(gate["actual"]), int(gate["required"])
    if name == "self_directed":
        return f"{plain(name)} {percent(actual)} of {percent(required)}"
    if name == "decision_stage":
        return f"{plain(name)} {actual} of {required}"
    if name == "people":
        return f"{name} {_thousandths(actual)} of {_thousandths(required)}"
    return f"{name} {tenths(actual)} of {tenths(required)}"


def _thousandths(people: int) -> str:
    return str(people // 1000) if people % 1000 == 0 else f"{people / 1000:.1f}"
