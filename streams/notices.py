"""The watch topic: near misses and what clears them, and early notices (scoring.md section 7)."""

from streams.evaluation import Evaluation
from streams.required import missing_fields
from streams.states import armed
from streams.thirdparty import review_site_act
from streams.timeline import DAY, next_midnight


def near_miss(evaluation: Evaluation) -> None:
    """Say that an armed account has come close, or that it is so no more; on change only."""
    machine, assessment = evaluation.machine, evaluation.assessment
    failed = sum(not passed for passed in assessment.gates.values())
    close = failed == 1 and evaluation.policy.thresholds.near_miss <= assessment.S
    if not (armed(machine) and (machine.state == "warming" or close)):
        clear_near_miss(evaluation)
    elif not machine.near_miss:
        machine.near_miss = True
        evaluation.say("watch", "near_miss")


def clear_near_miss(evaluation: Evaluation) -> None:
    """Take a near miss back, where one was said."""
    if evaluation.machine.near_miss:
        evaluation.machine.near_miss = False
        evaluation.say("watch", "cleared")


def early_trigger(evaluation: Evaluation) -> str:
    """Why an early notice would be due: score, review_site or "" (section 7)."""
    assessment, policy = evaluation.assessment, evaluation.policy
    if not assessment.gates["fit"]:
        return ""
    by_score = policy.thresholds.early <= assessment.S and assessment.gates["self_directed"]
    if by_score and assessment.decision_people >= 1:
        return "score"
    if policy.early.review_site and review_site_act(evaluation.account, assessment.day, policy):
        recent = range(assessment.day - policy.early.review_recent_days, assessment.day + 1)
        if any(day in recent for m in assessment.counted for day in m.engagement.days):
            return "review_site"
    return ""


def early(evaluation: Evaluation) -> None:
    """Call for an early notice, or send the one that is due if its rule still holds."""
    machine, policy, now = evaluation.machine, evaluation.policy, evaluation.now
    called = machine.early_due
    due = 0 <= called <= now
    if due:
        machine.early_due = -1
    trigger = early_trigger(evaluation) if armed(machine) else ""
    rested = machine.notice_at < 0 or now - machine.notice_at >= policy.states.early_rest_days * DAY
    if not trigger or not rested:
        return
    if not due:
        if called < 0 and evaluation.fresh:
            machine.early_due = next_midnight(now)
    elif policy.early.to == "watch":
        machine.notice_at = now
        evaluation.say("watch", "early", tier="early", trigger=trigger)
    elif missing_fields(evaluation):
        machine.early_due = next_midnight(now)  # held back, not dropped
    else:
        machine.notice_at = now
        evaluation.say("sales_ready", "opened", tier="EARLY", trigger=trigger)
