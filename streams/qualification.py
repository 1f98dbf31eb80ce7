"""The episode of an account: thresholds, hysteresis, cooldown and what is said when (scoring.md section 7).

`evaluate` is called once a tick for an account that is pending or due, `raise_hand` with a hand-raise's own record.
Both change only the account's machine and return what to say.
"""

from typing import Any, Final, NamedTuple

import msgspec

from streams.account import Account, Machine, field
from streams.budget import AlertBudget
from streams.people import channels
from streams.placement import is_account
from streams.policy import Policy
from streams.scoring import Assessment, Member
from streams.sla import next_reminder, reminders, stop_clocks
from streams.thirdparty import review_site_act
from streams.timeline import DAY, HOUR, next_midnight

FOREVER: Final = 1 << 60
_TIERS: Final = {"": 0, "T2": 1, "T1": 2}


class Transition(NamedTuple):
    """One row of the state machine."""

    name: str
    sources: tuple[str, ...]
    target: str
    when: str


TRANSITIONS: Final = (
    Transition("warm", ("idle",), "warming", "S >= 50"),
    Transition("cool_down", ("warming",), "idle", "S < 45"),
    Transition("open", ("idle", "warming", "cooling"), "open", "qualifies as FAST, T1 or T2; in cooling by override"),
    Transition("reopen", ("cooling",), "open", "hand-raise, tier rise or qualification inside the cooldown"),
    Transition("exit", ("open",), "cooling", "S < 55 at every evaluation of 48 h; hand-raise only: its TTL"),
    Transition("withdraw", ("open",), "cooling", "disqualifier, lifecycle change, last engaged person erased"),
    Transition("rearm", ("cooling",), "idle", "cooldown over"),
    Transition("hold", ("", "held"), "held", "a required field is missing or the budget is spent"),
    Transition("suppress", ("", "held", "redirected", "suppressed"), "suppressed", "competitor, embargo, suppression"),
    Transition("redirect", ("", "held", "redirected", "suppressed"), "redirected", "customer, opportunity, partner"),
    Transition("release", ("held", "suppressed", "redirected"), "", "the reason is gone"),
)
_BY_NAME: Final = {t.name: t for t in TRANSITIONS}


class Decision(msgspec.Struct):
    """One record to send. `topic` is its family: sales_ready, watch, review or recycled."""

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


class Evaluation(msgspec.Struct):
    """Everything one evaluation looks at, and what it says."""

    account: Account
    assessment: Assessment
    now: int  # tick time, ms
    fresh: bool  # not only late records made it pending
    policy: Policy
    said: list[Decision] = []
    budget: AlertBudget | None = None

    @property
    def machine(self) -> Machine:
        """The account's machine."""
        return self.account.machine


def shown_state(machine: Machine) -> str:
    """The state people see: the side state where there is one."""
    return machine.side or machine.state


def move(machine: Machine, name: str) -> None:
    """Make one transition of the table; anything else is a defect and raises AssertionError."""
    row = _BY_NAME[name]
    if row.target in ("", "held", "suppressed", "redirected"):
        assert machine.side in row.sources, f"{name} from side {machine.side}"
        machine.side = row.target
    else:
        assert machine.state in row.sources, f"{name} from {machine.state}"
        machine.state = row.target


def side_of(account: Account, policy: Policy) -> tuple[str, str]:
    """The side state that rules put the account in, and the disqualifier code; ("", "") for none."""
    domains = {home.partition("/")[2] for home in [account.home, *account.aliases]}
    if domains & policy.competitor_domains:
        return "suppressed", "competitor"
    if account.machine.hold.get("suppressed"):
        return "suppressed", str(account.machine.hold["suppressed"])
    country = field(account, "country")
    rules = policy.disqualify
    if country is not None and country in rules.embargoed_countries:
        return "suppressed", "embargoed"
    if country is not None and rules.served_countries and country not in rules.served_countries:
        return "suppressed", "unserved_geo"
    if domains & policy.partner_domains:
        return "redirected", "partner_owned"
    lifecycle = field(account, "lifecycle")
    if lifecycle == "customer":
        return "redirected", "existing_customer"
    if lifecycle == "open_opp" or field(account, "open_opportunity_id"):
        return "redirected", "existing_opp"
    return "", ""


