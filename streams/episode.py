"""The episode of an account: how it opens, what is said inside it and how it ends (scoring.md section 7)."""

from typing import Any, Final

from streams.account import Machine
from streams.cooldown import rests
from streams.evaluation import Evaluation
from streams.notices import clear_near_miss
from streams.policy import Policy
from streams.required import missing_fields
from streams.scoring import Assessment
from streams.sla import stop_clocks
from streams.states import in_episode, move, shown_state
from streams.timeline import DAY, HOUR

HELD_FOR: Final = ("missing", "budget", "fast", "review")  # what the machine's hold keeps of held emissions
_TIERS: Final = {"": 0, "T2": 1, "T1": 2}


def enter(evaluation: Evaluation, tier: str, trigger: str, event_id: str = "") -> str:
    """Open an episode, or hold it while a required field is missing or the budget is spent: opened or held."""
    machine = evaluation.machine
    before = shown_state(machine)
    if _held_back(evaluation, tier, event_id):
        clear_near_miss(evaluation)
        return "held"
    release_hold(machine)
    move(machine, "open")
    machine.episode += 1
    machine.counts = {kind: n for kind, n in machine.counts.items() if not kind.startswith("sales_ready:")}
    machine.ids, machine.status, machine.disposition = [], "", (-1, "")
    machine.standing, machine.standing_trigger = ("", "") if tier == "FAST" else (tier, trigger)
    machine.opened_at = evaluation.now
    machine.ttl_at, machine.disposed = 0, False
    machine.exit_since, machine.cooldown_until, machine.resting = -1, -1, False
    machine.update_at, machine.roles, machine.hold = -1, [], {}
    machine.early_due = -1
    _start_ttl(evaluation, tier)
    decision = evaluation.say("sales_ready", "opened", tier=tier, trigger=trigger, state_from=before)
    decision.event_id = event_id
    _alerted(evaluation, tier, trigger)
    clear_near_miss(evaluation)
    return "opened"


def _held_back(evaluation: Evaluation, tier: str, event_id: str) -> bool:
    """Hold an opening while a required field is missing or the budget is spent; never drop it."""
    machine = evaluation.machine
    missing = missing_fields(evaluation)
    why: dict[str, Any] = {"missing": missing}
    if tier == "FAST":
        why["fast"] = event_id
    if not missing:
        if tier == "FAST" or evaluation.budget is None:
            return False
        if evaluation.budget.take(evaluation.account, evaluation.now, evaluation.policy):
            return False
        known = machine.hold.get("budget")
        since = known[2] if known else evaluation.now
        why = {"budget": [tier, evaluation.assessment.S, since]}
    if machine.side != "held":
        move(machine, "hold")
    machine.hold = {**machine.hold, **why}
    return True


def release_hold(machine: Machine) -> None:
    """Nothing waits for a field or the budget any more; a held hand-raise is not forgotten."""
    if machine.side == "held":
        move(machine, "release")
    for name in ("missing", "budget", "review"):
        machine.hold.pop(name, None)


def answer(evaluation: Evaluation, event_id: str, person: str = "") -> str:
    """A hand-raise inside an episode: `updated` at once, back to open; held while a required field is missing."""
    machine = evaluation.machine
    if missing_fields(evaluation):
        machine.hold["fast"] = event_id
        return "held"
    before = shown_state(machine)
    machine.hold.pop("fast", None)
    release_hold(machine)
    if machine.state == "cooling":
        move(machine, "reopen")
        machine.exit_since = -1
    previous = machine.tier
    _start_ttl(evaluation, "FAST")
    evaluation.say(
        "sales_ready", "updated", tier="FAST", trigger="hand_raise", reason="hand_raise", tier_previous=previous,
        state_from=before, person=person, event_id=event_id,
    )  # fmt: skip
    _alerted(evaluation, "FAST", "hand_raise")
    return "updated"


def inside(evaluation: Evaluation, tier: str, trigger: str) -> None:
    """What may be said inside an episode, open or cooling: tiers only rise."""
    machine, assessment, policy = evaluation.machine, evaluation.assessment, evaluation.policy
    if machine.hold.get("fast"):
        answer(evaluation, machine.hold["fast"])
    quiet = rests(evaluation)
    new_role = any(role not in machine.roles for role in assessment.roles)
    unlikely = assessment.surge.p <= policy.states.override_p
    if machine.state == "cooling" and tier and new_role and unlikely and not quiet:
        if evaluation.fresh:
            enter(evaluation, tier, trigger)
        return
    if machine.side == "held":
        release_hold(machine)
    if quiet:
        return
    if tier and not machine.standing:
        _rise(evaluation, tier, trigger, "qualified")
    elif _TIERS[tier] > _TIERS[machine.standing]:
        _rise(evaluation, tier, trigger, "tier_rise")
    elif machine.state == "open":
        _small_update(evaluation, new_role)


