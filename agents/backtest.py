"""What a proposed policy would have changed: recorded events under both policies, and what sales said of the alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from agents.learn_records import POLICY_TOPIC
from agents.replay_files import Entry
from agents.replay_run import replayed
from schemas.dead_letter import DeadLetter
from schemas.sales_ready import SALES_READY_TOPIC
from schemas.signal import SIGNALS_TOPIC, PolicyChange, decode_signal
from streams.learning import Alert
from streams.policy import Policy

Entries = Callable[[], Iterator[Entry | DeadLetter]]  # the same events each time


class Backtest(msgspec.Struct, kw_only=True):
    """Accounts with an alert under each policy; those that would be without one, by what sales said of them."""

    before: int
    after: int
    new: list[str]
    gone_accepted: list[str]
    gone_rejected: list[str]
    gone_unanswered: list[str]
    rejected: int  # events that could not be read or applied


def backtest(entries: Entries, before: Policy, after: Policy, alerts: Iterable[Alert]) -> Backtest:
    """Replay the events under both. Accounts are named by subject; one counts as accepted if ever it was."""
    (old, rejected), (new, _) = _alerted(entries(), before), _alerted(entries(), after)
    answered = {alert.subject for alert in alerts if alert.answer is not None}
    accepted = {alert.subject for alert in alerts if alert.accepted}
    gone = old - new
    return Backtest(
        before=len(old), after=len(new), new=sorted(new - old), gone_accepted=sorted(gone & accepted),
        gone_rejected=sorted((gone & answered) - accepted), gone_unanswered=sorted(gone - answered),
        rejected=rejected,
    )  # fmt: skip


def _alerted(entries: Iterator[Entry | DeadLetter], policy: Policy) -> tuple[set[str], int]:
    found, rejected = set(), 0
    for printed in replayed(filter(_is_no_policy, entries), policy):
        if isinstance(printed, DeadLetter):
            rejected += 1
        elif printed.topic == SALES_READY_TOPIC:
            found.add(str(printed.record.subject))
    return found, rejected


def _is_no_policy(entry: Entry | DeadLetter) -> bool:
    """A policy that was recorded would take the place of the one that is tried."""
    if isinstance(entry, DeadLetter):
        return True
    if entry.topic != SIGNALS_TOPIC:
        return entry.topic != POLICY_TOPIC
    try:
        return not isinstance(decode_signal(entry.value or b""), PolicyChange)
    except (msgspec.DecodeError, RecursionError):
        return True  # the replay refuses it
