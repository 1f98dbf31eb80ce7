"""What the score would be without one kind of evidence, computed by the same rules as the score itself."""

import msgspec

from schemas.decision import Counterfactuals
from streams.decay import div_half_even
from streams.engagement import add_boxes, total
from streams.policy import Policy
from streams.scoring import Assessment, Member, combine
from streams.thirdparty import ThirdPartyRow


def counterfactuals(assessment: Assessment, policy: Policy) -> Counterfactuals:
    """S in milli-points without third parties, without what e-mail prompted, without the strongest person."""
    return Counterfactuals(
        without_third_party=without_third_party(assessment, policy).S,
        without_email_prompted=without_email_prompted(assessment, policy).S,
        without_top_person=without_top_person(assessment, policy).S,
    )


def without_third_party(assessment: Assessment, policy: Policy) -> Assessment:
    """The account if no provider and no review site had said anything."""
    if not assessment.third_rows:
        return assessment
    return _again(assessment, assessment.members, assessment.visitors, [], policy)


def without_top_person(assessment: Assessment, policy: Policy) -> Assessment:
    """The account if the person with the most points had not been there."""
    top = min(assessment.counted, key=lambda m: (-m.points, -m.engagement.points, m.ref), default=None)
    if top is None:
        return assessment
    rest = [member for member in assessment.members if member is not top]
    return _again(assessment, rest, assessment.visitors, assessment.third_rows, policy)


def without_email_prompted(assessment: Assessment, policy: Policy) -> Assessment:
    """The account if nothing that e-mail led to had happened; who counts, and in which role, stays."""
    day = assessment.day
    members = [_unprompted(member, day, policy) for member in assessment.members]
    visitors = [_unprompted(visitor, day, policy) for visitor in assessment.visitors]
    changed = zip([*members, *visitors], [*assessment.members, *assessment.visitors], strict=True)
    if all(new is old for new, old in changed):
        return assessment
    return _again(assessment, members, visitors, assessment.third_rows, policy)


def _again(
    was: Assessment, members: list[Member], visitors: list[Member], rows: list[ThirdPartyRow], policy: Policy
) -> Assessment:
    return combine(was.employees, was.fit, members, visitors, rows, was.day, was.first_day, policy)


def _unprompted(member: Member, day: int, policy: Policy) -> Member:
    """The member without what e-mail led to; the same one where it led to nothing."""
    if member.excluded:
        return member
    tallies = [tally for person in member.persons if (tally := person.tally) is not None]
    own = [tally.without_email() for tally in tallies]
    if all(new is old for new, old in zip(own, tallies, strict=True)):
        return member
    found = add_boxes([total(tally, day) for tally in own], policy)
    return msgspec.structs.replace(
        member,
        engagement=found,
        engaged=found.engaged(day, policy),
        points=div_half_even(found.points * member.factor, 1000),
    )
