"""What has to pass or happen before an account may fire again (scoring.md section 7, cooldown and re-arm)."""

from typing import Any

from streams.account import Account, Machine
from streams.evaluation import Evaluation
from streams.scoring import Assessment, Member
from streams.sides import has_opportunity
from streams.states import cooldown_end, move


def rests(evaluation: Evaluation) -> bool:
    """Whether a rejected or recycled cooldown is running: only a hand-raise is answered."""
    return evaluation.machine.resting and not is_over(evaluation)


def is_over(evaluation: Evaluation) -> bool:
    """Whether the cooldown has ended: its days are over and what it needs has happened."""
    machine = evaluation.machine
    return evaluation.now >= cooldown_end(machine, evaluation.policy) and _has_happened(evaluation)


def rearm(evaluation: Evaluation) -> None:
    """Back to idle once the cooldown has ended."""
    machine = evaluation.machine
    if machine.state == "cooling" and is_over(evaluation):
        move(machine, "rearm")
        machine.resting = False
        for name in ("needs", "fit", "people", "person"):
            machine.hold.pop(name, None)


def note_needs(evaluation: Evaluation) -> None:
    """Remember what must change, as it is at the first evaluation after the disposition."""
    hold, assessment = evaluation.machine.hold, evaluation.assessment
    if hold.get("needs") == "fit_change":
        hold.setdefault("fit", assessment.F)
    elif hold.get("needs") == "different_person" and "people" not in hold:
        named = hold.pop("person", None)
        hold["people"] = sorted({*_engaged(assessment), *([named] if named else [])})


def _has_happened(evaluation: Evaluation) -> bool:
    hold, assessment = evaluation.machine.hold, evaluation.assessment
    needs = hold.get("needs")
    if needs == "fit_change":
        return bool(hold.get("fit", assessment.F) != assessment.F)
    if needs == "different_person":
        known = set(hold.get("people", ()))
        return any(m.engaged and known.isdisjoint(identities(m)) for m in assessment.counted)
    if needs == "opportunity_closed":
        return _is_closed(evaluation.account, evaluation.machine)
    return True


def _is_closed(account: Account, machine: Machine) -> bool:
    """Whether the CRM has said since the disposition that no opportunity is open."""
    said: tuple[int, str, Any] | None = account.profile.get("lifecycle")
    return said is not None and said[0] > machine.disposition[0] and not has_opportunity(account)


def _engaged(assessment: Assessment) -> set[str]:
    return {name for member in assessment.counted if member.engaged for name in identities(member)}


def identities(member: Member) -> set[str]:
    """All names a person is known by at the account, so that a new name makes nobody another person."""
    return {ledger.identity for person in member.persons for ledger in person.ledgers}
