"""One decision as the record of its topic: the blocks of scoring.md section 10."""

from collections.abc import Callable
from typing import Final

import msgspec

from schemas.brief import Brief, WhyNow
from schemas.buying_group import BuyingGroup
from schemas.cloud_event import SOURCE, CloudEvent, schema_id
from schemas.decision import Counterfactuals, PolicyRef, Surge
from schemas.decision import Decision as DecisionBlock
from schemas.explanation import Explanation
from schemas.home import split_home
from schemas.recycled import Recycled, RecycledData
from schemas.review import HandRaise, Review, ReviewData
from schemas.sales_ready import SalesReady, SalesReadyData
from schemas.sla import Sla, SlaData
from schemas.watch import Watch, WatchData
from streams.account import Account, field
from streams.brief import Deed, brief, deeds, plain_url
from streams.buying_group import buying_group, primary_of
from streams.counterfactuals import counterfactuals
from streams.disqualifiers import CHECKED, disqualified
from streams.explanation import explain
from streams.gates import gate_details, missing_words, thresholds
from streams.handoff import attribution, feedback, privacy, routing, sla_terms
from streams.ledger import Fact
from streams.placement import is_account
from streams.policy import Policy
from streams.qualification import FOREVER, Decision, Evaluation, shown_state
from streams.scoring import Assessment, Member
from streams.timeline import MINUTE, day_text, iso_text
from streams.why_now import why_now

_RECORDS: Final = {
    "sales_ready": "sales-ready",
    "watch": "watch",
    "review": "review",
    "recycled": "recycled",
    "sla": "sla",
}


class Blocks(msgspec.Struct, gc=False):
    """What all records of one evaluation share."""

    assessment: Assessment
    explanation: Explanation
    counterfactuals: Counterfactuals
    deeds: list[Deed]


def blocks_of(evaluation: Evaluation) -> Blocks:
    """The shared blocks, computed."""
    found, policy = evaluation.assessment, evaluation.policy
    return Blocks(found, explain(found, policy), counterfactuals(found, policy), deeds(found))


