"""Decisions as records: structured CloudEvents with deterministic ids (scoring.md section 10)."""

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from schemas.home import split_home
from streams.account import Account, field
from streams.outcome import Emit
from streams.policy import Policy
from streams.qualification import Decision, Evaluation, shown_state
from streams.scoring import Assessment
from streams.timeline import iso_text

TOPICS: Final = {
    "sales_ready": "intent.sales-ready.v1",
    "watch": "intent.watch.v1",
    "review": "intent.review.v1",
    "recycled": "intent.recycled.v1",
    "sla": "intent.sla.v1",
}


class Composer:
    """Builds every record that a decision becomes."""

    def __init__(self, processor_version: str) -> None:
        self._version = processor_version

    def compose(self, evaluation: Evaluation, decision: Decision) -> Emit:
        """One decision as an output record."""
        account, policy = evaluation.account, evaluation.policy
        topic = TOPICS[decision.topic]
        event = {
            "specversion": "1.0",
            "id": event_id(account, decision, policy),
            "source": "intent-signals",
            "type": f"intent.{decision.topic}.{decision.kind}.v1",
            "subject": subject_of(account, decision),
            "time": iso_text(decision.time),
            "data": {"decision": {"tier": decision.tier, "trigger": decision.trigger, "update_reason": decision.reason}},
        }
        return Emit(topic, account.home, event)

    def score(self, account: Account, assessment: Assessment, at: int, policy: Policy) -> Emit:
        """The account's score record."""
        return Emit("intent.scores.v1", account.home, score_block(account, assessment))


def event_id(account: Account, decision: Decision, policy: Policy) -> str:
    """UUIDv5 of tenant, topic, home, episode, kind, its count and the policy's hash: the same on every replay."""
    machine = account.machine
    key = f"{decision.topic}:{decision.kind}"
    seq = machine.counts[key] = machine.counts.get(key, 0) + 1
    tenant = split_home(account.home).tenant
    name = f"{tenant}|{TOPICS[decision.topic]}|{account.home}|{machine.episode}|{decision.kind}|{seq}|{policy.hash}"
    id = str(uuid5(NAMESPACE_URL, name))
    if decision.topic == "sales_ready":
        machine.ids = [*machine.ids, id][-50:]
    return id


def subject_of(account: Account, decision: Decision | None = None) -> str:
    """The account_id, the domain where the CRM has none, the person where there is no company."""
    known = field(account, "account_id")
    if known:
        return str(known)
    home = split_home(account.home)
    if home.kind in ("domain", "account"):
        return home.value
    return decision.person if decision is not None and decision.person else home.value


def score_block(account: Account, assessment: Assessment) -> dict[str, Any]:
    """The keys of an `explain` block, but for `at`."""
    return {
        "S": assessment.S, "F": assessment.F, "I": assessment.I, "R": assessment.R, "people": assessment.people,
        "engaged": assessment.engaged, "surge": assessment.surge.surge, "n_current": assessment.surge.n_current,
        "p": assessment.surge.p, "gates": assessment.gates,
        "persons": {m.ref: m.engagement.points for m in sorted(assessment.counted, key=lambda m: m.ref) if m.engagement.points},
        "anonymous": assessment.anonymous, "third_party": assessment.third_party, "state": shown_state(account.machine),
    }  # fmt: skip
