"""The alert budget: so many openings per segment and UTC day, divided over the signal partitions (section 7)."""

from streams.account import Account, field
from streams.policy import Policy
from streams.store import Store
from streams.timeline import day_of

Turn = tuple[int, int, int, str]
_ORDER = {"T1": 0, "T2": 1}


class AlertBudget:
    """What one partition may still send today. Hand-raises and early notices are not counted."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, account: Account, now: int, policy: Policy) -> bool:
        """Spend one alert of the account's segment; False when the day's are gone."""
        segment = str(field(account, "segment") or "none")
        limit = self._share(policy.budget.limit(segment), day_of(now))
        if limit is None:
            return True
        meta = self._store.meta
        if meta.spent_day != day_of(now):
            meta.spent_day, meta.spent = day_of(now), {}
        if meta.spent.get(segment, 0) >= limit:
            return False
        meta.spent[segment] = meta.spent.get(segment, 0) + 1
        self._store.touch_meta()
        return True

    def _share(self, limit: int | None, day: int) -> int | None:
        """This partition's part of a day's number; the remainder goes round, so that none is never served."""
        meta = self._store.meta
        if limit is None or meta.partitions <= 1:
            return limit
        turn = (meta.partition - day) % meta.partitions
        return limit // meta.partitions + (turn < limit % meta.partitions)


def turn(account: Account, tier: str, score: int, now: int) -> Turn:
    """Where an account stands in the queue for the budget: by tier, then score, then age, then home."""
    held = account.machine.hold.get("budget")
    return _ORDER.get(tier, 2), -score, int(held[2]) if held else now, account.home