def evaluate(evaluation: Evaluation) -> list[Decision]:
    """Evaluate the account at a tick: side states, clocks, transitions, notices, in that order."""
    if not is_account(evaluation.account.home):
        return evaluation.said
    _after_disposition(evaluation)
    if not _sides(evaluation):
        _expire(evaluation)
        _exit(evaluation)
        _rearm(evaluation)
        _warm(evaluation)
        _qualify(evaluation)
        _near_miss(evaluation)
        _early(evaluation)
    for reminder in reminders(evaluation.account, evaluation.now, evaluation.policy):
        _say(evaluation, "sla", reminder.level, tier=reminder.alert.tier, reason=reminder.clock).reminder = reminder
    evaluation.account.due = next_due(evaluation)
    return evaluation.said


def _say(evaluation: Evaluation, topic: str, kind: str, **more: str | None) -> Decision:
    decision = Decision(topic, kind, evaluation.now, **more)  # type: ignore[arg-type]
    decision.state_to = shown_state(evaluation.machine)
    decision.state_from = decision.state_from or decision.state_to
    evaluation.said.append(decision)
    return decision


def _after_disposition(evaluation: Evaluation) -> None:
    """Say that an account is recycled, and note what has to change before it may fire again."""
    hold, assessment = evaluation.machine.hold, evaluation.assessment
    recycled = hold.pop("recycled", None)
    if recycled:
        decision = _say(evaluation, "recycled", str(recycled[0]), reason=str(recycled[1]))
        decision.until = int(recycled[2])
    if hold.get("needs") == "fit_change":
        hold.setdefault("fit", assessment.F)
    elif hold.get("needs") == "different_person":
        hold.setdefault("people", [m.ref for m in assessment.counted if m.engaged])


# side states ---------------------------------------------------------------------------------------------------


def _sides(evaluation: Evaluation) -> bool:
    """Enter, keep or leave a side state; true while the account is in one that silences it."""
    machine = evaluation.machine
    side, code = side_of(evaluation.account, evaluation.policy)
    if machine.hold.pop("erased", None) and machine.state == "open" and not evaluation.assessment.engaged:
        _withdraw(evaluation, "erased")
    if side:
        if machine.state == "open":
            _withdraw(evaluation, code)
        _clear_near_miss(evaluation)
        machine.early_due = -1
        if machine.side != side:
            machine.hold = {k: v for k, v in machine.hold.items() if k == "suppressed"}
            move(machine, "suppress" if side == "suppressed" else "redirect")
        return True
    if machine.side in ("suppressed", "redirected"):
        move(machine, "release")
    return False


def _withdraw(evaluation: Evaluation, code: str) -> None:
    machine = evaluation.machine
    before = shown_state(machine)
    move(machine, "withdraw")
    machine.exit_since = -1
    stop_clocks(evaluation.account)
    _say(
        evaluation, "sales_ready", "withdrawn", tier=machine.tier, trigger=machine.trigger, reason=code,
        state_from=before,
    )  # fmt: skip


# clocks --------------------------------------------------------------------------------------------------------


def cooldown_end(machine: Machine, policy: Policy) -> int:
    """When the cooldown of the last episode ends, ms."""
    if machine.cooldown_until >= 0:
        return machine.cooldown_until
    return machine.ttl_at + policy.states.cooldown_after_ttl_days * DAY


def _expire(evaluation: Evaluation) -> None:
    machine = evaluation.machine
    if machine.state not in ("open", "cooling") or machine.expired or machine.disposed:
        return
    if evaluation.now >= machine.ttl_at:
        machine.expired = True
        _say(evaluation, "sales_ready", "expired", tier=machine.tier, trigger=machine.trigger)


