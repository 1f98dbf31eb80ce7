"""What a sales-ready event must carry before it may go out (scoring.md section 10)."""

from collections.abc import Callable
from typing import Final

from streams.account import field
from streams.evaluation import Evaluation
from streams.people import channels
from streams.scoring import Member

_OF_PEOPLE: Final[dict[str, Callable[[Member], bool]]] = {
    "channel": lambda member: any(any(channels(person)) for person in member.persons),
    "email": lambda member: any(channels(person)[0] for person in member.persons),
    "phone": lambda member: any(channels(person)[1] for person in member.persons),
    "title": lambda member: bool(not member.boxes and member.person.profile.get("title")),
    "role": lambda member: member.role != "unknown",
}


def missing_fields(evaluation: Evaluation) -> list[str]:
    """Required fields that are not there: of one engaged person (of anybody where none is), or of the company."""
    members = evaluation.assessment.counted
    people = [m for m in members if m.engaged] or members
    missing = []
    for name in evaluation.policy.required_fields:
        has = _OF_PEOPLE.get(name)
        if has is not None:
            known = any(has(member) for member in people)
        else:
            known = field(evaluation.account, name) not in (None, "", ())
        if not known:
            missing.append(name)
    return missing
