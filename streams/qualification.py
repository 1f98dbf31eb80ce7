"""What an evaluation says of an account: side states, clocks, transitions, notices (scoring.md section 7).

`evaluate` is called once a tick for an account that is pending or due, `raise_hand` with a hand-raise's own record.
Both change only the account's machine and its clocks, and return what to say.
"""

from streams.cooldown import note_needs, rearm
from streams.episode import HELD_FOR, answer, enter, expire, inside, leave, qualifies, release_hold, withdraw
from streams.evaluation import Decision, Evaluation
from streams.ledger import Review
from streams.notices import clear_near_miss, early, near_miss
from streams.placement import is_account
from streams.scoring import Assessment, Member
from streams.sides import side_of
from streams.sla import next_reminder, reminders, stop_clocks
from streams.states import (
    FOREVER,
    SILENT,
    TRANSITIONS,
    Transition,
    armed,
    cooldown_end,
    in_episode,
    move,
    shown_state,
)  # fmt: skip
from streams.timeline import HOUR, next_midnight

__all__ = [
    "FOREVER", "TRANSITIONS", "Decision", "Evaluation", "Transition", "cooldown_end", "evaluate", "is_due",
    "next_due", "qualifies", "raise_hand", "shown_state", "side_of",
]  # fmt: skip


def evaluate(evaluation: Evaluation) -> list[Decision]:
    """Evaluate the account at a tick: side states, clocks, transitions, notices, in that order."""
    account = evaluation.account
    if not is_account(account.home):
        return evaluation.said
    if evaluation.decides:
        _decide(evaluation)
    for reminder in reminders(account, evaluation.now, evaluation.policy):
        said = evaluation.say("sla", reminder.level, tier=reminder.alert.tier, reason=reminder.clock)
        said.reminder = reminder
    account.due = next_due(evaluation)
    return evaluation.said


def _decide(evaluation: Evaluation) -> None:
    _after_disposition(evaluation)
    if not _sides(evaluation):
        expire(evaluation)
        leave(evaluation)
        rearm(evaluation)
        _warm(evaluation)
        hold_for_review(evaluation)
        _qualify(evaluation)
        near_miss(evaluation)
        early(evaluation)


def _after_disposition(evaluation: Evaluation) -> None:
    """Say that an account is recycled, and note what has to change before it may fire again."""
    recycled = evaluation.machine.hold.pop("recycled", None)
    if recycled:
        decision = evaluation.say("recycled", str(recycled[0]), reason=str(recycled[1]))
        decision.until = int(recycled[2])
    note_needs(evaluation)


def _sides(evaluation: Evaluation) -> bool:
    """Enter, keep or leave a side state; true while the account is in one that silences it."""
    machine = evaluation.machine
    side, code = side_of(evaluation.account, evaluation.policy)
    erased = machine.hold.pop("erased", None) and not evaluation.assessment.engaged
    if machine.state == "open" and (side or erased):
        withdraw(evaluation, "erased" if erased else code)
    if not side:
        if machine.side in SILENT:
            move(machine, "release")
        return False
    clear_near_miss(evaluation)
    if machine.side != side:
        _enter_side(evaluation, side, code)
    return True


def _enter_side(evaluation: Evaluation, side: str, code: str) -> None:
    """Nothing runs on but the cooldown; a request that was held goes to the owner."""
    machine = evaluation.machine
    asked = machine.hold.get("fast")
    if asked and side == "redirected":
        evaluation.say("review", "redirected", trigger="hand_raise", reason=code, event_id=asked)
    for name in HELD_FOR:
        machine.hold.pop(name, None)
    if machine.state == "warming":
        move(machine, "cool_down")
    machine.early_due = -1
    stop_clocks(evaluation.account)
    move(machine, "suppress" if side == "suppressed" else "redirect")