def _exit(evaluation: Evaluation) -> None:
    machine, policy = evaluation.machine, evaluation.policy
    if machine.state != "open":
        return
    if not machine.standing:  # only a hand-raise opened it
        if evaluation.now >= machine.ttl_at:
            move(machine, "exit")
        return
    if evaluation.assessment.S >= policy.thresholds.episode_exit:
        machine.exit_since = -1
    elif machine.exit_since < 0:
        machine.exit_since = evaluation.now
    elif evaluation.now - machine.exit_since >= policy.states.exit_hours * HOUR:
        move(machine, "exit")
        machine.exit_since = -1


def _rearm(evaluation: Evaluation) -> None:
    machine = evaluation.machine
    if machine.state != "cooling" or evaluation.now < cooldown_end(machine, evaluation.policy):
        return
    needs = machine.hold.get("needs")
    if needs == "fit_change" and evaluation.assessment.F == machine.hold.get("fit"):
        return
    if needs == "different_person" and not _new_people(evaluation, machine.hold.get("people", ())):
        return
    move(machine, "rearm")
    machine.resting = False
    machine.hold = {k: v for k, v in machine.hold.items() if k == "suppressed"}


def _new_people(evaluation: Evaluation, known: list[str] | tuple[str, ...]) -> bool:
    return any(m.engaged and m.ref not in known for m in evaluation.assessment.counted)


def _warm(evaluation: Evaluation) -> None:
    machine, marks = evaluation.machine, evaluation.policy.thresholds
    if machine.state == "idle" and marks.warming_enter <= evaluation.assessment.S:
        move(machine, "warm")
    elif machine.state == "warming" and evaluation.assessment.S < marks.warming_exit:
        move(machine, "cool_down")


def next_due(evaluation: Evaluation) -> int:
    """The account's next deadline, ms; -1 for none."""
    machine, policy = evaluation.machine, evaluation.policy
    people = evaluation.assessment.everybody
    dues = [review.due for m in people for ledger in m.person.ledgers for review in ledger.reviews]
    if machine.early_due >= 0:
        dues.append(machine.early_due)
    if machine.alerts:
        dues.append(next_reminder(evaluation.account, policy))
    if machine.hold.get("budget"):
        dues.append(next_midnight(evaluation.now))
    if machine.side in ("", "held") and machine.state in ("open", "cooling"):
        dues.append(next_midnight(evaluation.now))
        if not machine.expired and not machine.disposed:
            dues.append(machine.ttl_at)
        if machine.state == "open" and not machine.standing and evaluation.now < machine.ttl_at:
            dues.append(machine.ttl_at)
        if machine.exit_since >= 0:
            dues.append(machine.exit_since + policy.states.exit_hours * HOUR)
        if machine.state == "cooling" and evaluation.now < cooldown_end(machine, policy) < FOREVER:
            dues.append(cooldown_end(machine, policy))
    return min(dues) if dues else -1


# qualification -------------------------------------------------------------------------------------------------


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


def _qualify(evaluation: Evaluation) -> None:
    machine = evaluation.machine
    tier, trigger = qualifies(evaluation.assessment, evaluation.policy)
    if machine.state in ("idle", "warming"):
        if tier and evaluation.fresh:
            _enter(evaluation, tier, trigger)
        elif machine.side == "held" and machine.hold.get("fast"):
            _enter(evaluation, "FAST", "hand_raise")
        elif machine.side == "held" and not tier:
            move(machine, "release")
            machine.hold = {}
    elif not (machine.resting and evaluation.now < cooldown_end(machine, evaluation.policy)):
        _inside(evaluation, tier, trigger)


