"""What one evaluation of an account looks at, and the decisions it says (scoring.md section 7)."""

from typing import Any

import msgspec

from streams.account import Account, Machine
from streams.budget import AlertBudget
from streams.policy import Policy
from streams.scoring import Assessment
from streams.states import shown_state


class Decision(msgspec.Struct, gc=False):
    """One record to send. `topic` is its family: sales_ready, watch, review, recycled or sla."""

    topic: str
    kind: str
    time: int
    tier: str | None = None
    trigger: str | None = None
    reason: str | None = None
    tier_previous: str | None = None
    state_from: str = ""
    state_to: str = ""
    person: str = ""
    event_id: str = ""
    until: int = -1  # recycled: when it may fire again
    reminder: Any = None  # sla: what is due


class Evaluation(msgspec.Struct, gc=False):
    """Everything one evaluation looks at, and what it says."""

    account: Account
    assessment: Assessment
    now: int  # tick time, ms
    fresh: bool  # not only late records made it pending
    policy: Policy
    said: list[Decision] = []
    budget: AlertBudget | None = None
    decides: bool = True  # not only a reminder made the account due

    @property
    def machine(self) -> Machine:
        """The account's machine."""
        return self.account.machine

    def say(self, topic: str, kind: str, **more: str | None) -> Decision:
        """Add one decision as of now, between the states the account was and is in."""
        decision = Decision(topic, kind, self.now, **more)  # type: ignore[arg-type]  # the fields `more` names take text or None
        decision.state_to = shown_state(self.machine)
        decision.state_from = decision.state_from or decision.state_to
        self.said.append(decision)
        return decision
