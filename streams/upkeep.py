"""What keeps a home small and true between records: expiry, the bound on contacts."""

from streams.account import Account
from streams.contributions import RETURN
from streams.ledger import Kept, expire
from streams.policy import Policy
from streams.scoring import Assessment
from streams.store import Store
from streams.thirdparty import expire_third_party


def kept_days(policy: Policy) -> Kept:
    """How far back any rule of a policy looks."""
    signals, surge, rules = policy.signals, policy.surge, policy.disqualify
    facts = max(
        surge.window_days + surge.baseline_days - 1,
        2 * signals[RETURN].window,  # a return points at an earlier day
        *[rule.window for rule in signals.values()],
    )
    pieces = signals["content.storyline"].window + policy.storyline.window
    visits = max(facts, rules.job_seeker_days + rules.job_seeker_exclude_days)
    return Kept(visits + 1, facts + 1, max(facts, pieces) + 1)


def forget_old(store: Store, account: Account, today: int, policy: Policy) -> None:
    """Drop the facts and event ids that no rule looks at any more as of a UTC day; once a day."""
    if today <= account.swept:
        return
    account.swept = today
    expire_third_party(account, today, policy)
    oldest = today - policy.limits.dedupe_days
    account.ids = {key: day for key, day in account.ids.items() if day >= oldest}
    keep = kept_days(policy)
    for identity, ledger in store.ledgers(account.home).items():
        if expire(ledger, today, policy.limits.dedupe_days, keep):
            store.touch(account.home, identity)


def bound_contacts(store: Store, home: str, assessment: Assessment, limit: int) -> int:
    """Keep the account's value small: beyond the limit the lowest people go first; how many went."""
    people = [*assessment.members, *assessment.visitors]
    surplus = max(len(people) - limit, 0)
    for member in sorted(people, key=lambda m: (m.engagement.points, m.ref))[:surplus]:
        for person in member.persons:
            for ledger in person.ledgers:
                store.drop_ledger(home, ledger.identity)
    return surplus