def _enter(evaluation: Evaluation, tier: str, trigger: str, event_id: str = "") -> None:
    """Open an episode, or hold it while a required field is missing."""
    machine = evaluation.machine
    before = shown_state(machine)
    if _held_back(evaluation, tier, event_id):
        return
    if machine.side == "held":
        move(machine, "release")
    move(machine, "open")
    machine.episode += 1
    machine.counts = {kind: n for kind, n in machine.counts.items() if not kind.startswith("sales_ready:")}
    machine.standing, machine.standing_trigger = ("", "") if tier == "FAST" else (tier, trigger)
    machine.opened_at = evaluation.now
    machine.ttl_at, machine.expired, machine.disposed = 0, False, False
    machine.exit_since, machine.cooldown_until, machine.resting = -1, -1, False
    machine.update_at, machine.roles, machine.hold = -1, [], {}
    machine.early_due = -1
    _start_ttl(evaluation, tier)
    decision = _say(evaluation, "sales_ready", "opened", tier=tier, trigger=trigger, state_from=before)
    decision.event_id = event_id
    _alerted(evaluation, tier, trigger)
    _clear_near_miss(evaluation)


def _held_back(evaluation: Evaluation, tier: str, event_id: str) -> bool:
    """Hold an opening while a required field is missing or the budget is spent; never drop it."""
    machine = evaluation.machine
    missing = missing_fields(evaluation)
    why: dict[str, Any] = {"missing": missing, "fast": event_id} if tier == "FAST" else {"missing": missing}
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


def missing_fields(evaluation: Evaluation) -> list[str]:
    """Required fields of the event that are not there: by default one usable channel (section 10)."""
    missing = []
    members = evaluation.assessment.counted
    engaged = [m for m in members if m.engaged] or members
    for name in evaluation.policy.required_fields:
        if name == "channel":
            if not any(any(channels(m.person)) for m in engaged):
                missing.append(name)
        elif field(evaluation.account, name) in (None, "", ()):
            missing.append(name)
    return missing


def _alerted(evaluation: Evaluation, tier: str, trigger: str) -> None:
    """What every opened and updated record leaves behind."""
    machine, assessment = evaluation.machine, evaluation.assessment
    machine.tier, machine.trigger = tier, trigger
    machine.notice_at = machine.last_event_at = evaluation.now
    machine.last_event_score = assessment.S
    machine.roles = sorted({*machine.roles, *assessment.roles})


def _start_ttl(evaluation: Evaluation, tier: str) -> None:
    """A fresh TTL that never shortens the running one."""
    machine = evaluation.machine
    fresh = evaluation.now + evaluation.policy.states.ttl_days[tier] * DAY
    if fresh > machine.ttl_at:
        machine.ttl_at, machine.expired = fresh, False


def _inside(evaluation: Evaluation, tier: str, trigger: str) -> None:
    """What may be said inside an episode, open or cooling: tiers only rise."""
    machine, policy = evaluation.machine, evaluation.policy
    new_role = any(role not in machine.roles for role in evaluation.assessment.roles)
    if machine.state == "cooling" and tier and new_role and evaluation.assessment.surge.p <= policy.states.override_p:
        if evaluation.fresh:
            _enter(evaluation, tier, trigger)
        return
    if tier and not machine.standing:
        _update(evaluation, tier, trigger, "qualified")
    elif _TIERS[tier] > _TIERS[machine.standing]:
        _update(evaluation, tier, trigger, "tier_rise")
    elif machine.state == "open":
        _small_update(evaluation, new_role)


def _update(evaluation: Evaluation, tier: str, trigger: str, reason: str) -> None:
    """A rise or qualification: at once, with a fresh TTL, back to open from cooling."""
    machine = evaluation.machine
    before = shown_state(machine)
    if machine.state == "cooling":
        move(machine, "reopen")
    machine.exit_since = -1
    machine.standing, machine.standing_trigger = tier, trigger
    previous = machine.tier
    _start_ttl(evaluation, tier)
    _say(
        evaluation, "sales_ready", "updated", tier=tier, trigger=trigger, reason=reason, tier_previous=previous,
        state_from=before,
    )  # fmt: skip
    _alerted(evaluation, tier, trigger)


