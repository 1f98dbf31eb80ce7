"""What the score would be without one kind of evidence, computed by the same rules as the score itself."""

import msgspec

from schemas.decision import Counterfactuals
from streams.account import Account
from streams.contributions import Activity, email_prompted
from streams.decay import div_half_even
from streams.engagement import Engagement, add_boxes, engagement
from streams.people import Person
from streams.policy import Policy
from streams.scoring import Assessment, Member, combine


def counterfactuals(account: Account, assessment: Assessment, policy: Policy) -> Counterfactuals:
    """S in milli-points without third parties, without what e-mail prompted, without the strongest person."""
    return Counterfactuals(
        without_third_party=without_third_party(account, assessment, policy).S,
        without_email_prompted=without_email_prompted(account, assessment, policy).S,
        without_top_person=without_top_person(account, assessment, policy).S,
    )


def without_third_party(account: Account, assessment: Assessment, policy: Policy) -> Assessment:
    """The account if no provider and no review site had said anything."""
    if not assessment.third_rows:
        return assessment
    return combine(
        account, assessment.members, assessment.visitors, [], assessment.day, assessment.first_day, policy
    )


def without_top_person(account: Account, assessment: Assessment, policy: Policy) -> Assessment:
    """The account if the person with the most points had not been there."""
    top = min(assessment.counted, key=lambda m: (-m.points, -m.engagement.points, m.ref), default=None)
    if top is None:
        return assessment
    rest = [member for member in assessment.members if member is not top]
    rows, day = assessment.third_rows, assessment.day
    return combine(account, rest, assessment.visitors, rows, day, assessment.first_day, policy)


def without_email_prompted(account: Account, assessment: Assessment, policy: Policy) -> Assessment:
    """The account if nothing that e-mail led to had happened; who counts, and in which role, stays."""
    everybody = [*assessment.members, *assessment.visitors]
    if not any(_led_by_email(person, policy) for member in everybody for person in _persons(member)):
        return assessment
    day, rows = assessment.day, assessment.third_rows
    members = [_unprompted(member, day, policy) for member in assessment.members]
    visitors = [_unprompted(visitor, day, policy) for visitor in assessment.visitors]
    return combine(account, members, visitors, rows, day, assessment.first_day, policy)


def _persons(member: Member) -> list[Person]:
    return member.boxes or [member.person]


def _led_by_email(person: Person, policy: Policy) -> bool:
    activity = person.activity
    return any(v.source == "email" for v in activity.visits) or any(
        email_prompted(fact, policy) for fact in activity.facts
    )


def _unprompted(member: Member, day: int, policy: Policy) -> Member:
    if member.excluded:
        return member
    if member.boxes:
        found = add_boxes([_own(person, member.role, day, policy) for person in member.boxes], policy)
    else:
        found = _own(member.person, member.role, day, policy)
    return msgspec.structs.replace(
        member,
        engagement=found,
        engaged=found.engaged(day, policy),
        points=div_half_even(found.points * member.factor, 1000),
    )


def _own(person: Person, role: str, day: int, policy: Policy) -> Engagement:
    activity = person.activity
    visits = [visit for visit in activity.visits if visit.source != "email"]
    facts = [fact for fact in activity.facts if not email_prompted(fact, policy)]
    return engagement(Activity(visits, facts, activity.reset_at), role, day, policy)
