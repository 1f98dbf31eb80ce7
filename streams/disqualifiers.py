"""Which disqualifiers an evaluation looked at, and what they found (scoring.md section 9)."""

from collections import Counter
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from schemas.decision import Disqualifier
from schemas.home import split_home
from streams.account import Account, field
from streams.people import channels, last_job_search
from streams.placement import is_account
from streams.policy import Policy
from streams.qualification import FOREVER, cooldown_end, side_of
from streams.scoring import Assessment
from streams.timeline import DAY, iso_text

Scope = Literal["event", "person", "account"]
Effect = Literal["drop", "exclude", "suppress", "redirect", "hold"]


class Rule(NamedTuple):
    """What a code is about and what it does."""

    scope: Scope
    effect: Effect


RULES: Final[dict[str, Rule]] = {
    "bot": Rule("event", "drop"),
    "internal": Rule("person", "exclude"),
    "competitor": Rule("account", "suppress"),
    "partner_owned": Rule("account", "redirect"),
    "student": Rule("person", "exclude"),
    "freemail_no_company": Rule("person", "exclude"),
    "disposable": Rule("person", "exclude"),
    "freelancer": Rule("person", "exclude"),
    "job_seeker": Rule("person", "exclude"),
    "opted_out": Rule("person", "exclude"),
    "bad_data": Rule("account", "hold"),
    "existing_customer": Rule("account", "redirect"),
    "existing_opp": Rule("account", "redirect"),
    "embargoed": Rule("account", "suppress"),
    "unserved_geo": Rule("account", "suppress"),
    "recently_rejected": Rule("account", "suppress"),
}
CHECKED: Final = tuple(RULES)


def disqualified(account: Account, assessment: Assessment, now: int, policy: Policy) -> list[Disqualifier]:
    """What was found, in the order of the rules; a code of people stands once, with how many."""
    found = [
        *_of_account(account, policy), *_of_people(account, assessment, policy), *_of_events(assessment),
        *_of_data(assessment), *_of_cooldown(account, now, policy),
    ]  # fmt: skip
    order = {code: place for place, code in enumerate(CHECKED)}
    return sorted(found, key=lambda one: (order.get(one.code, len(order)), one.code))


def _found(code: str, evidence: str, expires_at: int = -1, manual: bool = False) -> Disqualifier:
    rule = RULES.get(code, Rule("account", "suppress"))
    return Disqualifier(
        code=code,
        scope=rule.scope,
        effect=rule.effect,
        evidence=evidence,
        expires_at=None if expires_at < 0 else iso_text(expires_at),
        source="disposition" if manual else "rule",
    )


def _of_account(account: Account, policy: Policy) -> Iterator[Disqualifier]:
    side, code = side_of(account, policy)
    if not side:
        return
    listed = code in ("competitor", "partner_owned") and not account.machine.hold.get("suppressed")
    evidence = {
        "embargoed": f"country {field(account, 'country')}",
        "unserved_geo": f"country {field(account, 'country')}",
        "existing_customer": "lifecycle customer",
        "existing_opp": f"opportunity {field(account, 'open_opportunity_id') or 'open'}",
    }.get(code, f"domain {split_home(account.home).value}" if listed else "said by sales")
    yield _found(code, evidence, manual=evidence == "said by sales")


def _of_people(account: Account, assessment: Assessment, policy: Policy) -> Iterator[Disqualifier]:
    counts = Counter(member.excluded for member in assessment.members if member.excluded)
    if not is_account(account.home):
        counts["freemail_no_company"] = sum(m.person.email_kind == "freemail" for m in assessment.members)
    for code, count in counts.items():
        if count:
            until = -1
            if code == "job_seeker":
                until = _seeking_until(assessment, policy)
            yield _found(code, f"{count} {'person' if count == 1 else 'persons'}", until)


def _seeking_until(assessment: Assessment, policy: Policy) -> int:
    """The first moment, ms, at which no job seeker is excluded any more if nothing else happens."""
    seekers = [member.person for member in assessment.members if member.excluded == "job_seeker"]
    last = max(last_job_search(person, assessment.day, policy) for person in seekers)
    return (last + policy.disqualify.job_seeker_exclude_days + 1) * DAY


def _of_events(assessment: Assessment) -> Iterator[Disqualifier]:
    people = [*assessment.members, *assessment.visitors]
    ledgers = [led for m in people for person in (m.boxes or [m.person]) for led in person.ledgers]
    bots = sum(ledger.bots for ledger in ledgers)
    if bots:
        yield _found("bot", f"{bots} {'record' if bots == 1 else 'records'}")


def _of_data(assessment: Assessment) -> Iterator[Disqualifier]:
    engaged = [m for m in assessment.counted if m.engaged]
    if engaged and not any(any(channels(p)) for m in engaged for p in (m.boxes or [m.person])):
        yield _found("bad_data", "no usable channel on any engaged person")


def _of_cooldown(account: Account, now: int, policy: Policy) -> Iterator[Disqualifier]:
    machine = account.machine
    if not machine.resting:
        return
    end = cooldown_end(machine, policy)
    if now < end:
        evidence = machine.status or "rejected"
        yield _found("recently_rejected", evidence, end if end < FOREVER else -1, manual=True)
