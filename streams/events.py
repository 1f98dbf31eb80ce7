"""Decisions as records: CloudEvents with deterministic ids, and the score record (scoring.md section 10)."""

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

from schemas.decision import PolicyRef
from schemas.home import split_home
from schemas.score import Score
from streams.account import Account, field
from streams.buying_group import contact_cards
from streams.explanation import all_lines, explain
from streams.gates import gate_details, missing_words
from streams.outcome import Emit
from streams.policy import Policy
from streams.qualification import Decision, Evaluation, shown_state
from streams.records import Blocks, Record, blocks_of
from streams.scoring import Assessment
from streams.timeline import iso_text
from streams.why_now import account_name

TOPICS: Final = {
    "sales_ready": "intent.sales-ready.v1",
    "watch": "intent.watch.v1",
    "review": "intent.review.v1",
    "recycled": "intent.recycled.v1",
    "sla": "intent.sla.v1",
}
SCORES: Final = "intent.scores.v1"


class Composer:
    """Builds every record that a decision becomes; nothing in one depends on the order of arrival."""

    def __init__(self, processor_version: str) -> None:
        self._version = processor_version
        self._blocks: Blocks | None = None

    def compose(self, evaluation: Evaluation, decision: Decision) -> Emit:
        """One decision as an output record; counts it in the account's machine."""
        account, policy = evaluation.account, evaluation.policy
        record = Record(evaluation, decision, self._shared(evaluation), self.policy_ref(policy))
        event = record.event(event_id(account, decision, policy), subject_of(account, decision))
        if decision.topic == "sales_ready" and decision.kind == "opened":
            account.machine.owner = str(field(account, "owner") or account.machine.owner)
        return Emit(TOPICS[decision.topic], account.home, event)

    def score(self, account: Account, assessment: Assessment, at: int, policy: Policy) -> Emit:
        """The account's score record as of a tick."""
        home = split_home(account.home)
        domain = _known(account, "account_domain") or (home.value if home.kind == "domain" else None)
        event, tier, sent_at = account.machine.latest
        lines = []
        if policy.scores.explanation_from <= assessment.S:
            lines = all_lines(explain(assessment, policy, evidence=False))
        record = Score(
            tenant_id=home.tenant,
            home=account.home,
            time=iso_text(at),
            **score_block(account, assessment),
            account_id=_known(account, "account_id"),
            account_domain=domain,
            name=_known(account, "name"),
            policy=self.policy_ref(policy),
            gate_details=gate_details(assessment, policy),
            people_list=contact_cards(assessment, policy),
            lines=lines,
            sales_ready={"id": event, "tier": tier, "time": iso_text(sent_at)} if event else None,
        )
        return Emit(SCORES, account.home, record)

    def policy_ref(self, policy: Policy) -> PolicyRef:
        """The policy block of every record."""
        return PolicyRef(
            policy_id=policy.policy_id,
            version=policy.version,
            hash=policy.hash,
            processor_version=self._version,
        )

    def _shared(self, evaluation: Evaluation) -> Blocks:
        """Computed once for all records of an evaluation."""
        if self._blocks is None or self._blocks.assessment is not evaluation.assessment:
            self._blocks = blocks_of(evaluation)
        return self._blocks


def event_id(account: Account, decision: Decision, policy: Policy) -> str:
    """UUIDv5 of tenant, topic, home, episode, kind, its count and the policy's hash; the same on a replay."""
    machine = account.machine
    key = f"{decision.topic}:{decision.kind}"
    seq = machine.counts[key] = machine.counts.get(key, 0) + 1
    tenant = split_home(account.home).tenant
    parts = (tenant, TOPICS[decision.topic], account.home, machine.episode, decision.kind, seq, policy.hash)
    made = str(uuid5(NAMESPACE_URL, "|".join(str(part) for part in parts)))
    if decision.topic == "sales_ready":
        machine.ids = [*machine.ids, made][-50:]
        if decision.kind in ("opened", "updated"):
            machine.latest = (made, decision.tier or "", decision.time)
    return made


_NO_COMPANY: Final = frozenset({"unresolved", "freemail", "disposable"})  # reasons of a review


def subject_of(account: Account, decision: Decision | None = None) -> str:
    """The account_id, the domain where the CRM has none, the person where there is no (sure) company."""
    if decision is not None and decision.person and decision.reason in _NO_COMPANY:
        return decision.person
    known = field(account, "account_id")
    if known:
        return str(known)
    home = split_home(account.home)
    if home.kind in ("domain", "account"):
        return home.value
    return decision.person if decision is not None and decision.person else home.value


def score_block(account: Account, assessment: Assessment) -> dict[str, Any]:
    """The keys of an `explain` block, but for `at`."""
    persons = sorted((m for m in assessment.counted if m.engagement.points), key=lambda m: m.ref)
    return {
        "S": assessment.S,
        "F": assessment.F,
        "I": assessment.I,
        "R": assessment.R,
        "people": assessment.people,
        "engaged": assessment.engaged,
        "surge": assessment.surge.surge,
        "n_current": assessment.surge.n_current,
        "p": assessment.surge.p,
        "gates": assessment.gates,
        "persons": {m.ref: m.engagement.points for m in persons},
        "anonymous": assessment.anonymous,
        "third_party": assessment.third_party,
        "state": shown_state(account.machine),
    }


def explain_record(account: Account, assessment: Assessment, at: int, policy: Policy) -> dict[str, Any]:
    """One line of `intent explain`: the keys of `score_block`, and why: gates, every line, people."""
    lines = all_lines(explain(assessment, policy))
    more = {
        "at": iso_text(at),
        "account": subject_of(account),
        "name": account_name(account),
        "gate_details": gate_details(assessment, policy),
        "missing": missing_words(assessment, policy),
        "lines": lines,
        "people_list": contact_cards(assessment, policy),
    }
    found: dict[str, Any] = msgspec.to_builtins(more)
    return score_block(account, assessment) | found


def _known(account: Account, name: str) -> str | None:
    value = field(account, name)
    return None if value in (None, "") else str(value)
