"""The states of an account's episode and the only ways between them (scoring.md section 7)."""

from typing import Final, NamedTuple

from streams.account import Machine
from streams.policy import Policy
from streams.timeline import DAY

FOREVER: Final = 1 << 60  # ms; the end of a cooldown that only another disposition ends
SILENT: Final = ("suppressed", "redirected")  # side states in which nothing is said of the account
_SIDES: Final = ("", "held", *SILENT)


class Transition(NamedTuple):
    """One row of the state machine; a side state lies over the state and leaves it as it is."""

    name: str
    sources: tuple[str, ...]
    target: str
    when: str


TRANSITIONS: Final = (
    Transition("warm", ("idle",), "warming", "S >= 50"),
    Transition("cool_down", ("warming",), "idle", "S < 45; suppressed or redirected"),
    Transition(
        "open", ("idle", "warming", "cooling"), "open", "qualifies as FAST, T1 or T2; in cooling by override"
    ),
    Transition("reopen", ("cooling",), "open", "hand-raise, tier rise or qualification inside the cooldown"),
    Transition("exit", ("open",), "cooling", "S < 55 at every evaluation of 48 h; hand-raise only: its TTL"),
    Transition(
        "withdraw", ("open",), "cooling", "disqualifier, lifecycle change, last engaged person erased"
    ),
    Transition("rearm", ("cooling",), "idle", "cooldown over, and what it waits for has happened"),
    Transition("hold", ("", "held"), "held", "in review, a required field is missing or the budget is spent"),
    Transition("suppress", _SIDES, "suppressed", "competitor, embargo, suppression"),
    Transition("redirect", _SIDES, "redirected", "customer, opportunity, partner"),
    Transition("release", ("held", *SILENT), "", "the reason is gone"),
)
_BY_NAME: Final = {t.name: t for t in TRANSITIONS}


def move(machine: Machine, name: str) -> None:
    """Make one transition of the table; anything else is a defect and raises AssertionError."""
    row = _BY_NAME[name]
    if row.target in _SIDES:
        assert machine.side in row.sources, f"{name} from side {machine.side}"
        machine.side = row.target
    else:
        assert machine.state in row.sources, f"{name} from {machine.state}"
        machine.state = row.target


def shown_state(machine: Machine) -> str:
    """The state people see: the side state where there is one."""
    return machine.side or machine.state


def armed(machine: Machine) -> bool:
    """No episode open or cooling, and no side state."""
    return machine.state in ("idle", "warming") and machine.side == ""


def in_episode(machine: Machine) -> bool:
    """Whether the last episode still counts: open, or its cooldown is running."""
    return machine.state in ("open", "cooling")


def cooldown_end(machine: Machine, policy: Policy) -> int:
    """When the cooldown of the last episode ends, ms."""
    if machine.cooldown_until >= 0:
        return machine.cooldown_until
    return machine.ttl_at + policy.states.cooldown_after_ttl_days * DAY
