"""The people of an account as records show them: the buying group of an event, the cards of a score."""

from collections.abc import Iterable
from heapq import nsmallest
from typing import Final

from schemas.buying_group import BuyingGroup, Channels, GroupPerson
from schemas.score import ContactCard
from streams.people import channels, consent_of
from streams.policy import Policy
from streams.scoring import Assessment, Member
from streams.timeline import iso_text

_TOP: Final = 3


def buying_group(assessment: Assessment, policy: Policy, asker: Member | None = None) -> BuyingGroup:
    """Who takes part, strongest first; `asker` is who raised a hand, and then the person to call."""
    members = [m for m in assessment.counted if m.engagement.signals or m is asker]
    everything = _sum_of_points(assessment)
    required = policy.required_roles
    covered = assessment.roles
    primary = asker or _primary(members)
    return BuyingGroup(
        engaged_people=assessment.engaged,
        anonymous_equivalents=assessment.people - 1000 * assessment.engaged if assessment.engaged else 0,
        roles_covered=list(covered),
        roles_missing=[role for role in required if role not in covered],
        completeness=len(covered) * 1000 // len(required) if required else 1000,
        people=[_person(m, everything) for m in _strongest(members, policy.scores.contact_cards)],
        primary_contact_id=None if primary is None else primary.ref,
    )


def contact_cards(assessment: Assessment, policy: Policy) -> list[ContactCard]:
    """Everybody known of the account, strongest first; of those who are left out, why."""
    everything = _sum_of_points(assessment)
    shown = _strongest(assessment.members, policy.scores.contact_cards)
    return [_excluded_card(m) if m.excluded else _card(m, everything) for m in shown]


def primary_of(assessment: Assessment) -> Member | None:
    """The person to call first: engaged and reachable before strong."""
    return _primary(assessment.counted)


def reachable(member: Member) -> Channels:
    """Which channels are usable for a person; of shared mailboxes, for any of them."""
    found = [channels(person) for person in member.boxes or [member.person]]
    return Channels(email_ok=any(email for email, _ in found), phone_ok=any(phone for _, phone in found))


def contact_id_of(member: Member) -> str | None:
    """The CRM's id of a person; None where only an address is known."""
    if member.boxes:
        return None
    if member.person.root.startswith("contact:"):
        return member.person.ref
    known = member.person.profile.get("contact_id")
    return str(known) if known else None


def top_signals(member: Member) -> list[str]:
    """The signals that gave most, strongest first."""
    gave = [total for total in member.engagement.signals if total.capped > 0]
    gave.sort(key=lambda total: (-total.capped, total.signal))
    return [total.signal for total in gave[:_TOP]]


def _strongest(members: Iterable[Member], limit: int) -> list[Member]:
    return nsmallest(
        limit, members, key=lambda m: (bool(m.excluded), not m.engaged, -m.engagement.points, m.ref)
    )


def _primary(members: Iterable[Member]) -> Member | None:
    def order(member: Member) -> tuple[bool, bool, int, str]:
        usable = reachable(member)
        blind = not (usable.email_ok or usable.phone_ok)
        return not member.engaged, blind, -member.points, member.ref

    return min((m for m in members if m.engagement.signals), key=order, default=None)


def _sum_of_points(assessment: Assessment) -> int:
    return sum(member.engagement.points for member in assessment.counted)


def _share(member: Member, everything: int) -> int:
    return member.engagement.points * 1000 // everything if everything else 0


def _shown(member: Member) -> tuple[str | None, list[str], str | None]:
    """Contact id, strongest signals and when last seen; worked out once for as long as the member stands."""
    if member.shown is None:
        at = member.engagement.last_at
        member.shown = contact_id_of(member), top_signals(member), None if at < 0 else iso_text(at)
    shown: tuple[str | None, list[str], str | None] = member.shown
    return shown


def _person(member: Member, everything: int) -> GroupPerson:
    found, profile = member.engagement, member.person.profile
    own = found.positive - found.emailed
    contact_id, top, last_seen = _shown(member)
    return GroupPerson(
        contact_id=contact_id,
        person_ref=member.ref,
        points=found.points,
        name=None if member.boxes else profile.get("name"),
        title=None if member.boxes else profile.get("title"),
        role=member.role,
        seniority=None if member.boxes else profile.get("seniority"),
        share=_share(member, everything),
        top_signals=top,
        last_seen=last_seen,
        self_directed_share=own * 1000 // found.positive if found.positive else 0,
        channels=reachable(member),
    )


def _card(member: Member, everything: int) -> ContactCard:
    profile = {} if member.boxes else member.person.profile
    contact_id, top, last_seen = _shown(member)
    return ContactCard(
        person=member.ref,
        points=member.engagement.points,
        share=_share(member, everything),
        contact_id=contact_id,
        name=profile.get("name"),
        title=profile.get("title"),
        role=member.role,
        seniority=profile.get("seniority"),
        engaged=member.engaged,
        last_seen=last_seen,
        top_signals=top,
    )


def _excluded_card(member: Member) -> ContactCard:
    """A person who does not count: of one who said no nothing but that."""
    if consent_of(member.person) == "denied":
        return ContactCard(person=member.ref, excluded=member.excluded)
    profile = member.person.profile
    contact_id, _, last_seen = _shown(member)
    return ContactCard(
        person=member.ref,
        contact_id=contact_id,
        name=profile.get("name"),
        title=profile.get("title"),
        role=member.role,
        excluded=member.excluded,
        last_seen=last_seen,
    )