def _rise(evaluation: Evaluation, tier: str, trigger: str, reason: str) -> None:
    """A rise or qualification: at once, with a fresh TTL, back to open from cooling."""
    machine = evaluation.machine
    if missing_fields(evaluation):
        return  # held back: the next evaluation finds the same rise
    before = shown_state(machine)
    if machine.state == "cooling":
        move(machine, "reopen")
    machine.exit_since = -1
    machine.standing, machine.standing_trigger = tier, trigger
    previous = machine.tier
    _start_ttl(evaluation, tier)
    evaluation.say(
        "sales_ready", "updated", tier=tier, trigger=trigger, reason=reason, tier_previous=previous,
        state_from=before,
    )  # fmt: skip
    _alerted(evaluation, tier, trigger)


def _small_update(evaluation: Evaluation, new_role: bool) -> None:
    """A new required role or a risen score: while open, at most one in 24 h."""
    machine, states = evaluation.machine, evaluation.policy.states
    if machine.update_at >= 0 and evaluation.now - machine.update_at < states.update_gap_hours * HOUR:
        return
    risen = machine.last_event_score + states.update_rise <= evaluation.assessment.S
    if not (new_role or risen) or missing_fields(evaluation):
        return
    machine.update_at = evaluation.now
    tier, trigger = machine.standing or machine.tier, machine.standing_trigger or machine.trigger
    previous = machine.tier
    reason = "new_role" if new_role else "score_rise"
    evaluation.say(
        "sales_ready", "updated", tier=tier, trigger=trigger, reason=reason, tier_previous=previous
    )
    _alerted(evaluation, tier, trigger)


def _alerted(evaluation: Evaluation, tier: str, trigger: str) -> None:
    """What every opened and updated record leaves behind."""
    machine, assessment = evaluation.machine, evaluation.assessment
    machine.tier, machine.trigger = tier, trigger
    machine.notice_at = machine.last_event_at = evaluation.now
    machine.last_event_score = assessment.S
    machine.roles = sorted({*machine.roles, *assessment.roles})


def _start_ttl(evaluation: Evaluation, tier: str) -> None:
    """A fresh TTL that never shortens the running one; what was withdrawn is in force again."""
    machine = evaluation.machine
    machine.ttl_at = max(machine.ttl_at, evaluation.now + evaluation.policy.states.ttl_days[tier] * DAY)
    machine.expired = False


# how it ends ---------------------------------------------------------------------------------------------------


def withdraw(evaluation: Evaluation, code: str) -> None:
    """Take the alert back; it has nothing left that could expire."""
    machine = evaluation.machine
    before = shown_state(machine)
    move(machine, "withdraw")
    machine.exit_since = -1
    machine.expired = True
    stop_clocks(evaluation.account)
    evaluation.say(
        "sales_ready", "withdrawn", tier=machine.tier, trigger=machine.trigger, reason=code, state_from=before
    )


def expire(evaluation: Evaluation) -> None:
    """Say once that a TTL passed without a disposition."""
    machine = evaluation.machine
    if not in_episode(machine) or machine.expired or machine.disposed:
        return
    if evaluation.now >= machine.ttl_at:
        machine.expired = True
        evaluation.say("sales_ready", "expired", tier=machine.tier, trigger=machine.trigger)


def leave(evaluation: Evaluation) -> None:
    """Exit: by the score after 48 h, by the TTL where only a hand-raise opened the episode."""
    machine, policy = evaluation.machine, evaluation.policy
    if machine.state != "open":
        return
    if not machine.standing:
        if evaluation.now >= machine.ttl_at:
            move(machine, "exit")
        return
    if policy.thresholds.episode_exit <= evaluation.assessment.S:
        machine.exit_since = -1
    elif machine.exit_since < 0:
        machine.exit_since = evaluation.now
    elif evaluation.now - machine.exit_since >= policy.states.exit_hours * HOUR:
        move(machine, "exit")
        machine.exit_since = -1


# what an account qualifies for ---------------------------------------------------------------------------------


def qualifies(assessment: Assessment, policy: Policy) -> tuple[str, str]:
    """Tier and trigger that the account qualifies for by itself, ("", "") for none."""
    if all(assessment.gates.values()):
        return ("T1", "surge") if assessment.surge.surge else ("T2", "score")
    return ("T2", "act_now") if assessment.gates["fit"] and act_now(assessment, policy) else ("", "")


def act_now(assessment: Assessment, policy: Policy) -> bool:
    """Enough different people on the same decisive page or video inside the surge window (section 8)."""
    today, need = assessment.day, policy.act_now.persons
    start = today - policy.surge.window_days + 1
    seen: dict[str, set[str]] = {}
    for member in assessment.counted:
        for page, days in member.engagement.decisive.items():
            if any(start <= day <= today for day in days):
                seen.setdefault(page, set()).add(member.ref)
    return any(len(people) >= need for people in seen.values())