def _small_update(evaluation: Evaluation, new_role: bool) -> None:
    """A new required role or a risen score: while open, at most one in 24 h."""
    machine, states = evaluation.machine, evaluation.policy.states
    if machine.update_at >= 0 and evaluation.now - machine.update_at < states.update_gap_hours * HOUR:
        return
    risen = evaluation.assessment.S >= machine.last_event_score + states.update_rise
    if not (new_role or risen):
        return
    machine.update_at = evaluation.now
    tier, trigger = machine.standing or machine.tier, machine.standing_trigger or machine.trigger
    previous = machine.tier
    reason = "new_role" if new_role else "score_rise"
    _say(evaluation, "sales_ready", "updated", tier=tier, trigger=trigger, reason=reason, tier_previous=previous)
    _alerted(evaluation, tier, trigger)


# hand-raises ---------------------------------------------------------------------------------------------------


def raise_hand(evaluation: Evaluation, member: Member, event_id: str) -> str:
    """Answer a valid hand-raise of a known company at its own time; the outcome for the metrics."""
    machine, account = evaluation.machine, evaluation.account
    side, code = side_of(account, evaluation.policy)
    if side == "suppressed":
        return "suppressed"
    if side == "redirected":
        _say(
            evaluation, "review", "redirected", trigger="hand_raise", reason=code, person=member.ref,
            event_id=event_id,
        )  # fmt: skip
        return "redirected"
    if machine.state in ("idle", "warming"):
        _enter(evaluation, "FAST", "hand_raise", event_id)
        outcome = "held" if machine.side == "held" else "opened"
    else:
        before = shown_state(machine)
        if machine.state == "cooling":
            move(machine, "reopen")
            machine.exit_since = -1
        previous = machine.tier
        _start_ttl(evaluation, "FAST")
        _say(
            evaluation, "sales_ready", "updated", tier="FAST", trigger="hand_raise", reason="hand_raise",
            tier_previous=previous, state_from=before, person=member.ref, event_id=event_id,
        )  # fmt: skip
        _alerted(evaluation, "FAST", "hand_raise")
        outcome = "updated"
    account.due = next_due(evaluation)
    return outcome


# notices -------------------------------------------------------------------------------------------------------


def _armed(machine: Machine) -> bool:
    return machine.state in ("idle", "warming") and machine.side == ""


def _near_miss(evaluation: Evaluation) -> None:
    machine, assessment = evaluation.machine, evaluation.assessment
    failed = sum(not passed for passed in assessment.gates.values())
    close = failed == 1 and evaluation.policy.thresholds.near_miss <= assessment.S
    if _armed(machine) and (machine.state == "warming" or close):
        if not machine.near_miss:
            machine.near_miss = True
            _say(evaluation, "watch", "near_miss")
    else:
        _clear_near_miss(evaluation)


def _clear_near_miss(evaluation: Evaluation) -> None:
    if evaluation.machine.near_miss:
        evaluation.machine.near_miss = False
        _say(evaluation, "watch", "cleared")


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


def _early(evaluation: Evaluation) -> None:
    """Call for an early notice, or send the one that is due if its rule still holds."""
    machine, policy, now = evaluation.machine, evaluation.policy, evaluation.now
    called = machine.early_due
    if 0 <= called <= now:
        machine.early_due = -1
    trigger = early_trigger(evaluation) if _armed(machine) else ""
    rested = machine.notice_at < 0 or now - machine.notice_at >= policy.states.early_rest_days * DAY
    if not trigger or not rested:
        return
    if 0 <= called <= now:
        topic, kind, tier = ("watch", "early", "early")
        if policy.early.to == "sales-ready":
            topic, kind, tier = ("sales_ready", "opened", "EARLY")
        machine.notice_at = now
        _say(evaluation, topic, kind, tier=tier, trigger=trigger)
    elif called < 0 and evaluation.fresh:
        machine.early_due = next_midnight(now)
