"""What a disposition changes: the cooldown of the episode and what may be said in it (scoring.md sections 7 and 9)."""

from typing import Final

from schemas.signal import Disposition
from streams.account import Account, Machine
from streams.policy import Policy
from streams.qualification import FOREVER
from streams.timeline import DAY

_WORKING: Final = frozenset(
    {"accepted", "working", "contacted", "meeting_set", "converted_sql", "opportunity_created"}
)
_ORDER: Final = {
    "accepted": 1, "working": 2, "contacted": 3, "meeting_set": 4, "converted_sql": 5, "opportunity_created": 6,
    "closed_won": 7, "closed_lost": 7, "rejected": 0, "recycled": 0,
}  # fmt: skip


def apply_disposition(account: Account, record: Disposition, policy: Policy) -> str:
    """Apply one disposition; the outcome for the metrics: applied, illegal, stale or no_episode.

    Any status may follow any; a backward or skipping one is counted as illegal and still applied. The latest by
    occurred_at decides, however they arrive.
    """
    machine = account.machine
    if machine.episode == 0 or not _names_episode(machine, record.sales_ready_id):
        return "no_episode"
    if (record.at, record.event_id) <= machine.disposition:
        return "stale"
    outcome = "applied" if _legal(machine.status, record.status) else "illegal"
    machine.disposition = (record.at, record.event_id)
    machine.status = record.status
    machine.disposed = True
    _set_cooldown(machine, record, policy)
    if record.status in ("rejected", "recycled"):
        machine.hold["recycled"] = [record.status, record.reason, machine.cooldown_until]
    return outcome


def _names_episode(machine: Machine, sales_ready_id: str) -> bool:
    return sales_ready_id == "latest" or sales_ready_id in machine.ids


def _legal(before: str, after: str) -> bool:
    if after in ("rejected", "recycled", "closed_lost", "closed_won"):
        return before not in ("closed_won", "closed_lost")
    return _ORDER[after] in (_ORDER.get(before, 0), _ORDER.get(before, 0) + 1)


def _set_cooldown(machine: Machine, record: Disposition, policy: Policy) -> None:
    for name in ("needs", "people", "fit"):
        machine.hold.pop(name, None)
    if record.status in _WORKING:
        machine.cooldown_until, machine.resting = FOREVER, False
        return
    rule = policy.reasons.get(record.reason)
    days = policy.states.cooldown_days.get(record.reason, policy.states.default_cooldown)
    end = record.at + days * DAY
    if rule is not None and rule.needs == "decision_date" and record.decision_by is not None:
        end = record.decision_by
    machine.cooldown_until = end
    machine.resting = record.status in ("rejected", "recycled")
    if rule is not None and rule.effect == "suppress_account":
        machine.hold["suppressed"] = record.reason
    if rule is not None and rule.needs in ("fit_change", "different_person"):
        machine.hold["needs"] = rule.needs