def _warm(evaluation: Evaluation) -> None:
    machine, marks = evaluation.machine, evaluation.policy.thresholds
    if machine.state == "idle" and marks.warming_enter <= evaluation.assessment.S:
        move(machine, "warm")
    elif machine.state == "warming" and marks.warming_exit > evaluation.assessment.S:
        move(machine, "cool_down")


def hold_for_review(evaluation: Evaluation) -> None:
    """An account that nobody knows is held while a hand-raise of its people is in review."""
    machine = evaluation.machine
    if _in_review(evaluation.assessment):
        if armed(machine):
            move(machine, "hold")
            machine.hold["review"] = True
            clear_near_miss(evaluation)
    elif machine.hold.pop("review", None) and machine.side == "held":
        move(machine, "release")


def _in_review(assessment: Assessment) -> bool:
    return any(review.reason == "unknown_company" for review in _reviews(assessment))


def _qualify(evaluation: Evaluation) -> None:
    machine = evaluation.machine
    tier, trigger = qualifies(evaluation.assessment, evaluation.policy)
    if in_episode(machine):
        inside(evaluation, tier, trigger)
    elif machine.hold.get("fast"):
        enter(evaluation, "FAST", "hand_raise", machine.hold["fast"])
    elif tier and evaluation.fresh:
        enter(evaluation, tier, trigger)
    elif machine.side == "held" and not tier and not machine.hold.get("review"):
        release_hold(machine)


def raise_hand(evaluation: Evaluation, member: Member, event_id: str) -> str:
    """Answer a valid hand-raise of a known company at its own time; the outcome for the metrics."""
    account = evaluation.account
    side, code = side_of(account, evaluation.policy)
    if side == "suppressed":
        return "suppressed"
    if side == "redirected":
        evaluation.say(
            "review", "redirected", trigger="hand_raise", reason=code, person=member.ref, event_id=event_id
        )
        return "redirected"
    if in_episode(account.machine):
        outcome = answer(evaluation, event_id, member.ref)
    else:
        outcome = enter(evaluation, "FAST", "hand_raise", event_id)
    account.due = next_due(evaluation)
    return outcome


def next_due(evaluation: Evaluation) -> int:
    """The account's next deadline, ms; -1 for none."""
    dues = _own_dues(evaluation, evaluation.now)
    if evaluation.machine.alerts:
        dues.append(next_reminder(evaluation.account, evaluation.policy))
    return min(dues) if dues else -1


def is_due(evaluation: Evaluation) -> bool:
    """Whether a deadline of the account's own has passed: a reminder to sales is no occasion to decide anew."""
    return any(due <= evaluation.now for due in _own_dues(evaluation, evaluation.account.due - 1))


def _own_dues(evaluation: Evaluation, now: int) -> list[int]:
    """The deadlines after a moment at which the account is evaluated."""
    machine = evaluation.machine
    dues = review_dues(evaluation.assessment)
    if machine.early_due >= 0:
        dues.append(machine.early_due)
    if machine.hold.get("budget"):
        dues.append(next_midnight(now))
    if machine.side not in SILENT and in_episode(machine):
        dues += _episode_dues(evaluation, now)
    return dues


def review_dues(assessment: Assessment) -> list[int]:
    """When the reviews of the people at a home end, ms."""
    return [review.due for review in _reviews(assessment)]


def _reviews(assessment: Assessment) -> list[Review]:
    if not assessment.reviewing:
        return []
    return [review for _, person in assessment.reviewing for led in person.ledgers for review in led.reviews]


def _episode_dues(evaluation: Evaluation, now: int) -> list[int]:
    machine, policy = evaluation.machine, evaluation.policy
    dues = [next_midnight(now)]
    waits = not machine.expired and not machine.disposed
    if waits or (machine.state == "open" and not machine.standing and now < machine.ttl_at):
        dues.append(machine.ttl_at)
    if machine.exit_since >= 0:
        dues.append(machine.exit_since + policy.states.exit_hours * HOUR)
    if machine.state == "cooling" and now < cooldown_end(machine, policy) < FOREVER:
        dues.append(cooldown_end(machine, policy))
    return dues