class Record:
    """One decision on its way to the record of its topic."""

    def __init__(self, evaluation: Evaluation, decision: Decision, blocks: Blocks, policy: PolicyRef) -> None:
        self.evaluation, self.decision, self.blocks, self.policy = evaluation, decision, blocks, policy
        self.request, self.asker = _request(decision, blocks.deeds)

    def event(self, event_id: str, subject: str) -> CloudEvent:
        """The whole record under its id."""
        account, decision = self.evaluation.account, self.decision
        kind, data = self._data()
        event = kind(
            id=event_id,
            source=SOURCE,
            type=f"intent.{decision.topic}.{decision.kind}.v1",
            subject=subject,
            time=iso_text(decision.time),
            dataschema=schema_id(_RECORDS[decision.topic]),
            partitionkey=account.home,
            data=data,
        )
        if is_account(account.home):
            event.accountid = str(field(account, "account_id") or split_home(account.home).value)
        event.contactid = self._contact() or msgspec.UNSET
        event.tier = decision.tier or msgspec.UNSET
        return event

    def _contact(self) -> str:
        """The person the record is about: who asked, else who is to be called first."""
        if self.asker is not None or self.decision.person:
            return self.decision.person if self.asker is None else self.asker.ref
        first = primary_of(self.evaluation.assessment) if self.decision.topic == "sales_ready" else None
        return "" if first is None else first.ref

    def _data(self) -> tuple[Callable[..., CloudEvent], object]:
        topic = self.decision.topic
        if topic == "sales_ready":
            return SalesReady, self._sales_ready()
        if topic == "watch":
            return Watch, self._watch()
        if topic == "review":
            return Review, self._review()
        return (Recycled, self._recycled()) if topic == "recycled" else (Sla, self._sla())

    def _sales_ready(self) -> SalesReadyData:
        policy, done, found = self.evaluation.policy, self.blocks.deeds, self.evaluation.assessment
        return SalesReadyData(
            decision=self._decision(),
            policy=self.policy,
            surge=surge_block(found, self.evaluation.account, policy),
            buying_group=self._group(),
            explanation=self.blocks.explanation,
            why_now=self._why_now(),
            brief=self._brief(),
            routing=routing(self.evaluation.account, self.decision, policy),
            sla=sla_terms(self.evaluation.account, self.decision, policy),
            attribution=attribution(done, policy),
            feedback=feedback(policy),
            privacy=privacy(found, self.decision.time, policy),
        )

    def _watch(self) -> WatchData:
        account, policy = self.evaluation.account, self.evaluation.policy
        return WatchData(
            decision=self._decision(),
            policy=self.policy,
            surge=surge_block(self.evaluation.assessment, account, policy),
            buying_group=self._group(),
            explanation=self.blocks.explanation,
            why_now=self._why_now(),
            brief=self._brief(),
            routing=routing(account, self.decision, policy),
            sla=sla_terms(account, self.decision, policy),
        )

    def _review(self) -> ReviewData:
        account, decision, policy = self.evaluation.account, self.decision, self.evaluation.policy
        held = decision.kind == "held"
        return ReviewData(
            decision=self._decision(),
            policy=self.policy,
            reason=decision.reason if decision.kind == "not_released" else None,
            hand_raise=self._hand_raise(),
            due_at=iso_text(decision.time + policy.fast_track.review_minutes * MINUTE) if held else None,
            buying_group=self._group(),
            explanation=self.blocks.explanation,
            why_now=self._why_now(),
            brief=self._brief(),
            routing=routing(account, decision, policy),
            sla=sla_terms(account, decision, policy),
        )

    def _recycled(self) -> RecycledData:
        machine, decision = self.evaluation.machine, self.decision
        return RecycledData(
            sales_ready_id=machine.latest[0],
            status=decision.kind,
            reason=decision.reason or "",
            policy=self.policy,
            cooldown_until=iso_text(decision.until) if 0 <= decision.until < FOREVER else None,
            previous_owner=machine.owner or None,
        )

    def _sla(self) -> SlaData:
        account, policy, reminder = self.evaluation.account, self.evaluation.policy, self.decision.reminder
        shares = {"warn": policy.sla.warn, "breach": policy.sla.breach, "escalate": policy.sla.escalate}
        terms = routing(account, self.decision, policy)
        return SlaData(
            sales_ready_id=reminder.alert.sales_ready_id,
            clock=reminder.clock,
            tier=reminder.alert.tier,
            due_at=iso_text(reminder.due),
            used_pct=shares[reminder.level] // 10,
            policy=self.policy,
            owner=terms.owner_hint or terms.previous_owner,
            backup_owner=terms.backup_owner_hint,
            touches=reminder.alert.touches if reminder.clock == "followup" else None,
        )

    def _decision(self) -> DecisionBlock:
        evaluation, decision, found = self.evaluation, self.decision, self.evaluation.assessment
        state = shown_state(evaluation.machine)
        return DecisionBlock(
            kind=decision.kind,
            S=found.S,
            F=found.F,
            I=found.I,
            R=found.R,
            tier=decision.tier,
            tier_previous=decision.tier_previous,
            trigger=decision.trigger,
            update_reason=decision.reason if decision.kind in ("updated", "not_released") else None,
            cause="no_action" if decision.kind == "expired" else decision.reason,
            state_from=decision.state_from or state,
            state_to=decision.state_to or state,
            thresholds=thresholds(evaluation.policy),
            gates=gate_details(found, evaluation.policy),
            missing=missing_words(found, evaluation.policy),
            disqualifiers_checked=list(CHECKED),
            disqualified=disqualified(evaluation.account, found, evaluation.now, evaluation.policy),
            fit_confidence=found.fit.confidence,
            counterfactuals=self.blocks.counterfactuals,
        )

    def _group(self) -> BuyingGroup:
        return buying_group(self.evaluation.assessment, self.evaluation.policy, self.asker)

    def _why_now(self) -> WhyNow:
        lines, without = self.blocks.explanation, self.blocks.counterfactuals
        return why_now(self.evaluation, self.decision, lines, without, self.request, self.asker)

    def _brief(self) -> Brief:
        evaluation = self.evaluation
        trigger = self.decision.trigger or ""
        return brief(evaluation.account, evaluation.assessment, self.blocks.deeds, trigger, evaluation.policy)

    def _hand_raise(self) -> HandRaise | None:
        request, decision = self.request, self.decision
        if request is None:
            return None
        chat = request.type == "chat_started"
        return HandRaise(
            event_id=request.id,
            at=iso_text(request.at),
            person_ref=decision.person,
            form_kind="chat" if chat else request.form_kind,
            url=plain_url(request.url),
        )


def _request(decision: Decision, done: list[Deed]) -> tuple[Fact | None, Member | None]:
    """The hand-raise behind a decision and who made it: the one it names, else the latest."""
    if decision.trigger != "hand_raise":
        return None, None
    raised = [(deed.fact, deed.member) for deed in done if isinstance(deed.fact, Fact) and deed.fact.sales]
    named = [found for found in raised if found[0].id == decision.event_id]
    best = named or raised
    return best[-1] if best else (None, None)


def surge_block(assessment: Assessment, account: Account, policy: Policy) -> Surge:
    """The surge test as published; days are UTC, both ends inside the window."""
    test = assessment.surge
    return Surge(
        window_start=day_text(assessment.day - policy.surge.window_days + 1),
        window_end=day_text(assessment.day),
        n_current=test.n_current,
        baseline_days_observed=test.observed,
        n_baseline=test.n_baseline,
        expected=test.expected,
        lift=test.lift,
        p=test.p,
        surge_score=test.surge_score,
        delta=policy.surge.delta / 1000,
        surge=test.surge,
        cohort=policy.surge.cohort(field(account, "employees"))[0],
    )
