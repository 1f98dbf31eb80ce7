"""Somebody asked for sales: answer at once, hold for review, or say why not (scoring.md section 8)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schemas.home import split_home
from schemas.signal import Act
from streams.account import Account
from streams.evaluation import Decision, Evaluation
from streams.ledger import Review
from streams.people import Person
from streams.placement import MATCH_RANK, is_account, root_of
from streams.policy import Policy
from streams.qualification import hold_for_review, next_due, raise_hand, review_dues
from streams.scoring import Assessment, Member
from streams.sides import side_of
from streams.states import shown_state
from streams.timeline import MINUTE, day_of

if TYPE_CHECKING:
    from streams.rounds import Rounds


class HandRaises:
    """The fast track of one partition."""

    def __init__(self, pipeline: "Rounds") -> None:
        self._pipeline = pipeline

    def take(self, account: Account, identity: str, act: Act) -> None:
        """Judge one hand-raise at max(received, last tick)."""
        store = self._pipeline.store
        now = max(act.received, store.meta.last_tick)
        policy = self._pipeline.policy
        found = self._pipeline.assess(account, now)
        evaluation = Evaluation(account, found, now, True, policy, [])
        outcome = self._judge(evaluation, account, identity, act)
        self._pipeline.counts["hand_raise", outcome] += 1
        self._pipeline.say(evaluation)
        self._pipeline.schedule(account)
        store.touch(account.home)

    def _judge(self, evaluation: Evaluation, account: Account, identity: str, act: Act) -> str:
        policy = evaluation.policy
        found = _asker(evaluation.assessment, root_of(account, identity, act.at))
        if found is None:
            return "not_here"
        member, person = found
        if _is_silent(member):
            return member.excluded
        if any(day_of(act.at) in ledger.raised_days for p in member.persons for ledger in p.ledgers):
            return "duplicate"
        ledger = self._pipeline.store.ledger(account.home, identity)
        ledger.raised_days = sorted({*ledger.raised_days, day_of(act.at)})[-100:]
        unknown = why_unknown(account, person, policy)
        if not unknown or side_of(account, policy)[0]:
            return raise_hand(evaluation, member, act.event_id)
        due = evaluation.now + policy.fast_track.review_minutes * MINUTE
        ledger.reviews.append(Review(evaluation.now, due, act.event_id, unknown))
        if not any(known is person for _, known in evaluation.assessment.reviewing):
            evaluation.assessment.reviewing.append((member, person))
        held = _say(evaluation, "held", unknown, member.ref, act.event_id)
        if is_account(account.home):
            hold_for_review(evaluation)
            held.state_to = shown_state(account.machine)
            account.due = next_due(evaluation)
        else:
            account.due = min(review_dues(evaluation.assessment))
        return "review"

    def review(self, evaluation: Evaluation) -> None:
        """Release or close the reviews of an account at a tick."""
        account = evaluation.account
        for member, person in evaluation.assessment.reviewing:
            for ledger in person.ledgers:
                open_ones = [r for r in ledger.reviews if not self._is_settled(evaluation, member, person, r)]
                if len(open_ones) < len(ledger.reviews):
                    ledger.reviews = open_ones
                    self._pipeline.store.touch(account.home, ledger.identity)
        if not is_account(account.home):
            account.due = min(review_dues(evaluation.assessment), default=-1)

    def _is_settled(self, evaluation: Evaluation, member: Member, person: Person, review: Review) -> bool:
        """Whether a review ends here; says how. What silences or redirects the account comes first."""
        account, policy = evaluation.account, evaluation.policy
        if _is_silent(member):
            self._pipeline.counts["hand_raise", member.excluded] += 1
            return True
        if side_of(account, policy)[0]:
            self._pipeline.counts["hand_raise", raise_hand(evaluation, member, review.event_id)] += 1
            return True
        unknown = why_unknown(account, person, policy)
        if not unknown and evaluation.assessment.gates["fit"]:
            _say(evaluation, "released", None, member.ref, review.event_id)
            raise_hand(evaluation, member, review.event_id)
            return True
        if evaluation.now >= review.due:
            _say(evaluation, "not_released", unknown or "fit", member.ref, review.event_id)
            return True
        return False


def _is_silent(member: Member) -> bool:
    """Whether a hand-raise of the person is only counted; who hides behind a disposable address is looked at."""
    return member.excluded not in ("", "disposable")


def why_unknown(account: Account, person: Person, policy: Policy) -> str:
    """Why the company of a hand-raise is not known (a review reason), "" where it is."""
    if person.email_kind == "disposable":
        return "disposable"
    rank = max(ledger.rank for ledger in person.ledgers)
    confidence = max(ledger.confidence for ledger in person.ledgers)
    if rank >= MATCH_RANK["crm"]:
        return ""
    sure = rank == MATCH_RANK["email_domain"] or confidence >= policy.fast_track.confidence
    if account.profile and is_account(account.home):
        return "" if sure else "unresolved"
    if person.email_kind == "freemail":
        return "freemail"
    if split_home(account.home).kind == "domain" and sure:
        return "" if policy.fast_track.unknown_company == "fast" else "unknown_company"
    return "unresolved"


def _persons(assessment: Assessment) -> Iterator[tuple[Member, Person]]:
    for member in assessment.everybody:
        for person in member.persons:
            yield member, person


def _asker(assessment: Assessment, root: str) -> tuple[Member, Person] | None:
    for member, person in _persons(assessment):
        if person.root == root or any(ledger.identity == root for ledger in person.ledgers):
            return member, person
    return None


def _say(evaluation: Evaluation, kind: str, reason: str | None, person: str, event_id: str) -> Decision:
    return evaluation.say(
        "review", kind, trigger="hand_raise", reason=reason, person=person, event_id=event_id
    )
