"""Somebody asked for sales: answer at once, hold for review, or say why not (scoring.md section 8)."""

from typing import TYPE_CHECKING, Final

from schemas.home import split_home
from schemas.signal import Act
from streams.account import Account
from streams.ledger import Ledger, Review
from streams.people import Person
from streams.placement import MATCH_RANK, is_account, root_of
from streams.policy import Policy
from streams.qualification import Decision, Evaluation, next_due, raise_hand, side_of
from streams.scoring import Member
from streams.timeline import MINUTE, day_of

if TYPE_CHECKING:
    from streams.pipeline import Pipeline

_SILENT: Final = frozenset({"internal", "student", "freelancer", "job_seeker", "opted_out"})


class HandRaises:
    """The fast track of one partition."""

    def __init__(self, pipeline: "Pipeline") -> None:
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
        member = _member(evaluation, root_of(account, identity, act.at))
        if member is None:
            return "not_here"
        if member.excluded in _SILENT:
            return member.excluded
        if any(day_of(act.at) in ledger.raised_days for ledger in member.person.ledgers):
            return "duplicate"
        ledger = self._pipeline.store.ledger(account.home, identity)
        ledger.raised_days = sorted({*ledger.raised_days, day_of(act.at)})[-100:]
        if side_of(account, policy)[0]:
            return raise_hand(evaluation, member, act.event_id)
        unknown = why_unknown(account, member.person, policy)
        if not unknown:
            return raise_hand(evaluation, member, act.event_id)
        due = evaluation.now + policy.fast_track.review_minutes * MINUTE
        ledger.reviews.append(Review(evaluation.now, due, act.event_id, unknown))
        _say(evaluation, "held", unknown, member.ref, act.event_id)
        account.due = next_due(evaluation)
        if not is_account(account.home):
            account.due = due if account.due < 0 else min(account.due, due)
        return "review"

    def review(self, evaluation: Evaluation) -> None:
        """Release or close the reviews of an account at a tick."""
        account, policy = evaluation.account, evaluation.policy
        for member in evaluation.assessment.everybody:
            for ledger in member.person.ledgers:
                self._review_ledger(evaluation, account, member, ledger, policy)
        if not is_account(account.home):
            dues = [r.due for m in evaluation.assessment.everybody for led in m.person.ledgers for r in led.reviews]
            account.due = min(dues) if dues else -1

    def _review_ledger(
        self, evaluation: Evaluation, account: Account, member: Member, ledger: Ledger, policy: Policy
    ) -> None:
        for review in list(ledger.reviews):
            unknown = why_unknown(account, member.person, policy)
            if not unknown and evaluation.assessment.gates["fit"]:
                _say(evaluation, "released", None, member.ref, review.event_id)
                raise_hand(evaluation, member, review.event_id)
            elif evaluation.now >= review.due:
                _say(evaluation, "not_released", unknown or "fit", member.ref, review.event_id)
            else:
                continue
            ledger.reviews.remove(review)
            self._pipeline.store.touch(account.home, ledger.identity)


def why_unknown(account: Account, person: Person, policy: Policy) -> str:
    """Why the company of a hand-raise is not known (a review reason), "" where it is."""
    rank = max(ledger.rank for ledger in person.ledgers)
    confidence = max(ledger.confidence for ledger in person.ledgers)
    if rank >= MATCH_RANK["crm"]:
        return ""
    if account.profile and is_account(account.home):
        sure = rank == MATCH_RANK["email_domain"] or confidence >= policy.fast_track.confidence
        return "" if sure else "unresolved"
    if person.email_kind in ("freemail", "disposable"):
        return person.email_kind
    if split_home(account.home).kind == "domain" and rank >= MATCH_RANK["email_domain"]:
        return "" if policy.fast_track.unknown_company == "fast" else "unknown_company"
    return "unresolved"


def _member(evaluation: Evaluation, root: str) -> Member | None:
    for member in evaluation.assessment.everybody:
        if member.person.root == root or any(ledger.identity == root for ledger in member.person.ledgers):
            return member
    return None


def _say(evaluation: Evaluation, kind: str, reason: str | None, person: str, event_id: str) -> None:
    evaluation.said.append(
        Decision("review", kind, evaluation.now, trigger="hand_raise", reason=reason, person=person, event_id=event_id)
    )
