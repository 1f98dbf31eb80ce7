"""What a disposition changes: the cooldown of the episode and what may be said in it (scoring.md sections 7 and 9)."""

from typing import Final

from schemas.signal import Disposition
from streams.account import Account, Machine
from streams.ledger import Ledger
from streams.policy import Policy
from streams.states import FOREVER, in_episode
from streams.timeline import DAY

_WORKING: Final = frozenset(
    {"accepted", "working", "contacted", "meeting_set", "converted_sql", "opportunity_created"}
)
_ENDED: Final = frozenset({"closed_won", "closed_lost"})
_BACK: Final = frozenset({"rejected", "recycled"})
_ORDER: Final = {
    "accepted": 1, "working": 2, "contacted": 3, "meeting_set": 4, "converted_sql": 5, "opportunity_created": 6,
    "closed_won": 7, "closed_lost": 7, "rejected": 0, "recycled": 0,
}  # fmt: skip
_NEEDS: Final = frozenset({"fit_change", "different_person", "opportunity_closed"})


def apply_disposition(account: Account, record: Disposition, policy: Policy) -> str:
    """Apply one disposition; the outcome for the metrics: applied, illegal, stale or no_episode.

    Any status may follow any; a backward or skipping one is counted as illegal and still applied. The latest by
    occurred_at decides, however they arrive; what is permanent holds whatever came after it.
    """
    machine = account.machine
    if not in_episode(machine) or not _names_episode(machine, record):
        return "no_episode"
    rule = policy.reasons.get(record.reason)
    if rule is not None and rule.effect == "suppress_account":
        machine.hold["suppressed"] = record.reason
    if (record.at, record.event_id) <= machine.disposition:
        return "stale"
    outcome = "applied" if _legal(machine.status, record.status) else "illegal"
    machine.disposition = (record.at, record.event_id)
    machine.status = record.status
    machine.disposed = True
    _set_cooldown(machine, record, policy)
    return outcome


def _names_episode(machine: Machine, record: Disposition) -> bool:
    if record.sales_ready_id == "latest":  # said before this episode opened, it speaks of the one before
        return machine.episode == 1 or record.at >= machine.opened_at
    return record.sales_ready_id in machine.ids


def _legal(before: str, after: str) -> bool:
    if after in _ENDED or after in _BACK:
        return before not in _ENDED
    return _ORDER[after] in (_ORDER.get(before, 0), _ORDER.get(before, 0) + 1)


def _set_cooldown(machine: Machine, record: Disposition, policy: Policy) -> None:
    for name in ("needs", "people", "person", "fit", "recycled"):
        machine.hold.pop(name, None)
    machine.resting = record.status in _BACK
    if record.status in _WORKING:
        machine.cooldown_until = FOREVER
        return
    rule = policy.reasons.get(record.reason)
    days = policy.states.cooldown_days.get(record.reason, policy.states.default_cooldown)
    machine.cooldown_until = record.at + days * DAY
    if rule is not None and rule.needs == "decision_date" and record.decision_by is not None:
        machine.cooldown_until = record.decision_by
    if rule is not None and rule.needs in _NEEDS:
        machine.hold["needs"] = rule.needs
        if record.contact_id:
            machine.hold["person"] = f"contact:{record.contact_id}"
    if machine.resting:
        machine.hold["recycled"] = [record.status, record.reason, machine.cooldown_until]


def named_people(record: Disposition) -> tuple[str, ...]:
    """The identities a disposition may mean: records name a person by contact_id, else by e-mail."""
    named = record.contact_id
    return (f"contact:{named}", f"email:{named.lower()}") if named else ()


def mark_person(ledger: Ledger, record: Disposition, policy: Policy) -> None:
    """What a reason switches off for the person it names: the person, or a channel."""
    rule = policy.reasons.get(record.reason)
    if rule is None:
        return
    if rule.effect == "exclude_person":
        ledger.excluded = max(ledger.excluded, record.reason)
    elif rule.effect in ("email_off", "phone_off"):
        ledger.blocked = sorted({*ledger.blocked, rule.effect.removesuffix("_off")})
